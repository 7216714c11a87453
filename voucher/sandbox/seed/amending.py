"""Steps that change what was agreed: a variation before the work, other amounts on a claim."""

from collections.abc import Callable
from datetime import datetime

from voucher.claims import operations as claims
from voucher.claims.models import Claim
from voucher.claims.queries.amendments import open_amendment
from voucher.matching import operations as matching
from voucher.matching.models import Match
from voucher.providers.models import Provider
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.papers import paper
from voucher.vouchers.models import Redemption, Voucher

LESS_WORDS = "The second training session did not take place: two of their people have left."
REFUSAL = "The session was cancelled by you, not by us. We would like to have it."
CREDIT_WORDS = "A licence that was not needed has been credited."
VAT_WORDS = "Energy-saving equipment goes at the reduced rate, as our accountant has told us."
CHANGE_WORDS = "We have looked at their system, and it takes other work than we thought."
KEEP_WORDS = "We would rather have what we agreed."
CREDITED_PENCE = 5_000
REDUCED_BPS = 500


def offer_less(case: Case, at: datetime) -> None:
    """The provider offers four fifths of the price, in whole pounds."""
    claim = case.row(Claim, "claim")
    price = case.row(Redemption, "redemption").net_price_pence * 4 // 5 // 100 * 100
    by = _provider_user(case)
    claims.offer_less(claim=claim, net_price_pence=price, words=LESS_WORDS, by=by, at=at)


def offer_vat(case: Case, at: datetime) -> None:
    """The provider's work is at another rate than agreed; one without VAT offers less instead."""
    claim, redemption = case.row(Claim, "claim"), case.row(Redemption, "redemption")
    if not case.row(Provider, "provider").vat_registered or redemption.vat_rate_bps == REDUCED_BPS:
        offer_less(case, at)
        return
    claims.offer_vat(
        claim=claim,
        vat_rate_bps=REDUCED_BPS,
        net_price_pence=redemption.net_price_pence,
        words=VAT_WORDS,
        by=_provider_user(case),
        at=at,
    )


def offer_credit(case: Case, at: datetime) -> None:
    """The provider has credited part of its invoice before it sends the claim."""
    _credit(case, at, claims.offer_credit)


def enter_credit(case: Case, at: datetime) -> None:
    """The provider has credited part of its invoice after the claim was approved."""
    _credit(case, at, claims.enter_credit)


def _credit(case: Case, at: datetime, enter: Callable[..., object]) -> None:
    lines = (f"To {case.business.name}", CREDIT_WORDS, f"{at:%d %B %Y}")
    credit = claims.CreditNote(
        number=f"CN-{case.number:04d}",
        credited_pence=CREDITED_PENCE,
        words=CREDIT_WORDS,
        stream=paper(f"Credit note {case.number}", lines),
        name=f"credit-note-{case.number}.pdf",
    )
    enter(
        claim=case.row(Claim, "claim"),
        credit=credit,
        content_store=case.stage.services.store,
        by=_provider_user(case),
        at=at,
    )


def agree_to_less(case: Case, at: datetime) -> None:
    """The business agrees to the other amounts."""
    claim = case.row(Claim, "claim")
    offer = open_amendment(claim.id)
    if offer is not None:
        claims.agree_amendment(claim=claim, offer_id=offer.id, by=case.user_id, at=at)


def refuse_less(case: Case, at: datetime) -> None:
    """The business does not agree."""
    claim = case.row(Claim, "claim")
    claims.refuse_amendment(claim=claim, words=REFUSAL, by=case.user_id, at=at)


def withdraw_less(case: Case, at: datetime) -> None:
    """The provider takes its offer back."""
    claims.withdraw_amendment(claim=case.row(Claim, "claim"), by=_provider_user(case), at=at)


def propose_change(case: Case, at: datetime) -> None:
    """The provider proposes a lower price before the work begins."""
    _propose(case, at, parts=9)


def propose_more(case: Case, at: datetime) -> None:
    """The provider proposes a higher price, to which an officer must agree too."""
    _propose(case, at, parts=11)


def _propose(case: Case, at: datetime, *, parts: int) -> None:
    match = case.row(Match, "match")
    values = {
        "net_price_pence": match.net_price_pence * parts // 10 // 100 * 100,
        "vat_rate_bps": match.vat_rate_bps,
        "scope": match.scope,
        "words": CHANGE_WORDS,
    }
    proposed = matching.propose_variation(
        match=match,
        voucher=case.row(Voucher, "voucher"),
        values=values,
        by_provider=True,
        by=_provider_user(case),
        at=at,
    )
    case.ids["variation"] = proposed.id


def agree_change(case: Case, at: datetime) -> None:
    """The business agrees to the change."""
    matching.agree_to_variation(
        match=case.row(Match, "match"),
        voucher=case.row(Voucher, "voucher"),
        variation_id=case.ids["variation"],
        by=case.user_id,
        at=at,
    )


def refuse_change(case: Case, at: datetime) -> None:
    """The business does not agree to the change."""
    match, voucher = case.row(Match, "match"), case.row(Voucher, "voucher")
    matching.refuse_variation(
        match=match, voucher=voucher, words=KEEP_WORDS, by=case.user_id, at=at
    )


def withdraw_change(case: Case, at: datetime) -> None:
    """The provider takes the change back."""
    match, voucher = case.row(Match, "match"), case.row(Voucher, "voucher")
    by = _provider_user(case)
    matching.withdraw_variation(match=match, voucher=voucher, by_provider=True, by=by, at=at)


def stay_unanswered(case: Case, at: datetime) -> None:
    """Nobody answers, until the worker lets the offer lapse."""


def _provider_user(case: Case) -> int:
    return case.stage.provider_members[case.ids["provider"]]


STEPS = {
    "offer_less": offer_less,
    "offer_vat": offer_vat,
    "offer_credit": offer_credit,
    "enter_credit": enter_credit,
    "agree_to_less": agree_to_less,
    "refuse_less": refuse_less,
    "withdraw_less": withdraw_less,
    "propose_change": propose_change,
    "propose_more": propose_more,
    "agree_change": agree_change,
    "refuse_change": refuse_change,
    "withdraw_change": withdraw_change,
    "stay_unanswered": stay_unanswered,
}
