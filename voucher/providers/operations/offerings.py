"""Offerings: written, changed, published, paused; and taken in from a file."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from voucher.audit.operations import record
from voucher.businesses.outcome_areas import AREAS_WERE, OutcomeArea
from voucher.businesses.rules import POSTCODE_AREAS, postcode_area
from voucher.businesses.ways import ACCESS_CODES, ENGLISH, LANGUAGES, in_order
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.lines import LineProblem
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.providers.models import (
    OFFERING_MOVES,
    PROVIDER_MOVES,
    DueDiligenceStatus,
    Offering,
    OfferingStatus,
    Provider,
    ProviderStatus,
)
from voucher.providers.offering_import import REMOTE, ImportedOffering
from voucher.providers.operations.registration import items_of, register
from voucher.providers.rules import DEAREST_PENCE, EXPIRING_KINDS, vat_problem

LONGEST = {"title": 140, "summary": 2_000, "scope": 4_000, "exclusions": 2_000}
NEEDED_WORDS = {
    "title": "Enter a title.",
    "summary": "Say what the business gets out of it.",
    "scope": "Say what is included.",
}
NUMBERS = {
    "net_price_pence": (1, DEAREST_PENCE, "Enter a price of up to £100,000."),
    "capacity_per_month": (1, 1_000, "Enter how many you can do in a month, from 1 to 1,000."),
    "days_to_start": (0, 365, "Enter the days until you can start, from 0 to 365."),
}
MOST_PLACES = 60
EDITED = "offering.edited"


def add_offering(
    *, provider: Provider, values: Mapping[str, Any], by: int, at: datetime
) -> Offering:
    """Write a new offering as a draft. `values` by column name, as `edit_offering` takes them.

    Raises Invalid naming the field at fault, Conflict for a title the provider has already.
    """
    offering = Offering(
        reference=make_reference("OFF", secrets.token_bytes(5)),
        provider_id=provider.id,
        status=OfferingStatus.DRAFT,
        created_at=at,
        created_by_id=by,
        **_checked(provider, values),
    )
    with translating_constraints():
        session.add(offering)
        opened(offering, at=at, by=by)
    record(action="offering.created", subject=offering, at=at, by=by)
    return offering


def edit_offering(*, offering: Offering, values: Mapping[str, Any], by: int, at: datetime) -> None:
    """Change what an offering says.

    What was chosen before keeps the scope and the price it was chosen with; a changed price keeps
    the programme from agreeing to it, so the business chooses again.
    """
    locked = _lock(offering)
    provider = session.get_one(Provider, locked.provider_id)
    was, areas = (locked.net_price_pence, locked.vat_rate_bps), list(locked.outcome_areas)
    for name, value in _checked(provider, values).items():
        setattr(locked, name, value)
    with translating_constraints():
        session.flush()
    details = {"price_changed": was != (locked.net_price_pence, locked.vat_rate_bps)}
    if areas != locked.outcome_areas:
        details[AREAS_WERE] = areas
    record(action=EDITED, subject=locked, at=at, by=by, details=details)


def publish(*, offering: Offering, by: int | None, at: datetime) -> None:
    """Offer it to businesses. Raises Conflict before the provider is approved or when published."""
    locked = _lock(offering)
    provider = session.get_one(Provider, locked.provider_id, populate_existing=True)
    if provider.status is not ProviderStatus.APPROVED:
        raise Conflict("You can publish offerings while your registration is approved.")
    transition(locked, OfferingStatus.PUBLISHED, moves=OFFERING_MOVES, at=at, by=by)
    record(action="offering.published", subject=locked, at=at, by=by)


def pause(*, offering: Offering, by: int, at: datetime) -> None:
    """Take it off every list until it is published again. Work already chosen goes on."""
    locked = _lock(offering)
    transition(locked, OfferingStatus.PAUSED, moves=OFFERING_MOVES, at=at, by=by)
    record(action="offering.paused", subject=locked, at=at, by=by)


def _lock(offering: Offering) -> Offering:
    locked: Offering | None = lock(Offering, offering.id)
    if locked is None:
        raise NotFound("There is no such offering.")
    return locked


# --- what an offering may say --------------------------------------------------------------------


def _checked(provider: Provider, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises Invalid naming the first field at fault."""
    checked: dict[str, Any] = {name: _text(values.get(name), name) for name in LONGEST}
    checked["title"] = " ".join(checked["title"].split())
    checked["outcome_areas"] = _areas(values.get("outcome_areas") or [])
    checked["places"] = _places(values.get("places") or [])
    checked["languages"] = _languages(values.get("languages", [ENGLISH]) or [])
    checked["accessibility"] = _accessibility(values.get("accessibility") or [])
    for name, (least, most, words) in NUMBERS.items():
        number = values.get(name)
        if number is None or not least <= number <= most:
            raise Invalid(words, name)
        checked[name] = number
    checked["vat_rate_bps"] = values.get("vat_rate_bps") or 0
    problem = vat_problem(checked["vat_rate_bps"], vat_registered=provider.vat_registered)
    if problem:
        raise Invalid(problem.words, problem.field)
    return checked


