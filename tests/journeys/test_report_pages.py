"""The pages of a case summary and of a provider's summary, as the staff that reads reports sees
them."""

from datetime import timedelta

from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.evaluation import make_baseline, make_paid, make_redeemed
from tests.factories.scheme import AT
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core.db import session
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.models import Report
from voucher.evaluation.operations import ask_provider_report, ask_report
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.models import Round
from voucher.providers.models import Provider
from voucher.vouchers.models import Voucher

CUT = AT + timedelta(days=30)


def test_summaries_of_a_case_and_of_a_provider(app, arrange, visitor, tmp_path):
    with arrange():
        redemption = make_redeemed()
        make_baseline(redemption.application_id, redemption.round_id)
        make_paid(redemption)
        reader = make_officer(Role.EVALUATOR)
        round_ = session.get_one(Round, redemption.round_id)
        voucher = session.get_one(Voucher, redemption.voucher_id)
        provider = session.get_one(Provider, redemption.provider_id)
        reference, name = voucher.reference, provider.name
        ask_report(round_=round_, voucher=voucher, by=reader.id, at=CUT)
        ask_provider_report(provider=provider, by=reader.id, at=CUT)
    with app.app_context():
        assert build_reports(ContentStore(tmp_path / "files"), render, CUT) == 2
        case, summary = session.scalars(select(Report.reference).order_by(Report.id)).all()
    visitor.sign_in(reader)
    page = visitor.go(f"/staff/reports/{case}/page").look("case-summary").page
    assert f"Case summary {reference}: the report" in page.title()
    assert "What the business told us" in page.content()
    assert "not for publication" in page.content()
    page = visitor.go(f"/staff/reports/{summary}/page").look("provider-summary").page
    assert f"{name}: the report" in page.title()
    assert "Fewer than five vouchers" in page.content()
