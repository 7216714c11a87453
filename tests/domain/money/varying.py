"""What the parties and an officer do about the terms of an agreement before redemption. Rules of
the machine: nothing moves in the books until the voucher is redeemed at what was agreed last.
"""

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from tests.domain.money.choosing import WHICH, there_is
from voucher.applications.models import Application
from voucher.core.db import session
from voucher.matching.models import Match, MatchStatus, Variation
from voucher.matching.operations import (
    agree_to_variation,
    allow_variation,
    disallow_variation,
    propose_variation,
    refuse_variation,
    withdraw_variation,
)
from voucher.vouchers.models import Voucher

PRICES = st.sampled_from([60_000, 179_999, 300_000])
VERDICTS = st.sampled_from(["agree", "agree", "agree", "refuse", "take back"])


class Varying:
    """Their rules. The machine has `world`, `officer`, `worker`, `attempt` and `pick`."""

    @there_is("voucher issued")
    @rule(which=WHICH, price=PRICES, by_provider=st.booleans(), verdict=VERDICTS)
    def change_terms(self, which, price, by_provider, verdict):
        """Another price is proposed and most often answered; dearer ones need an officer."""
        voucher_id = self.pick(Voucher, which, "issued")
        self.attempt(lambda: self._propose(voucher_id, price, by_provider))
        self._settle(which, verdict)

    @there_is("variation proposed", "variation referred")
    @rule(which=WHICH, verdict=VERDICTS)
    def settle_terms(self, which, verdict):
        """Whoever should speak next about a change does, or its proposer takes it back."""
        self._settle(which, verdict)
        self._settle(which, verdict)

    def _propose(self, voucher_id, price, by_provider):
        match, voucher = self._agreement(voucher_id)
        values = {
            "net_price_pence": price,
            "vat_rate_bps": match.vat_rate_bps,
            "scope": match.scope,
            "words": "Other work than we thought.",
        }
        by = self.worker if by_provider else self._owner(match)
        propose_variation(
            match=match,
            voucher=voucher,
            values=values,
            by_provider=by_provider,
            by=by,
            at=self.world.at,
        )

    def _settle(self, which, verdict):
        variation_id = self.pick(Variation, which, "proposed", "referred")
        if variation_id is not None:
            self.attempt(lambda: self._answer(variation_id, verdict))

    def _answer(self, variation_id, verdict):
        variation = session.get(Variation, variation_id)
        match = session.get(Match, variation.match_id)
        facts = {
            "match": match,
            "voucher": session.get(Voucher, match.voucher_id),
            "at": self.world.at,
        }
        proposer, other = self.worker, self._owner(match)
        if not variation.by_provider:
            proposer, other = other, proposer
        if verdict == "take back":
            withdraw_variation(by_provider=variation.by_provider, by=proposer, **facts)
        elif variation.status == "referred":
            act = allow_variation if verdict == "agree" else disallow_variation
            act(note="Looked at.", by=self.officer, **facts)
        elif verdict == "agree":
            agree_to_variation(variation_id=variation_id, by=other, **facts)
        else:
            refuse_variation(words="Too dear.", by=other, **facts)

    def _agreement(self, voucher_id):
        found = select(Match).where(
            Match.voucher_id == voucher_id, Match.status == MatchStatus.AGREED
        )
        return session.execute(found).scalar_one(), session.get(Voucher, voucher_id)

    def _owner(self, match):
        return session.get(Application, match.application_id).started_by_id
