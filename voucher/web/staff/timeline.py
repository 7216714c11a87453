"""The record of a case in words: one line for each event, from its action and catalogue details."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voucher.applications.rules import CATALOGUE, CORRECTION_SECTIONS
from voucher.audit.models import AuditEvent
from voucher.eligibility.models import CheckOutcome
from voucher.vouchers.rules import LapseReason
from voucher.web.display import day, listed, pounds

TITLES = {
    "application.started": "Application started",
    "application.submitted": "Application sent",
    "application.returned": "Sent back for corrections",
    "application.areas_corrected": "Areas it wants help with corrected",
    "application.resubmitted": "Sent again with corrections",
    "application.proposed": "Award proposed, a second person must agree",
    "application.approved": "Approved",
    "application.refused": "Refused",
    "application.sent_back": "Sent back by the second person",
    "application.eligible": "Approved, its place to be settled with the round’s",
    "application.reconsidered": "Taken back, to be decided again",
    "application.waiting": "On the waiting list of the draw",
    "application.compared": "Left to the comparison by the draw",
    "application.ranked_waiting": "Waiting for a place that is left, by its rank",
    "application.unplaced": "Ranked, and left without a place",
    "scoring.taken": "Taken to be scored",
    "scoring.handed_in": "Scores handed in",
    "scoring.given_back": "Given back by a scorer",
    "scoring.struck": "A scorer’s sheet struck",
    "application.withdrawn": "Withdrawn by the business",
    "application.held": "Put on hold",
    "application.released": "Released from hold",
    "application.assigned": "Given to an officer",
    "application.appealed": "Appealed",
    "application.appeal_answered": "Appeal answered",
    "application.noted": "Note added",
    "check.run": "Checked against the rules",
    "notice.sent": "Subsidy notice sent",
    "notice.confirmed": "Subsidy notice confirmed",
    "notice.declined": "Subsidy notice declined",
    "award.made": "Award made",
    "voucher.issued": "Voucher issued",
    "voucher.extended": "Voucher extended",
    "voucher.expired": "Voucher expired",
    "voucher.cancelled": "Voucher cancelled",
    "voucher.redeemed": "Voucher redeemed",
    "voucher.completed": "Voucher completed",
    "shortlist.made": "Shortlist made",
    "match.chosen": "Offering chosen",
    "match.accepted": "Accepted by the provider",
    "match.declined": "Declined by the provider",
    "match.lapsed": "No answer from the provider in time",
    "match.withdrawn": "Choice withdrawn",
    "match.agreed": "Agreed by all three parties",
    "match.provider_gone": "Provider gone: the business chooses again",
    "match.date_proposed": "Another day to start proposed by the provider",
    "match.date_accepted": "The other day taken by the business",
    "match.date_refused": "The other day refused by the business, which chooses again",
    "ways.asked": "Languages and accessibility asked for",
    "suggestion.made": "Offering suggested by the programme",
    "suggestion.left_out": "Planned suggestion left out: it was not possible any more",
    "suggestion.taken": "Suggested offering chosen",
    "suggestion.passed": "Another offering chosen than the one suggested",
    "suggestion.expired": "Suggestion no longer possible",
    "suggestion.replaced": "Suggestion replaced by a newer plan",
    "question.asked": "Question asked to a provider",
    "question.answered": "Question answered by the provider",
    "match.variation_proposed": "Change of the agreement proposed",
    "match.variation_referred": "Change agreed by both parties, an officer must agree",
    "match.variation_agreed": "Change of the agreement agreed",
    "match.variation_refused": "Change of the agreement refused",
    "match.variation_withdrawn": "Change of the agreement taken back",
    "match.variation_lapsed": "Change of the agreement ended without an answer",
    "claim.started": "Claim started",
    "claim.submitted": "Claim sent",
    "claim.confirmed": "Work confirmed by the business",
    "claim.confirmed_on_behalf": "Work confirmed by an officer for the silent business",
    "claim.escalated": "The business is silent past its last day",
    "redemption.escalated": "The provider is silent past its last day to claim",
    "claim.disputed": "Work disputed by the business",
    "claim.taken_back": "Claim taken back by the provider",
    "claim.amendment_offered": "Other amounts offered by the provider",
    "claim.amendment_withdrawn": "Offer of other amounts taken back",
    "claim.amendment_agreed": "Other amounts agreed by the business",
    "claim.amendment_refused": "Offer of other amounts refused by the business",
    "claim.amendment_lapsed": "Offer of other amounts not answered in time",
    "claim.invoice_corrected": "Invoice replaced by a corrected one",
    "claim.contribution_asked": "Business asked to show that it has paid its part",
    "claim.contribution_shown": "Business says that it has paid its part",
    "claim.contribution_denied": "Business says that it need not pay its part",
    "claim.contribution_evidenced": "Business’s part shown to be paid",
    "claim.contribution_overdue": "Business’s part not paid by its last day",
    "claim.credit_entered": "Credit note entered after approval",
    "claim.returned": "Claim sent back to the provider",
    "claim.checked": "Claim checked",
    "claim.approved": "Claim approved",
    "claim.rejected": "Claim rejected",
    "claim.paid": "Claim paid",
    "rating.given": "Work rated by one side",
    "rating.changed": "Rating changed before it was shown",
    "rating.shown": "Rating shown",
    "rating.replied": "Rating replied to by the provider",
    "rating.withheld": "Rating withheld by an officer",
    "rating.reply_withheld": "Reply to a rating withheld by an officer",
    "rating.restored": "Rating shown again by an officer",
    "payment.transferred": "Money sent to the provider’s account",
    "payment.paid": "Money in the provider’s bank",
    "payment.failed": "Payment failed",
    "payment.netted": "Set off against what the provider owed",
    "payment.reversed": "Payment taken back whole",
    "clawback.requested": "Money asked back, a second person must agree",
    "clawback.approved": "Asking money back approved",
    "clawback.refused": "Asking money back refused",
    "clawback.withdrawn": "Request for money back withdrawn",
    "clawback.reversed": "Money taken back from the provider’s account",
    "clawback.short": "Money owed by the provider",
    "clawback.to_be_netted": "To be set off against the provider’s next payments",
    "clawback.netted": "Set off against a later payment",
    "clawback.invoiced": "Provider invoiced for money owed",
    "clawback.partly_recovered": "Part of the money owed came back",
    "clawback.recovered": "Money owed came back",
    "clawback.support_lessened": "Support for the business lessened",
    "clawback.write_off_asked": "Writing money off asked for, a second person must agree",
    "clawback.written_off": "Money owed written off",
}
AMOUNTS = (
    ("award_pence", "award"),
    ("max_pence", "maximum"),
    ("gross_pence", "gross value"),
    ("cap_pence", "worth up to"),
    ("voucher_pence", "voucher"),
    ("contribution_pence", "business pays"),
    ("released_pence", "given back to the round"),
)


@dataclass(frozen=True)
class TimelineEvent:
    """One line, as the timeline component takes it."""

    title: str
    at: datetime
    by: str
    note: str


def timeline_of(events: Sequence[AuditEvent], names: Mapping[int, str]) -> list[TimelineEvent]:
    """The events in words. Saving a draft again and again is not shown; all else is."""
    return [
        TimelineEvent(
            title=TITLES.get(event.action) or _plain(event.action),
            at=event.at,
            by="the system"
            if event.actor_user_id is None
            else names.get(event.actor_user_id, "somebody whose account is gone"),
            note=note_of(event.details, names),
        )
        for event in events
        if not event.action.endswith(".saved")
    ]


def note_of(details: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """The details of an event that say something to an officer, as one sentence."""
    parts = [f"{words} {pounds(details[key])}" for key, words in AMOUNTS if details.get(key)]
    parts += _codes(details)
    if details.get("officer"):
        parts.append(names.get(details["officer"], "an officer"))
    if "upheld" in details:
        parts.append("upheld" if details["upheld"] else "dismissed")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}" if text else ""


def _codes(details: Mapping[str, Any]) -> list[str]:
    parts = []
    reasons = [CATALOGUE[code].label for code in details.get("reasons", ()) if code in CATALOGUE]
    if reasons:
        parts.append(", ".join(reasons).lower())
    if details.get("outcome") in set(CheckOutcome):
        parts.append(CheckOutcome(details["outcome"]).staff_label.lower())
    if details.get("sections"):
        asked = [CORRECTION_SECTIONS.get(code, code) for code in details["sections"]]
        parts.append(listed([words.lower() for words in asked]))
    if details.get("lapse") in set(LapseReason):
        parts.append(LapseReason(details["lapse"]).words)
    if details.get("due"):
        parts.append(f"it was {_day(details['due'])}")
    if details.get("to"):
        parts.append(f"until {_day(details['to'])}")
    return parts


def _day(text: str) -> str:
    try:
        return day(datetime.fromisoformat(text).date())
    except ValueError:
        return text


def _plain(action: str) -> str:
    words = action.replace(".", " ").replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"
