"""Claims that may be the same as another one, or a part of the same work."""

import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, union_all

from voucher.applications.models import Application
from voucher.businesses.queries import same_enterprise_ids
from voucher.claims.models import Claim, ClaimStatus, SupersededInvoice
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.files.models import StoredFile
from voucher.screening.rules import SPLIT_DAYS, ClaimShape, invoice_key
from voucher.vouchers.models import Redemption

_COUNTED = (
    ClaimStatus.SUBMITTED,
    ClaimStatus.CONFIRMED,
    ClaimStatus.DISPUTED,
    ClaimStatus.RETURNED,
    ClaimStatus.APPROVED,
    ClaimStatus.PAID,
)
_MOST = 50


def shape_of(claim: Claim) -> ClaimShape:
    """The claim as the rules compare it."""
    return _shapes([Claim.id == claim.id], claim, frozenset(), frozenset())[0]


def claims_like(
    claim: Claim, same_bank: Collection[int], threshold_pence: int
) -> Sequence[ClaimShape]:
    """Other claims, 50 at most, that share an invoice's number or file, an enterprise within a
    month, a problem just under the threshold, or amount and day with a provider of the same bank
    account (`same_bank`)."""
    enterprise = frozenset(same_enterprise_ids(claim.business_id))
    redeemed_at, problem = session.execute(
        select(Redemption.redeemed_at, Application.problem_today)
        .join(Application, Application.id == Redemption.application_id)
        .where(Redemption.id == claim.redemption_id)
    ).one()
    window = timedelta(days=SPLIT_DAYS + 1)
    near = Redemption.redeemed_at.between(redeemed_at - window, redeemed_at + window)
    mine = Claim.provider_id == claim.provider_id
    found = [
        Claim.id.in_(_with_the_number(claim)),
        and_(Claim.business_id.in_(enterprise), near),
        and_(
            mine,
            near,
            Claim.voucher_pence.between(threshold_pence * 9 // 10, threshold_pence),
            Application.problem_today == problem,
        ),
        and_(
            Claim.provider_id.in_(same_bank),
            Claim.net_price_pence == claim.net_price_pence,
            Claim.invoice_on == claim.invoice_on,
        ),
        Claim.id.in_(_same_file(claim)),
    ]
    others = [Claim.id != claim.id, Claim.status.in_(_COUNTED), or_(*found)]
    return _shapes(others, claim, enterprise, frozenset(same_bank))


def _with_the_number(claim: Claim) -> set[int]:
    """Ids of the provider's claims that have, or had, an invoice of one of this claim's numbers.

    The database sieves by a run of digits, the rule's own key decides: so neither punctuation nor a
    crowd of numbers that end alike hides one.
    """
    numbers = (claim.invoice_number, *_earlier_numbers([claim.id]).get(claim.id, ()))
    keys = {key for key in map(invoice_key, numbers) if key}
    found: set[int] = set()
    for key in keys:
        for claim_id, number in session.execute(_numbered(claim.provider_id, key)):
            if invoice_key(number) == key:
                found.add(claim_id)
    return found


def _numbered(provider_id: int, key: str) -> Any:
    """(claim's id, number) of the provider's invoices that may have this key."""
    digits = max(re.findall("[0-9]+", key), key=len, default="")

    def of(model: Any, claim_id: Any) -> Any:
        number = model.invoice_number
        query = select(claim_id, number).where(model.provider_id == provider_id)
        return query.where(number.contains(digits) if digits else number.is_not(None))

    return union_all(of(Claim, Claim.id), of(SupersededInvoice, SupersededInvoice.claim_id))


def _earlier_numbers(claim_ids: Sequence[int]) -> dict[int, set[str]]:
    query = select(SupersededInvoice.claim_id, SupersededInvoice.invoice_number).where(
        SupersededInvoice.claim_id.in_(claim_ids)
    )
    found: dict[int, set[str]] = {}
    for claim_id, number in session.execute(query):
        found.setdefault(claim_id, set()).add(number)
    return found


def _same_file(claim: Claim) -> Any:
    files = _invoice_files().subquery()
    mine = select(files.c.sha256).where(files.c.claim_id == claim.id)
    return select(files.c.claim_id).where(files.c.sha256.in_(mine))


def _invoice_files() -> Any:
    """(claim's id, hash) of every invoice's file, those that were replaced included."""
    invoice = and_(StoredFile.purpose == "invoice", StoredFile.removed_at.is_(None))
    now = select(StoredFile.subject_id.label("claim_id"), StoredFile.sha256).where(
        invoice, StoredFile.subject_kind == Claim.__tablename__
    )
    before = (
        select(SupersededInvoice.claim_id, StoredFile.sha256)
        .join(SupersededInvoice, SupersededInvoice.id == StoredFile.subject_id)
        .where(invoice, StoredFile.subject_kind == SupersededInvoice.__tablename__)
    )
    return union_all(now, before)


def _shapes(
    where: Sequence[ColumnElement[bool]],
    claim: Claim,
    enterprise: frozenset[int],
    same_bank: frozenset[int],
) -> list[ClaimShape]:
    query = (
        select(Claim, Redemption.redeemed_at, Application.problem_today)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Application, Application.id == Claim.application_id)
        .where(*where)
        .order_by(Claim.id.desc())
        .limit(_MOST)
    )
    rows = session.execute(query).all()
    ids = [row.Claim.id for row in rows]
    files, earlier = _files(ids), _earlier_numbers(ids)
    return [
        ClaimShape(
            reference=other.reference,
            same_business=other.business_id in enterprise,
            same_provider=other.provider_id == claim.provider_id,
            same_bank=other.provider_id in same_bank,
            invoice_number=other.invoice_number,
            invoice_on=other.invoice_on,
            net_price_pence=other.net_price_pence,
            voucher_pence=other.voucher_pence,
            redeemed_on=london_date(redeemed_at),
            problem=problem or "",
            files=frozenset(files.get(other.id, ())),
            earlier_numbers=frozenset(earlier.get(other.id, ())),
        )
        for other, redeemed_at, problem in rows
    ]


def _files(claim_ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    files = _invoice_files().subquery()
    query = select(files.c.claim_id, files.c.sha256).where(files.c.claim_id.in_(claim_ids))
    for row in session.execute(query):
        found.setdefault(row.claim_id, set()).add(row.sha256)
    return found
