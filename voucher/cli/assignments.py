"""`assign`: the best assignment of needs to offerings, on a file."""

import gc
import math
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from voucher.cli.tools import FILE, Tool, ToolError, in_one_line, print_json, read_json, say
from voucher.matching.assignment import Assigned, Market, NoProof, assign

OPTION_KEYS = ("offering", "score")
LARGEST_WHOLE = 2**1023


@click.command("assign", cls=Tool)
@click.argument("file", type=FILE)
@click.option("--seed", default="", help="Another lot among assignments that are equally good.")
@click.option("--json", "as_json", is_flag=True, help="Print pairs and unmatched needs as JSON.")
def assign_command(file: Path, seed: str, as_json: bool) -> None:
    """Assign the needs in FILE (JSON) to offerings so that the total score is highest.

    FILE holds {"needs": [{"id", "options": [{"offering", "score"}]}], "capacity": {offering: n}}.
    """
    market = read_market(file)
    try:
        found = assign(market, seed=seed)
    except NoProof as error:
        raise ToolError(str(error)) from error
    except OverflowError as error:
        raise ToolError("the scores are so large that their total is no number any more") from error
    pairs = [(need, option) for need, option in enumerate(found.option_of.tolist()) if option >= 0]
    if as_json:
        print_json(_answer(market, found, pairs))
    else:
        click.echo(f"{len(pairs)} of {len(market.needs)} needs assigned, total {found.total:.6g}")
        offering_of = market.offering_of.tolist()
        for need, option in pairs:
            click.echo(
                in_one_line(f"{market.needs[need]}: {market.offerings[offering_of[option]]}")
            )
        for need, why in found.whys.items():
            click.echo(in_one_line(f"{market.needs[need]}: {why}"))


def _answer(market: Market, found: Assigned, pairs: list[tuple[int, int]]) -> dict[str, Any]:
    offering_of, scores = market.offering_of.tolist(), market.scores.tolist()
    return {
        "pairs": [
            {
                "need": market.needs[need],
                "offering": market.offerings[offering_of[option]],
                "score": scores[option],
            }
            for need, option in pairs
        ],
        "total": found.total,
        "unmatched": [{"id": market.needs[need], "why": why} for need, why in found.whys.items()],
    }


def read_market(file: Path) -> Market:
    """The needs, options and capacities of a file. Raises ToolError for anything out of place.

    Options are read into tuples that share their names, so that two million of them stay small.
    """
    names: dict[str, str] = {}

    def compact(pairs: list[tuple[str, Any]]) -> Any:
        if len(pairs) == 2 and (pairs[0][0], pairs[1][0]) == OPTION_KEYS:
            offering = pairs[0][1]
            if isinstance(offering, str):
                return names.setdefault(offering, offering), pairs[1][1]
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands twice in one object")
        return found

    with _no_collection():
        return _market(read_json(file, compact))


def _market(content: Any) -> Market:
    import numpy as np

    if not isinstance(content, dict):
        raise ToolError("the file must hold a JSON object with “needs” and “capacity”")
    capacity = _capacity(content.get("capacity"))
    needs = _needs(content.get("needs"))
    position = {name: place for place, name in enumerate(capacity)}
    need_of, offering_of, scores = array("q"), array("q"), array("d")
    for number, (name, options) in enumerate(needs.items()):
        for option in options:
            offering, score = _option(option, name)
            if offering not in position:
                raise ToolError(f"need “{name}” names “{offering}”, which has no capacity given")
            offering_of.append(position[offering])
            scores.append(score)
        need_of.extend([number] * len(options))
    market = Market(
        list(needs),
        list(capacity),
        np.array(need_of, dtype=np.int64),
        np.array(offering_of, dtype=np.int64),
        np.array(scores, dtype=np.float64),
        np.array([min(room, len(needs)) for room in capacity.values()], dtype=np.int64),
    )
    _tell_of_repeats(market)
    return market


def _capacity(content: Any) -> Mapping[str, int]:
    if not isinstance(content, dict):
        raise ToolError("“capacity” must be an object: offering → how many needs it can take")
    for name, room in content.items():
        if not isinstance(room, int) or isinstance(room, bool) or room < 0:
            raise ToolError(f"the capacity of “{name}” must be a whole number that is not negative")
    return content


def _needs(content: Any) -> dict[str, Any]:
    """Need → its options. Lets go of the file's list as it goes."""
    if not isinstance(content, list):
        raise ToolError("“needs” must be a list")
    needs: dict[str, Any] = {}
    for number, need in enumerate(content, 1):
        if not isinstance(need, dict) or not isinstance(need.get("id"), str):
            raise ToolError(f"need number {number} has no “id” that is text")
        name, options = need["id"], need.get("options")
        if not isinstance(options, list):
            raise ToolError(f"need “{name}” has no list of “options”")
        if name in needs:
            raise ToolError(f"need “{name}” stands there twice")
        needs[name] = options
    return needs


def _option(option: Any, need: str) -> tuple[str, float]:
    """Offering and score of one option, or ToolError."""
    if isinstance(option, dict):
        option = (option.get("offering"), option.get("score"))
    if not isinstance(option, tuple) or not isinstance(option[0], str):
        raise ToolError(f"an option of need “{need}” has no “offering” that is text")
    offering, score = option
    if type(score) is float and math.isfinite(score):
        return offering, score
    if type(score) is int and abs(score) < LARGEST_WHOLE:
        return offering, float(score)
    raise ToolError(f"need “{need}” has no score for “{offering}” that is a finite number")


def _tell_of_repeats(market: Market) -> None:
    import numpy as np

    pairs = market.need_of * max(len(market.offerings), 1) + market.offering_of
    repeats = int((np.diff(np.sort(pairs)) == 0).sum())
    if repeats:
        say(f"{repeats} options stand there more than once; the highest score counts.")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of small objects, none in a circle: looking for circles would double the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
