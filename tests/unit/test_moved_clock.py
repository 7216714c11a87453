"""A clock that is moved by a file: for trials only, never in production."""

from datetime import UTC, datetime, timedelta

import pytest

from config import UnsafeSettings, load_settings
from voucher.core import clock


@pytest.fixture
def followed(tmp_path):
    """A file that the clock follows."""
    clock.follow(str(tmp_path / "clock"))
    yield tmp_path / "clock"
    clock.follow("")


def ahead():
    return (clock.now() - datetime.now(UTC)).total_seconds()


def test_the_clock_goes_ahead_by_what_the_file_says(followed):
    followed.write_text(str(timedelta(days=3).total_seconds()))
    assert ahead() == pytest.approx(3 * 86_400, abs=5)


@pytest.mark.parametrize("content", [None, "", "soon"])
def test_without_a_number_the_system_clock_counts(followed, content):
    if content is not None:
        followed.write_text(content)
    assert ahead() == pytest.approx(0, abs=5)


def test_production_refuses_a_moved_clock():
    with pytest.raises(UnsafeSettings, match="CLOCK_FILE: nobody moves the clock"):
        load_settings({"APP_ENV": "production", "CLOCK_FILE": "/tmp/clock"})