def _text(value: str | None, field: str) -> str:
    text = (value or "").strip()
    if not text and field in NEEDED_WORDS:
        raise Invalid(NEEDED_WORDS[field], field)
    if len(text) > LONGEST[field]:
        raise Invalid(f"This must be {LONGEST[field]:,} characters or fewer.", field)
    return text


def _areas(codes: Sequence[str]) -> list[str]:
    known = [area.value for area in OutcomeArea if area.value in codes]
    if not known or len(known) < len(set(codes)):
        raise Invalid("Select at least one thing it helps with.", "outcome_areas")
    return known


def _languages(codes: Sequence[str]) -> list[str]:
    if not codes or set(codes) - LANGUAGES.keys():
        raise Invalid("Select at least one language of the list.", "languages")
    return in_order(codes)


def _accessibility(codes: Sequence[str]) -> list[str]:
    if set(codes) - ACCESS_CODES:
        raise Invalid("Select what applies from the list.", "accessibility")
    return in_order(codes)


def _places(codes: Sequence[str]) -> list[str]:
    """Postcode areas and districts in capitals, REMOTE first, each once."""
    tidy = [code if code == REMOTE else "".join(code.split()).upper() for code in codes]
    wrong = [code for code in tidy if code != REMOTE and not _is_place(code)]
    if wrong:
        shown = ", ".join(code[:12] for code in wrong[:3])
        words = f"These are no postcode areas or districts, like LS or HX1: {shown}."
        raise Invalid(words, "places")
    if not tidy:
        raise Invalid("Say where you work: from a distance, in postcode areas, or both.", "places")
    if len(set(tidy)) > MOST_PLACES:
        raise Invalid(f"Enter {MOST_PLACES} areas or fewer.", "places")
    return sorted(set(tidy), key=lambda code: (code != REMOTE, code))


def _is_place(code: str) -> bool:
    area = postcode_area(code)
    rest = code[len(area) :]
    shaped = len(rest) <= 2 and (not rest or rest[0].isdigit()) and rest.isascii()
    return area in POSTCODE_AREAS and shaped and (not rest or rest.isalnum())


# --- from a file ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vetting:
    """Due diligence that was done elsewhere: where and what, and until when it is taken to hold."""

    note: str
    until: date


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did: how many offerings and providers are new, how many were there before."""

    created: int
    already_there: int
    providers_created: int
    published: int


def import_problems(offerings: Sequence[ImportedOffering]) -> list[LineProblem]:
    """What a whole file can't tell by itself: lines that do not fit the providers there are."""
    known = _providers_by_name({offering.provider for offering in offerings})
    problems = []
    for offering in offerings:
        found = known.get(offering.provider.casefold(), [])
        if len(found) > 1:
            reason = f"there is more than one provider called {offering.provider!r}"
            problems.append(LineProblem(offering.line, reason))
        elif found and (wrong := _vat_mismatch(found[0], offering)):
            problems.append(LineProblem(offering.line, wrong))
    return problems


