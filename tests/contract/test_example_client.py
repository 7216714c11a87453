"""The example client against a real server: from a voucher's code to a payment."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import serving
from tests.factories.programs import key_for
from tests.factories.scheme import make_member
from tests.factories.work import PDF, agree, make_job
from voucher.accounts.roles import Role
from voucher.claims import operations as claims
from voucher.claims.models import Claim
from voucher.core import clock
from voucher.core.db import session
from voucher.payments.operations.queueing import queue_claim
from voucher.vouchers.queries import code_of

CLIENT = Path(__file__).parents[2] / "examples" / "provider_client.py"

pytestmark = pytest.mark.slow


def test_it_is_short():
    assert len(CLIENT.read_text().splitlines()) <= 60


@pytest.fixture
def job(app, arrange):
    code_key = app.extensions["settings"].voucher_code_key.encode()
    with arrange():
        made = agree(make_job(at=clock.now(), code_key=code_key), at=clock.now())
        made.code = code_of(voucher=made.voucher, code_key=code_key)
        _, made.secret = key_for(made.worker, made.provider.id)
    return made


def approve(arrange, job):
    """Confirmed, approved and its payment begun, by whoever does each."""
    with arrange():
        claim = session.query(Claim).one()
        claims.confirm(claim=claim, by=job.owner.id, at=clock.now())
        officer = make_member(Role.APPROVER)
        claims.approve(claim=claim, by=officer.id, at=clock.now(), note="")
        queue_claim(claim_id=claim.id, at=clock.now())


def test_it_goes_the_whole_way(app, arrange, job, tmp_path):
    invoice = tmp_path / "invoice.pdf"
    invoice.write_bytes(PDF)
    with serving(app) as address:

        def run(*words):
            environ = {**os.environ, "API": f"{address}/api/v1", "KEY": job.secret}
            return subprocess.run(
                [sys.executable, str(CLIENT), *words],
                env=environ,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        first = run(job.code, str(invoice), "INV-7")
        assert first.returncode == 0, first.stderr
        assert "the voucher pays 90000 p" in first.stdout
        assert "payment: not yet" in first.stdout
        reference = re.search(r"CLM-\w{4}-\w{4}", first.stdout)[0]
        again = run(job.code, str(invoice), "INV-7")
        assert again.returncode == 1
        assert again.stderr.startswith("voucher_redeemed: ")
        approve(arrange, job)
        followed = run(reference)
        assert followed.stdout == (
            f"claim {reference}: Approved: payment on its way; payment: on_its_way\n"
        )
