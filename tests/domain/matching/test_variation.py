"""Price or work of an agreement changed before the voucher is redeemed, and what the books say."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import CODE_KEY, make_officer
from tests.factories.scheme import AT, make_member
from tests.factories.work import agree, make_job, redeemed
from tests.together import at_once
from voucher.accounts.roles import Role
from voucher.applications.operations.assess import hold
from voucher.audit.models import AuditEvent
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.working_days import add_working_days
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.matching import operations
from voucher.matching.jobs import lapse_variations
from voucher.matching.models import Match, MatchStatus, Variation, VariationStatus
from voucher.matching.queries import (
    overdue_variations,
    variations_of,
    variations_to_answer,
    variations_to_decide,
)
from voucher.providers.operations import suspend
from voucher.subsidy.queries import assistance_of_notice
from voucher.vouchers.models import Award, Voucher, VoucherStatus
from voucher.vouchers.operations import cancel, redeem
from voucher.vouchers.queries import code_of

DAY = timedelta(days=1)
WORDS = "One day of training less."


@pytest.fixture
def job(session):
    """£1,800 net agreed: voucher £900 of at most £1,000, VAT £360, the business pays £1,260."""
    return agree(make_job())


def propose(job, net=120_000, *, by_provider=True, at=AT, **values):
    given = {"net_price_pence": net, "words": WORDS, "scope": job.match.scope, **values}
    person = job.worker if by_provider else job.owner
    return operations.propose_variation(
        match=job.match,
        voucher=job.voucher,
        values=given,
        by_provider=by_provider,
        by=person.id,
        at=at,
    )


def answer(job, found, *, by=None, at=AT):
    person = by or (job.owner if found.by_provider else job.worker)
    return operations.agree_to_variation(
        match=job.match, voucher=job.voucher, variation_id=found.id, by=person.id, at=at
    )


def decide(job, operation, by=None, note="Read both.", at=AT):
    officer = by or make_officer()
    operation(match=job.match, voucher=job.voucher, note=note, by=officer.id, at=at)


def use(job, at=AT):
    code = code_of(voucher=job.voucher, code_key=CODE_KEY)
    return redeem(
        code=code, provider_id=job.provider.id, by=job.worker.id, at=at, code_key=CODE_KEY
    )


def amounts(row):
    return (
        row.net_price_pence,
        row.vat_rate_bps,
        row.vat_pence,
        row.voucher_pence,
        row.contribution_pence,
    )


def books(job):
    """What the round's books say is reserved, committed and free."""
    kinds = (AccountKind.RESERVED, AccountKind.COMMITTED, AccountKind.FUND)
    return tuple(total(kind, round_id=job.round_.id) for kind in kinds)


def support(session, job):
    award = session.get_one(Award, job.voucher.award_id)
    return assistance_of_notice(award.notice_id).redeemed_pence


BEFORE = (180_000, 2_000, 36_000, 90_000, 126_000)
LOWER = (120_000, 2_000, 24_000, 60_000, 84_000)


@pytest.mark.parametrize("by_provider", [True, False])
def test_a_lower_price_for_the_same_work_is_agreed_by_rule(session, job, by_provider):
    free = job.round_.budget_pence - 100_000
    found = propose(job, by_provider=by_provider)
    assert amounts(job.match) == BEFORE
    assert answer(job, found).status is VariationStatus.AGREED
    assert amounts(job.match) == LOWER
    assert found.was_net_price_pence == 180_000
    assert job.match.status is MatchStatus.AGREED
    assert books(job) == (100_000, 0, free)
    use(job)
    assert books(job) == (0, 60_000, free + 40_000)
    assert job.voucher.status is VoucherStatus.REDEEMED
    assert support(session, job) == 60_000


def test_a_higher_price_needs_an_officer_and_never_more_than_was_awarded(session, job):
    found = propose(job, net=300_000)
    assert answer(job, found).status is VariationStatus.REFERRED
    assert amounts(job.match) == BEFORE
    assert [row[0].id for row in variations_to_decide(1).rows] == [found.id]
    decide(job, operations.allow_variation)
    assert amounts(job.match) == (300_000, 2_000, 60_000, 100_000, 260_000)
    assert job.match.voucher_pence == job.voucher.cap_pence
    use(job)
    assert books(job) == (0, 100_000, job.round_.budget_pence - 100_000)


