"""Money against a real emulator process: one for the run, emptied before every test."""

import pytest

from tests.contract.wire import EmulatorProcess
from tests.domain.payments.world import PENCE, World


@pytest.fixture(scope="session", autouse=True)
def impatient_library():
    """The library waits half a second and more before it resends; here a hundredth is enough."""
    import stripe

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
        patch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.01)
        yield


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory):
    """The running emulator."""
    process = EmulatorProcess(tmp_path_factory.mktemp("emulator"))
    yield process
    assert process.stop() == 0


@pytest.fixture
def emulator(emulator_process):
    """The emulator with empty books and nothing on order."""
    emulator_process.control("faults", "DELETE")
    emulator_process.control("reset")
    return emulator_process


@pytest.fixture
def world(session, emulator):
    """A funded programme with a provider and an approved claim; see World.

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
