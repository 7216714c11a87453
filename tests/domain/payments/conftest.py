"""Money against a real emulator process."""

import pytest

from tests.domain.payments.world import PENCE, World


@pytest.fixture
def world(session, emulator):
    """A funded programme with a provider that can be paid; see World.

    Afterwards, whatever went wrong: no claim has two transfers, and the books agree with Stripe's.
    """
    made = World(emulator)
    yield made
    made.assert_in_order()


@pytest.fixture
def poor_world(session, emulator):
    """The same with a penny less than one claim costs."""
    made = World(emulator, funds=PENCE - 1)
    yield made
    made.assert_in_order()
