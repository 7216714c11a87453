"""Reports as documents: the figures, the words around them, the charts, and the tagged PDF.

Templates are rendered by the entry point's `Render`; PDF and charts are made here, in the worker or
the command line, never in a web request. The same data cut gives the same bytes.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import select

from voucher.applications.baseline import answer_words
from voucher.applications.models import Application
from voucher.applications.rules import CATALOGUE
from voucher.businesses.models import Business
from voucher.businesses.outcome_areas import AREAS
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.core.errors import Conflict
from voucher.core.money import Money
from voucher.evaluation.charts import Bar, Change, change_chart, flow_chart, money_chart
from voucher.evaluation.figures import FOLLOW_UPS, csv_rows, round_figures
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.queries.round_data import round_data
from voucher.evaluation.questions import FOLLOW_UPS as QUESTION_SETS
from voucher.integrations.pdf import PdfAttachment, render_pdf
from voucher.payments.models import Payment
from voucher.programmes.models import Round
from voucher.programmes.queries import round_by_id
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.rules import LapseReason

Render = Callable[[str, Mapping[str, Any]], str]
CHARTED = ("hours_lost_week", "errors_in_100", "adoption", "confidence")
PRIMARY_WAVES = (Wave.MONTH_6, Wave.MONTH_12, Wave.MONTH_3)
"""The follow-up charted first if it has figures: adoption at six months is the primary outcome."""
AREA_WORDS = {area.code.value: area.label for area in AREAS}
FEW_REPLIES_PERCENT = 50
FEW_BUSINESSES = 30


@dataclass(frozen=True)
class Built:
    """A finished document: what it is called, its bytes, and the figures in it."""

    name: str
    title: str
    figures: dict[str, Any]
    document: bytes


def assemble_round_figures(round_id: int, data_cut_at: datetime) -> dict[str, Any]:
    """Every figure of a round's report at the data cut (aware UTC), as published."""
    round_ = round_by_id(round_id)
    data = round_data(round_id, data_cut_at)
    figures = round_figures(
        data.cases,
        data.spending,
        decision_days=round_.decision_working_days,
        payment_days=round_.payment_working_days,
    )
    return {
        "round": round_.reference,
        "data_cut_at": data_cut_at.isoformat(),
        "code": code_version(),
        **figures,
    }


def build_round_report(*, round_id: int, data_cut_at: datetime, render: Render) -> Built:
    """The evaluation summary of a round as PDF/UA-1, its figures attached as JSON and CSV."""
    round_ = round_by_id(round_id)
    figures = assemble_round_figures(round_id, data_cut_at)
    title = f"{round_.name}: descriptive report"
    html = render("reports/round/report.html", round_context(round_, figures, data_cut_at, title))
    document = render_pdf(
        html, title=title, created_at=data_cut_at, attachments=attachments(figures)
    )
    name = f"{round_.reference}-{data_cut_at:%Y%m%d}.pdf"
    return Built(name, title, figures, document)


def round_context(
    round_: Round, figures: dict[str, Any], data_cut_at: datetime, title: str
) -> dict[str, Any]:
    """What the templates of a round's report say: settings, figures, charts, words for codes."""
    wave = charted_wave(figures)
    return {
        "title": title,
        "subtitle": f"{round_.programme.name}. What happened, what was spent, what changed",
        "made_at": data_cut_at,
        "round": round_,
        "programme": round_.programme,
        "figures": figures,
        "waves": {each.value: each.staff_label for each in FOLLOW_UPS},
        "area_words": AREA_WORDS,
        "reason_words": {code: reason.label for code, reason in CATALOGUE.items()},
        "lapse_words": {reason.value: reason.words for reason in LapseReason},
        "charts": _charts(figures, wave),
        "charted_wave": wave,
        "cautions": cautions(figures),
        "rules": [rule["reason"] for rule in round_.rule_set.content.get("rules", [])],
    }


def charted_wave(figures: Mapping[str, Any]) -> str | None:
    """The follow-up whose changes are charted: the primary one if it has any figures."""
    for wave in PRIMARY_WAVES:
        if _changes(figures, wave.value):
            return wave.value
    return None


def cautions(figures: Mapping[str, Any]) -> list[str]:
    """What makes these figures weak, told with them: few replies, few businesses."""
    found = []
    for wave in FOLLOW_UPS:
        replies = figures["replies"][wave.value]
        rate = replies["rate_percent"]
        if rate is not None and rate < FEW_REPLIES_PERCENT:
            found.append(
                f"Only {rate}% of those asked {wave.staff_label} answered. Those who answer may "
                "differ from those who don’t."
            )
        answered = replies["answered"]
        if answered is not None and 0 < answered < FEW_BUSINESSES:
            found.append(
                f"The figures {wave.staff_label} rest on {answered} businesses: one more or less "
                "can move them by several points."
            )
    return found


