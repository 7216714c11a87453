"""The words that this code writes from figures, to be held against those of its method version.

What a method says is kept in tests/unit/evaluation/reports/words, a file for each version, and a
file is written once: reports that were published by that version say just this. So whoever changes
the words raises `METHOD_VERSION` in voucher/evaluation/figures.py and then writes the new file:

    .venv/bin/python -m tests.factories.words_of_method
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import voucher.evaluation
from tests.factories.findings import make_findings, make_hours, make_outcome, make_staff
from tests.unit.evaluation.synthesis.rounds import a_round, outcome
from voucher.evaluation.figures import METHOD_VERSION
from voucher.evaluation.reports.conclusions import summary
from voucher.evaluation.synthesis.rules import synthesis

FOLDER = Path(__file__).parents[1] / "unit" / "evaluation" / "reports" / "words"
SOURCES = Path(voucher.evaluation.__file__).parent
WRITERS = (
    *("reports/conclusions.py", "reports/interim.py", "reports/measures.py", "reports/trust.py"),
    *("synthesis/pooling.py", "synthesis/rules.py", "indicators.py", "plans/departures.py"),
    *("disclosure.py", "disclosure_versions.py", "disclosure_words.py", "estimators/*.py"),
    *("analysis/arms.py", "analysis/cost.py", "analysis/design.py", "analysis/effects.py"),
    *("analysis/groups.py", "analysis/limits.py", "analysis/power.py", "analysis/set.py"),
    *("analysis/queries.py", "analysis/strata.py", "analysis/subgroups.py", "analysis/waves.py"),
)
"""Modules whose sentences stand among the figures of reports."""


def file_of(version: str) -> Path:
    """Where the words of a method version are kept."""
    return FOLDER / f"{version}.json"


def words_of_method() -> dict[str, Any]:
    """All that is kept: {"summaries": by case, "synthesis": by the number of its rounds,
    "sentences": every text of the modules, wherever in them it stands}."""
    return {
        "summaries": _summaries(),
        "synthesis": {str(many): _together(many) for many in (0, 1, 2, 3)},
        "sentences": sorted(
            {text for pattern in WRITERS for path in SOURCES.glob(pattern) for text in _texts(path)}
        ),
    }


def _summaries() -> dict[str, list[str]]:
    """By case what its summary says; of all but the first only what the first does not say."""
    told = {
        name: [
            f"{part['heading']}: {sentence}"
            for part in summary(findings)
            for sentence in part["sentences"]
        ]
        for name, findings in _cases()
    }
    first = next(iter(told))
    plain = set(told[first])
    return {
        name: said if name == first else [each for each in said if each not in plain]
        for name, said in told.items()
    }


def _together(many: int) -> list[Any]:
    """What a synthesis of so many rounds, and of one without a comparison, says beside figures."""
    rounds = [a_round(number, outcome(0.1)) for number in range(many)]
    told = synthesis([*rounds, a_round(9, outcome(0.1), randomised=False)])
    return [
        [effect["why"], effect["cautions"], [each["verdict"] for each in effect["studies"]]]
        + [each["why"] for each in effect["left_out"]]
        for each in told["outcomes"]
        for effect in each["effects"].values()
    ]


def _cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Findings in which every rule of the summary has its say, by what is special in them."""
    found = make_findings()
    design, flow, cost = found["design"], found["flow"], found["cost"]
    weak = {**make_outcome()["users"], "first_stage_f": 4.0}
    bounds = {**make_outcome()["lee"], "lower": -0.1}
    not_due = {**make_outcome()["attrition"], "standing": "not_due"}
    waves = {"waves": [], "why": "Not everything is in yet."}

    def of(*outcomes: dict[str, Any], **values: Any) -> dict[str, Any]:
        told = {"outcomes": [*outcomes, make_hours(), make_staff()]} if outcomes else {}
        return make_findings(**told, **values)

    yield "raised", found
    yield "lowered", of(make_outcome(itt=(-0.15, -0.27, -0.03)))
    yield "can’t tell", of(make_outcome(itt=(0.1, -0.1, 0.3), users=None, users_refused="No."))
    yield "touches nothing", of(make_outcome(itt=(0.1, 0.0, 0.3)))
    yield "not estimated", of(make_outcome(itt=None))
    yield "weak instrument", of(make_outcome(users=weak))
    yield "bounds hold nothing", of(make_outcome(lee=bounds, randomisation=None))
    yield "other arms", of(arms=[], refusals=[])
    yield "no primary", make_findings(outcomes=[make_hours()])
    yield "withheld", of(flow={**flow, "allocated": {"offered": None, "comparison": None}})
    yield "crossed over", of(flow={**flow, "received": {"offered": 104, "comparison": 9}})
    yield "no cost", of(cost={**cost, "per_adopter_pence": None, "why": "Withheld."})
    yield "not due", of(make_outcome(itt=None, attrition=not_due), interim=waves)
    for code in ("finds_nothing", "planned_low", "no_estimate", "less_precise", "beyond_worth"):
        yield code, of(design={**design, "underpowered": True, "power_reasons": [code]})
    down, notes = [{"reason": "Too many left."}], [{"reason": "Told, not counted."}]
    yield "lost a level", of(design={**design, "sms_level": 4, "downgrades": down, "notes": notes})
    yield "not rated", of(design={**design, "sms_level": None, "not_rated": "Not over."})
    for many in (1, 2):
        noted = [{"at": "2026-05-01", "what": "Less.", "why": "Time."}] * many
        plan = {**found["plan"], "deviations": noted}
        yield f"departs {many}", of(plan=plan, design={**design, "departures": many})


def _texts(path: Path) -> Iterator[str]:
    """A module's texts of more than one word, docstrings apart."""
    tree = ast.parse(path.read_text())
    notes = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        is_text = isinstance(each, ast.Constant) and isinstance(each.value, str)
        if is_text and id(each) not in notes and " " in each.value.strip():
            yield each.value


if __name__ == "__main__":
    with file_of(METHOD_VERSION).open("x") as kept:
        json.dump(words_of_method(), kept, indent=1, ensure_ascii=False)
        kept.write("\n")
