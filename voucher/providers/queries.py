"""Reads of providers: by member, for officers, and the public directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from voucher.accounts.rules import Member
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.providers.default_terms import FIRST_TERMS
from voucher.providers.models import (
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Offering,
    OfferingStatus,
    Provider,
    ProviderStatus,
    ProviderTerms,
    TermsAgreement,
)
from voucher.providers.offering_import import REMOTE
from voucher.providers.rules import REMINDER_DAYS


def provider_names(provider_ids: Sequence[int]) -> dict[int, str]:
    """Names by id, in one statement; none for no ids."""
    if not provider_ids:
        return {}
    query = select(Provider.id, Provider.name).where(Provider.id.in_(provider_ids))
    return {row.id: row.name for row in session.execute(query)}


def provider_of(member: Member) -> Provider:
    """The provider that `member` acts for, with checklist and account; NotFound for nobody's."""
    query = _whole().where(Provider.id == (member.provider_id or 0))
    return _found(session.execute(query).unique().scalar_one_or_none(), "provider")


def provider_by_reference(reference: str) -> Provider:
    """The provider with checklist and account, for officers; or NotFound."""
    query = _whole().where(Provider.reference == (normalise_reference(reference) or ""))
    return _found(session.execute(query).unique().scalar_one_or_none(), "provider")


def _whole() -> Select[tuple[Provider]]:
    return (
        select(Provider)
        # One provider with a handful of lines: joined, they cost no statement of their own.
        .options(joinedload(Provider.items), joinedload(Provider.connected_account))
        .execution_options(populate_existing=True)
    )


def item_of(provider: Provider, kind: str) -> DueDiligenceItem:
    """The line `kind` of a provider whose checklist is loaded, or NotFound."""
    return _found(next((item for item in provider.items if item.kind.value == kind), None), "line")


def checklist_of(provider_id: int) -> Sequence[DueDiligenceItem]:
    """The provider's checklist."""
    query = select(DueDiligenceItem).where(DueDiligenceItem.provider_id == provider_id)
    return session.execute(query.order_by(DueDiligenceItem.id)).scalars().all()


def offerings_of(provider_id: int) -> Sequence[Offering]:
    """Every offering of one provider: published ones first, then by title."""
    query = select(Offering).where(Offering.provider_id == provider_id)
    rank = func.replace(func.replace(cast(Offering.status, Text), "published", "a"), "draft", "b")
    return session.execute(query.order_by(rank, func.lower(Offering.title))).scalars().all()


def offering_of(provider_id: int, reference: str) -> Offering:
    """One offering of this provider; NotFound for anybody else's."""
    query = select(Offering).where(
        Offering.provider_id == provider_id,
        Offering.reference == (normalise_reference(reference) or ""),
    )
    return _found(session.execute(query).scalar_one_or_none(), "offering")


def offerings_by_ids(offering_ids: Sequence[int]) -> dict[int, Offering]:
    """Offerings with their providers by id, in one statement."""
    query = (
        select(Offering)
        .where(Offering.id.in_(offering_ids))
        .options(joinedload(Offering.provider))
        .execution_options(populate_existing=True)
    )
    return {offering.id: offering for offering in session.execute(query).scalars()}


# --- who may work, as the rules say it, in SQL ------------------------------------------------


def works_on(today: date) -> ColumnElement[bool]:
    """Whether a row of Provider may take work on `today`: `rules.may_work` as a condition."""
    lapsed = exists(
        select(DueDiligenceItem.id).where(
            DueDiligenceItem.provider_id == Provider.id,
            or_(
                DueDiligenceItem.expires_on < today,
                and_(
                    DueDiligenceItem.expires_on.is_(None),
                    DueDiligenceItem.status != DueDiligenceStatus.PASSED,
                ),
            ),
        )
    )
    lines = (
        select(func.count(DueDiligenceItem.id))
        .where(DueDiligenceItem.provider_id == Provider.id)
        .scalar_subquery()
    )
    return and_(Provider.status == ProviderStatus.APPROVED, ~lapsed, lines >= len(DueDiligenceKind))


def open_offerings(today: date) -> Sequence[Offering]:
    """Every published offering of a provider who may work on `today`, with its provider."""
    query = (
        select(Offering)
        .join(Offering.provider)
        .where(Offering.status == OfferingStatus.PUBLISHED, works_on(today))
        .options(contains_eager(Offering.provider))
        .order_by(Offering.id)
    )
    return session.execute(query).scalars().all()


