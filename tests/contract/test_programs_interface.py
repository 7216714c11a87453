"""The interface for programs against its own description: Schemathesis finds nothing.

A real server, a real key, every check, data that fits and data that does not, and the road from one
operation to the next along the description's links.
"""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from tests.browser import serving
from tests.factories.books import make_paid
from tests.factories.programs import key_for
from tests.factories.scheme import AT
from tests.factories.work import agree, drafted, make_job, redeemed
from voucher.core import clock
from voucher.vouchers.queries import code_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MANY = "1000000 per minute"


def test_the_description_is_one(client):
    validate(client.get("/api/v1/openapi.json").json)


@pytest.fixture
def known(app, arrange):
    """A provider with a voucher to redeem, one that was, and a claim that is being written."""
    code_key = app.extensions["settings"].voucher_code_key.encode()
    store = app.extensions["settings"].data_dir / "files"
    at = clock.now()
    with arrange():
        job = agree(make_job(at=at, code_key=code_key), at=at)
        before = at - timedelta(days=1)
        free = redeemed(make_job(provider=job.provider, at=before, title="A"), at=at)
        written = drafted(make_job(provider=job.provider, at=before, title="B"), store, at=at)
        payment = make_paid(provider=job.provider)
        _, secret = key_for(job.worker, job.provider.id)
        return {
            "secret": secret,
            "code": code_of(voucher=job.voucher, code_key=code_key),
            "redemption": free.redemption.reference,
            "claim": written.claim.reference,
            "payout": payment.reference,
            "month": f"{AT:%Y-%m}",
        }


@pytest.mark.long
def test_schemathesis_finds_nothing(app, known, tmp_path, monkeypatch):
    for limits in ("API_RATE_LIMITS", "API_WRONG_KEY_LIMITS", "API_UNKNOWN_CODE_LIMITS"):
        monkeypatch.setitem(app.config, limits, MANY)
    with serving(app) as address:
        run = schemathesis(address, known, tmp_path)
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2_000:]


def schemathesis(address, known, folder):
    """A run of every phase and check; its hooks hand in what is known (KNOWN_RECORDS)."""
    environ = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.contract.schemathesis_hooks",
        "KNOWN_RECORDS": json.dumps(known),
        "PYTHONPATH": str(ROOT),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "examples"),
    }
    command = [sys.executable, "-m", "schemathesis.cli"]
    command += ["--config-file", str(HERE / "schemathesis.toml"), "run"]
    command += [f"{address}/api/v1/openapi.json", "--url", f"{address}/api/v1"]
    command += ["--header", f"Authorization: Bearer {known['secret']}", "--no-color"]
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=600, check=False
    )
