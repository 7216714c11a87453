"""Writes on businesses: entering one, and saying who, where and how large it is."""

import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from voucher.audit.operations import record
from voucher.businesses.models import Business, HeadcountBand, LegalForm
from voucher.businesses.places import place_of
from voucher.businesses.rules import (
    InvalidIdentifier,
    headcount_band,
    normalise_charity_number,
    normalise_company_number,
    normalise_phone,
    normalise_postcode,
    normalise_utr,
    normalise_vat_number,
)
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Invalid
from voucher.core.references import make_reference

LONGEST_NAME = 160
EARLIEST_TRADING = date(1600, 1, 1)
NUMBERS: Mapping[str, Callable[[str], str]] = {
    "company_number": normalise_company_number,
    "charity_number": normalise_charity_number,
    "utr": normalise_utr,
    "vat_number": normalise_vat_number,
    "phone": normalise_phone,
}
"""How each number is read: numbers a business is known by, and the one it answers."""
PLAIN = ("address_line", "town", "sector")
NUMBER_OF_FORM = {
    LegalForm.COMPANY: "company_number",
    LegalForm.CHARITY: "charity_number",
    LegalForm.SOLE_TRADER: "utr",
}
"""The number by which a business of each legal form proves who it is."""


def create(*, name: str, by: int | None, at: datetime) -> Business:
    """Enter a business that so far has nothing but a name. Raises Invalid without one.

    The caller makes `by` a member of it (accounts), in the same transaction.
    """
    business = Business(
        reference=make_reference("BUS", secrets.token_bytes(5)),
        name=_checked_name(name),
        created_at=at,
        created_by_id=by,
    )
    session.add(business)
    record(action="business.created", subject=business, at=at, by=by)
    return business


def identify(
    *, business: Business, values: Mapping[str, Any], by: int | None, at: datetime
) -> None:
    """Take over what the business says of itself: any of its facts, by column name.

    Numbers and postcode may be typed in any spacing; they are stored in their standard form, with
    the district and its council. Choosing a legal form drops the numbers of the others. Raises
    Invalid naming the field at fault, and TypeError for a value that is no fact of a business.
    """
    written = set()
    for names, write in _WRITERS:
        given = {name: values[name] for name in names if name in values}
        if given:
            write(business, given, at)
            written |= given.keys()
    if unknown := values.keys() - written:
        raise TypeError(f"a business has no {sorted(unknown)}")
    record(action="business.identified", subject=business, at=at, by=by)


def _write_name(business: Business, given: Mapping[str, Any], _at: datetime) -> None:
    business.name = _checked_name(given["name"])


def _checked_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise Invalid("Enter the name of the business.", "name")
    if len(tidy) > LONGEST_NAME:
        raise Invalid(f"The name must be {LONGEST_NAME} characters or fewer.", "name")
    return tidy


def _write_form(business: Business, given: Mapping[str, Any], _at: datetime) -> None:
    business.legal_form = LegalForm(given["legal_form"])
    own = NUMBER_OF_FORM[business.legal_form]
    for name in NUMBER_OF_FORM.values():
        if name != own:
            setattr(business, name, None)


def _write_numbers(business: Business, given: Mapping[str, Any], _at: datetime) -> None:
    for name, typed in given.items():
        try:
            setattr(business, name, NUMBERS[name](typed) if typed else None)
        except InvalidIdentifier as error:
            raise Invalid(str(error), name) from error


def _write_postcode(business: Business, given: Mapping[str, Any], _at: datetime) -> None:
    try:
        business.postcode = normalise_postcode(given["postcode"] or "")
    except InvalidIdentifier as error:
        raise Invalid(str(error), "postcode") from error
    business.outcode = business.postcode.split(" ")[0]
    place = place_of(business.outcode)
    business.local_authority = place.local_authority if place else None


def _write_plain(business: Business, given: Mapping[str, Any], _at: datetime) -> None:
    for name, text in given.items():
        setattr(business, name, text or None)


def _write_trading_since(business: Business, given: Mapping[str, Any], at: datetime) -> None:
    since: date | None = given["trading_since_on"]
    if since is not None and not EARLIEST_TRADING <= since <= london_date(at):
        raise Invalid("The date you started trading must be in the past.", "trading_since_on")
    business.trading_since_on = since


def _write_headcount(business: Business, given: Mapping[str, Any], _at: datetime) -> None:
    people, band = given.get("headcount"), given.get("headcount_band")
    if people is None or people < 1:
        raise Invalid("Enter how many people work in the business, you included.", "headcount")
    if band != headcount_band(people):
        words = HeadcountBand(band).public_label if band else "none"
        raise Invalid(
            f"You entered {people:,} people, but the size you selected is “{words}”. "
            "Check which of the two is right.",
            "headcount_band",
        )
    business.headcount, business.headcount_band = people, HeadcountBand(band)


_WRITERS: tuple[tuple[tuple[str, ...], Callable[..., None]], ...] = (
    (("name",), _write_name),
    (("legal_form",), _write_form),
    (tuple(NUMBERS), _write_numbers),
    (("postcode",), _write_postcode),
    (PLAIN, _write_plain),
    (("trading_since_on",), _write_trading_since),
    (("headcount", "headcount_band"), _write_headcount),
)
