"""A provider that is registered for VAT no more can still change what it agreed."""

import pytest

from tests.domain.matching.test_variation import AT, amounts, answer, operations
from tests.factories.work import agree, make_job
from voucher.matching.models import VariationStatus


@pytest.fixture
def job(session):
    """Agreed at 20% VAT; the provider has been deregistered since."""
    job = agree(make_job())
    job.provider.vat_registered = False
    job.provider.vat_number = None
    session.flush()
    return job


@pytest.mark.parametrize("by_provider", [True, False])
def test_no_vat_is_charged_on_what_is_agreed_then(session, job, by_provider):
    """Neither party has a rate to choose on its page."""
    person = job.worker if by_provider else job.owner
    values = {"net_price_pence": 180_000, "vat_rate_bps": None, "scope": job.match.scope}
    found = operations.propose_variation(
        match=job.match,
        voucher=job.voucher,
        values={**values, "words": "We charge no VAT any more."},
        by_provider=by_provider,
        by=person.id,
        at=AT,
    )
    assert answer(job, found).status is VariationStatus.AGREED
    assert amounts(job.match) == (180_000, 0, 0, 90_000, 90_000)
