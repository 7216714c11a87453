"""What a published draw must say, and whether it is what the rule gives. Pure.

The published file is a JSON object: `list` (its lines, with or without their LF), `places`,
`secret` and `public_value`, `seed`, and what the draw gave: `quotas`, `assigned`, `waiting`,
`list_sha256`, `seed_sha256`.
`arms`, where given, are the arms of the plan in order, the one with vouchers first: each an object
with `share_bps` and its `references` (and `code`, `arm`, `name` for readers).
`secret_sha256`, the hash published before the list was frozen, is checked where it is given. Other
keys (names, moments) are for readers.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

from voucher.allocation.draw import (
    Entry,
    Outcome,
    apportion,
    divide_rest,
    draw,
    frozen_lines,
    list_sha256,
    parse_hex,
    seed_of,
)
from voucher.businesses.models import HeadcountBand
from voucher.core.errors import Invalid
from voucher.core.status import Status
from voucher.programmes.models import StratumBasis
from voucher.programmes.rules import WHOLE_BPS

SECRET_BYTES = 32
LONGEST_VALUE = 500
TEXT_KEYS = ("list_sha256", "seed_sha256", "secret", "public_value", "seed")
LIST_KEYS = ("list", "assigned", "waiting")


def published_form(outcome: Outcome, *, secret: bytes, public_value: str) -> dict[str, Any]:
    """The published file of a programme's draw, without the words for readers."""
    return {
        "assigned": list(outcome.assigned),
        "waiting": list(outcome.waiting),
        "quotas": dict(outcome.quotas),
        "list_sha256": outcome.list_sha256,
        "seed_sha256": outcome.seed_sha256,
        "list": list(outcome.lines),
        "places": len(outcome.assigned),
        "secret": secret.hex(),
        "secret_sha256": hashlib.sha256(secret).hexdigest(),
        "public_value": public_value,
        "seed": outcome.seed.hex(),
    }


def strata_waiting(outcome: Outcome) -> dict[str, list[str]]:
    """Stratum → those not assigned, in drawn order."""
    stratum_of = {entry.reference: entry.stratum for entry in _entries(outcome.lines)}
    waiting: dict[str, list[str]] = {name: [] for name in outcome.quotas}
    for reference in outcome.waiting:
        waiting[stratum_of[reference]].append(reference)
    return waiting


def arm_references(outcome: Outcome, shares_bps: Sequence[int]) -> list[list[str]]:
    """Who is in each arm, in the plan's order: vouchers first, then those `divide_rest` gives."""
    divided = divide_rest(strata_waiting(outcome), shares_bps[1:])
    return [
        list(outcome.assigned),
        *[[reference for name in strata for reference in strata[name]] for strata in divided],
    ]


def first_difference(published: Any) -> str | None:
    """The first thing in a published file that the rule does not give; None if there is none.

    Looked at in the order in which a draw is made: list, secret, seed, quotas, who is assigned, who
    waits. Raises Invalid, with words for a person, if it is no published draw at all.
    """
    _check_form(published)
    seed = parse_hex(published["seed"])
    for check in (_list_difference, _secret_difference, _seed_difference):
        found = check(published)
        if found:
            return found
    try:
        outcome = draw(_entries(_lines(published)), places=published["places"], seed=seed)
    except Invalid as error:
        return f"places: {error}"
    found = next(_outcome_differences(published, outcome), None)
    return found or next(_arm_differences(published, outcome), None)


def _check_form(published: Any) -> None:
    if not isinstance(published, Mapping):
        raise Invalid("A published draw is a JSON object.")
    checks: tuple[tuple[Sequence[str], Callable[[Any], bool], str], ...] = (
        (TEXT_KEYS, _is_text, "text"),
        (LIST_KEYS, _is_list_of_text, "a list of text"),
        (("places",), _is_whole, "a whole number"),
        (("quotas",), _is_quotas, "a whole number for each stratum"),
    )
    for keys, holds, wanted in checks:
        for key in keys:
            if key not in published:
                raise Invalid(f"The published draw has no “{key}”.")
            if not holds(published[key]):
                raise Invalid(f"“{key}” of the published draw is not {wanted}.")
    if "secret_sha256" in published and not _is_text(published["secret_sha256"]):
        raise Invalid("“secret_sha256” of the published draw is not text.")
    if "arms" in published and not _is_arms(published["arms"]):
        raise Invalid("“arms” of the published draw is not a list of arms.")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_quotas(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_whole(quota) for quota in value.values())


def _is_arms(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(
            isinstance(arm, Mapping)
            and _is_whole(arm.get("share_bps"))
            and arm["share_bps"] >= 0
            and _is_list_of_text(arm.get("references"))
            for arm in value
        )
    )


def _entries(lines: Sequence[str]) -> list[Entry]:
    return [Entry(*line.split(",", 1)) for line in lines]


def _lines(published: Mapping[str, Any]) -> list[str]:
    return [line.removesuffix("\n") for line in published["list"]]


def _list_difference(published: Mapping[str, Any]) -> str | None:
    lines = _lines(published)
    for number, line in enumerate(lines, 1):
        if line.count(",") != 1:
            return f"list: line {number} is not “reference,stratum”"
    try:
        sorted_lines = frozen_lines(_entries(lines))
    except Invalid as error:
        return f"list: {error}"
    for number, (line, wanted) in enumerate(zip(lines, sorted_lines, strict=True), 1):
        if line != wanted:
            return f"list: line {number} is “{line}”; in code-point order it is “{wanted}”"
    return _unlike("list_sha256", published["list_sha256"].lower(), list_sha256(lines))


