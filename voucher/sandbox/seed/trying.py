"""The programme manager tries the ways of sharing on last year's applications, with and without
marks, before deciding how the next rounds share their money.
"""

import random
from dataclasses import replace
from datetime import datetime

from voucher.allocation.trials.files import write
from voucher.allocation.trials.operations import from_file, from_round, try_out
from voucher.allocation.trials.rules import Terms
from voucher.programmes.models import StratumBasis
from voucher.sandbox.seed.stage import Stage

BUDGET_PENCE = 1_500_000
DRAWS = 1_000
SEED = bytes(range(32))
FILE_NAME = "Last year with test marks.csv"


def try_sharing(stage: Stage, at: datetime) -> None:
    """One trial for the round to be drawn by lot, and one with made-up marks for the scored one."""
    by_lot, scored = stage.round("next"), stage.round("after_next")
    source = from_round(by_lot, stage.round("last_year"))
    if not source.entrants:
        return
    chance = random.Random("marks of a trial")
    marked = [
        replace(each, totals=(chance.randint(3_000, 9_500), chance.randint(3_000, 9_500)))
        for each in source.entrants
    ]
    terms = Terms(budget_pence=BUDGET_PENCE, places=None, draws=DRAWS, seed=SEED)
    who = {"by": stage.people["manager"], "at": at}
    divided = replace(terms, basis=StratumBasis.SIZE)
    try_out(round_=by_lot, source=source, terms=divided, **who)
    file = from_file(FILE_NAME, write(marked).encode())
    try_out(round_=scored, source=file, terms=terms, **who)
