"""Who plays, where, and what they have in their hands so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import requests

from voucher.core import clock
from voucher.sandbox.cast import PASSWORD, player
from voucher.sandbox.companies_house.register import fictional_profile
from voucher.sandbox.household import Household
from voucher.sandbox.rehearsal.browser import TIMEOUT_SECONDS, Browser
from voucher.sandbox.rehearsal.signing_in import sign_in
from voucher.sandbox.rehearsal.wishes import Wishes
from voucher.sandbox.supervisor import HOST


@dataclass(slots=True)
class Troupe:
    """The people of one rehearsal, each with a browser, and the references met on the way."""

    household: Household
    wishes: Wishes
    say: Callable[[str], None]
    make_browser: Callable[[str, str, Callable[[str], None]], Browser] = Browser
    """Opens a browser for somebody: of its home address, their name, and where to tell steps."""
    browsers: dict[str, Browser] = field(default_factory=dict)
    application: str = ""
    voucher: str = ""
    code: str = ""
    offering: str = ""
    provider_name: str = ""
    claim: str = ""

    def enter_in_register(self) -> None:
        """Tell the stand-in register of our company; nobody asks the real one anything."""
        wishes = self.wishes
        office = {"address_line_1": "1 Rehearsal Yard", "postal_code": wishes.postcode}
        profile = fictional_profile(
            wishes.company,
            wishes.business,
            date_of_creation="2015-03-01",
            registered_office_address=office,
            officers=[],
            rehearsed=True,
        )
        base = f"http://{HOST}:{self.household.ports.register}"
        with requests.Session() as http:
            http.trust_env = False
            answer = http.post(f"{base}/_control/companies", json=profile, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()

    @property
    def mailbox(self) -> Path:
        """Where e-mails arrive."""
        return self.household.mailbox

    def browser(self, name: str) -> Browser:
        """Somebody's browser; a new one the first time."""
        if name not in self.browsers:
            self.browsers[name] = self.make_browser(self.household.address, name, self.say)
        return self.browsers[name]

    def staff(self, key: str) -> Browser:
        """One of the cast's staff, signed in."""
        name = player(key).label.lower()
        if key.startswith("second_"):
            name = f"second {name}"
        known = name in self.browsers
        browser = self.browser(name)
        if not known:
            sign_in(browser, player(key).email, PASSWORD)
        return browser

    def find_provider(self, officer: Browser, name: str) -> str | None:
        """The address of a provider's page, as an officer finds it by name; None if there is none.

        The list is by status and searched by parts of names, so each is looked through and the
        page's heading has the last word.
        """
        officer.open("/staff/providers/")
        for status in officer.page.choices("status"):
            officer.open(f"/staff/providers/?{urlencode({'q': name, 'status': status})}")
            pages = [url for _, url in officer.page.links if "/staff/providers/PRV-" in url]
            for address in dict.fromkeys(pages):
                if officer.open(address).heading == name:
                    return address
        return None

    def act(self, title: str) -> None:
        """Announce what is played next."""
        self.say(f"\n{title}")


def date_parts(name: str, day: date) -> dict[str, str]:
    """A date as the three boxes of a form take it."""
    return {
        f"{name}-day": str(day.day),
        f"{name}-month": str(day.month),
        f"{name}-year": str(day.year),
    }


def in_days(days: int) -> date:
    """The London date that many days from today."""
    return clock.today() + timedelta(days=days)
