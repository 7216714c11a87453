"""Extended once, expired by date, cancelled for good, completed when paid."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import CODE_KEY, make_match, make_officer, make_voucher
from tests.factories.scheme import AT, make_member, make_offering, make_provider, make_round
from voucher.accounts.operations import join_business
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.matching.models import MatchStatus
from voucher.programmes.models import Round
from voucher.subsidy.models import ProgrammeAssistance
from voucher.subsidy.queries import headroom
from voucher.vouchers.jobs import expire_vouchers
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.operations import cancel, code_of, complete, expire, extend, redeem

OVER = AT + timedelta(days=91)


def redeemed_voucher():
    voucher = make_voucher()
    provider = make_provider()
    make_match(voucher, make_offering(provider))
    person = make_member(Role.PROVIDER, provider=provider)
    redeem(
        code=code_of(voucher=voucher, code_key=CODE_KEY),
        provider_id=provider.id,
        by=person.id,
        at=AT,
        code_key=CODE_KEY,
    )
    return voucher


def sums(session, voucher):
    round_ = session.get(Round, voucher.round_id)
    return round_.reserved_pence, round_.committed_pence


def test_an_extension_moves_the_last_day_once(session):
    voucher, officer = make_voucher(), make_officer()
    extend(voucher=voucher, reason="The provider was ill", by=officer.id, at=AT)
    assert voucher.expires_on == date(2026, 10, 13)
    assert voucher.extension_reason == "The provider was ill"
    with pytest.raises(Conflict, match="extended once"):
        extend(voucher=voucher, reason="Again", by=officer.id, at=AT)


@pytest.mark.parametrize("days", [0, -1, 31])
def test_an_extension_is_later_and_not_too_long(session, days):
    voucher = make_voucher()
    with pytest.raises(Conflict):
        extend(voucher=voucher, reason="Ill", by=make_officer().id, at=AT, days=days)


@pytest.mark.parametrize("act", [extend, cancel])
def test_an_officer_of_the_business_itself_leaves_it_to_a_colleague(session, act):
    voucher, officer = make_voucher(), make_officer()
    join_business(user_id=officer.id, business_id=voucher.business_id, at=AT)
    with pytest.raises(NotPermitted, match="colleague"):
        act(voucher=voucher, reason="The provider was ill", by=officer.id, at=AT)
    assert (voucher.status, voucher.extended_at) == (VoucherStatus.ISSUED, None)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_an_extension_and_a_cancellation_need_a_reason(session, reason):
    voucher, officer = make_voucher(), make_officer()
    with pytest.raises(Invalid):
        extend(voucher=voucher, reason=reason, by=officer.id, at=AT)
    with pytest.raises(Invalid):
        cancel(voucher=voucher, reason=reason, by=officer.id, at=AT)


def test_after_its_last_day_it_is_not_extended(session):
    voucher = make_voucher()
    with pytest.raises(Conflict, match="expired"):
        extend(voucher=voucher, reason="Late", by=make_officer().id, at=OVER)


def test_expiry_gives_back_the_money_and_the_room_under_the_limit(session):
    voucher = make_voucher()
    before = headroom(voucher.business_id, date(2026, 6, 15))
    assert sums(session, voucher) == (100_000, 0)
    assert expire(voucher=voucher, at=OVER)
    assert voucher.status is VoucherStatus.EXPIRED
    assert voucher.lapse_reason == "nothing_chosen"
    assert sums(session, voucher) == (0, 0)
    assert total(AccountKind.RESERVED, round_id=voucher.round_id) == 0
    assert headroom(voucher.business_id, date(2026, 6, 15)) == before + 100_000


def test_it_does_not_expire_on_its_last_day_nor_twice(session):
    voucher = make_voucher()
    assert not expire(voucher=voucher, at=AT + timedelta(days=90))
    assert expire(voucher=voucher, at=OVER)
    assert not expire(voucher=voucher, at=OVER)


@pytest.mark.parametrize(
    ("status", "lapse", "left"),
    [
        (MatchStatus.OFFERED, "no_provider_accepted", MatchStatus.LAPSED),
        (MatchStatus.ACCEPTED, "not_agreed", MatchStatus.WITHDRAWN),
        (MatchStatus.AGREED, "not_redeemed", MatchStatus.WITHDRAWN),
        (MatchStatus.DECLINED, "no_provider_accepted", MatchStatus.DECLINED),
    ],
)
def test_how_far_it_had_come_is_kept_and_its_match_ends(session, status, lapse, left):
    voucher = make_voucher()
    match = make_match(voucher, status=status)
    expire(voucher=voucher, at=OVER)
    session.expire(match)
    assert (voucher.lapse_reason, match.status) == (lapse, left)


def test_the_job_expires_those_that_are_due_and_no_others(app, session):
    round_ = make_round()
    due = [make_voucher(round_) for _ in range(3)]
    later = make_voucher(round_, at=AT + timedelta(days=5))
    session.commit()
    assert expire_vouchers(OVER) == 3
    assert expire_vouchers(OVER) == 0
    session.expire_all()
    assert {session.get(Voucher, each.id).status for each in due} == {VoucherStatus.EXPIRED}
    assert session.get(Voucher, later.id).status is VoucherStatus.ISSUED
    assert session.get(Round, round_.id).reserved_pence == 100_000


def test_a_redeemed_voucher_does_not_expire(session):
    voucher = redeemed_voucher()
    assert not expire(voucher=voucher, at=OVER)


def test_a_live_voucher_is_cancelled_for_good(session):
    voucher, officer = make_voucher(), make_officer()
    match = make_match(voucher)
    cancel(voucher=voucher, reason="The business closed", by=officer.id, at=AT)
    session.expire(match)
    assert voucher.status is VoucherStatus.CANCELLED
    assert match.status is MatchStatus.WITHDRAWN
    assert sums(session, voucher) == (0, 0)
    for act in (
        lambda: cancel(voucher=voucher, reason="Again", by=officer.id, at=AT),
        lambda: extend(voucher=voucher, reason="Again", by=officer.id, at=AT),
        lambda: complete(voucher=voucher, at=AT),
    ):
        with pytest.raises(Conflict):
            act()
    assert not expire(voucher=voucher, at=OVER)
    assert voucher.status is VoucherStatus.CANCELLED


@pytest.mark.parametrize("claimed", [None, True])
def test_a_redeemed_voucher_is_not_cancelled_while_it_may_be_claimed(session, claimed):
    voucher = redeemed_voucher()
    with pytest.raises(Conflict, match="claim"):
        cancel(voucher=voucher, reason="Dispute", by=None, at=AT, claimed=claimed)


def test_a_redeemed_voucher_without_a_claim_gives_back_what_was_committed(session):
    voucher = redeemed_voucher()
    assert sums(session, voucher) == (0, 90_000)
    cancel(voucher=voucher, reason="Claim rejected", by=None, at=AT, claimed=False)
    assert sums(session, voucher) == (0, 0)
    assert total(AccountKind.COMMITTED, round_id=voucher.round_id) == 0
    given = session.execute(select(ProgrammeAssistance)).scalar_one()
    assert given.released_at == AT


def test_completed_is_final(session):
    voucher = redeemed_voucher()
    complete(voucher=voucher, at=AT)
    assert voucher.status is VoucherStatus.COMPLETED
    with pytest.raises(Conflict):
        cancel(voucher=voucher, reason="Late", by=None, at=AT, claimed=False)


def test_a_live_voucher_is_not_completed(session):
    voucher = make_voucher()
    with pytest.raises(Conflict):
        complete(voucher=voucher, at=AT)


def test_each_end_is_on_record_with_what_it_released(session):
    voucher = make_voucher()
    cancel(voucher=voucher, reason="Handed back", by=make_officer().id, at=AT)
    query = select(AuditEvent).where(AuditEvent.action == "voucher.cancelled")
    assert session.execute(query).scalar_one().details == {"released_pence": 100_000}
