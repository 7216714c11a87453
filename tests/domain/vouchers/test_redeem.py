"""One use, by the provider of the agreed match, and nobody learns of codes that aren't theirs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from tests.factories.cases import CODE_KEY, make_match, make_officer, make_voucher
from tests.factories.scheme import AT, make_member, make_offering, make_provider, make_round
from voucher.accounts.roles import Role
from voucher.applications.models import Application
from voucher.core.db import transaction
from voucher.core.errors import Conflict, DomainError, NotFound
from voucher.core.references import display_code, make_code
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.matching.models import MatchStatus
from voucher.programmes.models import Round
from voucher.providers.models import DueDiligenceItem, ProviderStatus
from voucher.subsidy.models import ProgrammeAssistance
from voucher.vouchers.models import Redemption, VoucherStatus
from voucher.vouchers.operations import cancel, code_of, expire, redeem
from voucher.vouchers.queries import UNKNOWN_CODE


class Arrangement:
    """A live voucher whose match with a provider is agreed."""

    def __init__(self, **match):
        self.round = make_round()
        self.voucher = make_voucher(self.round)
        self.provider = make_provider()
        self.match = make_match(self.voucher, make_offering(self.provider), **match)
        self.person = make_member(Role.PROVIDER, provider=self.provider)
        self.code = code_of(voucher=self.voucher, code_key=CODE_KEY)

    def redeem(self, **changed):
        values = {
            "code": self.code,
            "provider_id": self.provider.id,
            "by": self.person.id,
            "at": AT,
            "code_key": CODE_KEY,
        }
        return redeem(**{**values, **changed})


def test_the_five_amounts_are_fixed_and_the_rest_goes_back(session):
    made = Arrangement()
    redemption = made.redeem()
    assert made.voucher.status is VoucherStatus.REDEEMED
    assert made.voucher.redeemed_at == AT
    assert redemption.net_price_pence == 180_000
    assert redemption.vat_pence == 36_000
    assert redemption.voucher_pence == 90_000
    assert redemption.contribution_pence == 126_000
    round_ = session.get(Round, made.round.id)
    assert (round_.reserved_pence, round_.committed_pence) == (0, 90_000)
    assert total(AccountKind.COMMITTED, round_id=round_.id) == 90_000
    assert total(AccountKind.RESERVED, round_id=round_.id) == 0
    given = session.execute(select(ProgrammeAssistance)).scalar_one()
    assert (given.amount_pence, given.redeemed_pence) == (100_000, 90_000)


def test_the_claim_is_due_28_days_after_the_agreed_start(session):
    assert Arrangement().redeem().claim_by_on == date(2026, 7, 29)


def test_the_code_may_be_typed_as_people_type(session):
    made = Arrangement()
    typed = f"  {display_code(made.code).lower().replace('0', 'o').replace('1', 'l')} "
    assert made.redeem(code=typed).voucher_id == made.voucher.id


def test_unknown_mistyped_and_other_peoples_codes_are_answered_alike(session):
    made, stranger = Arrangement(), Arrangement()
    answers = []
    for changed in (
        {"code": make_code(b"0123456789")},
        {"code": made.code[:-1] + ("0" if made.code[-1] != "0" else "1")},
        {"code": ""},
        {"code": "🎟" * 13},
        {"provider_id": stranger.provider.id},
    ):
        with pytest.raises(NotFound) as refused:
            made.redeem(**changed)
        answers.append(str(refused.value))
    assert set(answers) == {UNKNOWN_CODE}


@pytest.mark.parametrize(
    "status", [MatchStatus.OFFERED, MatchStatus.DECLINED, MatchStatus.WITHDRAWN]
)
def test_a_provider_without_a_part_in_it_learns_nothing(session, status):
    made = Arrangement(status=status)
    with pytest.raises(NotFound, match="don’t know this code"):
        made.redeem()


def test_a_provider_that_was_let_go_learns_nothing_of_the_next(session):
    made = Arrangement(status=MatchStatus.WITHDRAWN, programme_agreed_at=AT)
    make_match(made.voucher)
    with pytest.raises(NotFound):
        made.redeem()


def test_before_the_agreement_it_says_what_is_missing(session):
    with pytest.raises(Conflict, match="must agree"):
        Arrangement(status=MatchStatus.ACCEPTED).redeem()


def test_twice_is_refused(session):
    made = Arrangement()
    made.redeem()
    with pytest.raises(Conflict, match="redeemed already"):
        made.redeem()


def test_a_held_case_is_not_redeemed(session):
    made = Arrangement()
    case = session.get(Application, made.voucher.application_id)
    case.held_at, case.hold_reason = AT, "Looking at it"
    with pytest.raises(Conflict, match="on hold"):
        made.redeem()


def test_a_suspended_provider_cannot_redeem(session):
    made = Arrangement()
    made.provider.status, made.provider.suspended_at = ProviderStatus.SUSPENDED, AT
    session.flush()
    with pytest.raises(Conflict, match="registration"):
        made.redeem()


def test_a_provider_whose_insurance_ran_out_cannot_redeem(session):
    made = Arrangement()
    query = select(DueDiligenceItem).where(DueDiligenceItem.provider_id == made.provider.id)
    item = session.execute(query).scalars().first()
    item.expires_on = date(2026, 6, 14)
    session.flush()
    with pytest.raises(Conflict, match="registration"):
        made.redeem()
    item.expires_on = date(2026, 6, 15)
    session.flush()
    assert made.redeem().voucher_pence == 90_000


@pytest.mark.parametrize(
    ("moment", "alive"),
    [
        # The last day is 13 September 2026, in British Summer Time: it ends at 23:00 UTC.
        (datetime(2026, 9, 13, 22, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 9, 13, 23, 0, 0, tzinfo=UTC), False),
    ],
)
def test_it_expires_by_the_date_in_london(session, moment, alive):
    made = Arrangement()
    assert made.voucher.expires_on == date(2026, 9, 13)
    if alive:
        assert made.redeem(at=moment).redeemed_at == moment
    else:
        with pytest.raises(Conflict, match="expired"):
            made.redeem(at=moment)


def test_its_own_provider_is_told_that_it_expired_or_was_cancelled(session):
    lapsed, stopped = Arrangement(), Arrangement()
    assert expire(voucher=lapsed.voucher, at=AT + timedelta(days=91))
    cancel(voucher=stopped.voucher, reason="Business closed", by=make_officer().id, at=AT)
    with pytest.raises(Conflict, match="expired"):
        lapsed.redeem()
    with pytest.raises(Conflict, match="cancelled"):
        stopped.redeem()


def test_an_agreement_over_the_share_is_refused(session):
    made = Arrangement(voucher_pence=100_000, contribution_pence=116_000)
    with pytest.raises(Conflict, match="more than the voucher is worth"):
        made.redeem()


def test_a_refused_redemption_changes_nothing(session):
    made = Arrangement()
    made.provider.status, made.provider.suspended_at = ProviderStatus.SUSPENDED, AT
    round_id = made.round.id
    values = {
        "code": made.code,
        "provider_id": made.provider.id,
        "by": made.person.id,
        "at": AT,
        "code_key": CODE_KEY,
    }
    session.commit()
    with pytest.raises(Conflict), transaction():
        redeem(**values)
    session.expire_all()
    round_ = session.get(Round, round_id)
    assert (round_.reserved_pence, round_.committed_pence) == (100_000, 0)


def test_twenty_calls_at_once_redeem_once(app, session):
    made = Arrangement()
    values = {
        "code": made.code,
        "provider_id": made.provider.id,
        "by": made.person.id,
        "at": AT,
        "code_key": CODE_KEY,
    }
    round_id = made.round.id
    session.commit()
    barrier = Barrier(20)

    def run(_number):
        with app.app_context():
            barrier.wait(30)
            try:
                with transaction():
                    redeem(**values)
            except DomainError as error:
                return str(error)
            return "redeemed"

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(run, range(20)))
    session.expire_all()
    assert outcomes.count("redeemed") == 1
    assert all("redeemed already" in each for each in outcomes if each != "redeemed")
    assert session.execute(select(func.count(Redemption.id))).scalar_one() == 1
    round_ = session.get(Round, round_id)
    assert (round_.reserved_pence, round_.committed_pence) == (0, 90_000)
    assert total(AccountKind.COMMITTED, round_id=round_id) == 90_000