def test_an_officer_who_lets_the_last_day_pass_ends_the_change(session, job):
    found = propose(job, net=300_000)
    answer(job, found)
    days = job.round_.decision_working_days
    assert found.decide_by_on == add_working_days(AT.date(), days)
    over = datetime.combine(found.decide_by_on + DAY, AT.timetz())
    assert not operations.lapse_variation(variation_id=found.id, at=over - DAY)
    with pytest.raises(Conflict, match="last day to decide"):
        decide(job, operations.allow_variation, at=over)
    assert overdue_variations(over.date()) == [found.id]
    assert operations.lapse_variation(variation_id=found.id, at=over)
    assert found.status is VariationStatus.LAPSED
    assert amounts(job.match) == BEFORE
    use(job, at=over)
    assert job.voucher.status is VoucherStatus.REDEEMED


def test_other_work_needs_an_officer_even_at_a_lower_price(session, job):
    was = job.match.scope
    found = propose(job, scope="Two sessions on site.")
    answer(job, found)
    assert found.status is VariationStatus.REFERRED
    decide(job, operations.allow_variation)
    assert (job.match.scope, found.was_scope) == ("Two sessions on site.", was)


def test_an_officer_may_say_no_and_all_stays(session, job):
    found = propose(job, net=200_000)
    answer(job, found)
    with pytest.raises(Invalid):
        decide(job, operations.disallow_variation, note=" ")
    decide(job, operations.disallow_variation, note="No reason was given.")
    assert (found.status, found.refusal) == (VariationStatus.REFUSED, "No reason was given.")
    assert amounts(job.match) == BEFORE
    use(job)


def test_who_belongs_to_a_party_does_not_decide_for_the_programme(session, job):
    answer(job, propose(job, net=200_000))
    for party in (job.worker, job.owner):
        with pytest.raises(NotPermitted):
            decide(job, operations.allow_variation, by=party)


def test_nothing_is_redeemed_while_a_change_is_open(session, job):
    found = propose(job)
    with pytest.raises(Conflict, match="not settled"):
        use(job)
    operations.withdraw_variation(
        match=job.match, voucher=job.voucher, by_provider=True, by=job.worker.id, at=AT
    )
    assert found.status is VariationStatus.WITHDRAWN
    assert use(job).net_price_pence == 180_000


def test_the_other_party_refuses_in_words_that_are_kept(session, job):
    found = propose(job, by_provider=False)
    with pytest.raises(NotPermitted):
        operations.refuse_variation(
            match=job.match, voucher=job.voucher, words="No", by=job.owner.id, at=AT
        )
    operations.refuse_variation(
        match=job.match, voucher=job.voucher, words="Too little.", by=job.worker.id, at=AT
    )
    assert (found.status, found.refusal) == (VariationStatus.REFUSED, "Too little.")
    assert amounts(job.match) == BEFORE
    propose(job)
    assert len(variations_of(job.voucher.id)) == 2


def test_only_the_other_party_answers_what_it_read(session, job):
    found = propose(job)
    stranger = make_member(Role.APPROVER)
    for person in (job.worker, stranger):
        with pytest.raises(NotPermitted):
            answer(job, found, by=person)
    assert [row[0].id for row in variations_to_answer(job.business.id)] == [found.id]
    operations.withdraw_variation(
        match=job.match, voucher=job.voucher, by_provider=True, by=job.worker.id, at=AT
    )
    propose(job, net=60_000)
    with pytest.raises(Conflict, match="Read it again"):
        answer(job, found)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"net": 0}, "net_price_pence"),
        ({"net": None}, "net_price_pence"),
        ({"net": 10_000_001}, "net_price_pence"),
        ({"net": 1}, "net_price_pence"),
        ({"net": 180_000}, "scope"),
        ({"scope": " "}, "scope"),
        ({"scope": "x" * 4_001}, "scope"),
        ({"words": ""}, "words"),
        ({"vat_rate_bps": 1_000}, "vat_rate_bps"),
    ],
)
def test_bad_terms_are_refused_at_their_field(session, job, values, field):
    with pytest.raises(Invalid) as caught:
        propose(job, **values)
    assert caught.value.field == field
    assert variations_of(job.voucher.id) == []


