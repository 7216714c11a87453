"""Records as the interface shows them: plain JSON values, amounts in pence, moments in UTC."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from voucher.claims.queries import ClaimPage, Job, missing_files
from voucher.claims.rules import AMOUNT_FIELDS
from voucher.files.models import StoredFile
from voucher.matching.models import Match
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.queries.provider import ClaimPayment
from voucher.providers.api_keys.rules import Caller, Scope
from voucher.vouchers.models import Voucher

CURRENCY = {"currency": "GBP"}
_P = PaymentStatus
PAYOUT_STATUSES = {
    _P.READY: "approved",
    _P.ON_HOLD: "on_hold",
    _P.BLOCKED_PAYEE: "waiting_for_bank_details",
    **dict.fromkeys((_P.QUEUED, _P.SENDING, _P.UNKNOWN, _P.BLOCKED_FUNDS), "on_its_way"),
    _P.ATTENTION: "on_its_way",
    **dict.fromkeys((_P.TRANSFERRED, _P.PAYOUT_SENDING, _P.PAYOUT_UNKNOWN), "in_stripe_account"),
    _P.IN_TRANSIT: "on_its_way_to_bank",
    _P.PAID: "paid",
    _P.PAYOUT_FAILED: "refused_by_bank",
    _P.CANCELLED: "cancelled",
    _P.REVERSED: "taken_back",
    _P.NETTED: "set_off",
}
"""What a provider is told of a payment's status: as much as its page says, and no more."""


def moment(at: datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC, to the second."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(on: date | None) -> str | None:
    """A day as RFC 3339 has it."""
    return None if on is None else on.isoformat()


def amounts(record: Any) -> dict[str, int | None]:
    """The five amounts of a match, a redemption or a claim."""
    return {name: getattr(record, name) for name in AMOUNT_FIELDS}


def worth(voucher: Voucher, match: Match, offering: str, *, redeemable: bool) -> dict[str, Any]:
    """What a voucher is worth to the provider who asks."""
    return {
        "voucher": voucher.reference,
        "status": voucher.status.value,
        "redeemable": redeemable,
        "agreed": match.programme_agreed_at is not None,
        "offering": offering,
        "start_on": day(match.start_on),
        "expires_on": day(voucher.expires_on),
        **CURRENCY,
        **amounts(match),
    }


def redemption(job: Job) -> dict[str, Any]:
    """One redemption."""
    found = job.redemption
    return {
        "reference": found.reference,
        "business": job.business_name,
        "offering": job.title,
        "redeemed_at": moment(found.redeemed_at),
        "claim_by_on": day(found.claim_by_on),
        "claim": job.claim.reference if job.claim else None,
        **CURRENCY,
        **amounts(found),
    }


def claim_summary(job: Job) -> dict[str, Any]:
    """A claim in a list."""
    claim = job.claim
    if claim is None:
        raise TypeError("a job in a list of claims has its claim")
    return {
        "reference": claim.reference,
        "redemption": job.redemption.reference,
        "business": job.business_name,
        "offering": job.title,
        "status": claim.status.value,
        "status_words": claim.status.public_label,
        "submitted_at": moment(claim.submitted_at),
        **CURRENCY,
        "voucher_pence": job.redemption.voucher_pence,
    }


def claim(
    page: ClaimPage, files: Iterable[StoredFile], payment: Payment | None, *, writing: bool
) -> dict[str, Any]:
    """One claim, whole."""
    found, redeemed, attached = page.claim, page.redemption, list(files)
    missing = missing_files(found, redeemed, attached) if writing else ()
    return {
        "reference": found.reference,
        "redemption": redeemed.reference,
        "business": page.business.name,
        "offering": page.offering.title,
        "status": found.status.value,
        "status_words": found.status.public_label,
        "evidence": found.evidence_level,
        "files": [claim_file(file) for file in attached],
        "missing_files": [kind.value for kind in missing],
        "invoice_number": found.invoice_number,
        "invoice_on": day(found.invoice_on),
        "contribution_paid_on": day(found.contribution_paid_on),
        "contribution_unpaid": found.contribution_unpaid,
        "work_done": found.work_done,
        "claim_by_on": day(redeemed.claim_by_on),
        "started_at": moment(found.started_at),
        "submitted_at": moment(found.submitted_at),
        "confirm_by_on": day(found.confirm_by_on),
        "approved_at": moment(found.approved_at),
        "pay_by_on": day(found.pay_by_on),
        "note": found.review_note,
        "payout": payment.reference if payment else None,
        "agreed": amounts(redeemed),
        **CURRENCY,
        **amounts(found),
    }


def claim_file(file: StoredFile) -> dict[str, Any]:
    """A file of a claim."""
    return {
        "reference": file.reference,
        "kind": file.purpose,
        "name": file.name,
        "media_type": file.media_type,
        "size_bytes": file.size_bytes,
        "uploaded_at": moment(file.uploaded_at),
    }


def payout(found: ClaimPayment) -> dict[str, Any]:
    """One payment."""
    payment = found.payment
    return {
        "reference": payment.reference,
        "claim": found.claim_reference,
        "status": PAYOUT_STATUSES[payment.status],
        "status_words": payment.status.public_label,
        **CURRENCY,
        "amount_pence": payment.amount_pence,
        "set_off_pence": payment.netted_pence,
        "taken_back_pence": payment.taken_back_pence,
        "to_bank_pence": payment.to_bank_pence,
        "created_at": moment(payment.created_at),
        "transferred_at": moment(payment.transferred_at),
        "paid_at": moment(payment.paid_at),
    }


SUMS = ("payable_pence", "at_provider_pence", "settled_pence", "recoverable_pence")


def statement(month: str, figures: Mapping[str, Any], *, so_far: bool) -> dict[str, Any]:
    """A statement, from its figures as JSON: the first line brings forward, the total carries."""
    table = figures["tables"][0]
    brought, *rows = table["rows"]
    return {
        "month": month,
        "so_far": so_far,
        **CURRENCY,
        "brought_forward": _sums(brought),
        "lines": [
            {
                "on": row[0],
                "words": row[1],
                "claim": row[2] or None,
                "invoice_number": row[3] or None,
                "reference": row[4],
                "change": _sums(row),
            }
            for row in rows
        ],
        "carried_forward": _sums(table["total"]),
    }


def _sums(row: Iterable[Any]) -> dict[str, int]:
    return dict(zip(SUMS, list(row)[-len(SUMS) :], strict=True))


def key(caller: Caller) -> dict[str, Any]:
    """The key that asks."""
    return {
        "reference": caller.reference,
        "name": caller.name,
        "scopes": [scope.value for scope in Scope if scope in caller.scopes],
        "expires_at": moment(caller.expires_at),
    }
