"""The people of the demonstration: who signs in as what. All fictional; the secrets are public.

Independent of the settings and of the database, so that the command that makes the demonstration,
the sign-in page and the tests name the same people.
"""

from dataclasses import dataclass
from datetime import datetime

from voucher.accounts.roles import ROLES, STAFF_ROLES, Role

PASSWORD = "taster-demonstration"  # noqa: S105
TOTP_SECRET = "NORTHERNTASTERDEMONSTRATIONAPP2X"  # noqa: S105
"""Base 32, the same for all staff: anybody may enter it in an authenticator app."""

SECONDS_OF_A_CODE = 30


@dataclass(frozen=True)
class Player:
    """One person of the demonstration; `plays` says in a few words what to try as them."""

    key: str
    full_name: str
    email: str
    role: Role | None
    plays: str

    @property
    def is_staff(self) -> bool:
        """Whether the person needs a code after the password."""
        return self.role in STAFF_ROLES

    @property
    def label(self) -> str:
        """The role in words."""
        return ROLES[self.role].label if self.role else "Nobody yet"


CAST = (
    Player(
        "owner",
        "Oona Fairweather",
        "owner@business.example",
        Role.BUSINESS,
        "applies, holds a voucher, confirms the work",
    ),
    Player(
        "colleague",
        "Bram Ellerslie",
        "colleague@business.example",
        Role.BUSINESS,
        "the same business, a second pair of eyes",
    ),
    Player(
        "provider",
        "Tamsin Quill",
        "provider@provider.example",
        Role.PROVIDER,
        "offers, redeems, claims, is paid",
    ),
    Player(
        "caseworker",
        "Idris Halloway",
        "caseworker@scheme.example",
        Role.CASEWORKER,
        "assesses and proposes",
    ),
    Player(
        "second_caseworker",
        "Maud Pennistone",
        "caseworker2@scheme.example",
        Role.CASEWORKER,
        "checks what the other proposed",
    ),
    Player(
        "approver",
        "Rufus Ackerdale",
        "approver@scheme.example",
        Role.APPROVER,
        "the second person on awards and claims",
    ),
    Player(
        "second_approver",
        "Nell Bracegirdle",
        "approver2@scheme.example",
        Role.APPROVER,
        "the second of two on sanctions hits and releases",
    ),
    Player(
        "finance",
        "Greta Lowmoor",
        "finance@scheme.example",
        Role.FINANCE,
        "funds, payments, the books",
    ),
    Player(
        "second_finance",
        "Alban Tarnsyke",
        "finance2@scheme.example",
        Role.FINANCE,
        "the second person on releases and on what lies in suspense",
    ),
    Player(
        "auditor",
        "Silas Wintersett",
        "auditor@scheme.example",
        Role.AUDITOR,
        "reads everything, changes nothing",
    ),
    Player(
        "evaluator",
        "Ines Calverhall",
        "evaluator@scheme.example",
        Role.EVALUATOR,
        "surveys, analysis, reports",
    ),
    Player(
        "manager",
        "Winifred Stang",
        "manager@scheme.example",
        Role.PROGRAMME_MANAGER,
        "programmes, rounds, staff",
    ),
)


def player(key: str) -> Player:
    """The person called `key` in the cast. Raises KeyError."""
    return {each.key: each for each in CAST}[key]


def code_at(at: datetime, *, last_counter: int = 0) -> str:
    """The code that somebody's app shows at `at`, or the next one if that was used already.

    `last_counter` is the time step of the code the person used last (User.totp_last_counter). The
    service accepts the next step's code too.
    """
    from passlib.totp import TOTP

    step = max(int(at.timestamp()) // SECONDS_OF_A_CODE, last_counter + 1)
    made = TOTP(key=TOTP_SECRET, format="base32").generate(time=step * SECONDS_OF_A_CODE)
    return str(made.token)
