"""Fixtures of the Stripe emulator as a process, for a conftest to import by name.

One process for the run, emptied before every test. (The contract tests, which judge every exchange
on the wire, have their own.)
"""

import pytest

from tests.contract.wire import EmulatorProcess


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
