"""References people read out and voucher codes they type: Crockford's base 32, no I, L, O or U.

A **reference** names a case ("APP-7K3M-Q2ZD"); it is no secret. A **voucher code** is worth money:
60 bits from a cryptographic source and a check character (Crockford's: the number modulo 37), kept
as 13 characters without hyphens, shown in groups, stored only as a keyed digest.
Source of alphabet and check character: Douglas Crockford, "Base 32" (crockford.com/base32.html).
"""

import hashlib
import hmac
import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_ALPHABET = ALPHABET + "*~$=U"
CODE_LENGTH = 13
"""Twelve characters and the check character."""

SHORTEST_KEY_BYTES = 16
_BODY = 12
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_PREFIX = re.compile(r"[A-Z]{2,4}", re.ASCII)
_REFERENCE = re.compile(r"([A-Z]{2,4}?)([0-9A-Z]{8})", re.ASCII)


def make_reference(prefix: str, entropy: bytes) -> str:
    """A human reference such as "APP-7K3M-Q2ZD" from at least five random bytes (40 bits).

    `prefix` is two to four capital letters. Raises ValueError otherwise. Uniqueness is the
    database's business: on a collision the caller draws again.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("a reference’s prefix is two to four capital letters")
    body = _encode(_number(entropy, bits=40), characters=8)
    return f"{prefix}-{body[:4]}-{body[4:]}"


def normalise_reference(text: str) -> str | None:
    """The reference somebody typed ("app 7k3m q2zd") as it is stored, or None if it is none.

    O, I and L are read as digits after the prefix only: "CLM" stays "CLM".
    """
    found = _REFERENCE.fullmatch(_squeeze(text))
    if found is None:
        return None
    body = found[2].translate(_LOOKALIKES)
    if not all(character in ALPHABET for character in body):
        return None
    return f"{found[1]}-{body[:4]}-{body[4:]}"


def make_code(entropy: bytes) -> str:
    """A voucher code (13 characters, the last the check) from at least eight random bytes.

    The first 60 bits are used. Raises ValueError for fewer bytes.
    """
    number = _number(entropy, bits=60)
    return _encode(number, characters=_BODY) + _check_character(number)


def derive_code(key: bytes, nonce: bytes) -> str:
    """The voucher code that belongs to `nonce` under the secret `key` (HMAC-SHA256).

    Lets the holder's own page show a code again without any code being stored. `nonce` is unique to
    a voucher and random (eight bytes or more); raises ValueError if it or the key (16) is shorter.
    """
    if len(nonce) < 8:
        raise ValueError("a code is derived from a nonce of at least eight bytes")
    return make_code(_keyed(key, b"voucher-code", nonce))


def derive_secret(key: bytes, nonce: bytes) -> bytes:
    """The 32 bytes of a draw's secret that belong to `nonce` under `key` (HMAC-SHA256).

    So the secret stands nowhere until it is published. `nonce` is random (32 bytes); raises
    ValueError if it or the key (16) is shorter.
    """
    if len(nonce) < 32:
        raise ValueError("a secret is derived from a nonce of at least 32 bytes")
    return _keyed(key, b"draw-secret", nonce)


def code_digest(key: bytes, code: str) -> str:
    """The keyed digest (64 hex characters) under which a normalised `code` is stored and looked up.

    Raises ValueError for a malformed code, so that a digest is never made of what was mistyped.
    """
    if not is_wellformed(code):
        raise ValueError("that is not a voucher code")
    return _keyed(key, b"voucher-digest", code.encode("ascii")).hex()


def normalise_code(text: str) -> str:
    """What somebody typed, upper case, without spaces and hyphens, O read as 0, I and L as 1.

    Never raises: ask `is_wellformed` of the answer.
    """
    return _squeeze(text).translate(_LOOKALIKES)


def is_wellformed(code: str) -> bool:
    """Whether a normalised `code` has the right length, alphabet and check character."""
    body, check = code[:_BODY], code[_BODY:]
    if len(code) != CODE_LENGTH or any(character not in ALPHABET for character in body):
        return False
    return check == _check_character(_decode(body))


def display_code(code: str) -> str:
    """A code in groups, "XXXX-XXXX-XXXX-C", for pages, PDFs and reading out."""
    return "-".join((code[:4], code[4:8], code[8:_BODY], code[_BODY:]))


def _squeeze(text: str) -> str:
    """Compatibility forms unified, upper case, every space, dash and invisible character gone."""
    plain = unicodedata.normalize("NFKC", text).upper()
    kept = (c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Pd", "Cf"))
    return "".join(kept)


def _number(entropy: bytes, *, bits: int) -> int:
    size = -(-bits // 8)
    if len(entropy) < size:
        raise ValueError(f"at least {size} random bytes are needed")
    return int.from_bytes(entropy[:size], "big") >> (size * 8 - bits)


def _encode(number: int, *, characters: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(characters)))


def _decode(body: str) -> int:
    number = 0
    for character in body:
        number = number << 5 | ALPHABET.index(character)
    return number


def _check_character(number: int) -> str:
    return CHECK_ALPHABET[number % 37]


def _keyed(key: bytes, purpose: bytes, content: bytes) -> bytes:
    """HMAC-SHA256 with the purpose in front, so that a code is never the digest of something."""
    if len(key) < SHORTEST_KEY_BYTES:
        raise ValueError(f"a key must have at least {SHORTEST_KEY_BYTES} bytes")
    return hmac.new(key, purpose + b"\x00" + content, hashlib.sha256).digest()
