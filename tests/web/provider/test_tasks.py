"""The lines of a provider's registration: what they say before and after it is sent."""

import pytest

from tests.databases import make_application, settings_for_tests
from voucher.core import clock
from voucher.providers.models import (
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Provider,
    ProviderStatus,
)
from voucher.web.provider.tasks import registration_tasks


@pytest.mark.parametrize(
    ("status", "words"),
    [(ProviderStatus.DRAFT, "Done"), (ProviderStatus.SUBMITTED, "Being checked")],
)
def test_nothing_is_being_checked_before_it_is_sent(tmp_path, status, words):
    item = DueDiligenceItem(kind=DueDiligenceKind.IDENTITY, status=DueDiligenceStatus.PROVIDED)
    provider = Provider(name="Loomlight Ltd", status=status, items=[item])
    app = make_application(settings_for_tests(tmp_path, f"sqlite:///{tmp_path / 'x.sqlite'}"))
    with app.test_request_context():
        assert registration_tasks(provider, clock.today())[1].status == words
