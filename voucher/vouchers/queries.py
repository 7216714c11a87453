"""Reads of vouchers: by code, by business, for the staff's list, and a case's money in one row."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import (
    code_digest,
    derive_code,
    is_wellformed,
    normalise_code,
    normalise_reference,
)
from voucher.core.search import ids_saying
from voucher.matching.models import Match, MatchStatus
from voucher.programmes.models import Programme, Round
from voucher.providers.models import Provider
from voucher.subsidy.models import SubsidyNotice
from voucher.vouchers.models import Award, Redemption, Voucher, VoucherStatus
from voucher.vouchers.rules import is_expired

UNKNOWN_CODE = (
    "We don’t know this code, or it is not for you. Check each character with the business, "
    "that it has chosen your offering, and that you have accepted the work."
)


def code_of(*, voucher: Voucher, code_key: bytes) -> str:
    """The voucher's code again (13 characters), for the page and the PDF of its own business."""
    return derive_code(code_key, bytes.fromhex(voucher.code_nonce))


def find_by_code(code: str, code_key: bytes) -> Voucher | None:
    """The voucher with this code, however it was typed; None for a mistyped or unknown one.

    The digest is keyed, so looking it up tells nothing of codes that are close; the found one is
    compared again in constant time.
    """
    typed = normalise_code(code)
    if not is_wellformed(typed):
        return None
    digest = code_digest(code_key, typed)
    found = session.execute(select(Voucher).where(Voucher.code_digest == digest)).scalar()
    if found is None or not hmac.compare_digest(found.code_digest, digest):
        return None
    return found


def find_for_provider(code: str, provider_id: int, code_key: bytes) -> tuple[Voucher, Match]:
    """The voucher with this code and the provider's match on it.

    A match counts while it is live, and afterwards if it had been agreed and it is the voucher that
    ended (used, expired, cancelled): that provider may know what became of it. Everybody else gets
    the same NotFound as for a code that does not exist.
    """
    voucher = find_by_code(code, code_key)
    match = _match_of(voucher.id, provider_id) if voucher else None
    if voucher is None or match is None or not _may_know(voucher, match):
        raise NotFound(UNKNOWN_CODE, code="voucher_not_found")
    return voucher, match


def is_redeemable(voucher: Voucher, match: Match, today: date) -> bool:
    """Whether a voucher looks as if it could be redeemed for this match today.

    For whoever looks before acting; redeeming itself asks everything again, and more.
    """
    live = voucher.status is VoucherStatus.ISSUED and not is_expired(voucher.expires_on, today)
    return live and match.status is MatchStatus.AGREED


def _match_of(voucher_id: int, provider_id: int) -> Match | None:
    query = (
        select(Match)
        .where(Match.voucher_id == voucher_id, Match.provider_id == provider_id)
        .order_by(Match.id.desc())
        .limit(1)
    )
    return session.execute(query).scalar()


def _may_know(voucher: Voucher, match: Match) -> bool:
    if match.status in (MatchStatus.ACCEPTED, MatchStatus.AGREED):
        return True
    return match.programme_agreed_at is not None and voucher.status is not VoucherStatus.ISSUED


@dataclass(frozen=True)
class VoucherPage:
    """Everything that the page of one voucher shows."""

    voucher: Voucher
    application_reference: str
    business_name: str
    programme_name: str
    contact_email: str
    redemption: Redemption | None
    provider_name: str | None
    provider_reference: str | None


def voucher_for_business(business_id: int, reference: str) -> VoucherPage:
    """One voucher of this business with what its page shows; NotFound for anybody else's."""
    return _one(Voucher.business_id == business_id, reference)


def voucher_for_staff(reference: str) -> VoucherPage:
    """One voucher with what its page shows, or NotFound."""
    return _one(Voucher.id.is_not(None), reference)


