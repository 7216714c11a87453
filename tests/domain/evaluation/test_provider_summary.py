"""The summary of a provider from the database."""

from datetime import timedelta

import pytest

from tests.documents import check_pdf, text_of
from tests.factories.cases import make_match, make_officer, make_voucher
from tests.factories.evaluation import (
    FOLLOW_UP,
    make_baseline,
    make_claim,
    make_paid,
    make_redeemed,
    make_survey,
    voucher_of,
)
from tests.factories.scheme import AT, make_provider, make_round, reference, stored
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm
from voucher.claims.models import Claim, ClaimStatus, Confirmation
from voucher.claims.ratings.models import Rating, RatingStatus
from voucher.cli.rendering import render
from voucher.core.errors import Conflict, NotFound
from voucher.evaluation.models import ReportKind
from voucher.evaluation.operations import answer, ask_provider_report
from voucher.evaluation.queries.provider_data import (
    offering_titles,
    provider_to_report,
    tasters_of,
)
from voucher.evaluation.reports.providers import build_provider_summary
from voucher.providers.models import Offering, Provider

CUT = AT + timedelta(days=120)


def tasters(provider_id, cut_at):
    """The provider's tasters by the titles of today."""
    return tasters_of(provider_id, cut_at, offering_titles(provider_id))


def busy_provider(session, count=6, answering=6):
    """A provider with paid, rated and followed-up tasters, of which so many answered."""
    round_ = make_round()
    first = make_redeemed(round_)
    offering = session.get(Offering, first.offering_id)
    rest = [make_redeemed(round_, offering=offering) for _ in range(count - 1)]
    for number, redemption in enumerate((first, *rest)):
        make_baseline(redemption.application_id, round_.id)
        payment = make_paid(redemption)
        stored(
            Rating(
                reference=reference("RAT", payment.id),
                claim_id=payment.claim_id,
                offering_id=offering.id,
                by_provider=False,
                status=RatingStatus.SHOWN,
                stars=4,
                words="",
                given_at=AT,
                given_by_id=make_officer(Role.EVALUATOR).id,
                shown_at=AT,
            )
        )
        survey = make_survey(redemption)
        given = {"response": survey, "arm": Arm.VOUCHER, "at": survey.asked_at}
        if number < answering:
            answer(**given, answers=FOLLOW_UP, sending=True)
    return session.get(Provider, first.provider_id)


@pytest.mark.slow
def test_the_summary_is_a_document_people_can_read(session, tmp_path):
    provider = busy_provider(session)
    built = build_provider_summary(provider_id=provider.id, data_cut_at=CUT, render=render)
    again = build_provider_summary(provider_id=provider.id, data_cut_at=CUT, render=render)
    assert built.document == again.document
    check_pdf(built.document, tmp_path / "provider.pdf")
    text = text_of(built.document)
    for words in (
        "It does not say what",
        "Finished and paid 6",
        "Confirmed the work 6",
        "4.0 of 5",
        "A change is not an effect",
    ):
        assert words in text, words
    assert built.figures["work"]["redeemed"] == 6


@pytest.mark.slow
def test_a_follow_up_of_which_nothing_can_be_told_is_a_sentence_and_no_table(session):
    provider = busy_provider(session, answering=2)
    built = build_provider_summary(provider_id=provider.id, data_cut_at=CUT, render=render)
    lines = built.figures["follow_up"]["month_3"]
    assert {each["n"] for each in lines} == {None}
    text = text_of(built.document)
    assert "3 months after: too few answered to tell anything of it." in text
    assert "Jobs that go wrong" not in text


def test_everything_is_as_at_the_cut(session):
    provider = busy_provider(session, 2)
    early = tasters(provider.id, AT + timedelta(hours=1))
    assert [each.is_paid for each in early] == [False, False]
    assert {wave.value for each in early for wave in each.answers} == {"baseline"}
    assert tasters(provider.id, AT - timedelta(days=1)) == []
    late = tasters(provider.id, CUT)
    assert [(each.is_paid, each.confirmed, each.stars) for each in late] == [(True, True, 4)] * 2


def test_a_dispute_is_remembered_and_a_cancelled_voucher_is_told(session):
    disputed, cancelled = make_redeemed(), make_redeemed()
    claim = make_claim(disputed, ClaimStatus.CONFIRMED)
    owner = make_officer(Role.EVALUATOR)
    stored(
        Confirmation(
            claim_id=claim.id, confirmed=False, words="No.", given_at=AT, given_by_id=owner.id
        )
    )
    stored(Confirmation(claim_id=claim.id, confirmed=True, given_at=AT, given_by_id=owner.id))
    (taster,) = tasters(disputed.provider_id, CUT)
    assert taster.confirmed is False
    assert session.get(Claim, claim.id).status is ClaimStatus.CONFIRMED
    assert voucher_of(cancelled).cancelled_at is None
    (other,) = tasters(cancelled.provider_id, CUT)
    assert (other.is_claimed, other.confirmed) == (False, None)


def test_asking_twice_gives_the_same_report(session):
    provider = session.get(Provider, make_redeemed().provider_id)
    first = ask_provider_report(provider=provider, by=None, at=CUT)
    assert first.kind is ReportKind.PROVIDER
    assert ask_provider_report(provider=provider, by=None, at=CUT).id == first.id


def test_a_provider_without_work_has_no_summary(session):
    make_match(make_voucher())
    with pytest.raises(Conflict, match="Nothing has been redeemed"):
        ask_provider_report(provider=make_provider(), by=None, at=CUT)
    with pytest.raises(NotFound):
        provider_to_report("PRV-NONE")
