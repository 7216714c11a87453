"""What a claim must say, what it must show, the random sample, the deadlines."""

import hashlib
import hmac
from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.claims.models import ClaimStatus
from voucher.claims.rules import (
    AMOUNT_FIELDS,
    Awaited,
    EvidenceKind,
    EvidenceLevel,
    Mismatch,
    amount_mismatches,
    awaited,
    due_on,
    escalation_due,
    evidence_level,
    is_overdue,
    missing_evidence,
    sampled,
)
from voucher.vouchers.rules import PriceBreakdown

AGREED = PriceBreakdown(90_000, 2_000, 18_000, 45_000, 63_000)
SEED = bytes(range(32))
DUE = date(2026, 7, 13)


def test_a_claim_for_what_was_agreed_has_no_mismatch():
    assert amount_mismatches(AGREED, AGREED) == ()
    assert {field.name for field in fields(PriceBreakdown)} == set(AMOUNT_FIELDS)


@pytest.mark.parametrize("field", AMOUNT_FIELDS)
@pytest.mark.parametrize("by", [1, -1])
def test_each_amount_that_differs_is_named_at_its_field(field, by):
    agreed = getattr(AGREED, field)
    claimed = replace(AGREED, **{field: agreed + by})
    (mismatch,) = amount_mismatches(claimed, AGREED)
    assert mismatch == Mismatch(field, agreed + by, agreed)
    assert mismatch.difference == by


def test_all_mismatches_are_named_at_once():
    claimed = PriceBreakdown(1, 2, 3, 4, 5)
    assert [found.field for found in amount_mismatches(claimed, AGREED)] == list(AMOUNT_FIELDS)


@pytest.mark.parametrize(
    ("voucher", "in_sample", "level"),
    [
        (99_999, False, EvidenceLevel.LIGHT),
        (100_000, False, EvidenceLevel.FULL),
        (1, True, EvidenceLevel.FULL),
    ],
)
def test_evidence_grows_with_risk(voucher, in_sample, level):
    assert evidence_level(voucher, full_from_pence=100_000, in_sample=in_sample) is level


def test_missing_evidence_is_listed():
    full, light = EvidenceLevel.FULL, EvidenceLevel.LIGHT
    assert missing_evidence(light, [], contribution_pence=1) == (EvidenceKind.INVOICE,)
    assert missing_evidence(light, [EvidenceKind.INVOICE], contribution_pence=1) == ()
    assert missing_evidence(full, [], contribution_pence=1) == tuple(EvidenceKind)
    assert missing_evidence(full, [EvidenceKind.INVOICE], contribution_pence=0) == (
        EvidenceKind.DELIVERY_RECORD,
    )
    assert missing_evidence(full, list(EvidenceKind), contribution_pence=1) == ()


def test_the_sample_can_be_repeated_by_anybody_with_the_seed():
    mac = hmac.new(SEED, b"CLM-0000-0000", hashlib.sha256).hexdigest()
    rate = int(mac[:16], 16) * 10_000 // 2**64
    assert sampled(SEED, "CLM-0000-0000", rate + 1)
    assert not sampled(SEED, "CLM-0000-0000", rate)


def test_about_as_many_as_the_rate_says_are_drawn():
    drawn = sum(sampled(SEED, f"CLM-{number}", 1_000) for number in range(4_000))
    assert 340 <= drawn <= 460  # 400, give or take three standard deviations


@given(st.text(max_size=20), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_higher_rate_only_adds_claims(reference, one, other):
    low, high = sorted((one, other))
    assert sampled(SEED, reference, low) <= sampled(SEED, reference, high)
    assert not sampled(SEED, reference, 0)
    assert sampled(SEED, reference, 10_000)


def test_another_seed_draws_another_sample():
    references = [f"CLM-{number}" for number in range(200)]
    one = [sampled(SEED, reference, 5_000) for reference in references]
    assert one != [sampled(b"another seed", reference, 5_000) for reference in references]
    assert one == [sampled(SEED, reference, 5_000) for reference in references]


def test_refuses_a_sample_without_seed_or_beyond_the_whole():
    with pytest.raises(ValueError, match="seed"):
        sampled(b"", "CLM-1", 100)
    for rate in (-1, 10_001):
        with pytest.raises(ValueError, match="rate"):
            sampled(SEED, "CLM-1", rate)


def test_a_deadline_is_28_days_and_its_last_day_is_in_time():
    assert due_on(date(2026, 6, 15)) == DUE
    assert due_on(date(2026, 6, 15), 5) == date(2026, 6, 20)
    assert due_on(date(2026, 6, 15), 1) == date(2026, 6, 16)
    assert not is_overdue(DUE, DUE)
    assert is_overdue(DUE, DUE + timedelta(days=1))


def test_a_deadline_lies_ahead():
    with pytest.raises(ValueError, match="a day away"):
        due_on(DUE, 0)


def test_silence_is_escalated_once():
    late = DUE + timedelta(days=1)
    assert not escalation_due(DUE, DUE, escalated_on=None)
    assert escalation_due(DUE, late, escalated_on=None)
    assert not escalation_due(DUE, late + timedelta(days=9), escalated_on=late)
    assert escalation_due(DUE, late, escalated_on=DUE)


@pytest.mark.parametrize(
    ("redeemed", "claim", "waits_for"),
    [
        (True, None, Awaited.CLAIM),
        (True, ClaimStatus.DRAFT, Awaited.CLAIM),
        (True, ClaimStatus.SUBMITTED, Awaited.ANSWER),
        (True, ClaimStatus.CONFIRMED, None),
        (True, ClaimStatus.RETURNED, None),
        (False, None, None),
        (False, ClaimStatus.SUBMITTED, None),
    ],
)
def test_what_a_voucher_waits_for(redeemed, claim, waits_for):
    assert awaited(redeemed=redeemed, claim=claim) is waits_for
