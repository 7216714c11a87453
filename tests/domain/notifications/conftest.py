"""What writing letters takes, outside a request."""

import pytest

from tests.factories.evaluation import SURVEY_KEY
from voucher.cli.rendering import render
from voucher.notifications.operations import Desk


@pytest.fixture
def desk(session):
    """The templates, an address and the key of survey links."""
    return Desk(
        render=render,
        base_url="https://vouchers.example",
        survey_key=SURVEY_KEY,
        bank_cooling_days=3,
    )
