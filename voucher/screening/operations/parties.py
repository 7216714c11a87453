"""Keeping what the register of companies says of a business or a provider."""

from collections.abc import Sequence
from datetime import datetime

from voucher.core.db import session
from voucher.integrations.companies_house.answers import CompanyProfile, Officer
from voucher.screening.models import PartyRecord
from voucher.screening.queries import party_record
from voucher.screening.rules import FOUND, NOT_FOUND


def keep_answer(
    *,
    party: str,
    party_id: int,
    number: str,
    profile: CompanyProfile | None,
    officers: Sequence[Officer],
    at: datetime,
) -> PartyRecord:
    """Keep the register's answer; `profile` None: it holds no such company."""
    row = _row(party, party_id, number, at)
    row.company_number, row.trouble, row.tried_at, row.read_at = number, None, at, at
    row.answer = FOUND if profile else NOT_FOUND
    row.company_status = profile.status if profile else None
    row.registered_name = profile.name[:200] if profile else None
    row.officers = [
        {"name": officer.name, "role": officer.role, "born": officer.born}
        for officer in officers
        if officer.resigned_on is None
    ]
    session.flush()
    return row


def keep_silence(
    *, party: str, party_id: int, number: str, trouble: str, at: datetime
) -> PartyRecord:
    """Keep that the register gave no answer: what it said before still counts, while fresh."""
    row = _row(party, party_id, number, at)
    if row.company_number != number:
        row.company_number, row.answer, row.read_at = number, None, None
        row.company_status = row.registered_name = None
        row.officers = []
    row.trouble, row.tried_at = trouble[:30], at
    session.flush()
    return row


def _row(party: str, party_id: int, number: str, at: datetime) -> PartyRecord:
    row = party_record(party, party_id)
    if row is None:
        row = PartyRecord(
            party=party, party_id=party_id, company_number=number, officers=[], tried_at=at
        )
        session.add(row)
    return row
