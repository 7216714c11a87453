"""The case summary: one page on one redeemed voucher, without the name of the business."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.applications.baseline import answer_words
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.businesses.outcome_areas import AREAS
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.core.errors import Conflict
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.questions import FOLLOW_UPS as QUESTION_SETS
from voucher.evaluation.reports.documents import Built, Render, web_page
from voucher.evaluation.version import code_version
from voucher.integrations.pdf import render_pdf
from voucher.payments.models import Payment
from voucher.programmes.queries import round_by_id
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption, Voucher

AREA_WORDS = {area.code.value: area.label for area in AREAS}


def build_case_summary(*, voucher_id: int, data_cut_at: datetime, render: Render) -> Built:
    """The one-page summary of a redeemed voucher, without the business's name, as PDF/UA-1 and
    as a web page.

    Raises Conflict for a voucher that was not redeemed.
    """
    context = case_context(voucher_id, data_cut_at)
    title = f"Case summary {context['voucher'].reference}"
    context |= {"title": title, "made_at": data_cut_at}
    document = render_pdf(render("reports/case.html", context), title=title, created_at=data_cut_at)
    page = web_page(render("reports/case_body.html", context))
    name = f"{context['voucher'].reference}-{data_cut_at:%Y%m%d}.pdf"
    figures = {"voucher": context["voucher"].reference, "code": code_version()}
    return Built(name, title, figures, document, page)


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
        "claimed_at": _by(claim.submitted_at if claim else None, cut_at),
        "paid_at": _by(payment.paid_at if payment else None, cut_at),
        "areas": [AREA_WORDS[code] for code in application.outcome_areas if code in AREA_WORDS],
        "answers": _case_answers(application.id, cut_at),
        "programme": round_.programme,
        "code": code_version(),
    }


def _by(moment: datetime | None, cut_at: datetime) -> datetime | None:
    """The moment, unless it came after the cut: the summary stays as it was then."""
    return moment if moment is not None and moment <= cut_at else None


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
