"""`evaluate`: the effect of an offer by lot, from any CSV file."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voucher.cli.tables import read_columns
from voucher.cli.tools import FILE, Tool, ToolError, print_json, say

if TYPE_CHECKING:
    from voucher.evaluation.estimators.trial import Estimate, Trial

NAMES = ("difference", "stratified", "ancova", "lin", "cace", "randomisation", "lee")
NOT_KNOWN = ("", "na", "nan")
"""What stands where a number is not known, in any case."""
LARGEST, NEAREST_TO_NOTHING = 1e50, 1e-50
"""Numbers of a larger, or smaller, magnitude have fourth powers that a computer can't hold."""
MOST_PERMUTATIONS = 10_000_000
KEYS = (
    *("estimate", "standard_error", "df", "ci_low", "ci_high", "p_value"),
    *("n_treated", "n_comparison", "dropped_strata"),
    *("missing_outcome_treated", "missing_outcome_comparison"),
    *("missing_covariate_treated", "missing_covariate_comparison"),
)
BELONGING = (
    *("lower", "upper", "trimmed_share", "trimmed_arm", "first_stage_f"),
    *("permutations", "seed", "monte_carlo_error", "definition"),
)


def _names(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(",")) if value else ()
    if "" in names or len(set(names)) < len(names):
        raise click.BadParameter("Name each column once, with a comma between two.")
    return names


@click.command("evaluate", cls=Tool)
@click.argument("file", type=FILE)
@click.option("--outcome", required=True, help="The column of the outcome: numbers.")
@click.option("--arm", required=True, help="The column of the arm: 1 offered, 0 comparison.")
@click.option("--estimator", required=True, type=click.Choice(NAMES), help="How to estimate.")
@click.option("--stratum", "--strata", help="The column that names each row's stratum.")
@click.option("--covariates", callback=_names, help="Columns of numbers, a comma between two.")
@click.option("--takeup", help="The column of the take-up: 1 used it, 0 did not.")
@click.option("--cluster", help="The column that names each row's cluster.")
@click.option("--weight", help="The column of what each row counts for in its arm and stratum.")
@click.option(
    "--permutations",
    type=click.IntRange(max=MOST_PERMUTATIONS),
    help="How often the arms are drawn again.",
)
@click.option("--seed", type=click.IntRange(min=0), help="For the same permutations again.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def evaluate_command(file: Path, estimator: str, as_json: bool, **options: Any) -> None:
    """Estimate what the offer of a voucher did, from the rows of FILE, a CSV file.

    A row whose outcome or covariate is not known (empty, NA or NaN) is left out and counted; one
    without a weight, where there are any, is left out.
    """
    from voucher.evaluation.estimators.registry import ESTIMATORS

    chosen = ESTIMATORS[estimator]
    used = _used(options, chosen.uses, estimator)
    trial = read_trial(file, used)
    drawn = {name: used[name] for name in ("permutations", "seed") if used.get(name) is not None}
    answer = in_words(chosen.estimate(trial, **drawn))
    if as_json:
        print_json(answer)
    else:
        for key, value in answer.items():
            if value is not None:
                click.echo(f"{key:28} {_shown(value)}")


def read_trial(file: Path, columns: dict[str, Any]) -> "Trial":
    """The rows of a CSV file as a trial; `columns` names them by what they are.

    Raises ToolError naming the line and column where something is wrong.
    """
    import numpy as np

    from voucher.evaluation.estimators.trial import Trial

    kinds: list[tuple[str, Callable[[str], Any]]] = [
        (columns["outcome"], _number),
        (columns["arm"], _flag),
        *((name, _number) for name in columns.get("covariates") or ()),
        *((columns[key], _number) for key in ("weight",) if columns.get(key)),
        *((columns[key], _flag) for key in ("takeup",) if columns.get(key)),
        *((columns[key], _label) for key in ("stratum", "cluster") if columns.get(key)),
    ]
    found = _columns_read(file, kinds)

    def texts(key: str) -> Any:
        name = columns.get(key)
        return np.array(found[name, _label], dtype=str) if name else None

    take_up, weight = columns.get("takeup"), columns.get("weight")
    return Trial(
        outcome=np.array(found[columns["outcome"], _number], dtype=float),
        offered=np.array(found[columns["arm"], _flag], dtype=bool),
        covariates={
            name: np.array(found[name, _number], dtype=float)
            for name in columns.get("covariates") or ()
        },
        take_up=np.array(found[take_up, _flag], dtype=bool) if take_up else None,
        weight=np.array(found[weight, _number], dtype=float) if weight else None,
        stratum=texts("stratum"),
        cluster=texts("cluster"),
    )


def in_words(found: "Estimate") -> dict[str, Any]:
    """An estimate as the keys of the command's answer; None for what does not apply."""
    dropped = None if found.dropped_strata is None else list(found.dropped_strata)
    answer = {key: getattr(found, key) for key in KEYS}
    return {
        **answer,
        "dropped_strata": dropped,
        **{key: found.also.get(key) for key in BELONGING},
    }


def _used(options: dict[str, Any], uses: frozenset[str], estimator: str) -> dict[str, Any]:
    """The options that the estimator makes use of; the person is told of any other."""
    given = {name for name, value in options.items() if value not in (None, ())}
    unused = given - uses - {"outcome", "arm"}
    if "cluster" in unused:
        raise ToolError(
            f"{estimator} knows no clusters, so its standard error would be wrong: use ancova, lin "
            "or cace."
        )
    for name in sorted(unused):
        say(f"Note: {estimator} makes no use of --{name}.")
    return {name: value for name, value in options.items() if name not in unused}


def _columns_read(
    file: Path, kinds: Sequence[tuple[str, Callable[[str], Any]]]
) -> dict[tuple[str, Callable[[str], Any]], list[Any]]:
    found: dict[tuple[str, Callable[[str], Any]], list[Any]] = {kind: [] for kind in kinds}
    for where, cells in read_columns(file, [name for name, _ in found]):
        for (name, read), cell in zip(found, cells, strict=True):
            try:
                found[name, read].append(read(cell))
            except ValueError as error:
                raise ToolError(f"{where}, column “{name}”: {error}") from error
    if not found[kinds[0]]:
        raise ToolError(f"{file} has no rows")
    return found


def _number(cell: str) -> float:
    text = cell.strip()
    if text.lower() in NOT_KNOWN:
        return math.nan
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise ValueError(f"“{text}” is not a number")
    if math.isinf(number):
        raise ValueError(f"“{text}” is infinite, or too large")
    if abs(number) > LARGEST:
        raise ValueError(f"“{text}” is too large to be reckoned with: choose a larger unit")
    if 0 < abs(number) < NEAREST_TO_NOTHING:
        raise ValueError(f"“{text}” is too near to 0 to be reckoned with: choose a smaller unit")
    return number


def _flag(cell: str) -> bool:
    number = _number(cell)
    if math.isnan(number):
        raise ValueError("it is missing, and must be 1 or 0")
    if number not in (0, 1):
        raise ValueError(f"“{cell.strip()}” is neither 1 nor 0")
    return number == 1


def _label(cell: str) -> str:
    if not cell.strip():
        raise ValueError("it is missing")
    return cell


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return ", ".join(value) or "none" if isinstance(value, list) else str(value)
