"""Credit notes: before approval an offer to the business, afterwards amounts put on record."""

import io

import pytest

from tests.factories.cases import make_officer
from tests.factories.work import LATER, PDF, confirmed, drafted, make_job
from voucher.accounts.roles import Role
from voucher.claims import operations
from voucher.claims.models import AmendmentStatus, ClaimStatus
from voucher.claims.operations import CreditNote
from voucher.claims.queries import amendments_of, amounts_on_record, credit_files
from voucher.core.errors import Conflict, Invalid
from voucher.integrations.storage.store import ContentStore
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.subsidy.queries import assistance_of_notice
from voucher.vouchers.models import Award


def credit(job, folder, operation, *, number="CN-1", pence=60_000, words="One session less."):
    note = CreditNote(
        number=number,
        credited_pence=pence,
        words=words,
        stream=io.BytesIO(PDF),
        name="Credit note.pdf",
    )
    store = ContentStore(folder)
    return operation(claim=job.claim, credit=note, content_store=store, by=job.worker.id, at=LATER)


def five(row):
    return (
        row.net_price_pence,
        row.vat_rate_bps,
        row.vat_pence,
        row.voucher_pence,
        row.contribution_pence,
    )


def support(session, job):
    award = session.get_one(Award, job.voucher.award_id)
    return assistance_of_notice(award.notice_id).redeemed_pence


def in_books(job, kind):
    return total(kind, round_id=job.round_.id)


@pytest.fixture
def approved(session, tmp_path):
    """£1,800 net, £900 from the voucher, approved for payment."""
    job = confirmed(make_job(), tmp_path)
    operations.approve(claim=job.claim, by=make_officer(Role.APPROVER).id, at=LATER)
    return job


def test_before_approval_the_business_agrees_to_what_is_left(session, tmp_path):
    job = drafted(make_job(), tmp_path)
    made = credit(job, tmp_path, operations.offer_credit)
    assert (made.status, made.credit_number) == (AmendmentStatus.OFFERED, "CN-1")
    assert in_books(job, AccountKind.COMMITTED) == 90_000
    operations.agree_amendment(claim=job.claim, offer_id=made.id, by=job.owner.id, at=LATER)
    session.expire_all()
    assert five(job.redemption) == five(job.claim) == (120_000, 2_000, 24_000, 60_000, 84_000)
    assert in_books(job, AccountKind.COMMITTED) == support(session, job) == 60_000
    assert in_books(job, AccountKind.FUND) == job.round_.budget_pence - 60_000
    assert [file.name for file in credit_files(job.claim.id)[made.id]] == ["Credit note.pdf"]


def test_after_approval_the_amounts_on_record_change_and_no_money_moves(
    session, tmp_path, approved
):
    job = approved
    made = credit(job, tmp_path, operations.enter_credit)
    session.expire_all()
    assert made.status is AmendmentStatus.ENTERED
    assert five(made) == (120_000, 2_000, 24_000, 60_000, 84_000)
    assert five(job.claim) == five(job.redemption) == (180_000, 2_000, 36_000, 90_000, 126_000)
    assert amounts_on_record(job.claim).voucher_pence == 60_000
    assert in_books(job, AccountKind.PAYABLE) == support(session, job) == 90_000
    assert job.claim.status is ClaimStatus.APPROVED


def test_a_second_credit_note_counts_from_the_first_and_all_can_be_credited(
    session, tmp_path, approved
):
    credit(approved, tmp_path, operations.enter_credit)
    second = credit(approved, tmp_path, operations.enter_credit, number="CN-2", pence=120_000)
    assert five(second) == (0, 2_000, 0, 0, 0)
    too_much = sum(a.was_voucher_pence - a.voucher_pence for a in amendments_of(approved.claim.id))
    assert too_much == 90_000
    with pytest.raises(Invalid) as caught:
        credit(approved, tmp_path, operations.enter_credit, number="CN-3", pence=1)
    assert caught.value.field == "credited_pence"


def test_a_credit_note_counts_once(session, tmp_path, approved):
    credit(approved, tmp_path, operations.enter_credit)
    with pytest.raises(Conflict, match="used a credit note of that number"):
        credit(approved, tmp_path, operations.enter_credit, pence=1_000)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"number": " "}, "credit_number"),
        ({"number": "9" * 61}, "credit_number"),
        ({"pence": None}, "credited_pence"),
        ({"pence": 0}, "credited_pence"),
        ({"pence": -1}, "credited_pence"),
        ({"pence": 180_001}, "credited_pence"),
        ({"words": " "}, "words"),
    ],
)
def test_what_is_wrong_with_a_credit_note_is_said_at_its_field(
    session, tmp_path, approved, values, field
):
    with pytest.raises(Invalid) as caught:
        credit(approved, tmp_path, operations.enter_credit, **values)
    assert caught.value.field == field
    assert amendments_of(approved.claim.id) == []


def test_all_of_it_is_not_credited_before_approval(session, tmp_path):
    job = drafted(make_job(), tmp_path)
    with pytest.raises(Invalid, match="credited all of it") as caught:
        credit(job, tmp_path, operations.offer_credit, pence=180_000)
    assert caught.value.field == "credited_pence"


def test_each_way_at_its_time_only(session, tmp_path):
    job = drafted(make_job(), tmp_path)
    with pytest.raises(Conflict, match="not approved"):
        credit(job, tmp_path, operations.enter_credit)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    for operation in (operations.enter_credit, operations.offer_credit):
        with pytest.raises(Conflict, match=r"[Tt]ake it back"):
            credit(job, tmp_path, operation)
