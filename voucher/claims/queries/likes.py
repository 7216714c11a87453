"""Claims that may be the same as another one, or a part of the same work."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, union_all

from voucher.applications.models import Application
from voucher.businesses.queries import same_enterprise_ids
from voucher.claims.models import Claim, ClaimStatus, SupersededInvoice
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.files.models import StoredFile
from voucher.programmes.models import Round
from voucher.screening.rules import (
    SPLIT_DAYS,
    ClaimShape,
    invoice_key,
    just_under,
)
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
_COMPARED = (
    Claim.id,
    Claim.reference,
    Claim.business_id,
    Claim.provider_id,
    Claim.invoice_number,
    Claim.invoice_on,
    Claim.net_price_pence,
    Claim.voucher_pence,
)


@dataclass(frozen=True)
class Work:
    """What of a claim's work it is compared by, and from how many pence on its round asks for full
    evidence."""

    redeemed_at: datetime
    problem: str | None
    threshold_pence: int


def work_of(claim: Claim) -> Work:
    """The work of the claim."""
    query = (
        select(Redemption.redeemed_at, Application.problem_today, Round.full_evidence_from_pence)
        .select_from(Redemption)
        .join(Application, Application.id == Redemption.application_id)
        .join(Round, Round.id == claim.round_id)
        .where(Redemption.id == claim.redemption_id)
    )
    return Work(*session.execute(query).one())


def claims_compared(
    claim: Claim, work: Work, same_bank: Collection[int]
) -> tuple[ClaimShape, Sequence[ClaimShape]]:
    """The claim as the rules compare it, and other claims, 50 at most, that share an invoice's
    number or file, an enterprise within a month, a problem just under the threshold, or amount and
    day with a provider of the same bank account (`same_bank`)."""
    numbers = _earlier_numbers([claim.id])
    same = Same(
        frozenset(same_enterprise_ids(claim.business_id)), claim.provider_id, frozenset(same_bank)
    )
    others = _rows_like(claim, work, same, numbers.get(claim.id, set()))
    ids = [row.id for row in others]
    files = _files([claim.id, *ids])
    numbers |= _earlier_numbers(ids) if ids else {}
    mine, *shapes = (
        _shape(one, of, same, files.get(one.id, ()), numbers.get(one.id, ()))
        for one, of in [(claim, work), *((row, row) for row in others)]
    )
    return mine, shapes


@dataclass(frozen=True)
class Same:
    """Which businesses, provider and providers' bank accounts count as the same."""

    enterprise: frozenset[int]
    provider_id: int
    bank: frozenset[int]


def _rows_like(claim: Claim, work: Work, same: Same, earlier: Collection[str]) -> Sequence[Any]:
    """What a shape needs of the other claims and of their work."""
    window = timedelta(days=SPLIT_DAYS + 1)
    near = Redemption.redeemed_at.between(work.redeemed_at - window, work.redeemed_at + window)
    found = [
        Claim.id.in_(_with_the_number(claim, earlier)),
        and_(Claim.business_id.in_(same.enterprise), near),
        and_(
            Claim.provider_id.in_(same.bank),
            Claim.net_price_pence == claim.net_price_pence,
            Claim.invoice_on == claim.invoice_on,
        ),
        Claim.id.in_(_same_file(claim)),
    ]
    if just_under(claim.voucher_pence, work.threshold_pence):
        found.append(
            and_(
                Claim.provider_id == claim.provider_id,
                near,
                Claim.voucher_pence.between(work.threshold_pence * 9 // 10, work.threshold_pence),
                Application.problem_today == work.problem,
            )
        )
    query = (
        select(*_COMPARED, Redemption.redeemed_at, Application.problem_today.label("problem"))
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Application, Application.id == Claim.application_id)
        .where(Claim.id != claim.id, Claim.status.in_(_COUNTED), or_(*found))
        .order_by(Claim.id.desc())
        .limit(_MOST)
    )
    return session.execute(query).all()


def _with_the_number(claim: Claim, earlier: Collection[str]) -> set[int]:
    """Ids of the provider's claims that have, or had, an invoice of one of this claim's numbers:
    that of its invoice, or of those it had `earlier`.

    The database sieves by a run of digits, the rule's own key decides: so neither punctuation nor a
    crowd of numbers that end alike hides one.
    """
    keys = {key for key in map(invoice_key, (claim.invoice_number, *earlier)) if key}
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


def _shape(
    claim: Any, work: Any, same: Same, files: Iterable[str], earlier: Iterable[str]
) -> ClaimShape:
    """`claim`: the claim or a row of it; `work`: its Work, or a row with the same names."""
    return ClaimShape(
        reference=claim.reference,
        same_business=claim.business_id in same.enterprise,
        same_provider=claim.provider_id == same.provider_id,
        same_bank=claim.provider_id in same.bank,
        invoice_number=claim.invoice_number,
        invoice_on=claim.invoice_on,
        net_price_pence=claim.net_price_pence,
        voucher_pence=claim.voucher_pence,
        redeemed_on=london_date(work.redeemed_at),
        problem=work.problem or "",
        files=frozenset(files),
        earlier_numbers=frozenset(earlier),
    )


def _files(claim_ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    files = _invoice_files().subquery()
    query = select(files.c.claim_id, files.c.sha256).where(files.c.claim_id.in_(claim_ids))
    for row in session.execute(query):
        found.setdefault(row.claim_id, set()).add(row.sha256)
    return found
