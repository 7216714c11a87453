"""Who is told what, how the words of a message are read, and when sending is tried again. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from voucher.claims.rules import Awaited

STALE = timedelta(days=14)
"""An event older than this is news to nobody any more: no message is made of it."""
LEASE = timedelta(minutes=5)
"""How long a message being sent belongs to one worker; SMTP gives up long before."""
MOST_TRIES = 12
LONGEST_WAIT = timedelta(hours=6)
BODIES_KEPT = timedelta(days=90)
"""Links and words of messages are not kept longer; that a message was sent is."""
SURVEY_REMINDER = "survey_reminder"
SURVEY_KINDS = frozenset({"survey_asked", SURVEY_REMINDER})
SURVEY_REMINDER_DAYS = (7, 21)
"""Days after a survey was asked on which an unanswered one is mentioned again: twice, no more."""


class Audience(StrEnum):
    """Whom a message is for."""

    BUSINESS = "business"
    """Every live member of the business."""
    PROVIDER = "provider"
    """Every live member of the provider."""
    SIGNATORY = "signatory"
    """Whoever sent the application, if still of the business; else every member."""
    FINANCE = "finance"
    """Every member of the staff who may release payments."""
    CLAIM_OFFICERS = "claim officers"
    """Every member of the staff who may check claims."""
    CASE_OFFICERS = "case officers"
    """Every member of the staff who may assess cases."""
    SCORERS = "scorers"
    """Every member of the staff who may score, but those whom the facts leave out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A message: the template of its words (emails/words/<kind>.txt) and whom it is for."""

    kind: str
    to: Audience


def _business(kind: str) -> Plan:
    return Plan(kind, Audience.BUSINESS)


def _provider(kind: str) -> Plan:
    return Plan(kind, Audience.PROVIDER)


def _both(kind: str) -> tuple[Plan, ...]:
    """One message to both parties, each in its own form; who knows already is left out later."""
    return (_business(kind), _provider(f"{kind}_provider"))


PLANS: Mapping[str, tuple[Plan, ...]] = {
    "application.submitted": (_business("application_submitted"),),
    "application.resubmitted": (_business("application_submitted"),),
    "application.returned": (_business("application_returned"),),
    "application.eligible": (_business("application_eligible"),),
    "application.reconsidered": (_business("application_reconsidered"),),
    "application.waiting": (_business("application_waiting"),),
    "application.compared": (_business("application_compared"),),
    "application.ranked_waiting": (_business("application_ranked_waiting"),),
    "application.unplaced": (_business("application_unplaced"),),
    "application.refused": (_business("application_refused"),),
    "application.withdrawn": (_business("application_withdrawn"),),
    "application.appealed": (_business("appeal_received"),),
    "application.appeal_answered": (_business("appeal_answered"),),
    "notice.sent": (_business("notice_to_confirm"),),
    "voucher.issued": (_business("voucher_issued"),),
    "voucher.extended": (_business("voucher_extended"),),
    "voucher.expired": (_business("voucher_expired"),),
    "voucher.cancelled": (_business("voucher_cancelled"),),
    "voucher.redeemed": (_business("voucher_redeemed"),),
    "match.chosen": (_provider("match_offered"),),
    "match.accepted": (_business("match_accepted"),),
    "match.declined": (_business("match_declined"),),
    "match.lapsed": (_business("match_lapsed"), _provider("match_lapsed_provider")),
    "match.withdrawn": (_provider("match_withdrawn"),),
    "match.agreed": (_business("match_agreed"), _provider("match_agreed_provider")),
    "match.provider_gone": (_business("provider_gone"),),
    "match.date_proposed": (_business("date_proposed"),),
    "match.date_refused": (_provider("date_refused"),),
    "suggestion.made": (_business("suggestion_made"),),
    "question.asked": (_provider("question_asked"),),
    "question.answered": (_business("question_answered"),),
    "match.variation_proposed": _both("variation_proposed"),
    "match.variation_referred": (Plan("variation_to_decide", Audience.CASE_OFFICERS),),
    "match.variation_agreed": _both("variation_agreed"),
    "match.variation_refused": _both("variation_refused"),
    "match.variation_withdrawn": _both("variation_withdrawn"),
    "match.variation_lapsed": _both("variation_lapsed"),
    "claim.submitted": (_business("claim_to_confirm"),),
    "claim.confirmed": (_provider("claim_confirmed"),),
    "claim.confirmed_on_behalf": (
        _business("claim_confirmed_for"),
        _provider("claim_confirmed_for_provider"),
    ),
    "claim.escalated": (
        _business("confirmation_overdue"),
        _provider("confirmation_overdue_provider"),
    ),
    "redemption.escalated": (_provider("claim_overdue"),),
    "claim.disputed": (_provider("claim_disputed"),),
    "claim.contribution_asked": (_business("contribution_asked"),),
    "claim.contribution_shown": (
        _provider("contribution_answered"),
        Plan("contribution_to_decide", Audience.CLAIM_OFFICERS),
    ),
    "claim.contribution_denied": (
        _provider("contribution_answered"),
        Plan("contribution_to_decide", Audience.CLAIM_OFFICERS),
    ),
    "claim.contribution_overdue": (
        _business("contribution_overdue"),
        _provider("contribution_answered"),
        Plan("contribution_to_decide", Audience.CLAIM_OFFICERS),
    ),
    "claim.contribution_evidenced": (
        _business("contribution_evidenced"),
        _provider("contribution_evidenced_provider"),
    ),
    "screening.cleared": (_provider("ended_business"),),
    "screening.refused": (_provider("ended_business"),),
    "claim.taken_back": (_business("claim_taken_back"),),
    "claim.amendment_offered": (_business("amendment_offered"),),
    "claim.amendment_agreed": (_provider("amendment_agreed"), _business("support_lowered")),
    "claim.amendment_refused": (_provider("amendment_refused"),),
    "claim.amendment_lapsed": (
        _business("amendment_lapsed"),
        _provider("amendment_lapsed_provider"),
    ),
    "claim.credit_entered": (
        _business("credit_entered"),
        _provider("credit_entered_provider"),
        Plan("credit_to_ask_back", Audience.FINANCE),
    ),
    "claim.returned": (_provider("claim_returned"),),
    "claim.approved": (_provider("claim_approved"),),
    "claim.rejected": (_provider("claim_rejected"),),
    "claim.paid": (_provider("claim_paid"), _business("rating_asked")),
    "rating.shown": _both("rating_shown"),
    "rating.replied": (_business("rating_replied"),),
    "rating.withheld": _both("rating_withheld"),
    "payment.blocked": (_provider("payment_blocked"),),
    "payment.failed": (_provider("payment_failed"),),
    "clawback.approved": (_provider("clawback_approved"),),
    "clawback.reversed": (_provider("clawback_reversed"),),
    "clawback.short": (_provider("clawback_owed"),),
    "clawback.to_be_netted": (_provider("clawback_to_be_netted"),),
    "clawback.netted": (_provider("clawback_netted"),),
    "clawback.invoiced": (_provider("clawback_invoiced"),),
    "clawback.recovered": (_provider("clawback_recovered"),),
    "clawback.written_off": (_provider("clawback_written_off"),),
    "clawback.support_lessened": (_business("support_lessened"),),
    "account.bank_changed": (_provider("bank_changed"),),
    "suspense.noticed": (Plan("unexplained_movement", Audience.FINANCE),),
    "books.reconciled": (Plan("books_differ", Audience.FINANCE),),
    "provider.submitted": (_provider("provider_submitted"),),
    "provider.item_checked": (_provider("provider_item_failed"),),
    "provider.approved": (_provider("provider_approved"),),
    "provider.refused": (_provider("provider_refused"),),
    "provider.suspended": (_provider("provider_suspended"),),
    "provider.reinstated": (_provider("provider_reinstated"),),
    "scoring.struck": (Plan("scorer_needed", Audience.SCORERS),),
    "survey.asked": (Plan("survey_asked", Audience.SIGNATORY),),
}
"""Audit action → the messages made of it. Everything else that happens is told on the pages."""

LIVE_VOUCHER_ONLY = frozenset({"voucher_issued", "voucher_extended", "voucher_reminder"})
"""Messages that would be false once the voucher has ended."""
AWAITING: Mapping[str, Awaited] = {
    "claim_due": Awaited.CLAIM,
    "claim_overdue": Awaited.CLAIM,
    "confirmation_due": Awaited.ANSWER,
    "confirmation_overdue": Awaited.ANSWER,
    "confirmation_overdue_provider": Awaited.ANSWER,
}
"""Messages that would be false once what they wait for has come, or the voucher was cancelled."""
AMENDMENT_DUE = "amendment_due"
CONTRIBUTION_DUE = "contribution_due"
VARIATION_DUE = "variation_to_decide_due"
SUGGESTION_DUE = "suggestion_due"
MATCH_DUE, DATE_DUE, QUESTION_DUE = "match_due", "date_due", "question_due"
DIALOGUE_DUE = frozenset({MATCH_DUE, DATE_DUE, QUESTION_DUE})
MATTERS_DUE = DIALOGUE_DUE | frozenset(
    {AMENDMENT_DUE, CONTRIBUTION_DUE, SUGGESTION_DUE, VARIATION_DUE}
)
"""Reminders that would be false once the offer, question or change they name was answered, or the
business has chosen."""
VARIATION_REMINDER_DAYS = (3, 1)
"""Days before the last day for an officer to decide on a change of an agreement."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the voucher, or the survey, that a message is about stands at the moment of sending."""

    is_live: bool
    extended_at: datetime | None = None
    awaited: Awaited | None = None
    matter_open: bool = False


