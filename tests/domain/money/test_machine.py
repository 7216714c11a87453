"""Any order of award, redeem, claim, pay, fail, reverse, expire … keeps all ten invariants.

The long run is 10,000 steps on SQLite, in four files that the workers of a test run share (see
`lives`), and some on PostgreSQL here.
"""

import pytest

from tests.domain.money.lives import ENDLESS_STEPS, ENDS, POSTGRES_STEPS, live, run, told


def test_a_short_life_keeps_the_ten_invariants(scheme):
    run(scheme, 3, 50)
    told(scheme)
    assert scheme.steps > 100


@pytest.mark.long
@pytest.mark.only_on("postgres")
def test_a_long_life_on_postgres(scheme):
    live(scheme, POSTGRES_STEPS, part=5)


@pytest.mark.endless
@pytest.mark.only_on("sqlite")
def test_an_endless_life_ends_in_every_way(scheme):
    live(scheme, ENDLESS_STEPS, part=9, ends=ENDS)
