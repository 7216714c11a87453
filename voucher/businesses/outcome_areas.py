"""The outcome areas: what a business hopes will change, in words that name no product.

They are the shared vocabulary between a business that describes a problem and a provider that
describes a piece of work. Codes are stored with applications and offerings and never change their
meaning; labels and hints may be reworded.
"""

from dataclasses import dataclass
from enum import StrEnum

AREAS_WERE = "areas_were"
"""In the details of an event: the codes that an application or offering had until then. By them
the report of an earlier moment counts it as what it was."""


class OutcomeArea(StrEnum):
    """The code of an outcome area, as stored."""

    GETTING_FOUND_ONLINE = "getting-found-online"
    BOOKINGS_AND_ORDERS = "taking-bookings-and-orders"
    MONEY_AND_INVOICING = "money-and-invoicing"
    STOCK_AND_SUPPLY = "stock-and-supply"
    CUSTOMER_RECORDS = "customer-records"
    PAPERWORK_AND_DOCUMENTS = "paperwork-and-documents"
    TEAM_AND_ROTA = "team-and-rota"
    DATA_AND_REPORTING = "data-and-reporting"
    SECURITY_AND_BACKUP = "security-and-backup"
    MAKING_AND_MACHINES = "making-and-machines"
    AUTOMATION_AND_AI = "automation-and-ai"


@dataclass(frozen=True, slots=True)
class AreaWording:
    """How an outcome area is offered on a form: a label, and a hint in the business's terms."""

    code: OutcomeArea
    label: str
    hint: str


AREAS: tuple[AreaWording, ...] = (
    AreaWording(
        OutcomeArea.GETTING_FOUND_ONLINE,
        "Getting found online",
        "Customers who look for what you do cannot find you, or find something out of date",
    ),
    AreaWording(
        OutcomeArea.BOOKINGS_AND_ORDERS,
        "Taking bookings and orders",
        "Orders or appointments come by phone, message and paper, and some are missed or wrong",
    ),
    AreaWording(
        OutcomeArea.MONEY_AND_INVOICING,
        "Money and invoicing",
        "Invoices go out late, payments are hard to chase, or the books take up your evenings",
    ),
    AreaWording(
        OutcomeArea.STOCK_AND_SUPPLY,
        "Stock and supply",
        "You run out, over-order, or cannot say what you have and where it is",
    ),
    AreaWording(
        OutcomeArea.CUSTOMER_RECORDS,
        "Customer records",
        "What you know about customers is in heads, notebooks and several lists that disagree",
    ),
    AreaWording(
        OutcomeArea.PAPERWORK_AND_DOCUMENTS,
        "Paperwork and documents",
        "Forms, certificates, quotes or reports are typed twice, lost or hard to find again",
    ),
    AreaWording(
        OutcomeArea.TEAM_AND_ROTA,
        "Team and rota",
        "Planning who works where, hours, leave and training takes too long or goes wrong",
    ),
    AreaWording(
        OutcomeArea.DATA_AND_REPORTING,
        "Data and reporting",
        "You cannot see which jobs, products or customers pay, or reports take days to build",
    ),
    AreaWording(
        OutcomeArea.SECURITY_AND_BACKUP,
        "Security and backup",
        "You worry about losing files, fraud, or customers who ask how you protect their data",
    ),
    AreaWording(
        OutcomeArea.MAKING_AND_MACHINES,
        "Making and machines",
        "Set-up, faults, waste, energy or quality on the shop floor are guessed and not measured",
    ),
    AreaWording(
        OutcomeArea.AUTOMATION_AND_AI,
        "Automation and AI",
        "The same task is repeated by hand every day: copying, sorting, answering, summarising",
    ),
)

_BY_CODE = {area.code: area for area in AREAS}


def wording_of(code: str) -> AreaWording:
    """The label and hint of a stored code. Raises ValueError for a code that is not one."""
    return _BY_CODE[OutcomeArea(code)]


def area_choices() -> list[tuple[str, str, str]]:
    """(code, label, hint) of every area in form order."""
    return [(area.code.value, area.label, area.hint) for area in AREAS]
