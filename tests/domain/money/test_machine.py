"""Any order of award, redeem, claim, pay, fail, reverse, expire … keeps all ten invariants."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.domain.money.machine import Scheme, watched

LONG_STEPS = {"sqlite": 2_000, "postgres": 300}
ENDLESS_STEPS = 10_000
ENDS = {
    "voucher cancelled",
    "voucher completed",
    "voucher expired",
    "claim rejected",
    "payment paid",
    "payment cancelled",
    "payment reversed",
    "payment ready",
    "clawback reversed",
    "clawback shortfall",
    "clawback recovered",
    "amendment agreed",
}
"""What must have come about, or the endless run has not looked at much."""
RUN = {
    "database": None,
    "deadline": None,
    "print_blob": True,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture
def scheme(database, emulator, tmp_path):
    """The machine on this database, before the emulator; its steps are counted from nothing."""
    writes = watched(database)

    class Here(Scheme):
        bench, folder, steps, refused, ends = database, tmp_path, 0, 0, Counter()

    Here.emulator, Here.writes = emulator, writes
    yield Here
    writes.close()


def run(scheme, examples, steps, start=0):
    """Live some lives; the same `start` lives the same ones again."""
    chosen = settings(max_examples=examples, stateful_step_count=steps, **RUN)
    run_state_machine_as_test(seed(start)(scheme), settings=chosen)


def told(scheme):
    """What came of it, for who reads along."""
    print(f"\n{scheme.steps} steps, {scheme.refused} refused; {dict(sorted(scheme.ends.items()))}")


def test_a_short_life_keeps_the_ten_invariants(scheme):
    run(scheme, 3, 50)
    told(scheme)
    assert scheme.steps > 100


@pytest.mark.long
def test_a_long_life_keeps_the_ten_invariants(scheme, database_kind):
    live(scheme, LONG_STEPS[database_kind])


@pytest.mark.endless
def test_an_endless_life_ends_in_every_way(scheme, database_kind):
    share = 1 if database_kind == "sqlite" else 10
    live(scheme, ENDLESS_STEPS // share)
    assert share > 1 or ENDS - scheme.ends.keys() == set()


def live(scheme, steps):
    """Other lives again and again, until there were so many steps."""
    for start in count(1):
        run(scheme, 5, 100, start)
        told(scheme)
        if scheme.steps >= steps:
            return
