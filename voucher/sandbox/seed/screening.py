"""What the checks before paying need in the demonstration: a list, the register's word, answers."""

from collections.abc import Iterable, Sequence
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
from voucher.screening.rules import Finding

LINES = (
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,DOB,Group Type,"
    "Alias Type,Regime,Listed On,Group ID",
    "NEMOSCU,Quirillo,,,,,,,(1) 03/04/1951.,Individual,Primary name,Fictional,05/01/2024,90001",
    "NEMOSKU,Kirillo,,,,,,,,Individual,AKA,Fictional,05/01/2024,90001",
    "FICTIONAL OUTLAW SHIPPING,,,,,,,,,Entity,Primary name,Fictional,05/01/2024,90002",
)
LISTED = "listed name"
NOTE = "Looked at both: a different matter, and nothing that keeps the money. Fictional."


def put_on_list(stage: Stage, cases: Iterable[Case]) -> None:
    """Put the people of the businesses whose fate it is on the list that will be taken in."""
    stage.listed = [
        f"{case.business.contact.last_name.upper()},{case.business.contact.first_name}"
        for case in cases
        if case.fate.startswith(LISTED)
    ]


def take_list_in(stage: Stage, at: datetime) -> None:
    """The officers take a small, fictional sanctions list in."""
    first = f"Last Updated,{at:%d/%m/%Y}"
    people = (
        f"{name},,,,,,,,Individual,Primary name,Fictional,05/01/2024,{number}"
        for number, name in enumerate(stage.listed, start=90_003)
    )
    content = read_list("\r\n".join((first, *LINES, *people, "")).encode())
    by = stage.people["approver"]
    import_list(content=content, file_name="fictional-list.csv", by=by, at=at)


def may_be_approved(case: Case, claim: Claim, at: datetime) -> bool:
    """Have the checks made and every doubt answered; whether nothing stands in the way then."""
    if any(finding.outcome is not Outcome.REFER for finding in checked(case, claim, at)):
        return False
    for doubt in open_doubts(claim):
        people = ("second_approver", "approver")
        for who in people if doubt.gate is Gate.SANCTIONS else people[:1]:
            by = case.stage.people[who]
            answer(claim=claim, referral=doubt, clears=True, note=NOTE, by=by, at=at)
    return True


def checked(case: Case, claim: Claim, at: datetime) -> Sequence[Finding]:
    """Have the register asked and the checks made; what stands in the way."""
    _know_parties(case, claim, at)
    return screen(claim=claim, stage=Moment.APPROVAL, by=None, at=at)


def open_doubts(claim: Claim) -> Sequence[Referral]:
    """The doubts about a claim that nobody has answered."""
    wanted = (Referral.claim_id == claim.id, Referral.status == ReferralStatus.OPEN)
    return session.execute(select(Referral).where(*wanted)).scalars().all()


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
