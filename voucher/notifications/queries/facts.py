"""What the words of a message need to know of an event, and whose message it is.

A finder a record kind. Each gives words for the template (single lines, amounts in pence, dates)
and whose message it is, or None when there is nothing to tell.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from voucher.allocation.queries import drawn_place
from voucher.allocation.scored.models import ScoringSlot
from voucher.allocation.scored.queries import ranked_place
from voucher.allocation.scoring import in_words, points
from voucher.applications.models import Appeal, Application, CorrectionRequest
from voucher.applications.rules import CORRECTION_SECTIONS, appeal_by, reasons_given
from voucher.audit.models import AuditEvent
from voucher.claims.models import Claim
from voucher.claims.ratings.models import Rating
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.queries.surveys import last_day
from voucher.matching.dialogue.models import Question
from voucher.matching.models import Match, Variation
from voucher.matching.operations.variation import PARTS as VARIATION_PARTS
from voucher.notifications.queries.cases import Facts, case_facts, changed, voucher_facts
from voucher.notifications.queries.claims import claim_facts, of_claim, of_rating, of_redemption
from voucher.notifications.queries.dialogue import day_words, next_words, of_question
from voucher.notifications.queries.scoring import of_sheet
from voucher.notifications.queries.suggestions import of_suggestion
from voucher.notifications.queries.use import Reached, use_of
from voucher.notifications.rules import one_line
from voucher.payments.clawbacks.models import Clawback
from voucher.payments.differences.models import UnexplainedMovement
from voucher.payments.models import Payment, Reconciliation
from voucher.programmes.models import AllocationMethod, Round
from voucher.providers.models import ConnectedAccount, DueDiligenceKind, Provider
from voucher.screening.models import Referral
from voucher.subsidy.models import SubsidyNotice
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.suggesting.models import Suggestion


def facts_of(event: AuditEvent) -> Facts | None:
    """The facts of an event as they stand now; None when nobody needs to be told of it."""
    find = _FINDERS.get(event.record_kind)
    return find(event) if find else None


def _of_application(event: AuditEvent) -> Facts:
    more = _APPLICATION_WORDS.get(event.action, lambda event: {})
    return case_facts(event.record_id, **more(event))


def _corrections(event: AuditEvent) -> dict[str, Any]:
    request = session.get_one(CorrectionRequest, event.details["request"])
    return {
        "items": [
            {"section": CORRECTION_SECTIONS.get(item["section"], ""), "words": item["words"]}
            for item in request.items
        ]
    }


def _refusal(event: AuditEvent) -> dict[str, Any]:
    return {
        "reasons": reasons_given(event.details.get("reasons", [])),
        "appeal_by_on": appeal_by(london_date(event.at)),
    }


def _appeal(event: AuditEvent) -> dict[str, Any]:
    appeal = session.get_one(Appeal, event.details["appeal"])
    return {"answer_by_on": appeal.answer_by_on, "upheld": appeal.upheld, "answer": appeal.answer}


def _drawn(event: AuditEvent) -> dict[str, Any]:
    """What the draw gave, and where anybody can check it."""
    place = drawn_place(event.record_id)
    case = session.get_one(Application, event.record_id)
    round_ = session.get_one(Round, case.round_id)
    return {
        "draw": place.draw_reference if place else "",
        "number": event.details.get("number"),
        "arm": event.details.get("arm", ""),
        "follow_up_on": round_.follow_up_on,
        "replaces": round_.draw_replaces,
    }


def _eligible(event: AuditEvent) -> dict[str, Any]:
    """How the places of its round are settled."""
    case = session.get_one(Application, event.record_id)
    method = session.get_one(Round, case.round_id).allocation_method
    return {"scored": method is AllocationMethod.SCORED}


def _ranked(event: AuditEvent) -> dict[str, Any]:
    """What the ranked list gave, with the marks of every scorer; reasons stand on the page."""
    place = ranked_place(event.record_id)
    if place is None:
        return {}
    rule = place.state.rule
    return {
        "number": event.details.get("number"),
        "below_least": event.details.get("below_least"),
        "rank": place.rank,
        "of": place.of,
        "points": in_words(points(rule, place.state.doubled)),
        "least": in_words(Fraction(rule.least_bps, 100)),
        "highest_mark": rule.highest_mark,
        "marks": [
            {
                "name": one_line(criterion.name),
                "given": [sheet.marks[criterion.code] for sheet in place.state.sheets],
            }
            for criterion in rule.criteria
        ],
    }


_APPLICATION_WORDS: dict[str, Callable[[AuditEvent], dict[str, Any]]] = {
    "application.resubmitted": lambda event: {"again": True},
    "application.returned": _corrections,
    "application.refused": _refusal,
    "application.eligible": _eligible,
    "application.ranked_waiting": _ranked,
    "application.unplaced": _ranked,
    "application.waiting": _drawn,
    "application.compared": _drawn,
    "application.appealed": _appeal,
    "application.appeal_answered": _appeal,
}


def _of_notice(event: AuditEvent) -> Facts:
    notice = session.get_one(SubsidyNotice, event.record_id)
    return case_facts(
        notice.application_id,
        gross_pence=notice.gross_pence,
        answer_by_on=notice.answer_by_on,
    )


def _of_voucher(event: AuditEvent) -> Facts:
    voucher = session.get_one(Voucher, event.record_id)
    more: dict[str, Any] = {}
    if event.action == "voucher.cancelled":
        more = {"reason": voucher.cancel_reason or "", **_words_of_use(voucher)}
    elif event.action == "voucher.redeemed":
        more = _words_of_use(voucher)
    return voucher_facts(voucher, **more)


def _words_of_use(voucher: Voucher) -> dict[str, Any]:
    use = use_of(voucher.id)
    return {
        "reached": use.reached.value,
        "provider": one_line(use.provider),
        "voucher_pence": use.voucher_pence,
        "contribution_pence": use.contribution_pence,
        "claim_by_on": use.claim_by_on,
    }


ENDINGS = frozenset({"match.declined", "match.lapsed"})
"""After these the business is told what is next on its list."""


def _of_match(event: AuditEvent) -> Facts | None:
    """Facts of a match. One that ended with its voucher is no news to the business: that was.

    Nor to a provider whose claim was rejected: its own letter says so.
    """
    if event.details.get("variation"):
        return _of_variation(event)
    ended = str(event.details.get("because", "")).startswith("voucher.")
    match = session.execute(
        select(Match).options(joinedload(Match.offering)).where(Match.id == event.record_id)
    ).scalar_one()
    voucher = session.get_one(Voucher, match.voucher_id)
    provider = session.get_one(Provider, match.provider_id)
    reached = use_of(voucher.id).reached if ended else Reached.NOTHING
    facts = voucher_facts(
        voucher,
        reached=reached.value,
        match=match.reference,
        offering=one_line(match.offering.title),
        provider=one_line(provider.name),
        answer_by_on=match.answer_by_on,
        start_on=match.start_on,
        voucher_pence=match.voucher_pence,
        contribution_pence=match.contribution_pence,
        net_price_pence=match.net_price_pence,
        vat_pence=match.vat_pence,
        reason=match.decline_words,
        ended=ended,
        day_proposed=bool(event.details.get("day_proposed")),
        lost_days=event.details.get("lost_days", 0),
        **day_words(event),
        **(next_words(match) if event.action in ENDINGS else {}),
    )
    if ended and event.action == "match.lapsed":
        facts = changed(facts, business_id=None)
    claim_told = reached in (Reached.REJECTED, Reached.UNPAID)
    return changed(facts, provider_id=None if claim_told else match.provider_id)


def _of_variation(event: AuditEvent) -> Facts | None:
    """Facts of a change of an agreement: no news to the party whose own act it was."""
    if event.action == "match.variation_lapsed" and event.details.get("ended"):
        return None
    change = session.get_one(Variation, event.details["variation"])
    undecided = bool(event.details.get("undecided"))
    facts = variation_facts(change, undecided=undecided)
    return changed(facts, **_who_knows(event, change))


def variation_facts(change: Variation, **more: Any) -> Facts:
    """What every message about a change of an agreement needs, with `more` words."""
    match = session.get_one(Match, change.match_id)
    provider = session.get_one(Provider, match.provider_id)
    facts = voucher_facts(
        session.get_one(Voucher, match.voucher_id),
        match=match.reference,
        provider=one_line(provider.name),
        answer_by_on=change.answer_by_on,
        decide_by_on=change.decide_by_on,
        by_officer=change.decided_by_id is not None,
        lower=change.voucher_pence < change.was_voucher_pence,
        **{part: getattr(change, part) for part in VARIATION_PARTS},
        **more,
    )
    return changed(facts, provider_id=provider.id)


def _who_knows(event: AuditEvent, change: Variation) -> dict[str, None]:
    """The party that is not told, as the id to leave out."""
    by_provider = {
        "match.variation_proposed": change.by_provider,
        "match.variation_withdrawn": event.details.get("withdrawn_by_provider"),
    }.get(event.action)
    if event.action == "match.variation_refused" and change.decided_by_id is None:
        by_provider = not change.by_provider
    if by_provider is None:
        return {}
    return {"provider_id": None} if by_provider else {"business_id": None}


def _of_payment(event: AuditEvent) -> Facts | None:
    payment = session.get_one(Payment, event.record_id)
    if event.action == "payment.blocked" and not event.details.get("payee"):
        return None
    claim = session.get_one(Claim, payment.claim_id)
    words = {"claim": claim.reference, "amount_pence": payment.amount_pence}
    facts = case_facts(claim.application_id, **words)
    return changed(facts, provider_id=payment.provider_id)


def _of_clawback(event: AuditEvent) -> Facts:
    clawback = session.get_one(Clawback, event.record_id)
    words: dict[str, Any] = {
        "clawback": clawback.reference,
        "amount_pence": clawback.pence,
        "owed_pence": event.details.get("owed_pence", clawback.owed_pence),
        "netted_pence": event.details.get("netted_pence", 0),
        "payment": event.details.get("payment", ""),
        "support_pence": event.details.get("support_pence", 0),
        "reason": clawback.reason.public_label,
        "note": clawback.note,
        "invoice": clawback.invoice_number or "",
        "due_on": clawback.invoice_due_on,
    }
    if clawback.payment_id is None:
        words |= {"what": "a transfer made by mistake", "claim": "", "business": ""}
        return Facts(words, provider_id=clawback.provider_id)
    payment = session.get_one(Payment, clawback.payment_id)
    claim = session.get_one(Claim, payment.claim_id)
    return claim_facts(claim, what=f"claim {claim.reference}", **words)


def _of_provider(event: AuditEvent) -> Facts | None:
    if event.action == "provider.item_checked" and event.details.get("passed"):
        return None
    provider = session.get_one(Provider, event.record_id)
    words = {
        "provider": one_line(provider.name),
        "reason": provider.suspension_reason or "",
        "refusal": provider.refusal_reason or "",
        "item": _item_words(event.details.get("kind")),
    }
    return Facts(words, provider_id=provider.id)


def _of_account(event: AuditEvent) -> Facts:
    account = session.get_one(ConnectedAccount, event.record_id)
    provider = session.get_one(Provider, account.provider_id)
    words = {"provider": one_line(provider.name), "changed_at": event.at}
    return Facts({**words, "bank_last4": account.bank_last4 or ""}, provider_id=provider.id)


def _item_words(kind: str | None) -> str:
    return DueDiligenceKind(kind).public_label if kind else ""


def _of_survey(event: AuditEvent) -> Facts:
    return survey_facts(session.get_one(SurveyResponse, event.record_id))


def survey_facts(response: SurveyResponse, **more: Any) -> Facts:
    """What a message about a survey needs, with `more` words; its link's nonce is in `extra`."""
    facts = case_facts(response.application_id, last_on=last_day(response), **more)
    return changed(facts, extra={"token_nonce": response.token_nonce})


