"""Registering as a provider: a name, then the facts about the organisation, then sending it in."""

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.audit.operations import record
from voucher.businesses.rules import (
    InvalidIdentifier,
    normalise_company_number,
    normalise_phone,
    normalise_postcode,
    normalise_vat_number,
)
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.providers.models import (
    PROVIDER_MOVES,
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Provider,
    ProviderStatus,
)
from voucher.providers.rules import missing_profile

LONGEST_NAME = 160
LONGEST_DESCRIPTION = 2_000
TEXTS = {
    "address_line": 200,
    "town": 80,
    "contact_name": 120,
    "contact_email": 254,
    "website": 200,
}
"""Plain facts and how long each may be."""
FIXED_ONCE_APPROVED = ("name", "company_number", "vat_registered", "vat_number")
"""What was checked and stands in agreements: a provider asks the programme to change it."""
NEEDED = ("description", "address_line", "town", "postcode", "contact_name", "contact_email")
NEEDED_WORDS = {
    "description": "Say what your organisation does.",
    "address_line": "Enter the address.",
    "town": "Enter the town or city.",
    "postcode": "Enter the postcode.",
    "contact_name": "Enter the name of the person we should ask for.",
    "contact_email": "Enter the email address of the person we should ask for.",
}
WEBSITE = re.compile(r"https?://[^\s/]+\.[^\s]+", re.ASCII)


def register(*, name: str, by: int | None, at: datetime) -> Provider:
    """Enter a provider that so far has a name and an empty checklist. Raises Invalid without one.

    The caller makes `by` a member of it (accounts), in the same transaction.
    """
    provider = Provider(
        reference=make_reference("PRV", secrets.token_bytes(5)),
        name=_checked_name(name),
        status=ProviderStatus.DRAFT,
        created_at=at,
        created_by_id=by,
    )
    session.add(provider)
    opened(provider, at=at, by=by)
    for kind in DueDiligenceKind:
        session.add(
            DueDiligenceItem(provider_id=provider.id, kind=kind, status=DueDiligenceStatus.WAITING)
        )
    record(action="provider.registered", subject=provider, at=at, by=by)
    return provider


def save_profile(*, provider: Provider, values: Mapping[str, Any], by: int, at: datetime) -> None:
    """Take over what the provider says of itself, by column name; the rest stays.

    Numbers and postcode may be typed in any spacing. When a fact changes that stands behind the
    checks, what had passed is to be checked again: nobody passes as one organisation and is
    approved as another. Raises Invalid naming the field at fault, Conflict for a fact that was
    checked and is fixed since, TypeError for an unknown one.
    """
    fixed = _locked_status(provider) in (ProviderStatus.APPROVED, ProviderStatus.SUSPENDED)
    checked = _checked_facts(provider)
    for name, value in values.items():
        if fixed and name in FIXED_ONCE_APPROVED:
            if value != getattr(provider, name):
                raise Conflict("This was checked when you were approved. Ask us to change it.")
            continue
        _write(provider, name, value)
    _require_sense(provider)
    with translating_constraints():
        session.flush()
    if _checked_facts(provider) != checked:
        _reopen_checks(provider.id)
    record(action="provider.saved", subject=provider, at=at, by=by)


def _locked_status(provider: Provider) -> ProviderStatus:
    """The status as it is stored now, locked: an approval comes wholly before or wholly after."""
    query = (
        select(Provider.status).where(Provider.id == provider.id).with_for_update(key_share=True)
    )
    return session.execute(query).scalar_one()


def _checked_facts(provider: Provider) -> tuple[Any, ...]:
    return tuple(getattr(provider, name) for name in FIXED_ONCE_APPROVED)


def _reopen_checks(provider_id: int) -> None:
    for item in items_of(provider_id):
        if item.status is DueDiligenceStatus.PASSED:
            item.status = DueDiligenceStatus.PROVIDED
            item.expires_on = item.checked_at = item.checked_by_id = None
    session.flush()


