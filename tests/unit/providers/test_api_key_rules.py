"""What a secret looks like, when a key counts, and what makes two requests the same."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.accounts.permissions import Permission
from voucher.providers.api_keys.rules import (
    NEEDS,
    KeyRefused,
    Scope,
    is_live,
    is_wellformed,
    make_secret,
    permitted_scopes,
    refuse_dead,
    request_digest,
    secret_digest,
    works_until,
)

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def key(**values):
    return SimpleNamespace(
        **{"expires_at": AT + timedelta(days=90), "ends_at": None, "revoked_at": None, **values}
    )


@given(st.binary(min_size=32, max_size=32))
def test_a_secret_can_be_told_from_any_other_word(entropy):
    secret = make_secret(entropy)
    assert re.fullmatch(r"ttvkey_[0-9A-Za-z_-]{43}[0-9a-f]{8}", secret)
    assert is_wellformed(secret)
    assert re.fullmatch(r"[0-9a-f]{64}", secret_digest(secret))


@given(st.binary(min_size=32, max_size=32), st.integers(7, 57), st.sampled_from("aZ0_-"))
def test_a_changed_character_is_noticed(entropy, place, other):
    secret = make_secret(entropy)
    changed = secret[:place] + other + secret[place + 1 :]
    assert is_wellformed(changed) == (changed == secret)


@pytest.mark.parametrize("text", ["", "ttvkey_", "ttvkey_" + "é" * 51, "x" * 58, "ttvkey_\x00"])
def test_other_words_are_no_secrets(text):
    assert not is_wellformed(text)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_is_made_of_256_bits(size):
    with pytest.raises(ValueError, match="32 random bytes"):
        make_secret(b"x" * size)


def test_a_key_counts_until_it_expires_ends_or_is_revoked():
    assert is_live(key(), AT)
    assert is_live(key(expires_at=AT + MINUTE), AT)
    assert not is_live(key(expires_at=AT), AT)
    assert not is_live(key(ends_at=AT), AT)
    assert not is_live(key(revoked_at=AT - MINUTE), AT)
    assert works_until(key(ends_at=AT + MINUTE)) == AT + MINUTE


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"revoked_at": AT, "expires_at": AT}, "key_revoked"),
        ({"expires_at": AT}, "key_expired"),
        ({"ends_at": AT}, "key_expired"),
    ],
)
def test_a_dead_key_is_refused_by_its_code(values, code):
    with pytest.raises(KeyRefused) as refused:
        refuse_dead(key(**values), AT)
    assert refused.value.code == code


def test_a_key_never_does_more_than_its_maker_may():
    assert set(NEEDS) == set(Scope)
    every = [scope.value for scope in Scope]
    money = permitted_scopes(every, {Permission.PROVIDER_MONEY})
    assert money == {Scope.PAYOUTS_READ, Scope.STATEMENTS_READ}
    assert permitted_scopes(["claims:read", "of old"], set(NEEDS.values())) == {Scope.CLAIMS_READ}
    assert permitted_scopes(every, set()) == frozenset()


def test_requests_that_mean_the_same_have_the_same_digest():
    one = request_digest("writeClaim", "/c", {"a": 1, "b": "é"})
    assert one == request_digest("writeClaim", "/c", {"b": "é", "a": 1})
    others = [("x", "/c", {"a": 1, "b": "é"}), ("writeClaim", "/d", {"a": 1, "b": "é"})]
    others.append(("writeClaim", "/c", {"a": 2, "b": "é"}))
    assert len({one, *(request_digest(*other) for other in others)}) == 4
