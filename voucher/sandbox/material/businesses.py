"""The fictional businesses that apply."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import product

from voucher.sandbox.material.people import Person, domain_of, person
from voucher.sandbox.material.problems import ProblemStatement, problems
from voucher.sandbox.material.towns import Address, address
from voucher.sandbox.material.trades import SECTOR_LABELS, Trade, trade

BUSINESSES = 284
FOR_SCORES = 20
"""How many of them, the last, are kept for the rounds that are shared by scores."""
FOR_LOTS = 24
"""How many, those before them, are kept for the round that is shared by lot."""
FOR_TRIALS = 160
"""How many more there are, after those, for the rounds that were evaluated as trials."""
FIRST_COMPANY_NUMBER = 99_000_001
FIRST_CHARITY_NUMBER = 9_900_001

COMPANY, SOLE_TRADER, CHARITY = "company", "sole_trader", "charity"

_STARTS = (
    "Alder Ash Bracken Bramble Crag Curlew Dun Elder Fern Gorse Grey Hazel Heather Hollin Keld "
    "Lapwing Larch Linden Marl Moss Nettle Oaken Otter Peat Plover Quern Raven Rowan Rush Sedge "
    "Slate Sorrel Tarn Thistle Whin Yarrow"
)
_ENDS = "beck croft dale fold garth gill holme ing mere rigg shaw sike slack thwaite"


class RegisterTwist(StrEnum):
    """In what way the register of companies does not simply confirm what the business says."""

    NONE = "none"
    DISSOLVED = "dissolved"
    LIQUIDATION = "liquidation"
    OTHER_NAME = "other-name"
    OTHER_POSTCODE = "other-postcode"
    ACCOUNTS_OVERDUE = "accounts-overdue"
    YOUNG = "young"
    UNKNOWN = "unknown"


# By running number among the businesses: prime steps apart, so that they fall in all trades.
_TWISTS = {
    11: RegisterTwist.DISSOLVED,
    24: RegisterTwist.OTHER_NAME,
    37: RegisterTwist.OTHER_POSTCODE,
    50: RegisterTwist.ACCOUNTS_OVERDUE,
    63: RegisterTwist.YOUNG,
    76: RegisterTwist.LIQUIDATION,
    89: RegisterTwist.UNKNOWN,
}
_TWIST_CYCLE = 90
_MOST_AT_A_SOLE_TRADERS = 6


@dataclass(frozen=True, slots=True)
class FictionalBusiness:
    """A business as it would describe itself. Money is whole pence a year.

    Exactly one of `company_number`, `utr` and `charity_number` is set, by `legal_form`.
    """

    name: str
    legal_form: str
    company_number: str | None
    charity_number: str | None
    utr: str | None
    trade: Trade
    address: Address
    trading_since_on: date
    headcount: int
    turnover_pence: int
    contact: Person
    statement: ProblemStatement
    twist: RegisterTwist

    @property
    def sector(self) -> str:
        """The sector in words, as a form would store it."""
        return SECTOR_LABELS[self.trade.sector]

    @property
    def problem(self) -> str:
        """The problem, opened by a sentence on who they are, so that no two read alike."""
        people = "one person" if self.headcount == 1 else f"{self.headcount} people"
        opening = f"{self.trade.phrase[0].upper()}{self.trade.phrase[1:]} in {self.address.town}"
        return f"{opening}, {people}. {self.statement.problem}"


def businesses(as_of: date, count: int = BUSINESSES) -> tuple[FictionalBusiness, ...]:
    """The first `count` businesses; every problem statement is told before any is told again.

    Only the age of a business that has just started depends on `as_of`. Raises ValueError for more
    than there are names for.
    """
    names = _stems()
    if count > len(names):
        raise ValueError(f"there are names for {len(names)} businesses")
    return tuple(_make(number, names[number], as_of) for number in range(count))


def for_trials(as_of: date) -> tuple[FictionalBusiness, ...]:
    """Those that are kept for the rounds that were evaluated as trials."""
    return businesses(as_of, BUSINESSES + FOR_TRIALS)[BUSINESSES:]


def _stems() -> list[str]:
    stems = [
        start + end
        for start, end in product(_STARTS.split(), _ENDS.split())
        if start[-1] != end[0] and start.lower() != end
    ]
    random.Random("names").shuffle(stems)
    return stems


def _make(number: int, stem: str, as_of: date) -> FictionalBusiness:
    draw = random.Random(f"business-{number}")
    statement = problems()[number * 7 % len(problems())]
    line = trade(draw.choice(statement.trades))
    headcount = _draw_headcount(draw, number, statement)
    legal_form = _draw_form(draw, line, headcount)
    name = _name(stem, line, legal_form, draw)
    twist = _TWISTS.get(number % _TWIST_CYCLE, RegisterTwist.NONE)
    return FictionalBusiness(
        name=name,
        legal_form=legal_form,
        company_number=str(FIRST_COMPANY_NUMBER + number) if legal_form == COMPANY else None,
        charity_number=str(FIRST_CHARITY_NUMBER + number) if legal_form == CHARITY else None,
        utr=_utr(number) if legal_form == SOLE_TRADER else None,
        trade=line,
        address=address(number * 11, number),
        trading_since_on=_draw_start(draw, twist, as_of),
        headcount=headcount,
        turnover_pence=headcount * draw.randrange(28_000, 96_000, 500) * 100,
        contact=person(number + 200, domain_of(name)),
        statement=statement,
        twist=twist if legal_form == COMPANY else RegisterTwist.NONE,
    )


def _draw_headcount(draw: random.Random, number: int, statement: ProblemStatement) -> int:
    """As many as fit the problem, rather few; two businesses are far too large for the scheme."""
    if number % 120 == 61:
        return draw.randint(250, 400)
    fewest, most = statement.fewest_people, statement.most_people
    return min(draw.randint(fewest, most), draw.randint(fewest, most))


def _draw_form(draw: random.Random, line: Trade, headcount: int) -> str:
    if line.sector == "community":
        return draw.choices((CHARITY, COMPANY), (80, 20))[0]
    if headcount <= _MOST_AT_A_SOLE_TRADERS:
        return draw.choices((SOLE_TRADER, COMPANY), (70, 30))[0]
    if line.sector in ("care", "childcare"):
        return draw.choices((COMPANY, CHARITY), (75, 25))[0]
    return COMPANY


def _name(stem: str, line: Trade, legal_form: str, draw: random.Random) -> str:
    name = f"{stem} {line.noun}"
    if legal_form == COMPANY:
        return f"{name} {draw.choice(('Ltd', 'Ltd', 'Limited'))}"
    return name


def _draw_start(draw: random.Random, twist: RegisterTwist, as_of: date) -> date:
    if twist is RegisterTwist.YOUNG:
        return as_of - timedelta(days=draw.randint(20, 80))
    return date(1998, 1, 5) + timedelta(days=draw.randrange(26 * 365))


def _utr(number: int) -> str:
    """A Unique Taxpayer Reference with a right check digit and four noughts no real one has."""
    from stdnum.gb.utr import calc_check_digit

    rest = f"0000{number + 1:05d}"
    return calc_check_digit(rest) + rest
