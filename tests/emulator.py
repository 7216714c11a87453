"""Fixtures of the Stripe emulator as a process, known to every test (see the conftest).

One process for the run, emptied before every test; every exchange of every test with it is judged
by Stripe's own description when the test ends.
"""

import pytest


@pytest.fixture(scope="session")
def impatient_library():
    """The library waits half a second and more before it resends; here a hundredth is enough."""
    import stripe

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
        patch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.01)
        yield


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory, impatient_library):
    """The running emulator."""
    from tests.contract.wire import EmulatorProcess

    process = EmulatorProcess(tmp_path_factory.mktemp("emulator"))
    yield process
    assert process.stop() == 0


@pytest.fixture
def emulator(emulator_process):
    """The emulator with empty books and nothing on order.

    Afterwards every exchange with it, whoever it was with, is judged by Stripe's description.
    """
    emulator_process.control("faults", "DELETE")
    emulator_process.control("reset")
    emulator_process.control("exchanges", "GET")
    yield emulator_process
    assert emulator_process.faults() == []
