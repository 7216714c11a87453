"""What the parties and officers do about a claim, from its draft to a decision. Rules of the
machine, each where it may come about; `out_of_turn` tries the others, which must be refused.
"""

import io

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import or_, select

from tests.domain.money.choosing import WHICH, there_is
from tests.factories.work import PDF, right_values
from voucher.applications.models import Application
from voucher.claims import operations as claims
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations import CorrectedInvoice, CreditNote, UnpaidDecision
from voucher.claims.queries.amendments import open_amendment, wants_new_invoice
from voucher.claims.rules import EvidenceKind
from voucher.core.db import session
from voucher.integrations.storage.store import ContentStore
from voucher.vouchers.models import Redemption, Voucher

OPEN = ("submitted", "confirmed", "disputed")
WRITTEN = ("draft", "returned")
UNDER_WAY = tuple(f"claim {status}" for status in OPEN)
ANSWERS = st.sampled_from(["show", "deny", "acknowledge", "proven", "proven"])
SOON = st.sampled_from([None, None, "dispute", "question"])
UNCLAIMED = (
    select(Redemption.id)
    .join(Voucher, Voucher.id == Redemption.voucher_id)
    .outerjoin(Claim, Claim.redemption_id == Redemption.id)
    .where(Voucher.status == "redeemed", or_(Claim.id.is_(None), Claim.status == "draft"))
    .order_by(Redemption.id.desc())
    .limit(4)
)
"""The newest redemptions that can still be claimed on for the first time."""


