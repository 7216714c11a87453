"""What the columns of an extract mean, and the words that go with it. Pure."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from voucher.evaluation.analysis.rows import AnalysisSet
from voucher.evaluation.analysis.subgroups import OTHERS, SUBGROUPS
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import AnalysisPlan, PlannedOutcome

HEADER = ("column", "meaning", "unit", "values", "missing")
NEVER = "never"
JOINED, WEIGHT = "joined_", "weight_"
NOT_ANSWERED = "empty: not asked, not answered by the data cut, or left blank"
_FIXED = {
    "business": ("Pseudonym of the business: only the programme can tell who it is", "text"),
    "arm": ("Code of the arm that the draw gave, whatever happened later", "text"),
    "offered": ("Whether the plan counts the arm among the offered", "1 yes, 0 no"),
    "stratum": ("Part of the list within which the draw was made, as a number", "text"),
    "take_up": (
        "Whether its enterprise redeemed a voucher of any round from the draw to the data cut",
        "1 yes, 0 no",
    ),
    **{
        f"take_up_{wave.value}": (
            "The same by the day this follow-up fell due: for the effect on users of its outcomes"
            f" ({wave.staff_label.lower()})",
            "1 yes, 0 no",
        )
        for wave in Wave
    },
    "cluster": (
        "Enterprise: businesses that shared a company, charity or tax number when the list of the"
        " draw was frozen",
        "text",
    ),
}
README = """\
PSEUDONYMISED EXTRACT OF A TRIAL
Round {round}. Data as they stood at {cut}.
Made by code version {code}.

This file is for the evaluators it was given to. It has no names, but whoever knows a
business well might know it again: don’t publish it and don’t try to find out who is who.

WHAT IS HERE
data.csv       one line for each business drawn into an arm of the plan ({rows} lines),
               in an order that tells nothing
codebook.csv   what each column means, its unit and values, and what missing means
plan.json      the analysis plan; its SHA-256 is the hash that was published when it was
               locked: {sha256}
facts.json     who was assessed and left out, the draw with its hashes, deviations from
               the plan, sums of money
findings.json  every figure that the programme’s own code made of these rows

Names of strata are numbers, in the order of the names. For an outcome for which small
strata were joined by the plan’s rule, joined_… names the stratum as it was analysed and
weight_… what a row counts for in it. A label that fewer than five businesses share is “{others}”.

TO RECOMPUTE
With the programme’s open code, which needs no database and no settings for this:

{commands}

Or all at once, compared with a report: flask voucher verify-report REPORT.pdf --extract EXTRACT.zip

Everybody counts in the arm as drawn (intention to treat). Rows whose outcome or covariate is
missing are left out of an estimate. The definitions are in the documentation of
`flask voucher evaluate`.
"""


def codebook(rows: AnalysisSet, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The lines of codebook.csv, the header first: one for each column of data.csv."""
    return [HEADER, *(_line(rows, column) for column in columns)]


def readme(rows: AnalysisSet, plan: AnalysisPlan, columns: Sequence[str]) -> str:
    """The text that goes with an extract, with a command for each planned outcome."""
    facts = rows.facts
    commands = [
        "  " + _command(rows, plan, outcome, columns)
        for outcome in plan.outcomes
        if _column(outcome) in columns
    ]
    return README.format(
        round=facts.round,
        cut=facts.data_cut_at,
        code=facts.code,
        rows=len(rows),
        sha256=facts.plan["sha256"] if facts.plan else "none was locked",
        others=OTHERS,
        commands="\n".join(commands) or "  (none of the planned outcomes is known yet)",
    )


def joined_column(outcome: PlannedOutcome) -> str:
    """The column of an outcome's strata as they were analysed, where some were joined."""
    return JOINED + _column(outcome)


def weight_column(outcome: PlannedOutcome) -> str:
    """The column of what each row counts for there."""
    return WEIGHT + _column(outcome)


def _column(outcome: PlannedOutcome) -> str:
    return f"{outcome.wave.value}_{outcome.code}"


def _command(
    rows: AnalysisSet, plan: AnalysisPlan, outcome: PlannedOutcome, columns: Sequence[str]
) -> str:
    words = ["flask", "voucher", "evaluate", "data.csv", "--outcome", _column(outcome)]
    words += ["--arm", "offered", "--estimator", plan.estimator]
    regression = plan.estimator in ("ancova", "lin")
    if joined_column(outcome) in columns:
        words += ["--stratum", joined_column(outcome), "--weight", weight_column(outcome)]
    elif rows.strata is not None and plan.estimator != "difference":
        words += ["--stratum", "stratum"]
    if regression and plan.covariates:
        words += ["--covariates", ",".join(f"before_{code}" for code in plan.covariates)]
    if regression and rows.clusters is not None:
        words += ["--cluster", "cluster"]
    return shlex.join([*words, "--json"])


def _line(rows: AnalysisSet, column: str) -> tuple[str, ...]:
    if column in _FIXED:
        meaning, values = _FIXED[column]
        return (column, meaning, "", values, NEVER)
    if column.startswith("subgroup_"):
        label = SUBGROUPS[column.removeprefix("subgroup_")].label
        values = f"text; “{OTHERS}”: fewer than five share a label"
        return (column, label, "", values, NEVER)
    if column.startswith((JOINED, WEIGHT)):
        return _joined_line(rows, column)
    wave, code = _wave_and_code(column)
    told = rows.facts.indicators[code]
    values = "1 yes, 0 no" if told["is_share"] else "number"
    unit = "share" if told["is_share"] else told["unit"]
    return (column, f"{told['label']} ({wave})", unit, values, NOT_ANSWERED)


def _joined_line(rows: AnalysisSet, column: str) -> tuple[str, ...]:
    """Of a column that says how strata were joined for an outcome."""
    of = column.removeprefix(JOINED).removeprefix(WEIGHT)
    wave, code = _wave_and_code(of)
    about = f"{rows.facts.indicators[code]['label']} ({wave})"
    if column.startswith(JOINED):
        return (column, f"Stratum as analysed, small ones joined: {about}", "", "text", NEVER)
    meaning = (
        f"What the row counts for there: {about}. The share of its arm among all drawn in the"
        " joined stratum, divided by that in its own"
    )
    return (column, meaning, "", "number", "empty: the draw left an arm of its stratum empty")


def _wave_and_code(column: str) -> tuple[str, str]:
    waves: Mapping[str, Any] = {"before": Wave.BASELINE, **{each.value: each for each in Wave}}
    name = next(name for name in waves if column.startswith(f"{name}_"))
    return waves[name].staff_label.lower(), column.removeprefix(f"{name}_")
