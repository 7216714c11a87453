"""The stratified draw: who gets a place, in an order that anybody can work out again. Pure.

The rule, whole:

1. The list is the lines `reference,stratum` in code-point order, each ended by LF, in UTF-8.
   Without strata the stratum is the empty string. Nothing is trimmed, folded or normalised.
2. Each stratum's quota is places × its size ÷ all, by largest remainder; equal remainders go by
   the stratum's name in code-point order.
3. Within a stratum the order is that of HMAC-SHA256(key = seed, message = reference in UTF-8),
   ascending as bytes. The first *quota* are assigned; the others wait in that order.
4. In a programme the seed is SHA-256(secret ‖ public value in UTF-8): the secret's hash is
   published before the list is frozen, and the public value did not exist then.
5. Where a plan has more arms than vouchers, each takes its share of those who wait, in the same
   order (`divide_rest`).
"""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from voucher.core.errors import Invalid

SEED_BYTES = 32
SEPARATORS = re.compile("[,\r\n]")


class Entry(NamedTuple):
    """One reference that takes part, and its stratum ("" where there are none)."""

    reference: str
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a draw gave. `assigned` and `waiting`: stratum by stratum in code-point order of their
    names, each in its drawn order."""

    assigned: tuple[str, ...]
    waiting: tuple[str, ...]
    quotas: Mapping[str, int]
    lines: tuple[str, ...]
    seed: bytes

    @property
    def list_sha256(self) -> str:
        """The hash of the list, as published when it was frozen."""
        return list_sha256(self.lines)

    @property
    def seed_sha256(self) -> str:
        """The hash of the seed's 32 bytes."""
        return hashlib.sha256(self.seed).hexdigest()


def draw(entries: Iterable[Entry], *, places: int, seed: bytes) -> Outcome:
    """Share `places` among `entries` by the rule above; their order does not matter.

    Raises Invalid, with words for a person, for a list that breaks a rule (`frozen_lines`), for a
    seed that is not 32 bytes, and for more places than entries or fewer than none.
    """
    if len(seed) != SEED_BYTES:
        raise Invalid(f"The seed has {len(seed)} bytes; it must have {SEED_BYTES}.")
    entries = list(entries)
    lines = frozen_lines(entries)
    strata: dict[str, list[str]] = {}
    for reference, stratum in entries:
        strata.setdefault(stratum, []).append(reference)
    quotas = share_places({name: len(members) for name, members in strata.items()}, places)
    assigned: list[str] = []
    waiting: list[str] = []
    for name, quota in quotas.items():
        order = drawn_order(strata[name], seed)
        assigned += order[:quota]
        waiting += order[quota:]
    return Outcome(tuple(assigned), tuple(waiting), quotas, lines, seed)


def share_places(sizes: Mapping[str, int], places: int) -> dict[str, int]:
    """Each stratum's quota by largest remainder, in code-point order of the names.

    Whole numbers only, so no rounding of a fraction can favour a stratum. Raises Invalid unless
    0 ≤ places ≤ the sum of the sizes.
    """
    total = sum(sizes.values())
    if places < 0:
        raise Invalid("The number of places must not be negative.")
    if places > total:
        raise Invalid(f"There are {places} places and only {total} on the list.")
    names = sorted(sizes)
    return dict(zip(names, apportion([sizes[name] for name in names], places), strict=True))


def apportion(weights: Sequence[int], count: int) -> list[int]:
    """`count` shared by `weights` by largest remainder; equal remainders go by their order.

    Without any weight the first takes all. There is at least one weight where count > 0.
    """
    total = sum(weights)
    if not total:
        return [count if place == 0 else 0 for place in range(len(weights))]
    shares = [count * weight // total for weight in weights]
    # sorted() keeps the given order among equal remainders.
    order = sorted(range(len(weights)), key=lambda at: count * weights[at] % total, reverse=True)
    for place in order[: count - sum(shares)]:
        shares[place] += 1
    return shares


def voucher_places(entries: int, shares_bps: Sequence[int], affordable: int) -> int:
    """The places of a draw: the vouchers' share (the first) of the list, or what money allows."""
    return min(apportion(shares_bps, entries)[0], affordable)


def divide_rest(
    waiting: Mapping[str, Sequence[str]], shares_bps: Sequence[int]
) -> list[dict[str, list[str]]]:
    """Who is in each further arm: the same order of each stratum continued.

    `waiting`: stratum → those not assigned, in drawn order; `shares_bps`: of the further arms, in
    the plan's order. How many go into an arm is by largest remainder of the shares; how many of
    them come from each stratum, by the rule of the places again, from those still left. One
    answer per arm: stratum → references.
    """
    left = {name: list(members) for name, members in waiting.items()}
    divided = []
    for count in apportion(shares_bps, sum(map(len, left.values()))):
        quotas = share_places({name: len(members) for name, members in left.items()}, count)
        divided.append({name: left[name][:quota] for name, quota in quotas.items()})
        left = {name: left[name][quota:] for name, quota in quotas.items()}
    return divided


def drawn_order(references: Iterable[str], seed: bytes) -> list[str]:
    """The references in the order that the seed gives them."""
    return sorted(references, key=lambda words: hmac.digest(seed, words.encode(), "sha256"))


def frozen_lines(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The list that is frozen and published: sorted lines without their LF.

    Raises Invalid for an empty list, a reference that is empty or stands twice, a comma, CR or LF
    in a reference or stratum, text that is no UTF-8, and an empty stratum beside named ones.
    """
    if not entries:
        raise Invalid("The list is empty: there is nobody to draw.")
    for entry in entries:
        _refuse_unwritable(entry)
    counts = Counter(entry.reference for entry in entries)
    if len(counts) < len(entries):
        twice = next(reference for reference, times in counts.items() if times > 1)
        raise Invalid(f"The reference “{twice}” stands on the list {counts[twice]} times.")
    unnamed = sum(not entry.stratum for entry in entries)
    if 0 < unnamed < len(entries):
        nameless = next(entry.reference for entry in entries if not entry.stratum)
        raise Invalid(f"The stratum of “{nameless}” is empty while others have one.")
    return tuple(sorted(f"{reference},{stratum}" for reference, stratum in entries))


def list_sha256(lines: Iterable[str]) -> str:
    """The hash of the list: each line ended by LF, in UTF-8."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def seed_of(secret: bytes, public_value: str) -> bytes:
    """A programme's seed: SHA-256 of the secret's bytes, then the public value's UTF-8."""
    return hashlib.sha256(secret + public_value.encode()).digest()


def parse_hex(words: str, what: str = "seed") -> bytes:
    """32 bytes written as 64 hexadecimal digits, of either case. Raises Invalid for any other."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", words, re.ASCII):
        raise Invalid(f"The {what} must be {SEED_BYTES} bytes as {2 * SEED_BYTES} hex digits.")
    return bytes.fromhex(words)


def _refuse_unwritable(entry: Entry) -> None:
    reference, stratum = entry
    if not reference:
        raise Invalid("A reference on the list is empty.")
    for what, words in (("reference", reference), ("stratum", stratum)):
        if SEPARATORS.search(words):
            raise Invalid(f"The {what} {words!r} has a comma or a line break in it.")
        if not words.isascii() and not _is_unicode(words):
            raise Invalid(f"The {what} {words!r} can’t be written in UTF-8.")


def _is_unicode(words: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in words)
