"""The fictional providers, and what they offer at a fixed price."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from voucher.providers.offering_import import STANDARD_VAT_BPS, ImportedOffering, parse
from voucher.sandbox.material.people import Person, domain_of, person
from voucher.sandbox.material.towns import Address, address_in

FIRST_COMPANY_NUMBER = 99_500_001


@dataclass(frozen=True, slots=True)
class FictionalProvider:
    """A provider as it would register. `serves` are postcode areas, or "remote"."""

    name: str
    description: str
    company_number: str
    vat_registered: bool
    vat_number: str | None
    address: Address
    serves: tuple[str, ...]
    website: str
    contact: Person


@lru_cache(maxsize=1)
def providers() -> tuple[FictionalProvider, ...]:
    """All providers, in the order of their file."""
    return tuple(_make(number, record) for number, record in enumerate(_records("providers")))


@lru_cache(maxsize=1)
def offerings() -> tuple[ImportedOffering, ...]:
    """All offerings, read by the same import that takes anybody's file.

    Raises ValueError, naming the lines, if the material were not fit for it.
    """
    taken, problems = parse(offering_lines())
    if problems:
        raise ValueError("; ".join(map(str, problems)))
    return taken


def offering_lines() -> list[str]:
    """The offerings as the lines of an import file."""
    sellers = {record["key"]: record for record in _records("providers")}
    return [
        json.dumps(_as_line(record, sellers[record["provider"]]), ensure_ascii=False)
        for record in _records("offerings")
    ]


def _as_line(record: dict[str, Any], seller: dict[str, Any]) -> dict[str, Any]:
    return {
        **record,
        "provider": seller["name"],
        "places": seller["serves"],
        "vat_rate_bps": STANDARD_VAT_BPS if seller["vat_registered"] else 0,
    }


def _make(number: int, record: dict[str, Any]) -> FictionalProvider:
    name, domain = record["name"], domain_of(record["name"])
    return FictionalProvider(
        name=name,
        description=record["description"],
        company_number=str(FIRST_COMPANY_NUMBER + number),
        vat_registered=record["vat_registered"],
        vat_number=_vat_number(number) if record["vat_registered"] else None,
        address=address_in(record["outcode"], number + 50),
        serves=tuple(record["serves"]),
        website=f"https://{domain}/",
        contact=person(number + 100, domain),
    )


def _vat_number(number: int) -> str:
    """A VAT number with right check digits, from a range far above those in use (VAT Notes 2010).

    The seven digits are weighted 8 to 2; the check digits bring the sum to a multiple of 97.
    """
    digits = f"{9_900_001 + number}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True))
    return f"GB{digits}{97 - total % 97:02d}"


def _records(name: str) -> list[dict[str, Any]]:
    source = Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")
    return json.loads(source)[name]