def is_news(happened_at: datetime, at: datetime) -> bool:
    """Whether an event is recent enough that somebody should still be told."""
    return at - happened_at <= STALE


def still_true(kind: str, standing: Standing | None, *, written_at: datetime) -> bool:
    """Whether a message may still be sent; asked again at the last moment.

    `standing` is None for a message about no voucher and no survey. A reminder written
    before the voucher was extended names the wrong day.
    """
    if standing is None:
        return True
    if kind in MATTERS_DUE or kind in SURVEY_KINDS:
        return standing.matter_open
    if kind in AWAITING:
        return standing.awaited is AWAITING[kind]
    if kind not in LIVE_VOUCHER_ONLY:
        return True
    extended_at = standing.extended_at
    outdated = kind == "voucher_reminder" and extended_at is not None and extended_at > written_at
    return standing.is_live and not outdated


def opens_by_itself(kind: str) -> bool:
    """Whether a message's links open something without signing in: its words are not kept.

    Messages about the account (a new password, an invitation) and requests to answer a survey.
    """
    return kind.startswith("account.") or kind in SURVEY_KINDS


def next_try(tries: int) -> timedelta | None:
    """How long to wait after the `tries`-th failure: 1, 2, 4 … minutes, at most 6 hours.

    None once it has been tried often enough (12 times, some 20 hours).
    """
    if tries >= MOST_TRIES:
        return None
    return min(timedelta(minutes=2 ** (tries - 1)), LONGEST_WAIT)