def _of_movement(event: AuditEvent) -> Facts:
    row = session.get_one(UnexplainedMovement, event.record_id)
    words = {
        "movement": row.reference,
        "pence": row.net_pence,
        "kind": one_line(row.kind),
        "stripe_id": one_line(row.stripe_id),
        "happened_at": row.happened_at,
    }
    return Facts(words)


def _of_reconciliation(event: AuditEvent) -> Facts | None:
    """Told only when something is new, or open again: not every night anew."""
    if not event.details.get("fresh"):
        return None
    row = session.get_one(Reconciliation, event.record_id)
    words = {"reconciliation": row.reference, "fresh": event.details["fresh"], "run_at": row.run_at}
    return Facts({**words, "total": len(row.differences)})


def _of_referral(event: AuditEvent) -> Facts | None:
    """Told only of a business that is dissolved: other doubts are for officers alone."""
    referral = session.get_one(Referral, event.record_id)
    if referral.ended_reason is None:
        return None
    return claim_facts(
        session.get_one(Claim, referral.claim_id),
        words=referral.ended_reason.public_label,
        pays=referral.ended_reason.pays,
    )


_FINDERS: dict[str, Callable[[AuditEvent], Facts | None]] = {
    Application.__tablename__: _of_application,
    ScoringSlot.__tablename__: of_sheet,
    SubsidyNotice.__tablename__: _of_notice,
    Voucher.__tablename__: _of_voucher,
    Match.__tablename__: _of_match,
    Question.__tablename__: of_question,
    Suggestion.__tablename__: of_suggestion,
    Redemption.__tablename__: of_redemption,
    Claim.__tablename__: of_claim,
    Rating.__tablename__: of_rating,
    Payment.__tablename__: _of_payment,
    Clawback.__tablename__: _of_clawback,
    UnexplainedMovement.__tablename__: _of_movement,
    Reconciliation.__tablename__: _of_reconciliation,
    Provider.__tablename__: _of_provider,
    ConnectedAccount.__tablename__: _of_account,
    SurveyResponse.__tablename__: _of_survey,
    Referral.__tablename__: _of_referral,
}
