"""The pages of releasing and reconciling in a real browser."""

from tests.factories.cases import make_officer
from tests.factories.payments import make_approved_claim
from tests.factories.scheme import AT, make_provider, make_round
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.integrations.stripe.answers import BalanceTransaction
from voucher.payments.differences.models import BookDifference
from voucher.payments.differences.operations.unexplained import notice_movement
from voucher.payments.operations.queueing import queue_claim
from voucher.payments.operations.reconciliation import keep_reconciliation
from voucher.payments.reconciling import Difference, DifferenceKind
from voucher.payments.runs.operations.releasing import release
from voucher.programmes.models import ReleaseMethod


def test_what_waits_for_its_release(visitor, arrange):
    with arrange():
        officer = make_officer(Role.FINANCE)
        by_finance = {"release_method": ReleaseMethod.BY_FINANCE, "second_release_pence": 1}
        round_, provider = make_round(**by_finance), make_provider()
        payments = [
            queue_claim(claim_id=make_approved_claim(round_, provider).id, at=AT) for _ in range(3)
        ]
        run = release(payment_ids=[payments[0].id], by=officer.id, at=AT).reference
        session.expunge(officer)
    visitor.sign_in(officer)
    for path in ("ready", "try?all=1", "", run, f"{run}/withdraw"):
        visitor.go(f"/staff/releases/{path}").look()


def test_what_a_reconciliation_found(visitor, arrange):
    seen = BalanceTransaction("txn_1", "transfer", -500, 0, -500, "gbp", "tr_1", AT)
    with arrange():
        officer = make_officer(Role.FINANCE)
        movement = notice_movement(seen=seen, stripe_id="tr_1", account_id=None, at=AT).reference
        found = Difference(DifferenceKind.SUSPENSE, "transfer tr_1", -500, None)
        comparison = keep_reconciliation(
            stripe_balance_pence=90_000,
            ledger_balance_pence=90_000,
            matched=12,
            under_way=1,
            differences=(found,),
            by=None,
            at=AT,
        ).reference
        difference = session.query(BookDifference).one().reference
        session.expunge(officer)
    visitor.sign_in(officer)
    for path in (
        "",
        "suspense",
        f"suspense/{movement}",
        f"differences/{difference}",
        "reconciliations",
        f"reconciliations/{comparison}",
        f"reconciliations/{comparison}/sign",
        "webhooks/",
    ):
        visitor.go(f"/staff/money/{path}").look()