class BlockKind(StrEnum):
    """What a block of a message is."""

    TEXT = "text"
    LIST = "list"
    QUOTE = "quote"
    FACTS = "facts"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its lines; of facts (name, value); of a button its one (words, address)."""

    kind: BlockKind
    lines: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it was written: subject and blocks, laid out later as plain text and as HTML."""

    subject: str
    blocks: tuple[Block, ...]


SUBJECT = "Subject: "
LONGEST_SUBJECT = 200


def read_words(text: str) -> Words:
    """Read the words of a message: a "Subject: " line, then blocks between blank lines.

    A block is a list ("- " before each line), words of somebody else ("> "), facts
    ("= Name: value"), a button ("→ Words: address", alone), or a paragraph. So the plain and the
    HTML form can't come to say different things. Raises ValueError for a missing subject or a
    malformed block: a defect of the template.
    """
    first, _, rest = text.strip().partition("\n")
    subject = " ".join(first.removeprefix(SUBJECT).split())
    if not first.startswith(SUBJECT) or not subject:
        raise ValueError("the words of a message begin with their subject")
    parts = [part for part in re.split(r"\n[ \t]*\n", rest) if part.strip()]
    return Words(subject[:LONGEST_SUBJECT], tuple(_block(part) for part in parts))


def _block(part: str) -> Block:
    lines = [line.strip() for line in part.strip().splitlines() if line.strip()]
    marks = {line[:2] for line in lines}
    if marks == {"- "}:
        return Block(BlockKind.LIST, lines=tuple(line[2:] for line in lines))
    if marks <= {"> ", ">"}:
        return Block(BlockKind.QUOTE, lines=tuple(line[1:].strip() for line in lines))
    if marks == {"= "}:
        return Block(BlockKind.FACTS, pairs=tuple(_pair(line[2:]) for line in lines))
    if marks == {"→ "} and len(lines) == 1:
        return Block(BlockKind.BUTTON, pairs=(_pair(lines[0][2:]),))
    return Block(BlockKind.TEXT, lines=tuple(lines))


def _pair(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(": ")
    if not colon:
        raise ValueError(f"a pair without a colon: {line!r}")
    return name, value.strip()


def quoted(text: str) -> str:
    """Somebody else's words as a quotation, so that they can't pass for ours or for a button."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join(f"> {line}" for line in lines)


def one_line(text: str) -> str:
    """A name or title inside a sentence of ours: one line, and no mark of ours in front of it.

    So a business that calls itself "→ Sign in: https://…" makes no button.
    """
    return " ".join(text.split()).lstrip("→>=- ")
