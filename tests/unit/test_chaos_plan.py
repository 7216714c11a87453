"""The plan of a run with faults follows from its seed, and leaves none of the faults out."""

import pytest

from voucher.sandbox.chaos.plan import FAULTS, VARIANTS, make_plan
from voucher.sandbox.chaos.proving import doubled_payouts, doubled_transfers
from voucher.sandbox.chaos.strikes import STRIKES


def test_a_seed_gives_the_same_plan_again():
    assert make_plan(500, 7) == make_plan(500, 7)
    assert make_plan(500, 7) != make_plan(500, 8)
    assert make_plan(500, 7) != make_plan(499, 7)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("claims", [1, 30, 60, 500])
def test_every_fault_strikes_and_every_process_is_killed(claims, seed):
    plan = make_plan(claims, seed)
    assert {strike.fault for strike in plan.strikes} == set(range(1, 24))
    assert {kill.process for kill in plan.kills} == {"worker", "web", "emulator"}


@pytest.mark.parametrize("claims", [1, 7, 30, 500])
def test_every_claim_is_fed_once_and_struck_after_it_was_fed(claims):
    plan = make_plan(claims, 3)
    assert [number for beat in plan.beats for number in beat.claims] == list(range(claims))
    for beat in plan.beats:
        assert all(strike.claim < max(1, beat.claims.stop) for strike in beat.strikes)


def test_more_claims_bring_more_faults():
    assert len(list(make_plan(500, 1).strikes)) > 2 * len(list(make_plan(30, 1).strikes))


def test_a_fault_strikes_in_one_of_its_forms():
    for strike in make_plan(500, 5).strikes:
        assert strike.variant in VARIANTS.get(strike.fault, ("",))


def test_every_fault_of_the_table_has_its_function():
    assert set(STRIKES) == set(FAULTS) - {24}


def test_a_run_needs_a_claim():
    with pytest.raises(ValueError, match="needs a claim"):
        make_plan(0, 1)


def test_two_transfers_for_one_claim_are_named():
    made = [{"transfer_group": group} for group in ("CLM-1", None, "CLM-2", None, "CLM-1")]
    assert list(doubled_transfers(made)) == ["2 transfers for claim CLM-1"]
    assert list(doubled_transfers(made[:4])) == []


def test_two_payouts_of_one_payment_are_named_unless_one_came_back():
    made = [
        {"status": status, "metadata": {"payment": payment} if payment else {}}
        for status, payment in (
            ("paid", "PAY-1"),
            ("failed", "PAY-2"),
            ("paid", "PAY-2"),
            ("paid", None),
            ("paid", None),
            ("in_transit", "PAY-1"),
        )
    ]
    assert list(doubled_payouts(made)) == ["2 payouts of payment PAY-1"]
    assert list(doubled_payouts(made[:-1])) == []
