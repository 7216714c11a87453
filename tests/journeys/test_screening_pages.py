"""The pages on checks before paying in a real browser."""

from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.payments import make_confirmed_claim
from tests.factories.screening import listed_line, sanctions_file
from voucher.accounts.roles import Role
from voucher.claims.operations.screening import screen
from voucher.core import clock
from voucher.core.db import session
from voucher.screening.list_file import read_list
from voucher.screening.models import Gate, Referral, Stage
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import party_record


def doubted_claim():
    """A claim whose provider's director is like a name on the list; its reference and the doubt."""
    claim = make_confirmed_claim()
    record = party_record("provider", claim.provider_id)
    record.officers = [{"name": "EXAMPLOV, Pyotr", "role": "director", "born": "1960-02"}]
    content = sanctions_file(listed_line("77001", "Examplov", "Pyotr"), updated="20/06/2026")
    import_list(content=read_list(content), file_name="new.csv", by=None, at=clock.now())
    screen(claim=claim, stage=Stage.REVIEW, by=None, at=clock.now())
    query = select(Referral.id).where(Referral.gate == Gate.SANCTIONS)
    return claim.reference, session.execute(query).scalar_one()


def test_what_officers_see_of_a_doubt(visitor, arrange):
    with arrange():
        reference, number = doubted_claim()
        officer = make_officer(Role.APPROVER)
        session.expunge(officer)
    visitor.sign_in(officer)
    visitor.go("/staff/screening/").look("doubts")
    visitor.go(f"/staff/claims/{reference}").look("claim-with-a-doubt")
    visitor.go(f"/staff/screening/doubts/{number}").look("doubt")
    visitor.go("/staff/screening/list").look("sanctions-lists")