class Claiming:
    """Their rules. The machine has `world`, `desk`, `officer`, `worker`, `attempt` and `pick`."""

    # --- the provider ------------------------------------------------------------------------

    def unclaimed(self, which):
        """The id of a redemption without a claim that was sent, or None."""
        session.rollback()
        ids = session.execute(UNCLAIMED).scalars().all()
        return ids[which % len(ids)] if ids else None

    @there_is("redemption unclaimed")
    @rule(which=WHICH, unpaid=st.sampled_from([False, False, True]), then=SOON)
    def claim(self, which, unpaid, then):
        """A claim is sent; now and then it says that the business has not paid its part, or the
        business disputes it at once, or is asked for a proof of it, which is given."""
        redemption_id = self.unclaimed(which)
        self.attempt(lambda: self._claim(redemption_id, unpaid))
        if then == "dispute":
            self.on_claim(0, self._dispute, "submitted")
        elif then == "question":
            if not unpaid:
                self.on_claim(0, lambda claim: self._question(claim, True), "submitted")
            self.on_claim(0, lambda claim: self._answer_question(claim, "proven"), "submitted")

    def _claim(self, redemption_id, unpaid=False):
        at, redemption = self.world.at, session.get(Redemption, redemption_id)
        self._send(claims.start(redemption=redemption, by=self.worker, at=at), unpaid)

    def _send(self, made, unpaid=False):
        at, by = self.world.at, self.worker
        again = made.status is ClaimStatus.RETURNED
        values = {"contribution_paid_on": at.date()}
        if not again:
            values = right_values(session.get(Redemption, made.redemption_id), at.date())
        if unpaid:
            values["contribution_paid_on"] = None
        claims.save(claim=made, values={**values, "contribution_unpaid": unpaid}, by=by, at=at)
        if not again:
            kind, kept = EvidenceKind.INVOICE, self.papers()
            claims.attach(claim=made, kind=kind, by=by, at=at, **kept)
        elif wants_new_invoice(made):
            self._correct(made)
        claims.submit(claim=made, by=by, at=at)

    def papers(self):
        """A file of its own each time: the same one twice would be a doubt."""
        return {"name": "Paper.pdf", "content_store": ContentStore(self.folder), **self.paper()}

    def paper(self):
        self.numbered += 1
        return {"stream": io.BytesIO(PDF + b"%% %d" % self.numbered)}

    @there_is("claim returned")
    @rule(which=WHICH)
    def correct(self, which):
        self.on_claim(which, self._correct, "returned")

    def _correct(self, claim):
        at, paper = self.world.at, self.paper()
        number, words = f"INV-{claim.id}-{self.numbered}", "A wrong date."
        invoice = CorrectedInvoice(number, at.date(), words, name="Invoice.pdf", **paper)
        store = ContentStore(self.folder)
        claims.correct_invoice(
            claim=claim, invoice=invoice, content_store=store, by=self.worker, at=at
        )

    @there_is(*UNDER_WAY)
    @rule(which=WHICH)
    def take_back(self, which):
        by, at = self.worker, self.world.at
        self.on_claim(which, lambda claim: claims.take_back(claim=claim, by=by, at=at), *OPEN)

    # --- other amounts -----------------------------------------------------------------------

    @there_is("redemption unclaimed", "claim returned")
    @rule(which=WHICH, share=st.sampled_from([10, 50, 99, 100]), credit=st.booleans())
    def offer_less(self, which, share, credit):
        """Less was delivered, or some was credited: a share of the price is left, in per cent."""
        redemption_id = self.being_written(which)
        self.attempt(lambda: self._offer_less(redemption_id, share, credit))

    @there_is("redemption unclaimed", "claim returned")
    @rule(which=WHICH, credit=st.booleans())
    def settle_for_less(self, which, credit):
        """The same, and the business agrees."""
        redemption_id = self.being_written(which)
        self.attempt(lambda: self._offer_less(redemption_id, 50, credit))
        found = select(Claim.id).where(Claim.redemption_id == redemption_id)
        claim_id = session.execute(found).scalar_one_or_none()
        if claim_id:
            self.attempt(lambda: self._answer_less(session.get(Claim, claim_id), "agree"))

    def being_written(self, which):
        """The id of a redemption whose claim can still be written."""
        claim_id = self.pick(Claim, which, "returned")
        if claim_id and (which % 2 or "redemption unclaimed" not in self.known):
            return session.get(Claim, claim_id).redemption_id
        return self.unclaimed(which)

    def _offer_less(self, redemption_id, share, credit):
        at, by, redemption = self.world.at, self.worker, session.get(Redemption, redemption_id)
        made = claims.start(redemption=redemption, by=by, at=at)
        price = redemption.net_price_pence * share // 100
        if credit:
            self._credit(made, redemption.net_price_pence - price, claims.offer_credit)
        else:
            words = "Half of it."
            claims.offer_less(claim=made, net_price_pence=price, words=words, by=by, at=at)

    def _credit(self, claim, pence, operation):
        paper = self.paper()
        credit = CreditNote(f"CN-{self.numbered}", pence, "Less.", name="Note.pdf", **paper)
        store, at = ContentStore(self.folder), self.world.at
        operation(claim=claim, credit=credit, content_store=store, by=self.worker, at=at)

    @there_is("claim approved", "claim paid")
    @rule(which=WHICH, share=st.sampled_from([10, 50, 100]))
    def credit(self, which, share):
        """Credited after approval: a share of the price; finance asks the money back, or not."""
        self.on_claim(
            which,
            lambda claim: self._credit(
                claim, claim.net_price_pence * share // 100, claims.enter_credit
            ),
            "approved",
            "paid",
        )

    @there_is("amendment offered")
    @rule(which=WHICH, how=st.sampled_from(["agree", "agree", "refuse", "take back"]))
    def answer_less(self, which, how):
        self.on_claim(which, lambda claim: self._answer_less(claim, how), *WRITTEN)

    def _answer_less(self, claim, how):
        at, owner = self.world.at, self.owner_of(claim)
        offer = open_amendment(claim.id)
        if how == "agree":
            number = offer.id if offer else 0
            claims.agree_amendment(claim=claim, offer_id=number, by=owner, at=at)
        elif how == "refuse":
            claims.refuse_amendment(claim=claim, words="It was all there.", by=owner, at=at)
        else:
            claims.withdraw_amendment(claim=claim, by=self.worker, at=at)

    # --- the business ------------------------------------------------------------------------

    def owner_of(self, claim):
        """Who speaks for the business."""
        return session.get(Application, claim.application_id).started_by_id

    @there_is("claim submitted", "claim disputed")
    @rule(which=WHICH)
    def confirm(self, which):
        self.on_claim(which, self._confirm, "submitted", "disputed")

    def _confirm(self, claim):
        claims.confirm(claim=claim, by=self.owner_of(claim), at=self.world.at)

    @there_is("claim submitted")
    @rule(which=WHICH)
    def dispute(self, which):
        self.on_claim(which, self._dispute, "submitted")

    def _dispute(self, claim):
        claims.dispute(claim=claim, words="No.", by=self.owner_of(claim), at=self.world.at)

    @there_is(*UNDER_WAY)
    @rule(which=WHICH, officer=st.booleans(), how=st.none() | ANSWERS)
    def question_payment(self, which, officer, how):
        """An officer or the business itself doubts that the business has paid its part; it is
        answered at once, or not."""
        self.on_claim(which, lambda claim: self._question(claim, officer), *OPEN)
        if how:
            self.on_claim(which, lambda claim: self._answer_question(claim, how), *OPEN)

    def _question(self, claim, officer):
        at = self.world.at
        if officer:
            claims.ask_for_proof(claim=claim, note="None.", by=self.desk.asker, at=at)
        else:
            claims.say_unpaid(claim=claim, by=self.owner_of(claim), at=at)

    @there_is(*(f"unpaid_contribution {status}" for status in ("asked", "shown", "denied")))
    @rule(which=WHICH, how=ANSWERS)
    def answer_question(self, which, how):
        self.on_claim(which, lambda claim: self._answer_question(claim, how), *OPEN)

    def _answer_question(self, claim, how):
        at, owner = self.world.at, self.owner_of(claim)
        if how == "show":
            papers = self.papers()
            claims.show_paid(claim=claim, paid_on=at.date(), by=owner, at=at, **papers)
        elif how == "deny":
            claims.deny(claim=claim, words="A gift.", by=owner, at=at)
        elif how == "acknowledge":
            claims.acknowledge(claim=claim, paid_on=at.date(), by=self.worker, at=at)
        else:
            proven = UnpaidDecision.PROVEN
            day, by = at.date(), self.desk.asker
            claims.decide_unpaid(
                claim=claim, decision=proven, paid_on=day, note="Seen.", by=by, at=at
            )

    # --- officers ----------------------------------------------------------------------------

    @there_is("claim confirmed")
    @rule(which=WHICH)
    def approve(self, which):
        self.on_claim(which, self._approve, "confirmed")

    def _approve(self, claim):
        claims.approve(claim=claim, by=self.officer, at=self.world.at)

    @there_is("claim confirmed")
    @rule(which=WHICH, by_approver=st.booleans())
    def check(self, which, by_approver):
        """Who checks a claim may not approve it any more."""
        by = self.officer if by_approver else self.desk.agreer
        self.on_claim(which, lambda one: claims.check(claim=one, by=by, at=self.world.at))

    @there_is(*UNDER_WAY)
    @rule(which=WHICH)
    def give_back(self, which):
        self.on_claim(which, self._give_back, *OPEN)

    def _give_back(self, claim):
        claims.return_to_provider(claim=claim, note="No.", by=self.officer, at=self.world.at)

    @there_is("claim confirmed", "claim disputed")
    @rule(which=WHICH)
    def reject(self, which):
        self.on_claim(which, self._reject, "confirmed", "disputed")

    def _reject(self, claim):
        claims.reject(claim=claim, note="No.", by=self.officer, at=self.world.at)

    @there_is("claim submitted")
    @rule(which=WHICH)
    def speak_for_business(self, which):
        """An officer's word for a business that let its last day pass."""
        self.on_claim(which, self._speak_for, "submitted")

    def _speak_for(self, claim):
        by, at = self.desk.agreer, self.world.at
        claims.confirm_on_behalf(claim=claim, note="They told us.", by=by, at=at)

    @there_is("claim")
    @rule(
        which=WHICH,
        act=st.sampled_from(
            ["_send", "_correct", "_confirm", "_dispute", "_approve", "_give_back", "_reject"]
        ),
    )
    def out_of_turn(self, which, act):
        """Anything asked of any claim, most often too early or too late."""
        self.on_claim(which, getattr(self, act))

    def on_claim(self, which, act, *statuses):
        """Do it to one of the newest claims in these statuses; in none, nothing is done."""
        claim_id = self.pick(Claim, which, *statuses)
        if claim_id:
            self.attempt(lambda: act(session.get(Claim, claim_id)))
