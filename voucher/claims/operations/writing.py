"""The provider's claim: started on a redemption, written as a draft, given evidence, sent.

Lock order: application → claim.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.claims.models import (
    CLAIM_MOVES,
    Claim,
    ClaimStatus,
    SupersededInvoice,
    UnpaidContribution,
    UnpaidStatus,
)
from voucher.claims.operations.asking import ask, ask_again, end, left_unanswered
from voucher.claims.queries.amendments import open_amendment, wants_new_invoice
from voucher.claims.rules import (
    AMOUNT_FIELDS,
    ClaimFacts,
    ClaimProblem,
    ClaimProblems,
    EvidenceKind,
    EvidenceLevel,
    claim_problems,
    due_on,
    evidence_level,
    sampled,
)
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.money import LARGEST_TYPED_PENCE
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.files.models import StoredFile
from voucher.files.operations import remove, store
from voucher.files.queries import files_of
from voucher.integrations.storage.store import ContentStore
from voucher.matching.rules import PriceBreakdown
from voucher.programmes.models import Round
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus

WRITABLE = (ClaimStatus.DRAFT, ClaimStatus.RETURNED)
LONGEST = {"invoice_number": 60, "work_done": 4_000}
DATES = ("invoice_on", "contribution_paid_on")
MOST_FILES = 10
_OLD_AMOUNTS = "Your invoice shows the old amounts. Replace it with a corrected one."
_OLD_DRAFT = (
    "Your invoice shows the old amounts. Take it away and attach one that shows those agreed now."
)
_UNPAID_WORDS = "The provider says that the business has not paid its part."
_REPLACE = "Replace the invoice with a corrected one, so that the old one is kept."
UNDECIDED = (ClaimStatus.SUBMITTED, ClaimStatus.CONFIRMED, ClaimStatus.DISPUTED)


def start(*, redemption: Redemption, by: int, at: datetime) -> Claim:
    """Begin the claim on a redemption as a draft, or give the one that was begun.

    How much evidence it takes is settled here: by its amount, and by the round's random sample.
    """
    begun = select(Claim).where(Claim.redemption_id == redemption.id)
    found = session.execute(begun).scalar_one_or_none()
    if found is not None:
        return found
    round_ = session.get_one(Round, redemption.round_id)
    reference = make_reference("CLM", secrets.token_bytes(5))
    in_sample = sampled(bytes.fromhex(round_.evidence_seed), reference, round_.evidence_sample_bps)
    level = evidence_level(
        redemption.voucher_pence,
        full_from_pence=round_.full_evidence_from_pence,
        in_sample=in_sample,
    )
    claim = Claim(
        reference=reference,
        redemption_id=redemption.id,
        application_id=redemption.application_id,
        provider_id=redemption.provider_id,
        business_id=redemption.business_id,
        round_id=redemption.round_id,
        status=ClaimStatus.DRAFT,
        evidence_level=level.value,
        sampled=in_sample,
        started_at=at,
    )
    with translating_constraints():
        session.add(claim)
        opened(claim, at=at, by=by)
    record_event(claim, "claim.started", by=by, at=at, evidence=level.value, sampled=in_sample)
    return claim


def save(*, claim: Claim, values: Mapping[str, Any], by: int, at: datetime) -> None:
    """Keep what the provider has entered so far, right or wrong: sending it is what checks it.

    `values` by column name; None takes an entry away. Raises Invalid for what can't be kept (too
    long, an amount out of bounds), Conflict once the claim has been sent.
    """
    locked = _lock_writable(claim)
    kept = {name: _kept(name, value) for name, value in values.items()}
    _require_same_invoice(locked, kept)
    for name, value in kept.items():
        setattr(locked, name, value)
    with translating_constraints():
        session.flush()
    record_event(locked, "claim.saved", by=by, at=at)


def _require_same_invoice(claim: Claim, kept: Mapping[str, Any]) -> None:
    """A claim that was sent keeps its invoice until a corrected one takes its place."""
    number = kept.get("invoice_number", claim.invoice_number)
    same = number == claim.invoice_number
    same_day = kept.get("invoice_on", claim.invoice_on) == claim.invoice_on
    if claim.submitted_at is not None and not (same and same_day):
        raise Invalid(_REPLACE, "invoice_number", code="invoice_fixed")
    if number and not same:
        require_free_number(claim, number)


def require_free_number(claim: Claim, number: str) -> None:
    """Raise Invalid for a number of an invoice that stood in another claim of the provider."""
    query = select(SupersededInvoice.id).where(
        SupersededInvoice.provider_id == claim.provider_id,
        SupersededInvoice.invoice_number == number,
        SupersededInvoice.claim_id != claim.id,
    )
    if session.execute(query).first() is not None:
        words = "You have claimed on an invoice of that number already."
        raise Invalid(words, "invoice_number", code="invoice_number_taken")


def _kept(name: str, value: Any) -> Any:
    if name in LONGEST:
        text = (value or "").strip()
        if len(text) > LONGEST[name]:
            raise Invalid(f"This must be {LONGEST[name]:,} characters or fewer.", name)
        return text if name == "work_done" else text or None
    if name in AMOUNT_FIELDS:
        if value is not None and not 0 <= value <= LARGEST_TYPED_PENCE:
            raise Invalid("This amount can’t be right.", name)
        return value
    if name in DATES or name == "contribution_unpaid":
        return value
    raise TypeError(f"a claim has no {name!r} that a provider writes")


def attach(
    *,
    claim: Claim,
    kind: EvidenceKind,
    stream: BinaryIO,
    name: str,
    content_store: ContentStore,
    by: int,
    at: datetime,
) -> StoredFile:
    """Attach a document to a claim that is being written. Raises Invalid at the field `kind`."""
    locked = _lock_writable(claim)
    if kind is EvidenceKind.INVOICE and locked.submitted_at is not None:
        raise Invalid(_REPLACE, kind.value, code="invoice_fixed")
    if len(files_of(locked)) >= MOST_FILES:
        words = f"A claim can have {MOST_FILES} files. Take one away before you add another."
        raise Invalid(words, kind.value, code="too_many_files")
    return store(
        stream=stream,
        name=name,
        purpose=kind.value,
        subject=locked,
        by=by,
        at=at,
        store=content_store,
        provider_id=locked.provider_id,
        field=kind.value,
    )


def remove_evidence(*, claim: Claim, reference: str, by: int, at: datetime) -> None:
    """Take an attached document back while the claim is being written."""
    locked = _lock_writable(claim)
    found = next((file for file in files_of(locked) if file.reference == reference), None)
    if found is None:
        raise NotFound("There is no such file on this claim.")
    if found.purpose == EvidenceKind.INVOICE and locked.submitted_at is not None:
        raise Conflict(_REPLACE, code="invoice_fixed")
    remove(file=found, by=by, at=at)


def submit(*, claim: Claim, by: int, at: datetime) -> None:
    """Send the claim: the business is asked to confirm the work.

    Before: every amount as agreed, every proof attached. After: SUBMITTED, with the last day for
    the business's answer. Raises ClaimProblems with everything that is wrong, Conflict when it was
    sent already.
    """
    locked = _lock_writable(claim)
    redemption = session.get_one(Redemption, locked.redemption_id, populate_existing=True)
    _require_redeemed(redemption)
    if open_amendment(locked.id) is not None:
        raise Conflict(
            "The business has not answered your offer yet. Wait for it, or take the offer back.",
            code="offer_open",
        )
    today = london_date(at)
    problems = claim_problems(
        _facts(locked),
        agreed_with(redemption),
        EvidenceLevel(locked.evidence_level),
        redeemed_on=london_date(redemption.redeemed_at),
        today=today,
    )
    if wants_new_invoice(locked):
        words = _OLD_AMOUNTS if locked.submitted_at else _OLD_DRAFT
        problems = (*problems, ClaimProblem(EvidenceKind.INVOICE.value, words))
    if problems:
        raise ClaimProblems(problems)
    left = left_unanswered(locked)
    with translating_constraints():
        transition(
            locked,
            ClaimStatus.SUBMITTED,
            moves=CLAIM_MOVES,
            at=at,
            by=by,
            submitted_at=at,
            submitted_by_id=by,
            confirm_by_on=due_on(today),
            review_note=None,
        )
    late = today > redemption.claim_by_on
    record_event(
        locked, "claim.submitted", by=by, at=at, voucher_pence=locked.voucher_pence, late=late
    )
    _ask_about_the_part(locked, left, by=by, at=at)


def _ask_about_the_part(
    claim: Claim, left: UnpaidContribution | None, *, by: int, at: datetime
) -> None:
    """Ask whether the business has paid, where it has something to pay and that is in doubt.

    `left`: what was asked of the claim before it was taken back.
    """
    if not claim.contribution_pence:
        claim.contribution_unpaid = False
        session.flush()
        return
    if left is not None:
        question = ask_again(claim, left, by=by, at=at)
    elif claim.contribution_unpaid:
        question = ask(claim, _UNPAID_WORDS, by=by, at=at)
    else:
        return
    denied = question.status is UnpaidStatus.DENIED
    action = "claim.contribution_denied" if denied else "claim.contribution_asked"
    facts = {"question": question.id, "contribution_pence": claim.contribution_pence}
    record_event(claim, action, by=by, at=at, **facts)


def take_back(*, claim: Claim, by: int, at: datetime) -> None:
    """The provider takes back a claim that it sent, to put it right; no officer has decided yet.

    After: as if an officer had given it back. Sent again, the business is asked anew and an officer
    looks anew. Raises Conflict while it is being written, and once it is decided.
    """
    locked = lock_claim(claim)
    if locked.status not in UNDECIDED:
        raise Conflict("This claim can’t be taken back now. Write to us if something is wrong.")
    give_back(locked, note=None, by=by, at=at)
    record_event(locked, "claim.taken_back", by=by, at=at)


def give_back(claim: Claim, *, note: str | None, by: int, at: datetime) -> None:
    """Make a locked claim RETURNED: what was checked and every last day count no longer."""
    end(claim, by=by, at=at)
    transition(
        claim,
        ClaimStatus.RETURNED,
        moves=CLAIM_MOVES,
        at=at,
        by=by,
        review_note=note,
        checked_at=None,
        checked_by_id=None,
        confirm_by_on=None,
        pay_by_on=None,
    )


def _require_redeemed(redemption: Redemption) -> None:
    """Asked under the claim's lock, which whoever cancels a redeemed voucher takes as well."""
    voucher = session.get_one(Voucher, redemption.voucher_id, populate_existing=True)
    if voucher.status is not VoucherStatus.REDEEMED:
        raise Conflict(
            "This voucher was cancelled, so it can’t be claimed on. Write to us.",
            code="voucher_cancelled",
        )


