"""The register's answers as values of ours, read from its JSON and refused when they are not whole.

Shapes: Companies House public data API, resources "companyProfile" and "officerList".
Every reader raises ValueError, naming the member, for an answer that does not have that shape.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class CompanyProfile:
    """What the register says of one company, on the day it was asked.

    `status` is the register's word ("active", "dissolved", "liquidation", "administration", ...) or
    None for the kinds of body for which it keeps none; `kind` its word for the legal form ("ltd",
    "llp", "charitable-incorporated-organisation", ...). `accounts_overdue` is None where the body
    files no accounts there. `postcode` is as registered, and may be missing.
    """

    number: str
    name: str
    status: str | None
    kind: str
    incorporated_on: date | None
    ceased_on: date | None
    postcode: str | None
    address_lines: tuple[str, ...]
    sic_codes: tuple[str, ...]
    has_insolvency_history: bool
    accounts_overdue: bool | None
    address_in_dispute: bool

    @property
    def is_active(self) -> bool:
        """Whether the register calls the company active; liquidation and the like are not."""
        return self.status == "active"


@dataclass(frozen=True, slots=True)
class Officer:
    """A director, secretary or member; `name` as registered, "SURNAME, Forenames" for people.

    `born` is the year and month of birth ("yyyy-mm"), all that the register shows of it.
    """

    name: str
    role: str
    appointed_on: date | None
    resigned_on: date | None
    born: str | None = None


def read_profile(answer: Any, number: str) -> CompanyProfile:
    """The profile in `answer`, which must be the one of `number`."""
    record = _mapping(answer, "the answer")
    if _text(record, "company_number") != number:
        raise ValueError("company_number is not the one that was asked for")
    address = _mapping(record.get("registered_office_address") or {}, "registered_office_address")
    accounts = _mapping(record.get("accounts") or {}, "accounts")
    return CompanyProfile(
        number=number,
        name=_text(record, "company_name"),
        status=_optional_text(record, "company_status"),
        kind=_text(record, "type"),
        incorporated_on=_optional_date(record, "date_of_creation"),
        ceased_on=_optional_date(record, "date_of_cessation"),
        postcode=_optional_text(address, "postal_code"),
        address_lines=_address_lines(address),
        sic_codes=_texts(record, "sic_codes"),
        has_insolvency_history=_flag(record, "has_insolvency_history") or False,
        accounts_overdue=_flag(accounts, "overdue"),
        address_in_dispute=_flag(record, "registered_office_is_in_dispute") or False,
    )


def read_officers(answer: Any) -> tuple[tuple[Officer, ...], int]:
    """One page of officers, and the number of officers on all pages together."""
    record = _mapping(answer, "the answer")
    items, total = record.get("items"), record.get("total_results")
    if not isinstance(items, list) or type(total) is not int:
        raise ValueError("items or total_results is missing")
    return tuple(_read_officer(_mapping(item, "an item")) for item in items), total


def says_not_found(answer: Any) -> bool:
    """Whether the body of a 404 is the register's own, and not that of a proxy in between."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return isinstance(errors, list) and any(
        isinstance(error, dict) and error.get("type") == "ch:service" for error in errors
    )


def _read_officer(record: dict[str, Any]) -> Officer:
    return Officer(
        name=_text(record, "name"),
        role=_text(record, "officer_role"),
        appointed_on=_optional_date(record, "appointed_on"),
        resigned_on=_optional_date(record, "resigned_on"),
        born=_month_of_birth(record),
    )


def _month_of_birth(record: dict[str, Any]) -> str | None:
    born = _mapping(record.get("date_of_birth") or {}, "date_of_birth")
    year, month = born.get("year"), born.get("month")
    if not born:
        return None
    if type(year) is not int or type(month) is not int or not 1 <= month <= 12:
        raise ValueError("date_of_birth is not a month and a year")
    return f"{year:04d}-{month:02d}"


def _address_lines(address: dict[str, Any]) -> tuple[str, ...]:
    members = ("care_of", "po_box", "premises", "address_line_1", "address_line_2")
    lines = (_optional_text(address, member) for member in (*members, "locality", "region"))
    return tuple(line for line in lines if line)


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _text(record: dict[str, Any], member: str) -> str:
    value = _optional_text(record, member)
    if value is None:
        raise ValueError(f"{member} is missing")
    return value


def _optional_text(record: dict[str, Any], member: str) -> str | None:
    value = record.get(member)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{member} is not text")
    return (value or "").strip() or None


def _texts(record: dict[str, Any], member: str) -> tuple[str, ...]:
    values = record.get(member) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{member} is not a list of texts")
    return tuple(values)


def _optional_date(record: dict[str, Any], member: str) -> date | None:
    value = _optional_text(record, member)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise ValueError(f"{member} is not a date") from error


def _flag(record: dict[str, Any], member: str) -> bool | None:
    value = record.get(member)
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"{member} is not true or false")
    return value
