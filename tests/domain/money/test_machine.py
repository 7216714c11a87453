"""Any order of award, redeem, claim, pay, fail, reverse, expire … keeps all ten invariants."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.domain.money.machine import Scheme

LONG_STEPS = 10_000
ENDS = {
    "voucher cancelled",
    "voucher completed",
    "voucher expired",
    "claim rejected",
    "payment paid",
    "payment cancelled",
    "payment reversed",
    "clawback reversed",
}
"""What must have come about, or the run has not looked at much."""
RUN = {
    "database": None,
    "deadline": None,
    "print_blob": True,
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture
def scheme(database, emulator, tmp_path):
    """The machine on this database, before the emulator; its steps are counted from nothing."""

    class Here(Scheme):
        bench, folder, steps, refused, ends = database, tmp_path, 0, 0, Counter()

    Here.emulator = emulator
    return Here


def run(scheme, examples, steps, start=0):
    """Live some lives; the same `start` lives the same ones again."""
    chosen = settings(max_examples=examples, stateful_step_count=steps, **RUN)
    run_state_machine_as_test(seed(start)(scheme), settings=chosen)
    print(f"\n{scheme.steps} steps, {scheme.refused} refused; {dict(sorted(scheme.ends.items()))}")


def test_a_short_life_keeps_the_ten_invariants(scheme):
    run(scheme, 3, 100)
    assert scheme.steps > 100


@pytest.mark.endless
def test_a_long_life_keeps_the_ten_invariants(scheme, database_kind):
    wanted = LONG_STEPS if database_kind == "sqlite" else LONG_STEPS // 10
    for start in count():
        run(scheme, 20, 100, start)
        if scheme.steps >= wanted:
            break
    assert ENDS - scheme.ends.keys() == set()
