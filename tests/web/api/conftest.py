"""A provider with an agreed voucher, its program, and a stranger's program."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest

from tests.factories.programs import Program, key_for
from tests.factories.scheme import make_member, make_provider
from tests.factories.work import Job, agree, make_job
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.vouchers.queries import code_of


@dataclass
class Stage:
    """Everything that the tests of the interface need."""

    job: Job
    code: str
    ours: Program
    theirs: Program
    key: Any
    store: Any


@pytest.fixture
def stage(app, arrange, clients):
    """An agreed voucher that can be redeemed."""
    code_key = app.extensions["settings"].voucher_code_key.encode()
    with arrange():
        job = agree(make_job(at=clock.now(), code_key=code_key), at=clock.now())
        elsewhere = make_provider()
        stranger = make_member(Role.PROVIDER, provider=elsewhere)
        key, secret = key_for(job.worker, job.provider.id)
        _, other = key_for(stranger, elsewhere.id)
        code = code_of(voucher=job.voucher, code_key=code_key)
    store = app.extensions["services"].store
    return Stage(job, code, Program(clients(), secret), Program(clients(), other), key, store)


@pytest.fixture
def together():
    """Sends several requests at the same moment, each from a thread; what each was answered."""

    def send(*requests):
        start = Barrier(len(requests))

        def one(request):
            start.wait(30)
            return request()

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(one, requests))

    return send