@dataclass(frozen=True, slots=True)
class OnOffer:
    """That one offering may be chosen today: its stamp, where its provider is, whether it is
    registered for VAT."""

    stamp: int
    outcode: str
    vat_registered: bool


def on_offer(today: date) -> dict[int, OnOffer]:
    """By id: every published offering of a provider who may work on `today`, and nothing else.

    Columns alone, for ranking asks for all of them each time.
    """
    query = (
        select(Offering.id, Offering.stamp, Provider.outcode, Provider.vat_registered)
        .join(Offering.provider)
        .where(Offering.status == OfferingStatus.PUBLISHED, works_on(today))
    )
    return {row[0]: OnOffer(row[1], row[2] or "", row[3]) for row in session.execute(query)}


def offerings_by_words(text: str, limit: int) -> Sequence[Offering]:
    """Offerings that are or were on offer by title, provider or reference, with their providers."""
    like = {"autoescape": True}
    lowered = text.casefold()
    query = (
        select(Offering)
        .join(Offering.provider)
        .where(
            Offering.status != OfferingStatus.DRAFT,
            Provider.status.in_((ProviderStatus.APPROVED, ProviderStatus.SUSPENDED)),
            or_(
                Offering.reference == (normalise_reference(text) or ""),
                func.lower(Offering.title).contains(lowered, **like),
                func.lower(Provider.name).contains(lowered, **like),
            ),
        )
        .options(contains_eager(Offering.provider))
        .order_by(func.lower(Offering.title), Offering.id)
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def open_offering(reference: str, today: date) -> Offering:
    """One published offering of a provider who may work on `today`, with its provider."""
    query = (
        select(Offering)
        .join(Offering.provider)
        .where(
            Offering.status == OfferingStatus.PUBLISHED,
            works_on(today),
            Offering.reference == (normalise_reference(reference) or ""),
        )
        .options(contains_eager(Offering.provider))
    )
    return _found(session.execute(query).scalar_one_or_none(), "offering")


# --- the public directory ---------------------------------------------------------------------


@dataclass(frozen=True)
class DirectoryFilter:
    """What the directory shows. `outcode` and its `area` are where the work is wanted; `language`
    and `access` are codes of businesses/ways.py."""

    outcome_area: str = ""
    outcode: str = ""
    area: str = ""
    remote: bool = True
    most_pence: int | None = None
    text: str = ""
    language: str = ""
    access: str = ""


def directory(chosen: DirectoryFilter, today: date, page: int) -> Page[Any]:
    """One page of the offerings on show, the cheapest first."""
    query = (
        select(Offering)
        .join(Offering.provider)
        .where(Offering.status == OfferingStatus.PUBLISHED, works_on(today))
    )
    for condition in _directory_conditions(chosen):
        query = query.where(condition)
    shown = query.options(contains_eager(Offering.provider)).order_by(
        Offering.net_price_pence, Offering.id
    )
    return page_of(shown, page, key=Offering.id, make=itemgetter(0))


def _directory_conditions(chosen: DirectoryFilter) -> list[ColumnElement[bool]]:
    held = (
        (Offering.outcome_areas, chosen.outcome_area),
        (Offering.languages, chosen.language),
        (Offering.accessibility, chosen.access),
    )
    conditions = [_holds(column, code) for column, code in held if code]
    if chosen.outcode or chosen.area:
        wanted = [chosen.outcode, chosen.area] + ([REMOTE] if chosen.remote else [])
        conditions.append(or_(*(_holds(Offering.places, place) for place in wanted if place)))
    elif not chosen.remote:
        conditions.append(cast(Offering.places, Text) != f'["{REMOTE}"]')
    if chosen.most_pence is not None:
        conditions.append(Offering.net_price_pence <= chosen.most_pence)
    if chosen.text:
        texts = (Offering.title, Offering.summary, Provider.name)
        wanted_text = chosen.text.lower()
        conditions.append(
            or_(*(func.lower(text).contains(wanted_text, autoescape=True) for text in texts))
        )
    return conditions


def _holds(column: Any, code: str) -> ColumnElement[bool]:
    """Whether a JSON list holds `code`; by its text, which both databases keep with quotes."""
    return cast(column, Text).contains(f'"{code}"', autoescape=True)


def providers_on_show(today: date, page: int, text: str = "") -> Page[Any]:
    """One page of (provider, number of published offerings) of those who may work, by name."""
    count = (
        select(func.count(Offering.id))
        .where(
            Offering.provider_id == Provider.id,
            Offering.status == OfferingStatus.PUBLISHED,
        )
        .scalar_subquery()
    )
    query = select(Provider, count).where(works_on(today))
    if text:
        query = query.where(func.lower(Provider.name).contains(text.lower(), autoescape=True))
    return page_of(query.order_by(func.lower(Provider.name), Provider.id), page, key=Provider.id)


# --- the terms ---------------------------------------------------------------------------------


def newest_terms() -> ProviderTerms | None:
    """The newest version of the provider terms; None while nobody has needed the first as a row."""
    query = select(ProviderTerms).order_by(ProviderTerms.version.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


@dataclass(frozen=True)
class TermsShown:
    """The terms to be read: the number of the version and its words."""

    version: int
    text: str


def terms_in_use() -> TermsShown:
    """What a provider is asked to agree to now."""
    newest = newest_terms()
    return TermsShown(newest.version, newest.text) if newest else TermsShown(1, FIRST_TERMS)


def terms_versions() -> Sequence[ProviderTerms]:
    """Every version that is a row, the newest first."""
    query = select(ProviderTerms).order_by(ProviderTerms.version.desc())
    return session.execute(query).scalars().all()


@dataclass(frozen=True)
class Agreed:
    """The last agreement of a provider and the words it agreed to."""

    agreement: TermsAgreement
    terms: ProviderTerms


def last_agreement(provider_id: int) -> Agreed | None:
    """What the provider agreed to last, by whom and when; None before the first."""
    query = (
        select(TermsAgreement, ProviderTerms)
        .join(ProviderTerms, ProviderTerms.id == TermsAgreement.terms_id)
        .where(TermsAgreement.provider_id == provider_id)
        .order_by(TermsAgreement.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return Agreed(*found) if found else None


# --- for officers -----------------------------------------------------------------------------

STATUS_GROUPS: dict[str, tuple[ProviderStatus, ...]] = {
    "submitted": (ProviderStatus.SUBMITTED,),
    "approved": (ProviderStatus.APPROVED,),
    "suspended": (ProviderStatus.SUSPENDED,),
    "refused": (ProviderStatus.REFUSED,),
    "draft": (ProviderStatus.DRAFT,),
    "all": tuple(ProviderStatus),
}
WORK = "work"
"""The officers' first list: registrations to check, renewals to check, proofs that run out."""


def provider_list(status: str, text: str, today: date, page: int) -> Page[Any]:
    """One page of (provider, lines to check, first day on which a proof runs out), for officers."""
    to_check = (
        select(func.count(DueDiligenceItem.id))
        .where(
            DueDiligenceItem.provider_id == Provider.id,
            DueDiligenceItem.status == DueDiligenceStatus.PROVIDED,
        )
        .scalar_subquery()
    )
    runs_out = (
        select(func.min(DueDiligenceItem.expires_on))
        .where(DueDiligenceItem.provider_id == Provider.id)
        .scalar_subquery()
    )
    query = select(Provider, to_check, runs_out).where(_in_group(status, today, to_check, runs_out))
    if text:
        reference = normalise_reference(text) or text.upper()
        name = func.lower(Provider.name).contains(text.lower(), autoescape=True)
        number = Provider.company_number == "".join(text.upper().split())
        query = query.where(or_(name, number, Provider.reference == reference))
    shown = query.order_by(Provider.submitted_at, func.lower(Provider.name), Provider.id)
    return page_of(shown, page, key=Provider.id)


def _in_group(status: str, today: date, to_check: Any, runs_out: Any) -> ColumnElement[bool]:
    if status != WORK:
        return Provider.status.in_(STATUS_GROUPS[status])
    soon = today + timedelta(days=REMINDER_DAYS)
    working = Provider.status.in_((ProviderStatus.APPROVED, ProviderStatus.SUSPENDED))
    return or_(
        Provider.status == ProviderStatus.SUBMITTED,
        and_(working, or_(to_check > 0, runs_out <= soon)),
    )


def _found(row: Any, what: str) -> Any:
    if row is None:
        raise NotFound(f"There is no such {what}.")
    return row
