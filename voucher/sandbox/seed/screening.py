"""What the checks before paying need in the demonstration: a list, the register's word, answers."""

from datetime import datetime

from sqlalchemy import select

from voucher.businesses.models import Business
from voucher.claims.models import Claim
from voucher.claims.operations.doubts import answer
from voucher.claims.operations.screening import screen
from voucher.core.db import session
from voucher.integrations.companies_house.errors import CompanyNotFound, RegisterUnavailable
from voucher.providers.models import Provider
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.stage import Stage
from voucher.screening.list_file import read_list
from voucher.screening.models import Gate, Outcome, Referral, ReferralStatus
from voucher.screening.models import Stage as Moment
from voucher.screening.operations.lists import import_list
from voucher.screening.operations.parties import keep_answer, keep_silence

LINES = (
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,DOB,Group Type,"
    "Alias Type,Regime,Listed On,Group ID",
    "NEMOSCU,Quirillo,,,,,,,(1) 03/04/1951.,Individual,Primary name,Fictional,05/01/2024,90001",
    "NEMOSKU,Kirillo,,,,,,,,Individual,AKA,Fictional,05/01/2024,90001",
    "FICTIONAL OUTLAW SHIPPING,,,,,,,,,Entity,Primary name,Fictional,05/01/2024,90002",
)
NOTE = "Looked at both: a different matter, and nothing that keeps the money. Fictional."


def take_list_in(stage: Stage, at: datetime) -> None:
    """The officers take a small, fictional sanctions list in."""
    first = f"Last Updated,{at:%d/%m/%Y}"
    content = read_list("\r\n".join((first, *LINES, "")).encode())
    by = stage.people["approver"]
    import_list(content=content, file_name="fictional-list.csv", by=by, at=at)


def may_be_approved(case: Case, claim: Claim, at: datetime) -> bool:
    """Have the checks made and every doubt answered; whether nothing stands in the way then."""
    _know_parties(case, claim, at)
    stands = screen(claim=claim, stage=Moment.APPROVAL, by=None, at=at)
    if any(finding.outcome is not Outcome.REFER for finding in stands):
        return False
    open_ones = select(Referral).where(
        Referral.claim_id == claim.id, Referral.status == ReferralStatus.OPEN
    )
    for referral in session.execute(open_ones).scalars().all():
        people = [case.caseworker, case.stage.people["finance"]]
        for by in people if referral.gate is Gate.SANCTIONS else people[1:]:
            answer(claim=claim, referral=referral, clears=True, note=NOTE, by=by, at=at)
    return True


def _know_parties(case: Case, claim: Claim, at: datetime) -> None:
    for party, row in (
        ("business", session.get_one(Business, claim.business_id)),
        ("provider", session.get_one(Provider, claim.provider_id)),
    ):
        if row.company_number:
            _ask(case, party, row, at)


def _ask(case: Case, party: str, row: Business | Provider, at: datetime) -> None:
    register, number = case.stage.services.register, str(row.company_number)
    key = {"party": party, "party_id": row.id, "number": number, "at": at}
    try:
        profile, officers = register.read_company(number), register.read_officers(number)
    except CompanyNotFound:
        keep_answer(**key, profile=None, officers=())
    except RegisterUnavailable as error:
        keep_silence(**key, trouble=error.reason.value)
    else:
        keep_answer(**key, profile=profile, officers=officers)
