"""The register's view of the fictional businesses and providers, for the stand-in."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from voucher.sandbox.companies_house.register import fictional_profile
from voucher.sandbox.material.businesses import (
    FictionalBusiness,
    RegisterTwist,
    businesses,
    for_trials,
)
from voucher.sandbox.material.people import Person, person
from voucher.sandbox.material.supply import FictionalProvider, providers
from voucher.sandbox.material.towns import Address, address

_OF_BUSINESSES, _OF_PROVIDERS = 1_000, 2_000
"""From which of the cast the second directors are. Nobody directs a provider and a business: the
checks before paying would rightly ask about it."""
_ABOUT = "Fictional companies for the stand-in register; none of these numbers has been issued."


def write_companies(path: Path, as_of: date) -> int:
    """Write the stand-in's data file; how many companies are in it."""
    applicants = (*businesses(as_of), *for_trials(as_of))
    companies = company_records(applicants, providers(), as_of)
    content = json.dumps({"about": _ABOUT, "companies": companies}, indent=1)
    path.write_text(content + "\n", encoding="utf-8")
    return len(companies)


def company_records(
    applicants: Iterable[FictionalBusiness], sellers: Iterable[FictionalProvider], as_of: date
) -> list[dict[str, Any]]:
    """A profile with officers for every company among them that the register is to know."""
    known = [
        business
        for business in applicants
        if business.company_number and business.twist is not RegisterTwist.UNKNOWN
    ]
    return [_of_business(business, as_of) for business in known] + [
        _of_provider(provider) for provider in sellers
    ]


def _of_business(business: FictionalBusiness, as_of: date) -> dict[str, Any]:
    number = int(business.company_number or 0)
    profile = fictional_profile(
        str(number),
        business.name,
        date_of_creation=business.trading_since_on.isoformat(),
        registered_office_address=_office(business.address),
        sic_codes=[business.trade.sic_code],
        officers=_officers(
            business.contact, _OF_BUSINESSES + number % 1_000, business.trading_since_on
        ),
    )
    return profile | _twisted(business, number, as_of)


def _twisted(business: FictionalBusiness, number: int, as_of: date) -> dict[str, Any]:
    match business.twist:
        case RegisterTwist.DISSOLVED:
            ceased = (as_of - timedelta(days=200)).isoformat()
            return {"company_status": "dissolved", "date_of_cessation": ceased, "can_file": False}
        case RegisterTwist.LIQUIDATION:
            return {"company_status": "liquidation", "has_insolvency_history": True}
        case RegisterTwist.OTHER_NAME:
            return {
                "company_name": f"{business.address.town} TRADING ({number % 1000}) LIMITED".upper()
            }
        case RegisterTwist.OTHER_POSTCODE:
            return {"registered_office_address": _office(address(number, number))}
        case RegisterTwist.ACCOUNTS_OVERDUE:
            return {"accounts": {"overdue": True}}
    return {}


def _of_provider(provider: FictionalProvider) -> dict[str, Any]:
    number = int(provider.company_number)
    return fictional_profile(
        provider.company_number,
        provider.name,
        registered_office_address=_office(provider.address),
        officers=_officers(provider.contact, _OF_PROVIDERS + number % 1_000, date(2012, 4, 2)),
    )


def _office(place: Address) -> dict[str, str]:
    return {
        "address_line_1": place.line,
        "locality": place.town,
        "postal_code": place.postcode,
        "country": "England",
    }


def _officers(first: Person, second: int, since: date) -> list[dict[str, str]]:
    return [
        {
            "name": officer.registered_name,
            "officer_role": "director",
            "appointed_on": since.isoformat(),
        }
        for officer in (first, person(second))
    ]
