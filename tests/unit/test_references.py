"""References and voucher codes: what is made, what may be typed, what a slip does."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.core.references import (
    ALPHABET,
    code_digest,
    derive_code,
    display_code,
    is_wellformed,
    make_code,
    make_reference,
    normalise_code,
    normalise_reference,
)

KEY = b"k" * 32
OTHER_KEY = b"q" * 32
EIGHT_BYTES = st.binary(min_size=8, max_size=8)


def test_a_reference_is_a_prefix_and_two_groups_of_four():
    assert make_reference("APP", bytes(5)) == "APP-0000-0000"
    assert make_reference("CLM", b"\xff" * 5) == "CLM-ZZZZ-ZZZZ"
    assert make_reference("VO", bytes([1, 2, 3, 4, 5, 6])) == make_reference("VO", b"\1\2\3\4\5")


@pytest.mark.parametrize("prefix", ["", "A", "app", "ABCDE", "A1"])
def test_refuses_a_prefix_that_is_not_capitals(prefix):
    with pytest.raises(ValueError, match="prefix"):
        make_reference(prefix, bytes(5))


def test_refuses_too_little_entropy():
    with pytest.raises(ValueError, match="5 random bytes"):
        make_reference("APP", bytes(4))
    with pytest.raises(ValueError, match="8 random bytes"):
        make_code(bytes(7))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("app 7k3m q2zd", "APP-7K3M-Q2ZD"),
        ("CLM7K3MQ2ZD", "CLM-7K3M-Q2ZD"),
        ("clm-oil1-0000", "CLM-0111-0000"),
        (" APP–7K3M–Q2ZD ", "APP-7K3M-Q2ZD"),
    ],
)
def test_reads_a_reference_however_it_is_typed(typed, stored):
    assert normalise_reference(typed) == stored


@pytest.mark.parametrize("typed", ["", "APP-7K3M", "APP-7K3M-Q2Z$", "APP-7K3U-Q2ZD", "7-7K3M-Q2ZD"])
def test_what_is_no_reference_is_none(typed):
    assert normalise_reference(typed) is None


@given(st.sampled_from(["AP", "APP", "CLM", "LOIL"]), st.binary(min_size=5, max_size=9))
def test_every_reference_is_its_own_normal_form(prefix, entropy):
    reference = make_reference(prefix, entropy)
    assert normalise_reference(reference) == reference
    assert normalise_reference(reference.replace("-", " ").lower()) == reference


def test_the_code_is_crockfords_with_his_check_character():
    # 60 bits of nothing: 0 modulo 37 is "0"; of ones: 2**60 - 1 modulo 37 is 9.
    assert make_code(bytes(8)) == "0000000000000"
    assert make_code(b"\xff" * 8) == "ZZZZZZZZZZZZ" + "9"
    assert (2**60 - 1) % 37 == 9
    # Remainders from 32 on have signs of their own.
    assert make_code((36 << 4).to_bytes(8, "big")) == "000000000014U"
    assert make_code((32 << 4).to_bytes(8, "big")) == "000000000010*"


@given(EIGHT_BYTES)
def test_every_code_is_wellformed_and_survives_being_typed(entropy):
    code = make_code(entropy)
    assert is_wellformed(code)
    assert normalise_code(display_code(code)) == code
    assert normalise_code(f" {display_code(code).lower().replace('-', ' ')}\n") == code
    misread = display_code(code).replace("0", "O").replace("1", "l")
    assert normalise_code(misread) == code


def test_a_code_is_shown_in_groups():
    assert display_code("ABCDEFGH1234X") == "ABCD-EFGH-1234-X"


@given(EIGHT_BYTES, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(entropy, place, character):
    code = make_code(entropy)
    wrong = code[:place] + character + code[place + 1 :]
    assert is_wellformed(wrong) == (wrong == code)


@given(EIGHT_BYTES, st.integers(0, 10))
def test_two_swapped_neighbours_are_noticed(entropy, place):
    code = make_code(entropy)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_wellformed(swapped) == (swapped == code)


@pytest.mark.parametrize(
    "typed", ["", "0", "00000000000000", "000000000000", "00000000000U0", "é" * 13]
)
def test_what_is_no_code_is_not_wellformed(typed):
    assert not is_wellformed(typed)


@given(st.text(max_size=40))
def test_any_text_can_be_normalised_and_asked_about(text):
    normal = normalise_code(text)
    if is_wellformed(normal):
        assert normalise_code(display_code(normal)) == normal


def test_a_derived_code_belongs_to_its_key_and_nonce():
    code = derive_code(KEY, b"nonce-01")
    assert is_wellformed(code)
    assert code == derive_code(KEY, b"nonce-01")
    assert code != derive_code(KEY, b"nonce-02")
    assert code != derive_code(OTHER_KEY, b"nonce-01")


def test_a_derived_code_can_be_made_in_any_language():
    mac = hmac.new(KEY, b"voucher-code\x00nonce-01", hashlib.sha256).digest()
    number = int.from_bytes(mac[:8], "big") >> 4
    digits = [ALPHABET[number >> 5 * place & 31] for place in range(11, -1, -1)]
    assert derive_code(KEY, b"nonce-01")[:12] == "".join(digits)


def test_the_digest_is_keyed_and_is_not_the_code():
    code = derive_code(KEY, b"nonce-01")
    digest = code_digest(KEY, code)
    assert len(digest) == 64
    assert digest == code_digest(KEY, code)
    assert digest != code_digest(OTHER_KEY, code)
    assert code not in digest.upper()


def test_sixteen_bytes_of_key_and_eight_of_nonce_are_enough():
    code = derive_code(b"k" * 16, b"nonce-01")
    assert code_digest(b"k" * 16, code) != code


def test_refuses_weak_keys_short_nonces_and_malformed_codes():
    with pytest.raises(ValueError, match="16 bytes"):
        derive_code(b"k" * 15, b"nonce-01")
    with pytest.raises(ValueError, match="16 bytes"):
        code_digest(b"short", "0" * 13)
    with pytest.raises(ValueError, match="nonce"):
        derive_code(KEY, b"nonce-1")
    with pytest.raises(ValueError, match="not a voucher code"):
        code_digest(KEY, "0000-0000-0000-0")