def _one(scope: ColumnElement[bool], reference: str) -> VoucherPage:
    query = (
        select(
            Voucher,
            Application.reference,
            Business.name,
            Programme.name,
            Programme.contact_email,
            Redemption,
            Provider.name,
            Provider.reference,
        )
        .join(Application, Application.id == Voucher.application_id)
        .join(Business, Business.id == Voucher.business_id)
        .join(Programme, Programme.id == Voucher.programme_id)
        .outerjoin(Redemption, Redemption.voucher_id == Voucher.id)
        .outerjoin(Provider, Provider.id == Redemption.provider_id)
        .where(scope, Voucher.reference == (normalise_reference(reference) or ""))
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound("There is no such voucher.")
    return VoucherPage(*found)


def vouchers_of(business_id: int) -> Sequence[Voucher]:
    """Every voucher of one business, the latest first."""
    query = select(Voucher).where(Voucher.business_id == business_id)
    return session.execute(query.order_by(Voucher.id.desc())).scalars().all()


def voucher_of_application(application_id: int) -> Voucher | None:
    """The voucher that one application led to, if it did."""
    query = select(Voucher).where(Voucher.application_id == application_id)
    return session.execute(query).scalar_one_or_none()


@dataclass(frozen=True)
class CaseMoney:
    """A case's money in the order it comes: notice, award, voucher, redemption."""

    notice: SubsidyNotice
    award: Award | None
    voucher: Voucher | None
    redemption: Redemption | None
    provider_name: str | None


def money_of(application_id: int) -> CaseMoney | None:
    """The latest notice of one application and what followed from it; None before any notice."""
    query = (
        select(SubsidyNotice, Award, Voucher, Redemption, Provider.name)
        .outerjoin(Award, Award.notice_id == SubsidyNotice.id)
        .outerjoin(Voucher, Voucher.award_id == Award.id)
        .outerjoin(Redemption, Redemption.voucher_id == Voucher.id)
        .outerjoin(Provider, Provider.id == Redemption.provider_id)
        .where(SubsidyNotice.application_id == application_id)
        .order_by(SubsidyNotice.id.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return None if found is None else CaseMoney(*found)


def voucher_list(
    *, status: VoucherStatus | None, round_reference: str, text: str, page: int
) -> Page[Any]:
    """One page of (voucher, business's name, application's reference), the first to expire first.

    `text` is a reference, or words of the business.
    """
    query = _listed(status, round_reference, text)
    return page_of(query.order_by(Voucher.expires_on, Voucher.id), page, key=Voucher.id)


def _listed(status: VoucherStatus | None, round_reference: str, text: str) -> Select[Any]:
    query = (
        select(Voucher, Business.name, Application.reference)
        .join(Business, Business.id == Voucher.business_id)
        .join(Application, Application.id == Voucher.application_id)
    )
    if status is not None:
        query = query.where(Voucher.status == status)
    if round_reference:
        query = query.join(Round, Round.id == Voucher.round_id).where(
            Round.reference == round_reference
        )
    if text.strip():
        typed = normalise_reference(text) or text.strip().upper()
        query = query.where(
            or_(
                Voucher.reference == typed,
                Application.reference == typed,
                Voucher.business_id.in_(ids_saying(Business, text)),
            )
        )
    return query


def expired_on(today: date) -> Sequence[int]:
    """Ids of live vouchers whose last day is over on `today`, the longest over first."""
    query = (
        select(Voucher.id)
        .where(Voucher.status == VoucherStatus.ISSUED, Voucher.expires_on < today)
        .order_by(Voucher.expires_on, Voucher.id)
    )
    return session.execute(query).scalars().all()


LIVE_CHOICE = (MatchStatus.OFFERED, MatchStatus.ACCEPTED, MatchStatus.AGREED)


def choices_of_gone(today: date) -> Sequence[int]:
    """Ids of live choices of providers that have gone, of vouchers that can still be used."""
    query = (
        select(Match.id)
        .join(Provider, Provider.id == Match.provider_id)
        .join(Voucher, Voucher.id == Match.voucher_id)
        .where(
            Provider.gone_as.is_not(None),
            Match.status.in_(LIVE_CHOICE),
            Voucher.status == VoucherStatus.ISSUED,
            Voucher.expires_on >= today,
        )
        .order_by(Match.id)
    )
    return session.execute(query).scalars().all()


def holds_live_voucher(programme_id: int, business_ids: Sequence[int]) -> bool:
    """Whether any of these entries of an enterprise has a live voucher of the programme."""
    query = select(Voucher.id).where(
        Voucher.programme_id == programme_id,
        Voucher.business_id.in_(business_ids),
        Voucher.status.in_((VoucherStatus.ISSUED, VoucherStatus.REDEEMED)),
    )
    return session.execute(query.limit(1)).first() is not None
