"""The “what works” review of a round whose vouchers were drawn by lot and whose plan was locked.

Its figures are the protected findings of the trial, the summary that rules write from them, and
what the descriptive report says of delivery, money and clocks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from voucher.applications.rules import CATALOGUE
from voucher.evaluation.disclosure import protect_beside, protect_findings
from voucher.evaluation.disclosure_versions import held_back, without
from voucher.evaluation.figures import FOLLOW_UPS, METHOD_VERSION
from voucher.evaluation.reports import measures
from voucher.evaluation.reports.conclusions import (
    arms_sentence,
    cost_sentence,
    summary,
    whole_pounds,
)
from voucher.evaluation.reports.descriptive import spending_chart
from voucher.evaluation.reports.interim import interim_sentences, is_interim
from voucher.evaluation.reports.limitations import limitations
from voucher.evaluation.reports.strata import strata_words
from voucher.evaluation.reports.trust import underpowered_sentence
from voucher.evaluation.trial_charts import arms_chart, effect_of, effects_chart
from voucher.programmes.models import Round

KIND = "trial"
DELIVERY = ("areas", "providers", "prices", "spending", "clocks")
"""What of the descriptive figures the review shows too."""
ESTIMATORS = {
    "difference": "difference in means",
    "stratified": "difference in means within the parts of the draw",
    "ancova": "regression on the offer and on what was known before (ANCOVA)",
    "lin": "regression with centred covariates, fully interacted (Lin 2013)",
}
ERRORS = {
    "Neyman": "Neyman’s standard error",
    "HC1": "standard error HC1",
    "HC2": "standard error HC2",
    "CR1": "standard error CR1",
}
BESIDE = (
    (
        "contamination",
        "Similar support from elsewhere (contamination)",
        "Similar support in the comparison makes the effect look smaller than it is.",
        "Nobody has told us about support from elsewhere yet.",
    ),
    (
        "displacement",
        "Custom won from or lost to local rivals (displacement)",
        "What one business gains, its neighbour may have lost; then the place gains less.",
        "This was not measured in this round, so a gain may be a neighbour’s loss.",
    ),
    (
        "renewal",
        "Paying without a voucher (renewal)",
        "Paying for technology without public support shows whether a taster lasts.",
        "Nobody has told us about paying without support yet.",
    ),
)


def trial_figures(
    findings: Mapping[str, Any],
    description: Mapping[str, Any],
    *,
    data_cut_at: datetime,
    earlier: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Every figure of the review as published. `description`: those of the descriptive report;
    `earlier`: the figures of versions that are published already."""
    protected = protect_findings(findings)
    delivery = {part: description[part] for part in DELIVERY}
    beside = protect_beside(delivery, protected.content)
    withheld = (*protected.withheld, *beside.withheld)
    told = {"findings": protected.content, **beside.content}
    names = held_back(told, earlier)
    told = without(told, names)
    found = told["findings"]
    return {
        "kind": KIND,
        "method": METHOD_VERSION,
        "round": found["round"],
        "data_cut_at": data_cut_at.isoformat(),
        "code": found["code"],
        **told,
        "summary": summary(found),
        "withheld": [asdict(each) for each in withheld],
        **({"held_back": names} if names else {}),
    }


def trial_context(round_: Round, figures: Mapping[str, Any], title: str) -> dict[str, Any]:
    """What the templates of the review say: settings, figures, charts, words."""
    found, names = figures["findings"], figures["names"]
    primary = next((each for each in found["outcomes"] if each["role"] == "primary"), None)
    itt = primary["itt"] if primary else None
    return {
        "title": title,
        "subtitle": f"{names['programme']}. What works, by a draw that anybody can check",
        "made_at": datetime.fromisoformat(figures["data_cut_at"]),
        "round": round_,
        "programme": names,
        "figures": figures,
        "found": found,
        "primary": primary,
        "charts": {
            **trial_charts(found, primary),
            "money": spending_chart(figures["spending"]),
        },
        "waves": {wave.value: wave.staff_label for wave in FOLLOW_UPS},
        "m": measures,
        "n": withheld_or_grouped,
        "whole_pounds": whole_pounds,
        "area_words": names["areas"],
        "reason_words": {code: reason.label for code, reason in CATALOGUE.items()},
        "rules": [rule["reason"] for rule in round_.rule_set.content.get("rules", [])],
        "estimator": _estimator(itt) if itt else None,
        "errors": _standard_errors(found),
        "to_explain": _to_explain(found),
        "interim": list(interim_sentences(found)),
        "is_interim": is_interim,
        "strata": strata_words(found, {wave.value: wave.staff_label for wave in FOLLOW_UPS}),
        "arms_told": arms_sentence(found.get("arms", ())),
        "cost": cost_sentence(found["cost"], is_interim=_is_interim(found, "adoption")),
        "underpowered": underpowered_sentence(found),
        "limitations": limitations(found),
        "refusals": [_in_words(each) for each in found["refusals"]],
        "beside": [
            (heading, words, list((found[part] or {}).values()), none)
            for part, heading, words, none in BESIDE
        ],
        "dates": {name: date.fromisoformat(on) for name, on in figures.get("dates", {}).items()},
        **_planned(found, primary),
    }


