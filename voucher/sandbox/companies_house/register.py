"""What the stand-in knows: companies from a file, and numbers that stand for a kind of trouble."""

import json
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

# The register issues numbers upwards and has not reached 20,000,000 by far, so none of these is
# the number of a real company.
FICTIONAL_FROM, FICTIONAL_TO = 99_000_000, 99_999_999

DISSOLVED = "99900410"
IN_LIQUIDATION = "99900411"
NOT_FOUND = "99900404"
RATE_LIMITED = "99900429"
DOWN = "99900503"
SLOW = "99900504"
MALFORMED = "99900500"

UNUSED = {
    "99800001": "Millrace Tailoring Limited",
    "99800002": "Copperbeck Foods Limited",
    "99800003": "Tenterfield Joinery Limited",
}
"""Active companies that nobody of the demonstration runs, for whoever tries an application."""


class Trouble(StrEnum):
    """A way of not answering."""

    RATE_LIMITED = "rate-limited"
    DOWN = "down"
    SLOW = "slow"
    MALFORMED = "malformed"


_TROUBLES = {
    RATE_LIMITED: Trouble.RATE_LIMITED,
    DOWN: Trouble.DOWN,
    SLOW: Trouble.SLOW,
    MALFORMED: Trouble.MALFORMED,
}


def fictional_profile(number: str, name: str, **members: Any) -> dict[str, Any]:
    """A company profile in the register's shape, active unless `members` say otherwise."""
    return {
        "company_number": number,
        "company_name": name.upper(),
        "company_status": "active",
        "type": "ltd",
        "jurisdiction": "england-wales",
        "date_of_creation": "2012-04-02",
        "registered_office_address": {"address_line_1": "1 Fictional Street", "postal_code": ""},
        "accounts": {"overdue": False},
        "sic_codes": ["62020"],
        "has_insolvency_history": False,
        "has_charges": False,
        "can_file": True,
        "links": {
            "self": f"/company/{number}",
            "officers": f"/company/{number}/officers",
        },
        **members,
    }


def _reserved_profiles() -> list[dict[str, Any]]:
    dissolved = fictional_profile(
        DISSOLVED,
        "Fictional Dissolved Limited",
        company_status="dissolved",
        date_of_cessation="2023-11-14",
        can_file=False,
    )
    liquidation = fictional_profile(
        IN_LIQUIDATION,
        "Fictional Liquidation Limited",
        company_status="liquidation",
        has_insolvency_history=True,
        accounts={"overdue": True},
    )
    unused = [fictional_profile(number, name) for number, name in UNUSED.items()]
    return [dissolved, liquidation, *unused]


@dataclass(frozen=True, slots=True)
class Entry:
    """One company: its profile and its officers, both in the register's shape."""

    profile: dict[str, Any]
    officers: tuple[dict[str, Any], ...]


class Register:
    """The companies the stand-in answers for, and the trouble it has been told to play."""

    def __init__(self, companies: list[dict[str, Any]]) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._outage: Trouble | None = None
        for profile in [*_reserved_profiles(), *companies]:
            self.enter(profile)

    def enter(self, company: dict[str, Any]) -> None:
        """Add or replace a company. Raises ValueError for a number outside the fictional range.

        A rehearsal may play any number: it says so by a true member "rehearsed".
        """
        profile = dict(company)
        rehearsed = profile.pop("rehearsed", False) is True
        officers = tuple(profile.pop("officers", ()))
        number = str(profile.get("company_number", ""))
        fictional = number.isdigit() and FICTIONAL_FROM <= int(number) <= FICTIONAL_TO
        if not (fictional or rehearsed):
            raise ValueError(f"{number!r} is not in the fictional range 99000000 to 99999999")
        with self._lock:
            self._entries[number] = Entry(profile, officers)

    def find(self, number: str) -> Entry | None:
        """The company of that number, or None."""
        with self._lock:
            return self._entries.get(number)

    def trouble_for(self, number: str) -> Trouble | None:
        """How to misbehave for this number: the outage of all, else the number's own."""
        with self._lock:
            return self._outage or _TROUBLES.get(number)

    def play_outage(self, trouble: Trouble | None) -> None:
        """Misbehave for every number from now on, or stop it with None."""
        with self._lock:
            self._outage = trouble

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)


def load_register(path: Path | None) -> Register:
    """A register of the companies in the JSON file `{"companies": [profile, ...]}`, or of none."""
    companies = json.loads(path.read_text(encoding="utf-8"))["companies"] if path else []
    return Register(companies)
