"""What people do about awards, vouchers, cases and providers. Rules of the machine.

A rule may ask for what is refused; then no balance may change.
"""

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from tests.domain.money.choosing import LARGE, SMALL, WHICH, there_is
from tests.factories.cases import CODE_KEY, make_match, make_voucher
from tests.factories.scheme import make_offering
from voucher.applications.models import Application
from voucher.applications.operations import assess
from voucher.businesses.models import Business
from voucher.claims.models import Claim
from voucher.claims.operations import review
from voucher.core.db import session
from voucher.programmes.models import Round
from voucher.providers.models import Provider
from voucher.providers.operations.due_diligence import reinstate, suspend
from voucher.vouchers import operations as vouchers
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.operations.life import cancel


class People:
    """Their rules. The machine has `world`, `desk`, `officer`, `worker`, `attempt` and `pick`."""

    @there_is("round with money")
    @rule(pence=st.sampled_from([SMALL, 150_000, LARGE]))
    def award(self, pence):
        self.attempt(lambda: self.give(None, pence))

    @there_is("round without money")
    @rule(really=st.integers(0, 3))
    def award_too_much(self, really):
        """Refused. Not each time: what goes before an award takes long."""
        if really == 0:
            self.attempt(lambda: self.give(None, LARGE))

    @there_is("voucher")
    @rule(which=WHICH, really=st.integers(0, 2))
    def award_again(self, which, really):
        """A second one, to a business that had a voucher; refused while that is live."""
        if really:
            return
        business_id = session.get(Voucher, self.pick(Voucher, which)).business_id
        self.attempt(lambda: self.give(business_id, SMALL))

    def give(self, business_id, pence):
        round_ = session.get(Round, self.world.round_id)
        business = session.get(Business, business_id) if business_id else None
        voucher = make_voucher(round_, business, award_pence=pence, at=self.world.at)
        provider = session.get(Provider, self.world.provider_id)
        make_match(voucher, make_offering(provider, net_price_pence=pence * 2 - 20_000))

    @there_is("voucher issued")
    @rule(which=WHICH)
    def redeem(self, which):
        voucher_id = self.pick(Voucher, which, "issued")
        self.attempt(lambda: self._redeem(voucher_id))

    @there_is("redemption")
    @rule(which=WHICH)
    def redeem_again(self, which):
        """Whatever became of the voucher: most often it was redeemed or has ended."""
        voucher_id = self.pick(Voucher, which)
        self.attempt(lambda: self._redeem(voucher_id))

    def _redeem(self, voucher_id):
        vouchers.redeem(
            code=vouchers.code_of(voucher=session.get(Voucher, voucher_id), code_key=CODE_KEY),
            provider_id=self.world.provider_id,
            by=self.worker,
            at=self.world.at,
            code_key=CODE_KEY,
        )

    @there_is("voucher issued", "voucher redeemed")
    @rule(which=WHICH, steps=st.integers(1, 4))
    def move_on(self, which, steps):
        """The next things that the people would do about one of the newest vouchers."""
        voucher_id = self.pick(Voucher, which, "issued", "redeemed")
        for _ in range(steps):
            self.step(voucher_id)

    def step(self, voucher_id):
        """The next thing to do about a voucher."""
        session.rollback()
        found = select(Redemption.id).where(Redemption.voucher_id == voucher_id)
        redemption_id = session.execute(found).scalar_one_or_none()
        found = select(Claim).where(Claim.redemption_id == redemption_id)
        claim = session.execute(found).scalar_one_or_none()
        if redemption_id is None:
            self.attempt(lambda: self._redeem(voucher_id))
        elif claim is None:
            self.attempt(lambda: self._claim(redemption_id))
        else:
            act, claim_id = self.next_act(claim.status.value), claim.id
            if act:
                self.attempt(lambda: act(session.get(Claim, claim_id)))

    def next_act(self, status):
        """What is done about a claim in this status, or None."""
        if status in ("draft", "returned"):
            return self._send
        if status in ("submitted", "disputed"):
            return self._confirm
        return self._approve if status == "confirmed" else None

    @there_is("voucher redeemed")
    @rule(which=WHICH)
    def abandon(self, which):
        """Nobody will claim on it."""
        voucher_id, at, by = self.pick(Voucher, which, "redeemed"), self.world.at, self.officer
        self.attempt(
            lambda: review.abandon(
                voucher=session.get(Voucher, voucher_id), reason="Asked.", by=by, at=at
            )
        )

    @there_is("voucher")
    @rule(which=WHICH)
    def cancel_voucher(self, which):
        voucher_id, at, by = self.pick(Voucher, which), self.world.at, self.officer
        self.attempt(
            lambda: cancel(voucher=session.get(Voucher, voucher_id), reason="Asked.", by=by, at=at)
        )

    @there_is("application")
    @rule(which=WHICH, really=st.integers(0, 3))
    def hold_or_let_go(self, which, really):
        """Holds are rarer than their ends, or most of what is tried would be refused."""
        case_id = self.pick(Application, which)
        if really == 0 or session.get(Application, case_id).held_at is not None:
            self.attempt(lambda: self._turn_hold(case_id))

    def _turn_hold(self, case_id):
        case, by, at = session.get(Application, case_id), self.officer, self.world.at
        if case.held_at is None:
            assess.hold(application=case, reason="Looked at", by=by, at=at)
        else:
            assess.release_hold(application=case, by=by, at=at)

    @rule(really=st.integers(0, 7))
    def suspend_or_reinstate(self, really):
        session.rollback()
        if really == 0 or session.get(Provider, self.world.provider_id).status != "approved":
            self.attempt(self._turn_provider)

    def _turn_provider(self):
        provider, by, at = (
            session.get(Provider, self.world.provider_id),
            self.officer,
            self.world.at,
        )
        if provider.status == "approved":
            suspend(provider=provider, reason="Looked at", by=by, at=at)
        else:
            reinstate(provider=provider, by=by, at=at)