def import_offerings(
    *, offerings: Sequence[ImportedOffering], vetting: Vetting | None, by: int | None, at: datetime
) -> ImportOutcome:
    """Take in a whole file that has no problems; what is there already, by title, stays as it is.

    Providers that are not known yet are registered, with `vetting` as approved on the strength of
    checks made elsewhere, without it as drafts that nobody sees. Offerings of approved providers
    are published. Raises Conflict when the file does not fit the providers there are.
    """
    if import_problems(offerings):
        raise Conflict("The file does not fit the providers there are.")
    known = _providers_by_name({offering.provider for offering in offerings})
    before = len(known)
    created = published = 0
    taken = _titles_of([found[0].id for found in known.values()])
    for imported in offerings:
        name = imported.provider.casefold()
        if name not in known:
            vat = any(o.vat_rate_bps for o in offerings if o.provider.casefold() == name)
            known[name] = [_new_provider(imported.provider, vat, vetting, by=by, at=at)]
        provider = known[name][0]
        if (provider.id, imported.title.casefold()) in taken:
            continue
        created += 1
        published += _take_in(provider, imported, by=by, at=at)
    already = len(offerings) - created
    return ImportOutcome(created, already, len(known) - before, published)


def _providers_by_name(names: set[str]) -> dict[str, list[Provider]]:
    """Known providers by case-folded name; compared in Python, which folds more than a database."""
    wanted = {name.casefold() for name in names}
    lowered = {name.lower() for name in names}
    found: dict[str, list[Provider]] = {}
    query = select(Provider).where(func.lower(Provider.name).in_(lowered)).order_by(Provider.id)
    for provider in session.execute(query).scalars():
        if provider.name.casefold() in wanted:
            found.setdefault(provider.name.casefold(), []).append(provider)
    return found


def _vat_mismatch(provider: Provider, offering: ImportedOffering) -> str | None:
    problem = vat_problem(offering.vat_rate_bps, vat_registered=provider.vat_registered)
    return f"{provider.name} is not registered for VAT" if problem else None


def _titles_of(provider_ids: Sequence[int]) -> set[tuple[int, str]]:
    query = select(Offering.provider_id, Offering.title).where(
        Offering.provider_id.in_(provider_ids)
    )
    return {(row.provider_id, row.title.casefold()) for row in session.execute(query)}


def _new_provider(
    name: str, vat_registered: bool, vetting: Vetting | None, *, by: int | None, at: datetime
) -> Provider:
    provider = register(name=name, by=by, at=at)
    provider.vat_registered = vat_registered
    if vetting is None:
        return provider
    for item in items_of(provider.id):
        item.status, item.statement = DueDiligenceStatus.PASSED, vetting.note
        item.provided_at = item.checked_at = at
        item.checked_by_id = by
        item.expires_on = vetting.until if item.kind in EXPIRING_KINDS else None
    transition(
        provider, ProviderStatus.SUBMITTED, moves=PROVIDER_MOVES, at=at, by=by, submitted_at=at
    )
    transition(
        provider,
        ProviderStatus.APPROVED,
        moves=PROVIDER_MOVES,
        at=at,
        by=by,
        approved_at=at,
        approved_by_id=by,
    )
    record(
        action="provider.approved", subject=provider, at=at, by=by, details={"vetted": "elsewhere"}
    )
    return provider


def _take_in(
    provider: Provider, imported: ImportedOffering, *, by: int | None, at: datetime
) -> bool:
    offering = Offering(
        reference=make_reference("OFF", secrets.token_bytes(5)),
        provider_id=provider.id,
        status=OfferingStatus.DRAFT,
        title=imported.title,
        summary=imported.summary,
        scope=imported.scope,
        exclusions=imported.exclusions,
        outcome_areas=list(imported.outcome_areas),
        places=list(imported.places),
        languages=list(imported.languages),
        accessibility=list(imported.accessibility),
        net_price_pence=imported.net_price_pence,
        vat_rate_bps=imported.vat_rate_bps,
        capacity_per_month=imported.capacity_per_month,
        days_to_start=imported.days_to_start,
        created_at=at,
        created_by_id=by,
    )
    session.add(offering)
    opened(offering, at=at, by=by)
    details = {"line": imported.line, "assumed": len(imported.assumed)}
    record(action="offering.imported", subject=offering, at=at, by=by, details=details)
    if provider.status is not ProviderStatus.APPROVED:
        return False
    publish(offering=offering, by=by, at=at)
    return True
