"""When money may move, what may be sent again, what a refusal means."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.payments import rules
from voucher.payments.models import (
    BEFORE_TRANSFER,
    OUTCOME_OPEN,
    PAYMENT_MOVES,
    AttemptKind,
    AttemptOutcome,
)
from voucher.payments.models import PaymentStatus as P

AT = datetime(2026, 6, 15, 9, tzinfo=UTC)
spans = st.timedeltas(timedelta(0), timedelta(days=3))
outcomes = st.sampled_from([None, AttemptOutcome.MISMATCH])


def test_keys_differ_by_environment_payment_kind_and_number():
    keys = {
        rules.idempotency_key(environment, reference, kind, number)
        for environment in ("test", "production")
        for reference in ("PAY-1", "PAY-2")
        for kind in AttemptKind
        for number in (1, 2)
    }
    assert len(keys) == 16
    assert max(len(key) for key in keys) < 100


@pytest.mark.parametrize(
    ("hours", "outcome", "stopped", "may"),
    [
        (0, None, False, True),
        (20, None, False, True),
        (20.01, None, False, False),
        (1, None, True, False),
        (1, AttemptOutcome.MISMATCH, False, False),
    ],
)
def test_what_may_be_sent_again(hours, outcome, stopped, may):
    at = AT + timedelta(hours=hours)
    assert rules.may_send(outcome, AT, at, stopped=stopped) is may


@pytest.mark.parametrize(
    ("hours", "since_last", "outcome", "may"),
    [
        (21, 2, None, True),
        (21, 0.5, None, False),
        (19, 10, None, False),
        (2, 2, AttemptOutcome.MISMATCH, True),
        (2, 0.5, AttemptOutcome.MISMATCH, False),
    ],
)
def test_when_a_look_up_that_finds_nothing_proves_it(hours, since_last, outcome, may):
    at = AT + timedelta(hours=hours)
    assert rules.may_conclude(outcome, AT, at - timedelta(hours=since_last), at) is may


@given(outcomes, spans, spans)
def test_what_may_be_sent_is_never_given_up_at_the_same_time(outcome, first, last):
    at = AT + max(first, last)
    may_send = rules.may_send(outcome, AT, at, stopped=False)
    assert not (may_send and rules.may_conclude(outcome, AT, AT + min(first, last), at))


def test_pauses_grow_to_an_hour():
    assert [rules.pause(tries).seconds // 60 for tries in (0, 1, 2, 3, 6, 7, 100)] == [
        1, 1, 2, 4, 32, 60, 60,
    ]  # fmt: skip


def facts(**changed):
    right = {
        "amount_pence": 90_000,
        "redeemed_pence": 90_000,
        "allowed_pence": 90_000,
        "recognised_pence": 90_000,
        "claim_approved": True,
        "voucher_redeemed": True,
    }
    return rules.ClaimFacts(**{**right, **changed})


def test_a_claim_in_order_has_no_disagreement():
    assert rules.disagreements(facts()) == ()
    assert rules.disagreements(facts(allowed_pence=90_001)) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"redeemed_pence": 90_001},
        {"redeemed_pence": 89_999},
        {"allowed_pence": 89_999},
        {"recognised_pence": 0},
        {"recognised_pence": 180_000},
        {"claim_approved": False},
        {"voucher_redeemed": False},
    ],
)
def test_every_disagreement_stops_the_payment(changed):
    assert len(rules.disagreements(facts(**changed))) == 1


def test_a_hold_goes_before_a_suspension():
    assert rules.stop_reason(held=False, provider_approved=True) is None
    assert "on hold" in rules.stop_reason(held=True, provider_approved=False)
    assert "suspended" in rules.stop_reason(held=False, provider_approved=False)


def test_who_can_be_paid():
    assert rules.payee_reason(has_account=True, payable=True) is None
    assert "Stripe needs" in rules.payee_reason(has_account=True, payable=False)
    assert "not set up" in rules.payee_reason(has_account=False, payable=False)


def test_the_cooling_of_a_changed_bank_account():
    assert rules.cooling_until(None, 3) is None
    assert rules.cooling_until(AT, 3) == AT + timedelta(days=3)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("balance_insufficient", P.BLOCKED_FUNDS),
        ("insufficient_capabilities_for_transfer", P.BLOCKED_PAYEE),
        ("account_invalid", P.BLOCKED_PAYEE),
        ("amount_too_small", P.ATTENTION),
        ("", P.ATTENTION),
    ],
)
def test_where_a_refusal_leads(code, status):
    assert rules.status_after_refusal(code) is status


def test_banks_are_quoted_in_plain_words():
    assert rules.bank_words("no_account").endswith("could not be found.")
    assert rules.bank_words("something_new").endswith("the bank refused it.")
    assert rules.bank_words(None).endswith("the bank refused it.")


def test_an_event_is_tried_eight_times():
    pauses = [rules.event_pause(tries) for tries in range(1, 9)]
    assert pauses[-1] is None
    assert all(earlier < later for earlier, later in pairwise(pauses[:-1]))


@given(st.lists(st.integers(1, 1000)), st.integers(-100, 5000))
def test_what_is_released_is_covered(sizes, available):
    chosen = rules.affordable(list(enumerate(sizes)), available)
    assert sum(sizes[payment_id] for payment_id in chosen) <= max(available, 0)


def test_the_oldest_gets_the_money_first():
    assert rules.affordable([(1, 50), (2, 80), (3, 40)], 100) == [1, 3]


def test_the_age_of_a_payment():
    friday, tuesday = date(2026, 6, 12), date(2026, 6, 16)
    asked = {"approved_on": friday, "pay_by_on": date(2026, 6, 15), "today": tuesday}
    assert rules.age(P.QUEUED, **asked) == rules.Age(2, 1)
    assert rules.age(P.PAID, **asked) is None
    assert rules.age(P.QUEUED, approved_on=friday, pay_by_on=None, today=friday) == rules.Age(0, 0)


def test_nothing_is_cancelled_that_may_have_been_sent():
    cancellable = {was for was, to in PAYMENT_MOVES.items() if P.CANCELLED in to}
    assert cancellable == {*BEFORE_TRANSFER, P.ATTENTION}
    assert not cancellable & set(OUTCOME_OPEN)
