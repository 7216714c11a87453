"""The document of a locked plan, as anybody can download it."""

import re
from datetime import timedelta

from tests.factories.cases import make_officer
from tests.factories.draws import make_lottery
from tests.factories.scheme import AT
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.plans.operations import ask_document
from voucher.programmes.models import Round
from voucher.programmes.plans.queries import locked_plan


def cheap(_template, context):
    return f"<html lang='en'><title>{context['title']}</title><p>One page.</p></html>"


def test_anybody_downloads_the_newest_document_that_is_built(app, client, arrange):
    with arrange():
        round_ = make_lottery(2).round
        round_id, reference = round_.id, locked_plan(round_.id).reference
        by = make_officer(Role.EVALUATOR).id
        ask_document(round_id=round_id, by=by, at=AT)
    address = f"/plans/{reference}"
    assert "as an accessible PDF" not in client.get(address).page.text
    assert client.get(f"{address}/document").status_code == 404
    with app.app_context():
        assert build_reports(app.extensions["services"].store, cheap, AT) == 1
    with arrange():
        assert session.get_one(Round, round_id)
        ask_document(round_id=round_id, by=by, at=AT + timedelta(hours=1))
    page = client.get(address).page
    assert page.link("The plan as an accessible PDF") == f"{address}/document"
    file = client.get(f"{address}/document")
    assert file.data.startswith(b"%PDF-")
    assert re.search(rf"{reference}-\d+\.pdf", file.headers["Content-Disposition"])
    assert client.get("/plans/PLN-0000-0000/document").status_code == 404