def submit(*, provider: Provider, by: int, at: datetime) -> None:
    """Send the registration in to be checked.

    Before: a draft (or refused before), every fact given, every line of the checklist provided.
    After: SUBMITTED. Raises Invalid naming the first fact missing, Conflict for an open line.
    """
    locked = lock_provider(provider.id)
    gaps = missing_profile(locked, NEEDED)
    if gaps:
        raise Invalid(NEEDED_WORDS[gaps[0]], gaps[0])
    waiting = (DueDiligenceStatus.WAITING, DueDiligenceStatus.FAILED)
    if any(item.status in waiting for item in items_of(locked.id)):
        raise Conflict("Finish every line of your checklist before you send it.")
    transition(
        locked,
        ProviderStatus.SUBMITTED,
        moves=PROVIDER_MOVES,
        at=at,
        by=by,
        submitted_at=at,
        refusal_reason=None,
    )
    record(action="provider.submitted", subject=locked, at=at, by=by)


def lock_provider(provider_id: int) -> Provider:
    """The provider, locked and fresh; NotFound if there is none."""
    locked: Provider | None = lock(Provider, provider_id)
    if locked is None:
        raise NotFound("There is no such provider.")
    return locked


def items_of(provider_id: int) -> list[DueDiligenceItem]:
    """The provider's checklist as it is stored now, in its order."""
    query = (
        select(DueDiligenceItem)
        .where(DueDiligenceItem.provider_id == provider_id)
        .order_by(DueDiligenceItem.id)
        .execution_options(populate_existing=True)
    )
    return list(session.execute(query).scalars())


def write_vat(provider: Provider, *, registered: bool, number: str) -> None:
    """Whether it is registered for VAT, and its number if so. Raises Invalid on "vat_number"."""
    _write(provider, "vat_registered", registered)
    if registered:
        _write(provider, "vat_number", number)
    _require_sense(provider)


def _write(provider: Provider, name: str, value: Any) -> None:
    if name in TEXTS:
        setattr(provider, name, _text(value, TEXTS[name], name))
    elif name in _WRITERS:
        try:
            _WRITERS[name](provider, value)
        except InvalidIdentifier as error:
            raise Invalid(str(error), name) from error
    else:
        raise TypeError(f"a provider has no {name!r}")


def _text(value: str | None, longest: int, field: str) -> str | None:
    tidy = " ".join((value or "").split())
    if len(tidy) > longest:
        raise Invalid(f"This must be {longest} characters or fewer.", field)
    return tidy or None


def _checked_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise Invalid("Enter the name of the organisation.", "name")
    if len(tidy) > LONGEST_NAME:
        raise Invalid(f"The name must be {LONGEST_NAME} characters or fewer.", "name")
    return tidy


def _write_name(provider: Provider, value: Any) -> None:
    provider.name = _checked_name(value or "")


def _write_description(provider: Provider, value: Any) -> None:
    text = (value or "").strip()
    if len(text) > LONGEST_DESCRIPTION:
        words = f"The description must be {LONGEST_DESCRIPTION:,} characters or fewer."
        raise Invalid(words, "description")
    provider.description = text


def _write_company_number(provider: Provider, value: Any) -> None:
    provider.company_number = normalise_company_number(value) if value else None


def _write_vat_registered(provider: Provider, value: Any) -> None:
    provider.vat_registered = bool(value)
    if not provider.vat_registered:
        provider.vat_number = None


def _write_vat_number(provider: Provider, value: Any) -> None:
    provider.vat_number = normalise_vat_number(value) if value else None


def _write_postcode(provider: Provider, value: Any) -> None:
    provider.postcode = normalise_postcode(value) if value else None
    provider.outcode = provider.postcode.split(" ")[0] if provider.postcode else None


def _write_contact_phone(provider: Provider, value: Any) -> None:
    provider.contact_phone = normalise_phone(value) if value else None


_WRITERS: Mapping[str, Callable[[Provider, Any], None]] = {
    "name": _write_name,
    "description": _write_description,
    "company_number": _write_company_number,
    "vat_registered": _write_vat_registered,
    "vat_number": _write_vat_number,
    "postcode": _write_postcode,
    "contact_phone": _write_contact_phone,
}


def _require_sense(provider: Provider) -> None:
    """What single facts can't tell: a VAT number belongs to a registration, and the other way."""
    if provider.vat_registered and not provider.vat_number:
        raise Invalid("Enter the VAT registration number.", "vat_number")
    if provider.vat_number and not provider.vat_registered:
        raise Invalid("You said that you are not registered for VAT.", "vat_number")
    if provider.website and not WEBSITE.fullmatch(provider.website):
        raise Invalid("Enter a web address like https://www.example.org.", "website")
    if provider.contact_email and "@" not in provider.contact_email:
        raise Invalid("Enter an email address like name@example.org.", "contact_email")
