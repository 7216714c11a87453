"""A fictional sanctions list, and what the register says of the parties. Names are fictional."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from voucher.core.db import session
from voucher.screening.list_file import read_list
from voucher.screening.models import PartyRecord, SanctionsList
from voucher.screening.operations.lists import import_list

COLUMNS = (
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,DOB,Group Type,"
    "Alias Type,Regime,Listed On,Group ID"
)
FRESH_FOR = timedelta(days=3650)
"""Tests turn the clock on by weeks; what the register says is not their matter."""


def listed_line(
    group: str,
    name6: str,
    name1: str = "",
    *,
    kind: str = "Individual",
    alias: str = "Primary name",
    script: str = "",
    births: str = "",
) -> str:
    """One line of a list."""
    cells = (name6, name1, "", "", "", "", "", script, births, kind, alias)
    return ",".join((*cells, "Fictional regime", "05/01/2024", group))


def sanctions_file(*lines: str, updated: str = "01/06/2026") -> bytes:
    """A list's file."""
    return "\r\n".join((f"Last Updated,{updated}", COLUMNS, *lines, "")).encode()


UK_COLUMNS = (
    *("Last Updated", "Unique ID", "OFSI Group ID", "UN Reference Number", "Name 6", "Name 1"),
    *("Name 2", "Name 3", "Name 4", "Name 5", "Name type", "Alias strength", "Title"),
    *("Name non-latin script", "Non-latin script type", "Non-latin script language"),
    *("Regime Name", "Designation Type", "Designation source", "Sanctions Imposed"),
    *("Other Information", "UK Statement of Reasons", "Address Line 1", "Address Line 2"),
    *("Address Line 3", "Address Line 4", "Address Line 5", "Address Line 6"),
    *("Address Postal Code", "Address Country", "Phone number", "Website", "Email address"),
    *("Date Designated", "D.O.B", "Nationality(/ies)", "National Identifier number"),
    *("National Identifier additional information", "Passport number"),
    *("Passport additional information", "Position", "Gender", "Town of birth"),
    *("Country of birth", "Type of entity", "Subsidiaries", "Parent company"),
    *("Business registration number (s)", "IMO number", "Current owner/operator (s)"),
    *("Previous owner/operator (s)", "Current believed flag of ship", "Previous flags"),
    *("Type of ship", "Tonnage of ship", "Length of ship", "Year Built"),
    "Hull identification number (HIN)",
)
"""The columns of the UK Sanctions List in their order."""


def uk_line(
    number: str,
    name6: str,
    name1: str = "",
    *,
    kind: str = "Individual",
    alias: str = "Primary Name",
    strength: str = "",
    script: str = "",
    births: str = "",
    reasons: str = "",
) -> str:
    """One line of the UK Sanctions List."""
    cells = {
        "Last Updated": "04/08/2026",
        "Unique ID": number,
        "Name 6": name6,
        "Name 1": name1,
        "Name type": alias,
        "Alias strength": strength,
        "Name non-latin script": script,
        "Regime Name": "The Fictional (Sanctions) Regulations 2019",
        "Designation Type": kind,
        "UK Statement of Reasons": reasons,
        "Date Designated": "05/01/2024",
        "D.O.B": births,
    }
    return ",".join(f'"{cells.get(column, "")}"' for column in UK_COLUMNS)


def uk_file(*lines: str, day: str = "01-Jun-2026") -> bytes:
    """A file of the UK Sanctions List."""
    return "\r\n".join((f"Report Date: {day}", ",".join(UK_COLUMNS), *lines, "")).encode()


def have_sanctions_list(at: Any) -> None:
    """A list with one person nobody is called, unless there is one."""
    if session.execute(select(SanctionsList.id).limit(1)).first() is None:
        content = read_list(sanctions_file(listed_line("70001", "Nemoscu", "Quirillo")))
        import_list(content=content, file_name="fictional.csv", by=None, at=at)


def make_party_record(party: str, row: Any, at: Any, **values: Any) -> PartyRecord:
    """The register calls the business or provider active, under its own name."""
    defaults: dict[str, Any] = {
        "answer": "found",
        "company_status": "active",
        "registered_name": row.name.upper(),
        "officers": [],
        "read_at": at + FRESH_FOR,
        "tried_at": at + FRESH_FOR,
    }
    made = PartyRecord(
        party=party,
        party_id=row.id,
        company_number=row.company_number or "",
        **{**defaults, **values},
    )
    session.add(made)
    session.flush()
    return made
