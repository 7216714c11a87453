"""What every test of the officers' pages starts from."""

import pytest

from tests.people import make_cast


@pytest.fixture
def cast(arrange):
    """The cast, stored."""
    with arrange():
        cast = make_cast()
    return cast
