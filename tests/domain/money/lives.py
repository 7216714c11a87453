"""How long the machine lives, and what must have come about by then."""

from itertools import count

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

LONG_STEPS = 2_500
"""Of each of the four parts of the long run; together 10,000, shared by the workers."""
POSTGRES_STEPS = 300
ENDLESS_STEPS = 50_000
EXAMPLES, LIFE = 3, 100
"""Lives begun with one seed, and the steps of each."""
PATIENCE = 2
"""How often as many steps may be taken until everything has come about."""
ENDS = {
    "voucher cancelled",
    "voucher completed",
    "voucher expired",
    "claim rejected",
    "claim returned",
    "claim disputed",
    "payment ready",
    "payment paid",
    "payment cancelled",
    "payment reversed",
    "clawback reversed",
    "clawback shortfall",
    "clawback recovered",
    "variation agreed",
    "variation refused",
    "amendment agreed",
    "amendment entered",
    "unpaid_contribution evidenced",
}
"""What must have come about, or a long run has not looked at much."""
RARE = {"payment reversed", "clawback reversed"}
"""What comes about a few times in 10,000 steps: asked of the endless life, not of a part."""
RUN = {
    "database": None,
    "deadline": None,
    "print_blob": True,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


def run(scheme, examples, steps, start=0):
    """Live some lives; the same `start` lives the same ones again."""
    chosen = settings(max_examples=examples, stateful_step_count=steps, **RUN)
    run_state_machine_as_test(seed(start)(scheme), settings=chosen)


def told(scheme):
    """What came of it, for who reads along."""
    print(f"\n{scheme.steps} steps, {scheme.refused} refused; {dict(sorted(scheme.ends.items()))}")


def live(scheme, steps, part=1, ends=frozenset()):
    """Other lives again and again, until there were so many steps and all `ends` came about.

    Chance may keep one of them away for a while, though not for twice the steps.
    """
    for start in count(part * 1_000):
        run(scheme, EXAMPLES, LIFE, start)
        told(scheme)
        missing = ends - scheme.ends.keys()
        if scheme.steps >= steps * (PATIENCE if missing else 1):
            assert not missing
            return