def _charts(figures: Mapping[str, Any], wave: str | None) -> dict[str, str]:
    steps = figures["flow"]["steps"]
    bars = [Bar(each["label"], each["count"], _count_words(each["count"])) for each in steps]
    money = figures["spending"]
    parts = [
        Bar(
            label,
            money[f"{key}_pence"],
            Money(money[f"{key}_pence"]).formatted().removesuffix(".00"),
        )
        for label, key in (
            ("Spent", "spent"),
            ("Committed", "committed"),
            ("Reserved", "reserved"),
            ("Free", "free"),
        )
    ]
    charts = {"flow": flow_chart(bars), "money": money_chart(parts)}
    if wave is not None:
        charts["change"] = change_chart(_changes(figures, wave), Wave(wave).staff_label)
    return charts


def _count_words(count: int | None) -> str:
    return "withheld" if count is None else f"{count:,}"


def _changes(figures: Mapping[str, Any], wave: str) -> list[Change]:
    lines = {line["code"]: line for line in figures["follow_up"].get(wave, [])}
    wanted = [lines[code] for code in CHARTED if code in lines]
    return [
        Change(line["label"], line["unit"], line["before"], line["after"], line["n"])
        for line in wanted
        if None not in (line["before"], line["after"], line["n"])
    ]


def attachments(figures: dict[str, Any]) -> Sequence[PdfAttachment]:
    """The published figures as JSON and as CSV, to go inside the PDF."""
    whole = json.dumps(figures, indent=1, sort_keys=True, ensure_ascii=False)
    table = StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(("part", "figure", "value"))
    writer.writerows(csv_rows(figures))
    return (
        PdfAttachment("figures.json", whole.encode(), "Every published figure of this report"),
        PdfAttachment("figures.csv", table.getvalue().encode(), "The same figures as a table"),
    )


@cache
def code_version() -> str:
    """The first 12 hex digits of the SHA-256 over the sources that make the figures, in order."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + b"\x00" + path.read_bytes())
    return digest.hexdigest()[:12]


def build_case_summary(*, voucher_id: int, data_cut_at: datetime, render: Render) -> Built:
    """The one-page summary of a redeemed voucher, without the business's name, as PDF/UA-1.

    Raises Conflict for a voucher that was not redeemed.
    """
    context = case_context(voucher_id, data_cut_at)
    title = f"Case summary {context['voucher'].reference}"
    html = render("reports/case.html", {**context, "title": title, "made_at": data_cut_at})
    document = render_pdf(html, title=title, created_at=data_cut_at)
    name = f"{context['voucher'].reference}-{data_cut_at:%Y%m%d}.pdf"
    figures = {"voucher": context["voucher"].reference, "code": code_version()}
    return Built(name, title, figures, document)


def case_context(voucher_id: int, cut_at: datetime) -> dict[str, Any]:
    """What the case summary says: the problem, what was delivered, its price, what came of it."""
    query = (
        select(Voucher, Application, Business, Redemption, Offering, Provider.name, Claim, Payment)
        .join(Application, Application.id == Voucher.application_id)
        .join(Business, Business.id == Voucher.business_id)
        .join(Redemption, Redemption.voucher_id == Voucher.id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .join(Provider, Provider.id == Redemption.provider_id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
        .outerjoin(Payment, Payment.claim_id == Claim.id)
        .where(Voucher.id == voucher_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise Conflict("A case summary is made of a voucher that was redeemed.")
    voucher, application, business, redemption, offering, provider, claim, payment = found
    round_ = round_by_id(voucher.round_id)
    return {
        "subtitle": f"{round_.programme.name}, {round_.name}",
        "voucher": voucher,
        "application": application,
        "business": business,
        "redemption": redemption,
        "offering": offering,
        "provider": provider,
        "claim": claim,
        "payment": payment,
        "areas": [AREA_WORDS[code] for code in application.outcome_areas if code in AREA_WORDS],
        "answers": _case_answers(application.id, cut_at),
        "programme": round_.programme,
        "code": code_version(),
    }


def _case_answers(application_id: int, cut_at: datetime) -> dict[str, Any]:
    """The questions with the answers of each wave that was answered by the cut, in words."""
    query = select(SurveyResponse).where(
        SurveyResponse.application_id == application_id, SurveyResponse.answered_at <= cut_at
    )
    by_wave = {each.wave: each for each in session.execute(query).scalars()}
    waves = [wave for wave in Wave if wave in by_wave]
    questions = next(iter(next(iter(QUESTION_SETS.values())).values()))
    lines = []
    for question in questions:
        given = [by_wave[wave].answers.get(question.code) for wave in waves]
        if any(answer is not None for answer in given):
            words = ["–" if answer is None else answer_words(question, answer) for answer in given]
            lines.append({"question": question.words, "answers": words})
    return {"waves": [wave.staff_label for wave in waves], "lines": lines}
