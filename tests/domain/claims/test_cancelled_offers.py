"""An offer of other amounts on a voucher that was cancelled: it ends, and nobody is told."""

from datetime import timedelta

from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.work import LATER, drafted, make_job
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.claims import operations
from voucher.claims.models import AmendmentStatus


def test_it_lapses_in_silence(session, tmp_path):
    job = drafted(make_job(), tmp_path)
    made = operations.offer_less(
        claim=job.claim, net_price_pence=120_000, words="Less.", by=job.worker.id, at=LATER
    )
    officer = make_officer(Role.APPROVER)
    operations.abandon(voucher=job.voucher, reason="Given up.", by=officer.id, at=LATER)
    over = LATER + timedelta(days=20)
    assert operations.lapse_amendment(amendment_id=made.id, at=over)
    assert made.status is AmendmentStatus.LAPSED
    query = select(AuditEvent.action).where(AuditEvent.action == "claim.amendment_lapsed")
    assert session.execute(query).all() == []
