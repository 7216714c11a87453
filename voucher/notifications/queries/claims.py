"""What the words of messages about claims, amendments and silence need to know."""

from datetime import datetime
from typing import Any

from voucher.audit.models import AuditEvent
from voucher.claims.models import Amendment, Claim, UnpaidContribution
from voucher.claims.queries import SilentCases
from voucher.claims.ratings.models import Rating
from voucher.claims.ratings.queries import ratings_of_claim
from voucher.claims.rules import Awaited
from voucher.core.db import session
from voucher.notifications.queries.cases import Facts, case_facts, changed
from voucher.notifications.queries.use import use_of
from voucher.notifications.rules import one_line
from voucher.payments.queries import payment_of_claim
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption


def of_claim(event: AuditEvent) -> Facts:
    """Facts of an event of a claim."""
    claim = session.get_one(Claim, event.record_id)
    if event.action == "claim.paid":
        return _asked_to_rate(claim, claim_facts(claim, **_paid_how(claim)))
    if "question" in event.details:
        question = session.get_one(UnpaidContribution, event.details["question"])
        return question_facts(question, action=event.action)
    if "amendment" in event.details:
        return amendment_facts(session.get_one(Amendment, event.details["amendment"]))
    if event.action != "claim.rejected":
        return claim_facts(claim)
    redemption = session.get_one(Redemption, claim.redemption_id)
    return claim_facts(claim, reached=use_of(redemption.voucher_id).reached.value)


def amendment_facts(offer: Amendment, **more: Any) -> Facts:
    """What every message about an amendment needs, with `more` words."""
    return claim_facts(
        session.get_one(Claim, offer.claim_id),
        cause=offer.cause.value,
        lesser_pence=offer.voucher_pence,
        back_pence=offer.was_voucher_pence - offer.voucher_pence,
        was_contribution_pence=offer.was_contribution_pence,
        contribution_pence=offer.contribution_pence,
        credit_number=one_line(offer.credit_number or ""),
        answer_by_on=offer.answer_by_on,
        **more,
    )


def question_facts(question: UnpaidContribution, **more: Any) -> Facts:
    """What every message about the business's own part needs, with `more` words."""
    claim = session.get_one(Claim, question.claim_id)
    return claim_facts(
        claim,
        contribution_pence=claim.contribution_pence,
        part_by_on=question.pay_by_on,
        paid_on=question.paid_on,
        **more,
    )


def _paid_how(claim: Claim) -> dict[str, Any]:
    """What of the claim's money went to the bank, and what was set off, in pence."""
    payment = payment_of_claim(claim.id)
    if payment is None:
        return {"bank_pence": claim.voucher_pence, "netted_pence": 0}
    return {"bank_pence": payment.to_bank_pence, "netted_pence": payment.netted_pence}


def claim_facts(claim: Claim, **more: Any) -> Facts:
    """What every message about a claim needs, with `more` words."""
    provider = session.get_one(Provider, claim.provider_id)
    redemption = session.get_one(Redemption, claim.redemption_id)
    facts = case_facts(
        claim.application_id,
        claim=claim.reference,
        provider=one_line(provider.name),
        voucher_pence=claim.voucher_pence,
        confirm_by_on=claim.confirm_by_on,
        pay_by_on=claim.pay_by_on,
        **more,
    )
    return changed(facts, provider_id=claim.provider_id, voucher_id=redemption.voucher_id)


def _asked_to_rate(claim: Claim, facts: Facts) -> Facts:
    """The same; but a business that has rated the work already is not asked to."""
    rated = False in ratings_of_claim(claim.id)
    return changed(facts, business_id=None) if rated else facts


def of_rating(event: AuditEvent) -> Facts:
    """Facts of a rating: shown, to the other side; withheld or replied to, to its writer."""
    rating = session.get_one(Rating, event.record_id)
    facts = claim_facts(
        session.get_one(Claim, rating.claim_id),
        offering=one_line(session.get_one(Offering, rating.offering_id).title),
        stars=rating.stars,
        words=rating.words,
        reply=rating.reply_in_view,
        because=rating.withheld_for.public_label.lower() if rating.withheld_for else "",
        note=rating.withheld_note,
    )
    to_provider = rating.by_provider is not (event.action == "rating.shown")
    left_out = {"business_id": None} if to_provider else {"provider_id": None}
    return changed(facts, **left_out)


def of_redemption(event: AuditEvent) -> Facts:
    """Facts of an event of a redemption."""
    return redemption_facts(session.get_one(Redemption, event.record_id))


def redemption_facts(redemption: Redemption, **more: Any) -> Facts:
    """What every message about a redemption that waits for its claim needs, with `more` words."""
    facts = case_facts(
        redemption.application_id,
        redemption=redemption.reference,
        voucher_pence=redemption.voucher_pence,
        claim_by_on=redemption.claim_by_on,
        **more,
    )
    voucher_id = redemption.voucher_id
    return changed(facts, provider_id=redemption.provider_id, voucher_id=voucher_id)


def silence_facts(found: SilentCases, told_at: datetime | None) -> Facts:
    """The officers' list of what is past its last day; new is what came since `told_at`."""
    cases = [
        {
            "is_new": told_at is None or (case.escalated_at or told_at) > told_at,
            "wants_claim": case.awaited is Awaited.CLAIM,
            "reference": case.voucher if case.awaited is Awaited.CLAIM else case.reference,
            "silent": one_line(case.waits_for),
            "provider": one_line(case.provider),
            "business": one_line(case.business),
            "due": case.due,
            "pence": case.pence,
        }
        for case in found.rows
    ]
    return Facts({"cases": cases, "total": found.total})