def test_an_answer_too_late_changes_nothing_and_the_change_lapses(session, job):
    found = propose(job)
    late = AT + (found.answer_by_on - AT.date() + DAY)
    with pytest.raises(Conflict, match="time to answer is over"):
        answer(job, found, at=late)
    assert not operations.lapse_variation(variation_id=found.id, at=AT)
    assert operations.lapse_variation(variation_id=found.id, at=late)
    assert found.status is VariationStatus.LAPSED
    assert use(job, at=late).net_price_pence == 180_000


def test_a_change_ends_with_its_agreement(session, job):
    found = propose(job)
    cancel(voucher=job.voucher, reason="Closed", by=make_officer().id, at=AT)
    with pytest.raises(Conflict):
        answer(job, found)
    assert operations.lapse_variation(variation_id=found.id, at=AT)
    assert found.status is VariationStatus.LAPSED
    assert books(job) == (0, 0, job.round_.budget_pence)


def test_held_suspended_and_redeemed_agree_to_nothing(session):
    officer = make_officer(Role.APPROVER)
    held, suspended, used = agree(make_job()), agree(make_job()), redeemed(make_job())
    first, second = propose(held), propose(suspended)
    hold(application=held.application, reason="A doubt", by=officer.id, at=AT)
    suspend(provider=suspended.provider, reason="Insurance", by=officer.id, at=AT)
    for job, found in ((held, first), (suspended, second)):
        with pytest.raises(Conflict):
            answer(job, found)
    with pytest.raises(Conflict, match="lower price on its claim"):
        propose(used)


def test_every_step_stands_in_the_event_log(session, job):
    answer(job, propose(job, net=200_000))
    decide(job, operations.allow_variation)
    query = select(AuditEvent).where(AuditEvent.action.like("match.variation_%"))
    events = session.execute(query.order_by(AuditEvent.id)).scalars().all()
    steps = [event.action.removeprefix("match.variation_") for event in events]
    assert steps == ["proposed", "referred", "agreed"]
    assert events[-1].details["voucher_pence"] == 100_000


def test_the_worker_lapses_what_is_overdue_or_has_lost_its_agreement(app):
    with app.app_context():
        with transaction():
            overdue, fresh, ended = agree(make_job()), agree(make_job()), agree(make_job())
            propose(overdue)
            propose(fresh, at=AT + 5 * DAY)
            propose(ended, at=AT + 5 * DAY)
            operations.withdraw(match=ended.match, voucher=ended.voucher, by=ended.owner.id, at=AT)
            late = AT + 9 * DAY
        assert lapse_variations(late) == 2
        assert lapse_variations(late) == 0


def test_two_answers_at_once_change_the_agreement_once(app):
    with app.app_context(), transaction():
        job = agree(make_job())
        found = propose(job)
        ids = (found.id, job.match.id, job.voucher.id, job.owner.id, job.worker.id)

    def agree_now():
        operations.agree_to_variation(
            match=session.get_one(Match, ids[1]),
            voucher=session.get_one(Voucher, ids[2]),
            variation_id=ids[0],
            by=ids[3],
            at=AT,
        )

    def take_back():
        operations.withdraw_variation(
            match=session.get_one(Match, ids[1]),
            voucher=session.get_one(Voucher, ids[2]),
            by_provider=True,
            by=ids[4],
            at=AT,
        )

    with app.app_context():
        at_once(app, agree_now, take_back)
        status = session.get_one(Variation, ids[0]).status
        price = session.get_one(Match, ids[1]).net_price_pence
        assert (status, price) in (
            (VariationStatus.AGREED, 120_000),
            (VariationStatus.WITHDRAWN, 180_000),
        )