def _estimator(itt: Mapping[str, Any]) -> str | None:
    """The estimator with the kind of its standard error, where that was kept."""
    name, kind = ESTIMATORS.get(itt["estimator"]), itt.get("standard_error_kind")
    return f"{name}, {ERRORS[kind]}" if name and kind in ERRORS else name


def _standard_errors(found: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """For each column of effects its words and the kinds of standard error that it has."""
    return [
        (words, kinds)
        for column, words in (("itt", "Of the offer"), ("users", "On users"))
        if (kinds := _kinds(found, column))
    ]


def _kinds(found: Mapping[str, Any], column: str) -> list[str]:
    return [ERRORS[code] for code in _codes(found, column)]


def _codes(found: Mapping[str, Any], column: str) -> list[str]:
    kept = {(each[column] or {}).get("standard_error_kind") for each in found["outcomes"]}
    return [code for code in ERRORS if code in kept]


def _to_explain(found: Mapping[str, Any]) -> dict[str, list[str]]:
    """The codes of standard errors that each column of effects is the first to name."""
    kept = {column: _codes(found, column) for column in ("itt", "users")}
    return {**kept, "users": [code for code in kept["users"] if code not in kept["itt"]]}


def _is_interim(found: Mapping[str, Any], code: str) -> bool:
    return any(is_interim(each) for each in found["outcomes"] if each["code"] == code)


def _planned(found: Mapping[str, Any], primary: Mapping[str, Any] | None) -> dict[str, Any]:
    plan, design = found["plan"] or {}, found["design"]
    locked_at = plan.get("locked_at")
    draws = {each["randomisation"]["permutations"] for each in _redrawn(found)}
    return {
        "locked_at": datetime.fromisoformat(locked_at) if locked_at else None,
        "deviations": [
            {**each, "at": datetime.fromisoformat(each["at"])}
            for each in plan.get("deviations", ())
        ],
        "detectable": _size(primary, design["detectable"]),
        "achieved": _size(primary, design.get("achieved_detectable")),
        "worth_finding": _size(primary, design.get("worth_finding")),
        "planned_power": measures.share(design.get("planned_power")),
        "permutations": f"{max(draws):,}" if draws else "many",
    }


def _in_words(refusal: str) -> str:
    """A refusal with the names of follow-ups in place of their codes."""
    for wave in FOLLOW_UPS:
        refusal = refusal.replace(f"({wave.value})", f"({wave.staff_label.lower()})")
    return refusal


def _redrawn(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in found["outcomes"] if each["randomisation"] is not None]


def _size(outcome: Mapping[str, Any] | None, size: float | None) -> str:
    if outcome is None or size is None:
        return "not known"
    unit = measures.effect_unit(outcome)
    return f"{measures.figure(measures.scaled(outcome, size))} {unit}"


def withheld_or_grouped(number: int | None) -> str:
    """A count with thousands parted, or "withheld"."""
    return "withheld" if number is None else f"{number:,}"


def trial_charts(
    found: Mapping[str, Any], primary: Mapping[str, Any] | None
) -> dict[str, str | None]:
    """The flow by arm, and the effects of outcomes and of parts where there are any."""
    outcomes = [
        effect_of(each, each["itt"], f"{each['label']}, {_month(each)}")
        for each in found["outcomes"]
    ]
    parts = [
        effect_of({**(primary or {}), "role": "part"}, each, each["label"])
        for each in found["subgroups"]
        if primary is not None
    ]
    return {
        "arms": arms_chart(found["flow"]),
        "effects": _drawn(outcomes, "effects"),
        "subgroups": _drawn(parts, "subgroups"),
    }


def _month(outcome: Mapping[str, Any]) -> str:
    told = str(outcome["wave"]).replace("month_", "") + " months"
    return f"{told} (interim)" if is_interim(outcome) else told


def _drawn(effects: list[Any], name: str) -> str | None:
    known = [each for each in effects if each is not None]
    return effects_chart(known, name) if known else None
