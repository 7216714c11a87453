"""What is played: the business and its problem, made up unless somebody says otherwise."""

import secrets
from dataclasses import dataclass, field

from voucher.businesses.rules import normalise_company_number, normalise_postcode

FIRST_NUMBER = 99_700_000
NUMBERS = 99_999
PASSWORD = "rehearsal of a taster"  # noqa: S105 (a fictional person's, printed on purpose)

PROBLEM = (
    "People ring to book while we are on a ladder or driving, and we lose about six jobs a week "
    "because nobody answers. The diary is on paper in the van, so the office cannot see it, and "
    "twice a month two of us turn up at the same house."
)
BETTER = (
    "Customers choose a free time themselves, it is in everybody's diary at once, and they get a "
    "reminder the day before. Nobody writes anything down twice."
)
LESS_OF_IT = "We would no longer have to put up with it."
AREA = "taking-bookings-and-orders"


@dataclass(frozen=True, slots=True)
class Wishes:
    """One rehearsal's business. `number` marks everything that this run makes."""

    problem: str = PROBLEM
    better: str = BETTER
    area: str = AREA
    company_number: str = ""
    postcode: str = "LS1 9ZA"
    catalogue: bool = False
    """Whether what is on offer was imported, so that no provider of our own comes in."""
    number: int = field(default_factory=lambda: secrets.randbelow(NUMBERS) + 1)

    @property
    def company(self) -> str:
        """The company number: a fictional one that nobody else uses, unless one was given."""
        return self.company_number or str(FIRST_NUMBER + self.number)

    @property
    def business(self) -> str:
        """The name of the business."""
        return f"Rehearsal Electrical {self.number} Ltd"

    @property
    def provider(self) -> str:
        """The name of the provider that comes in."""
        return f"Rehearsal Diaries {self.number}"

    @property
    def provider_email(self) -> str:
        """The address of the person who acts for it."""
        return f"provider{self.number}@rehearsal.example"

    @property
    def email(self) -> str:
        """The address of the person who applies."""
        return f"applicant{self.number}@applicant.example"


def wished(
    *,
    problem: str | None,
    better: str | None,
    area: str | None,
    company: str | None,
    postcode: str | None,
    catalogue: bool,
) -> Wishes:
    """The wishes as typed on the command line. Raises InvalidIdentifier (a ValueError)."""
    given = {
        "problem": (problem or "").strip(),
        "better": (better or "").strip() or (LESS_OF_IT if problem else ""),
        "area": area or "",
        "company_number": normalise_company_number(company) if company else "",
        "postcode": normalise_postcode(postcode) if postcode else "",
    }
    return Wishes(**{name: value for name, value in given.items() if value}, catalogue=catalogue)
