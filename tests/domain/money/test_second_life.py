"""Part 2 of the long run of the machine: see `lives`."""

import pytest

from tests.domain.money.lives import ENDS, LONG_STEPS, RARE, live


@pytest.mark.long
@pytest.mark.only_on("sqlite")
def test_a_long_life_keeps_the_ten_invariants(scheme):
    live(scheme, LONG_STEPS, part=2, ends=ENDS - RARE)