def _secret_difference(published: Mapping[str, Any]) -> str | None:
    if "secret_sha256" not in published:
        return None
    given = published["secret_sha256"].lower()
    hashes = [hashlib.sha256(secret).hexdigest() for secret in _readings(published["secret"])]
    return None if given in hashes else _unlike("secret_sha256", given, hashes[0])


def _seed_difference(published: Mapping[str, Any]) -> str | None:
    given = published["seed"].lower()
    committed = published.get("secret_sha256", "").lower()
    seeds = [
        seed_of(secret, published["public_value"]).hex()
        for secret in _readings(published["secret"])
        if not committed or hashlib.sha256(secret).hexdigest() == committed
    ]
    if given not in seeds:
        return _unlike("seed", given, seeds[0])
    wanted = hashlib.sha256(bytes.fromhex(given)).hexdigest()
    return _unlike("seed_sha256", published["seed_sha256"].lower(), wanted)


def _readings(secret: str) -> list[bytes]:
    """The bytes of a secret: what its hex digits stand for, or (in a file of others) its text.

    Which of the two it is was settled by the hash that was published first.
    """
    try:
        return [parse_hex(secret), secret.encode()]
    except Invalid:
        return [secret.encode()]


def _outcome_differences(published: Mapping[str, Any], outcome: Outcome) -> Iterator[str]:
    for name in sorted({*outcome.quotas, *published["quotas"]}):
        has, quota = published["quotas"].get(name), outcome.quotas.get(name)
        if has != quota:
            yield f"quotas: stratum “{name}” has {_or_none(has)}; by the rule {_or_none(quota)}"
    for key, drawn in (("assigned", outcome.assigned), ("waiting", outcome.waiting)):
        for number, (given, wanted) in enumerate(zip_longest(published[key], drawn), 1):
            if given != wanted:
                yield f"{key}: number {number} is {_quoted(given)}; by the rule {_quoted(wanted)}"


def _arm_differences(published: Mapping[str, Any], outcome: Outcome) -> Iterator[str]:
    arms = published.get("arms", ())
    if not arms:
        return
    shares = [arm["share_bps"] for arm in arms]
    if sum(shares) != WHOLE_BPS:
        yield f"arms: their shares sum to {sum(shares)} basis points; by the rule {WHOLE_BPS}"
    most = apportion(shares, len(outcome.lines))[0]
    if published["places"] > most:
        # Fewer are right where the money was short; more are never the plan's.
        yield f"places: {published['places']}; by the share of the first arm at most {most}"
    drawn = arm_references(outcome, shares)
    for place, (arm, references) in enumerate(zip(arms, drawn, strict=True), 1):
        for number, (given, wanted) in enumerate(zip_longest(arm["references"], references), 1):
            if given != wanted:
                yield (
                    f"arms: number {number} of arm {place} is {_quoted(given)}; "
                    f"by the rule {_quoted(wanted)}"
                )


def _unlike(key: str, given: str, wanted: str) -> str | None:
    return None if given == wanted else f"{key}: is “{given}”; by the rule “{wanted}”"


def _or_none(value: int | None) -> str:
    return "none" if value is None else str(value)


def _quoted(value: str | None) -> str:
    return "nobody" if value is None else f"“{value}”"


class Step(Status):
    """How far a round's draw has come: the step that was taken last."""

    NONE = "none", "Nothing sealed yet"
    SEALED = "sealed", "Secret sealed"
    FROZEN = "frozen", "List frozen"
    VALUED = "valued", "Public value entered"
    DRAWN = "drawn", "Drawn"


def stratum_of(basis: StratumBasis, *, place: str | None, size: HeadcountBand | None) -> str:
    """The stratum of a business. A comma separates the columns of the list, so names lose theirs.

    What is not known is a stratum of its own, so that nobody is left out for it.
    """
    where = " ".join((place or "Place not known").replace(",", " ").split())[:80]
    how_many = size.staff_label if size else "Size not known"
    return {
        StratumBasis.NONE: "",
        StratumBasis.SIZE: how_many,
        StratumBasis.PLACE: where,
        StratumBasis.PLACE_AND_SIZE: f"{where}; {how_many}",
    }[basis]


NUMBERS = ("company_number", "charity_number", "utr")
"""What tells which enterprise a business is of."""


def facts_of(business: Any) -> dict[str, Any]:
    """What a business (or a row with its columns) is now, as it is kept with its entry: plain
    values, None for not known."""
    size = business.headcount_band
    return {
        "headcount_band": size.value if size else None,
        "local_authority": business.local_authority,
        "sector": business.sector,
        "numbers": {name: getattr(business, name) for name in NUMBERS},
    }


def check_public_value(
    *, value: str, source: str, became_public_on: date, frozen_on: date, today: date
) -> None:
    """Raise Invalid, naming the field, for a public value that can't be used.

    `became_public_on` must be after the London day of the freeze: then nobody knew it at the
    freeze, whatever the hour.
    """
    for name, words, what in (("value", value, "public value"), ("source", source, "source")):
        if not words:
            raise Invalid(f"Enter the {what}.", name)
        if len(words) > LONGEST_VALUE or not words.isprintable():
            raise Invalid(f"The {what} is one line of up to {LONGEST_VALUE} characters.", name)
    if became_public_on <= frozen_on:
        words = "It must have become public on a later day than that of the frozen list."
        raise Invalid(words, "became_public_on")
    if became_public_on > today:
        raise Invalid("The day must not be in the future.", "became_public_on")