def agreed_with(redemption: Redemption) -> PriceBreakdown:
    """The five amounts of a redemption."""
    return PriceBreakdown(
        net_price_pence=redemption.net_price_pence,
        vat_rate_bps=redemption.vat_rate_bps,
        vat_pence=redemption.vat_pence,
        voucher_pence=redemption.voucher_pence,
        contribution_pence=redemption.contribution_pence,
    )


def _facts(claim: Claim) -> ClaimFacts:
    names = (*LONGEST, *DATES, *AMOUNT_FIELDS, "contribution_unpaid")
    details = {name: getattr(claim, name) for name in names}
    evidence = frozenset(EvidenceKind(file.purpose) for file in files_of(claim))
    return ClaimFacts(details, evidence)


def lock_claim(claim: Claim) -> Claim:
    """The claim, locked and fresh; NotFound if there is none."""
    locked: Claim | None = lock(Claim, claim.id)
    if locked is None:
        raise NotFound("There is no such claim.")
    return locked


def _lock_writable(claim: Claim) -> Claim:
    locked = lock_claim(claim)
    if locked.status not in WRITABLE:
        raise Conflict("This claim has been sent, so it can’t be changed now.", code="claim_sent")
    return locked


def record_event(
    claim: Claim, action: str, *, by: int | None, at: datetime, **details: Any
) -> None:
    """Write the audit event `action` on the claim, in its application's case."""
    case = session.get_one(Application, claim.application_id).reference
    facts = {"provider": claim.provider_id, "redemption": claim.redemption_id, **details}
    record(action=action, subject=claim, at=at, by=by, case=case, details=facts)
