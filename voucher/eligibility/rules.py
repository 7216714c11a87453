"""Eligibility: a versioned set of declared rules, applied to facts, with every reason at once.

A rule set is data: each rule names a kind (what is looked at), its parameters, and a severity:
*refuse*, *refer* to a person, or just *record*. A fact is known, or it is one of two kinds of
unknown: nobody asked, or its source has not answered yet. A source that is down makes a rule
*pending*: never failed, and never "not found".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from enum import Enum, StrEnum
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Unknown(Enum):
    """Why a fact is not known."""

    NOT_ASKED = "not_asked"
    PENDING = "pending"


class Severity(StrEnum):
    """What a failed rule does to the application."""

    REFUSE = "refuse"
    REFER = "refer"
    RECORD = "record"


class Result(StrEnum):
    """What one rule found."""

    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"
    NOT_ASKED = "not_asked"


class Verdict(StrEnum):
    """What all the rules say together."""

    ELIGIBLE = "eligible"
    REFER = "refer"
    REFUSED = "refused"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a business and its request. Any of it may be unknown."""

    outcode: str | Unknown = Unknown.NOT_ASKED
    local_authority_code: str | Unknown = Unknown.NOT_ASKED
    """The code of the Office for National Statistics; "" where there is none."""
    area_share_bps: int | Unknown = Unknown.NOT_ASKED
    """How much of the postcode district lies in the programme's area; 0 where none of it does."""
    legal_form: str | Unknown = Unknown.NOT_ASKED
    headcount: int | Unknown = Unknown.NOT_ASKED
    trading_months: int | Unknown = Unknown.NOT_ASKED
    register_status: str | Unknown = Unknown.NOT_ASKED
    """As Companies House writes it ("active", "dissolved"), or NOT_FOUND."""
    sector: str | Unknown = Unknown.NOT_ASKED
    sic_codes: tuple[str, ...] | Unknown = Unknown.NOT_ASKED
    """As registered; empty for a business that is on no register."""
    problem_text: str | Unknown = Unknown.NOT_ASKED
    signatory_has_authority: bool | Unknown = Unknown.NOT_ASKED
    holds_live_voucher: bool | Unknown = Unknown.NOT_ASKED
    connected_to_provider: bool | Unknown = Unknown.NOT_ASKED
    already_uses_technology: bool | Unknown = Unknown.NOT_ASKED
    mfa_headroom_pence: int | Unknown = Unknown.NOT_ASKED
    award_pence: int | Unknown = Unknown.NOT_ASKED
    """The gross amount that would be awarded."""

    def to_dict(self) -> dict[str, Any]:
        """The facts as JSON can hold them; an unknown one is {"unknown": why}."""
        return {name: _to_json(value) for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The facts of a stored check again; ones that did not exist then are not asked."""
        names = {fact.name for fact in fields(cls)}
        return cls(**{name: _from_json(stored[name]) for name in names & stored.keys()})


NOT_FOUND = "not-found"
"""The register answered, and has no such company: an answer, unlike no answer at all."""


def _to_json(value: Any) -> Any:
    if isinstance(value, Unknown):
        return {"unknown": value.value}
    return list(value) if isinstance(value, tuple) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        return Unknown(value["unknown"])
    return tuple(value) if isinstance(value, list) else value


PUBLIC_FACTS = frozenset(
    {
        "outcode",
        "local_authority_code",
        "area_share_bps",
        "legal_form",
        "headcount",
        "trading_months",
        "sector",
        "already_uses_technology",
        "holds_live_voucher",
        "mfa_headroom_pence",
    }
)
"""What anybody can answer in public in a minute; none of it names a business."""


def pre_check_facts(**answers: Any) -> Facts:
    """The facts of a public pre-check; raise TypeError for one that isn't in PUBLIC_FACTS."""
    if unasked := answers.keys() - PUBLIC_FACTS:
        raise TypeError(f"the pre-check does not ask for {', '.join(sorted(unasked))}")
    return Facts(**answers)


class _NotKnown(Exception):
    def __init__(self, why: Unknown) -> None:
        super().__init__(why.value)
        self.result = Result(why.value)


def _known(value: T | Unknown) -> T:
    """The fact itself, or out of the rule with "pending" or "not asked"."""
    if isinstance(value, Unknown):
        raise _NotKnown(value)
    return value


Parameters = Mapping[str, Any]


def _area_listed(facts: Facts, wanted: Parameters) -> bool:
    """In one of the postcode areas or districts, or, failing these, of the local authorities."""
    outcode = _known(facts.outcode)
    area = re.split(r"[0-9]", outcode, maxsplit=1)[0]
    if outcode in wanted["outcodes"] or area in wanted["postcode_areas"]:
        return True
    authorities = wanted["local_authorities"]
    return bool(authorities) and _known(facts.local_authority_code) in authorities


def _trading(facts: Facts, wanted: Parameters) -> bool:
    """Active on the register; a legal form that is on no register has nothing to show here."""
    if _known(facts.legal_form) not in wanted["registered_forms"]:
        return True
    return bool(_known(facts.register_status) in wanted["accepted_statuses"])


def _sector_allowed(facts: Facts, wanted: Parameters) -> bool:
    if wanted["excluded_sectors"] and _known(facts.sector) in wanted["excluded_sectors"]:
        return False
    excluded = tuple(wanted["excluded_sic_prefixes"])
    return not excluded or not any(code.startswith(excluded) for code in _known(facts.sic_codes))


def _problem_described(facts: Facts, wanted: Parameters) -> bool:
    least: int = wanted["least_characters"]
    return len(" ".join(_known(facts.problem_text).split())) >= least


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule: its test, true where the rule is met, and the form of each parameter."""

    test: Callable[[Facts, Parameters], bool]
    parameters: Mapping[str, Callable[[object], bool]] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "area_listed": Kind(
        _area_listed,
        {"outcodes": _is_texts, "postcode_areas": _is_texts, "local_authorities": _is_texts},
    ),
    "area_share": Kind(
        lambda facts, wanted: _known(facts.area_share_bps) >= wanted["least_bps"],
        {"least_bps": _is_count},
    ),
    "headcount": Kind(
        lambda facts, wanted: _known(facts.headcount) <= wanted["most"], {"most": _is_count}
    ),
    "trading": Kind(_trading, {"registered_forms": _is_texts, "accepted_statuses": _is_texts}),
    "trading_time": Kind(
        lambda facts, wanted: _known(facts.trading_months) >= wanted["least_months"],
        {"least_months": _is_count},
    ),
    "legal_form": Kind(
        lambda facts, wanted: _known(facts.legal_form) in wanted["allowed"],
        {"allowed": _is_texts},
    ),
    "sector": Kind(
        _sector_allowed, {"excluded_sectors": _is_texts, "excluded_sic_prefixes": _is_texts}
    ),
    "problem_described": Kind(_problem_described, {"least_characters": _is_count}),
    "signatory": Kind(lambda facts, _: _known(facts.signatory_has_authority)),
    "subsidy_headroom": Kind(
        lambda facts, wanted: _known(facts.mfa_headroom_pence) >= wanted["least_pence"],
        {"least_pence": _is_count},
    ),
    "subsidy_award": Kind(
        lambda facts, _: _known(facts.award_pence) <= _known(facts.mfa_headroom_pence)
    ),
    "no_live_voucher": Kind(lambda facts, _: not _known(facts.holds_live_voucher)),
    "no_connection": Kind(lambda facts, _: not _known(facts.connected_to_provider)),
    "new_technology": Kind(lambda facts, _: not _known(facts.already_uses_technology)),
}


class InvalidRuleSet(ValueError):
    """A rule set that can't be used; `problems` names every fault in it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, with the reason a business is given when it fails and what it can do about it."""

    code: str
    kind: str
    severity: Severity
    parameters: Parameters
    reason: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules under a version number. Never changed once used: a change is a new version."""

    version: int
    rules: tuple[Rule, ...]

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Read {"version": 1, "rules": [...]}; raise InvalidRuleSet naming every fault."""
        problems = list(_faults(content))
        if problems:
            raise InvalidRuleSet(problems)
        rules = (
            Rule(**{**rule, "severity": Severity(rule["severity"])}) for rule in content["rules"]
        )
        return cls(content["version"], tuple(rules))

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` reads."""
        rules = [{**asdict(rule), "severity": rule.severity.value} for rule in self.rules]
        return {"version": self.version, "rules": rules}


def _faults(content: Mapping[str, Any]) -> Iterable[str]:
    if type(content.get("version")) is not int or content["version"] < 1:
        yield "version: must be a number from 1"
    rules = content.get("rules")
    if not isinstance(rules, list) or not rules:
        yield "rules: there must be at least one"
        return
    seen: set[Any] = set()
    for number, rule in enumerate(rules, start=1):
        if not isinstance(rule, dict) or rule.keys() != {part.name for part in fields(Rule)}:
            yield f"rule {number}: must have code, kind, severity, parameters, reason, what_to_do"
            continue
        name = f"rule {number} ({rule['code']})"
        yield from (f"{name}: {fault}" for fault in _rule_faults(rule))
        if repr(rule["code"]) in seen:
            yield f"{name}: another rule has this code"
        seen.add(repr(rule["code"]))


def _rule_faults(rule: Mapping[str, Any]) -> Iterable[str]:
    for text in ("code", "reason", "what_to_do"):
        if not isinstance(rule[text], str) or not rule[text].strip():
            yield f"{text} must be some text"
    if rule["severity"] not in list(Severity):
        yield "severity must be refuse, refer or record"
    kind = KINDS.get(rule["kind"]) if isinstance(rule["kind"], str) else None
    if kind is None:
        yield "there is no such kind of rule"
    else:
        yield from _parameter_faults(kind, rule["parameters"])


def _parameter_faults(kind: Kind, given: object) -> Iterable[str]:
    if not isinstance(given, dict) or given.keys() != kind.parameters.keys():
        yield f"parameters must be: {', '.join(kind.parameters) or 'none'}"
        return
    for name, is_right in kind.parameters.items():
        if not is_right(given[name]):
            yield f"parameter {name} is of the wrong form"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule found, with its words as they stood in that version."""

    code: str
    kind: str
    severity: Severity
    result: Result
    reason: str
    what_to_do: str

    def to_dict(self) -> dict[str, str]:
        """The result as JSON can hold it."""
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rules' results, in the rule set's order, and what they say together."""

    rule_set_version: int
    verdict: Verdict
    results: tuple[RuleResult, ...]

    def which(self, result: Result) -> tuple[RuleResult, ...]:
        """The results of that kind, whatever their severity."""
        return tuple(found for found in self.results if found.result is result)

    @property
    def failures(self) -> tuple[RuleResult, ...]:
        """Every failing reason at once: those that refuse or refer (see `which` for the rest)."""
        failed = self.which(Result.FAILED)
        return tuple(found for found in failed if found.severity is not Severity.RECORD)


def check(facts: Facts, rule_set: RuleSet) -> Outcome:
    """Apply every rule. Eligible only if each rule that can refuse or refer was asked and met.

    Refused as soon as one refusing rule fails; otherwise pending while any fact of a refusing or
    referring rule is missing, for whatever reason; otherwise referred if a referring rule fails.
    """
    results = _apply(facts, rule_set)
    return Outcome(rule_set.version, _verdict(results), results)


def pre_check(facts: Facts, rule_set: RuleSet) -> Outcome:
    """The same for a person who only wants to know: rules that were not asked don't hold it up."""
    results = _apply(facts, rule_set)
    asked = [found for found in results if found.result is not Result.NOT_ASKED]
    return Outcome(rule_set.version, _verdict(asked), results)


def _apply(facts: Facts, rule_set: RuleSet) -> tuple[RuleResult, ...]:
    return tuple(
        RuleResult(
            rule.code, rule.kind, rule.severity, _test(facts, rule), rule.reason, rule.what_to_do
        )
        for rule in rule_set.rules
    )


def _test(facts: Facts, rule: Rule) -> Result:
    try:
        met = KINDS[rule.kind].test(facts, rule.parameters)
    except _NotKnown as missing:
        return missing.result
    return Result.PASSED if met else Result.FAILED


def _verdict(results: Iterable[RuleResult]) -> Verdict:
    found = {(result.severity, result.result) for result in results}
    if (Severity.REFUSE, Result.FAILED) in found:
        return Verdict.REFUSED
    missing = {Result.PENDING, Result.NOT_ASKED}
    if any(result in missing for severity, result in found if severity is not Severity.RECORD):
        return Verdict.PENDING
    return Verdict.REFER if (Severity.REFER, Result.FAILED) in found else Verdict.ELIGIBLE


def full_months_between(start: date, end: date) -> int:
    """Whole months from `start` to `end` (for `trading_months`); 0 if `end` is earlier."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return max(0, months - (end.day < start.day))
