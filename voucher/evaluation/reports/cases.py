"""The case summary: one page on one redeemed voucher, without the name of the business.

Its figures hold the words of the page too, the business's own among them. So they go where the page
goes, to those of the staff who read reports: a case summary is never published.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from voucher.applications.baseline import Question, answer_words
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.claims.models import Claim
from voucher.claims.rules import AMOUNT_FIELDS
from voucher.core.db import session
from voucher.core.errors import Conflict
from voucher.evaluation.figures import METHOD_VERSION
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.queries.history import amounts_before_amendments
from voucher.evaluation.questions import asked_of_users
from voucher.evaluation.reports.documents import Built, Render, attachments, web_page
from voucher.evaluation.reports.naming import case_names
from voucher.evaluation.version import code_version
from voucher.integrations.pdf import render_pdf
from voucher.payments.models import Payment
from voucher.programmes.queries import round_by_id
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption, Voucher

KIND = "case"
NOT_REDEEMED = "A case summary is made of a voucher that was redeemed."


def build_case_summary(*, voucher_id: int, data_cut_at: datetime, render: Render) -> Built:
    """The one-page summary of a redeemed voucher, without the business's name, as PDF/UA-1 with
    its figures attached, and as a web page.

    Raises Conflict for a voucher that was not redeemed by the cut (aware UTC).
    """
    figures = case_figures(voucher_id, data_cut_at)
    title = f"Case summary {figures['voucher']}"
    context = case_context(figures, title)
    document = render_pdf(
        render("reports/case.html", context),
        title=title,
        created_at=data_cut_at,
        attachments=attachments(figures),
    )
    page = web_page(render("reports/case_body.html", context))
    name = f"{figures['voucher']}-{data_cut_at:%Y%m%d}.pdf"
    return Built(name, title, figures, document, page)


def case_figures(voucher_id: int, cut_at: datetime) -> dict[str, Any]:
    """What the case summary says: the problem, what was delivered, its price (pence, basis points),
    when (ISO 8601), what was answered. Nothing in it is withheld, so that what is absent is not
    known."""
    row = _row(voucher_id)
    if row is None or row.Redemption.redeemed_at > cut_at:
        raise Conflict(NOT_REDEEMED)
    claim, payment = row.Claim, row.Payment
    amended = amounts_before_amendments(cut_at).get(claim.id if claim else 0)
    return {
        "kind": KIND,
        "method": METHOD_VERSION,
        "voucher": row.Voucher.reference,
        "data_cut_at": cut_at.isoformat(),
        "code": code_version(),
        "names": case_names(row, round_by_id(row.Voucher.round_id), cut_at),
        "price": amended or {name: getattr(row.Redemption, name) for name in AMOUNT_FIELDS},
        "dates": {
            "issued": row.Voucher.issued_at.isoformat(),
            "redeemed": row.Redemption.redeemed_at.isoformat(),
            "claimed": _by(claim.submitted_at if claim else None, cut_at),
            "paid": _by(payment.paid_at if payment else None, cut_at),
        },
        "answers": _answers(row.Application.id, cut_at),
        "withheld": [],
    }


def case_context(figures: Mapping[str, Any], title: str) -> dict[str, Any]:
    """What the templates say: nothing but these figures."""
    names = figures["names"]
    moments = {name: at and datetime.fromisoformat(at) for name, at in figures["dates"].items()}
    return {
        "title": title,
        "subtitle": f"{names['programme']}, {names['round']}",
        "made_at": datetime.fromisoformat(figures["data_cut_at"]),
        "figures": figures,
        "names": names,
        "price": figures["price"],
        "dates": moments,
        "answers": figures["answers"],
        "waves": [Wave(code).staff_label for code in figures["answers"]["waves"]],
    }


def _row(voucher_id: int) -> Row[Any] | None:
    query = (
        select(Voucher, Application, Business, Redemption, Offering, Provider, Claim, Payment)
        .join(Application, Application.id == Voucher.application_id)
        .join(Business, Business.id == Voucher.business_id)
        .join(Redemption, Redemption.voucher_id == Voucher.id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .join(Provider, Provider.id == Redemption.provider_id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
        .outerjoin(Payment, Payment.claim_id == Claim.id)
        .where(Voucher.id == voucher_id)
    )
    return session.execute(query).first()


def _by(moment: datetime | None, cut_at: datetime) -> str | None:
    """The moment, unless it came after the cut: the summary stays as it was then."""
    return moment.isoformat() if moment is not None and moment <= cut_at else None


def _answers(application_id: int, cut_at: datetime) -> dict[str, Any]:
    """The questions with the answers of each wave that was answered by the cut, as they were given
    and in words: each answer by the version that it was asked in, in the order of the latest."""
    query = select(SurveyResponse).where(
        SurveyResponse.application_id == application_id, SurveyResponse.answered_at <= cut_at
    )
    by_wave = {each.wave: each for each in session.execute(query).scalars()}
    answered = [by_wave[wave] for wave in Wave if wave in by_wave]
    asked = [asked_of_users(each.wave, each.questions_version) for each in answered]
    codes = dict.fromkeys(code for questions in reversed(asked) for code in questions)
    lines = [_line(code, answered, asked) for code in codes]
    told = [line for line in lines if any(given is not None for given in line["given"])]
    return {"waves": [each.wave.value for each in answered], "lines": told}


def _line(
    code: str, answered: Sequence[SurveyResponse], asked: Sequence[Mapping[str, Question]]
) -> dict[str, Any]:
    """One question, by its latest wording, and its answers; "–" where there is none."""
    given = [each.answers.get(code) for each in answered]
    words = [
        "–" if answer is None else answer_words(questions[code], answer)
        for answer, questions in zip(given, asked, strict=True)
    ]
    wording = next(questions[code].words for questions in reversed(asked) if code in questions)
    return {"code": code, "question": wording, "given": given, "words": words}
