"""Forms of programmes and rounds."""

import json
from typing import Any

from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Email, ValidationError

from voucher.eligibility.rules import RuleSet as RuleRules
from voucher.programmes.models import (
    AllocationMethod,
    Programme,
    ReleaseMethod,
    Round,
    RuleSet,
    StratumBasis,
    Terms,
)
from voucher.programmes.rules import LARGEST_BUDGET_PENCE, RoundSettings
from voucher.web.fields import MONTHS, ChoiceField, DatePartsField, PoundsField, WholeNumberField
from voucher.web.forms import Answered, AtMost, ServiceForm
from voucher.web.staff.draw_plans import read_arms, write_arms


class ProgrammeForm(ServiceForm):
    """What a programme is called and for whom."""

    name = StringField("Name of the programme", [Answered("Enter a name."), AtMost(120)])
    summary = TextAreaField(
        "What it is for, in plain words", [Answered("Say what it is for."), AtMost(1000)]
    )
    contact_email = StringField(
        "Address for questions",
        [Answered("Enter an email address."), Email("Enter an address like name@example.org.")],
    )
    year_end_month = SelectField(
        "Month at the end of which its financial year ends",
        coerce=int,
        default=3,
        choices=[SelectChoice(number, names[0].title()) for number, names in enumerate(MONTHS, 1)],
    )


class RoundForm(ServiceForm):
    """The settings of a round. Money in pounds, shares in per cent, as people say them."""

    OF_A_DRAW = ("draw_stratum", "draw_arms", "draw_replaces", "follow_up_on")
    """Asked under a draw alone, and refused only there."""

    name = StringField("Name of the round", [Answered("Enter a name."), AtMost(120)])
    opens_on = DatePartsField(
        "Opens on", [Answered("Enter the day it opens.")], called="The day it opens"
    )
    closes_on = DatePartsField(
        "Closes on", [Answered("Enter the last day to apply.")], called="The last day to apply"
    )
    budget_pence = PoundsField(
        "Budget", [Answered("Enter the budget.")], maximum_pence=LARGEST_BUDGET_PENCE
    )
    value_cap_pence = PoundsField(
        "Most that a voucher can be worth",
        [Answered("Enter the most that a voucher can be worth.")],
    )
    share_percent = WholeNumberField(
        "Share of the price that a voucher pays, in per cent",
        [Answered("Enter the share of the price that a voucher pays.")],
        minimum=1,
        maximum=100,
        description="Of the price before VAT.",
    )
    voucher_life_days = WholeNumberField(
        "Days a voucher can be used",
        [Answered("Enter the days that a voucher can be used.")],
        minimum=1,
        maximum=730,
    )
    allocation_method = ChoiceField("How vouchers are shared out")
    second_approver_from_pence = PoundsField(
        "A second person decides from",
        [Answered("Enter from what amount a second person decides.")],
        called="The amount from which a second person decides",
    )
    full_evidence_from_pence = PoundsField(
        "Full evidence is asked from",
        [Answered("Enter from what amount full evidence is asked.")],
        called="The amount from which full evidence is asked",
    )
    evidence_sample_percent = WholeNumberField(
        "Share of smaller claims checked in full, in per cent",
        [Answered("Enter the share of smaller claims checked in full.")],
        maximum=100,
    )
    decision_working_days = WholeNumberField(
        "Working days to a decision",
        [Answered("Enter the working days to a decision.")],
        minimum=1,
        maximum=60,
    )
    payment_working_days = WholeNumberField(
        "Working days to payment",
        [Answered("Enter the working days to payment.")],
        minimum=1,
        maximum=60,
    )
    provider_answer_working_days = WholeNumberField(
        "Working days for a provider’s answer",
        [Answered("Enter the working days for a provider’s answer.")],
        minimum=1,
        maximum=60,
    )
    hold_days = WholeNumberField(
        "Days the money rests before it goes to the bank",
        [Answered("Enter the days the money rests, 0 for none.")],
        maximum=60,
    )
    release_method = ChoiceField("What lets a payment go", [Answered("Say what lets it go.")])
    second_release_pence = PoundsField(
        "A second person releases from (optional)",
        description="Payments that an officer releases within 24 hours, and that come to this or "
        "more together, need a second person.",
        called="The amount from which a second person releases",
    )
    draw_stratum = ChoiceField("The list is divided by")
    draw_arms = TextAreaField(
        "Its arms",
        [AtMost(1000)],
        description="One a line: kind; name; share of the list in per cent. Kinds are voucher "
        "(first), waiting (second, if there is a waiting list), information and comparison. If "
        "the money is not enough for the vouchers’ share, the others take what is left.",
    )
    draw_replaces = ChoiceField("Who leaves before a voucher is issued is")
    follow_up_on = DatePartsField(
        "Day of the primary follow-up (optional)",
        description="Needed for an information or comparison arm: before it, nobody in one of "
        "them is offered a voucher.",
    )
    rule_set = ChoiceField("Eligibility rules")
    terms = ChoiceField("Terms")

    def offer(self, rule_sets: list[RuleSet], terms: list[Terms]) -> None:
        """Fill the choices from what the programme has."""
        self.allocation_method.choices = [
            SelectChoice(m.value, m.staff_label) for m in AllocationMethod
        ]
        self.release_method.choices = [SelectChoice(m.value, m.staff_label) for m in ReleaseMethod]
        self.draw_stratum.choices = [SelectChoice(m.value, m.staff_label) for m in StratumBasis]
        self.draw_replaces.choices = [
            SelectChoice("no", "Not replaced"),
            SelectChoice("yes", "Replaced by the next on the waiting list of the same part"),
        ]
        self.rule_set.choices = [SelectChoice(str(row.id), _version(row)) for row in rule_sets]
        self.terms.choices = [SelectChoice(str(row.id), f"Version {row.version}") for row in terms]

    def validate(self, extra_validators: Any = None) -> bool:
        """What is asked for a draw alone is no reason to refuse another round."""
        if self.allocation_method.data != AllocationMethod.RANDOM.value:
            for name in self.OF_A_DRAW:
                self[name].process_errors, self[name].validators = [], ()
        return super().validate(extra_validators)

    def validate_draw_arms(self, field: TextAreaField) -> None:
        """Read the arms; what can't be read is refused only where the round is drawn."""
        self.arms: list[dict[str, Any]] = []
        if self.allocation_method.data != AllocationMethod.RANDOM.value:
            return
        try:
            self.arms = read_arms(field.data or "")
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault

    def settings(self) -> RoundSettings:
        """What was typed, as the settings of a round."""
        shared: dict[str, Any] = {
            name: field.data
            for name, field in self._fields.items()
            if name in RoundSettings.__dataclass_fields__
        }
        shared["allocation_method"] = AllocationMethod(self.allocation_method.data)
        shared["draw_stratum"] = StratumBasis(self.draw_stratum.data)
        shared["draw_arms"] = self.arms
        shared["draw_replaces"] = self.draw_replaces.data == "yes"
        shared["release_method"] = ReleaseMethod(self.release_method.data)
        return RoundSettings(
            **shared,
            share_bps=self.share_percent.data * 100,
            evidence_sample_bps=self.evidence_sample_percent.data * 100,
        )


class RuleSetForm(ServiceForm):
    """The next version of the eligibility rules, as the document they are kept in."""

    content = TextAreaField(
        "The rules",
        [Answered("Enter the rules."), AtMost(40_000)],
        description="A JSON document: each rule has a code, a kind, a severity (refuse, refer or "
        "record), its parameters, the reason a business is given and what it can do.",
    )
    note = StringField("What changed and why", [Answered("Say what changed and why."), AtMost(500)])

    def validate_content(self, field: TextAreaField) -> None:
        """Refuse what is not a usable rule set, naming every fault."""
        try:
            self.rules = read_rule_set(field.data or "")
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault


class TermsForm(ServiceForm):
    """The next version of the words that businesses agree to."""

    terms_text = TextAreaField("Terms", [Answered("Enter the terms."), AtMost(20_000)])
    data_notice_text = TextAreaField(
        "How data is used",
        [Answered("Say how data is used."), AtMost(20_000)],
    )


def read_rule_set(text: str) -> dict[str, Any]:
    """The rule set in a JSON document; ValueError with every fault when it can't be used."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise ValueError(f"This is not a JSON document: {fault}") from fault
    if not isinstance(content, dict):
        raise ValueError("The document must be an object with a version and a list of rules.")
    return RuleRules.from_dict(content).to_dict()


def round_values(round_: Round | None, rule_sets: list[RuleSet], terms: list[Terms]) -> dict:
    """What the form of a round shows before anything is typed."""
    if round_ is None:
        return {
            "rule_set": str(rule_sets[0].id) if rule_sets else None,
            "terms": str(terms[0].id) if terms else None,
            "allocation_method": AllocationMethod.ROLLING.value,
            "draw_stratum": StratumBasis.NONE.value,
            "draw_arms": write_arms([]),
            "draw_replaces": "no",
            "share_percent": 50,
            "voucher_life_days": 90,
            "evidence_sample_percent": 10,
            "decision_working_days": 5,
            "payment_working_days": 5,
            "provider_answer_working_days": 5,
            "hold_days": 0,
            "release_method": ReleaseMethod.BY_FINANCE.value,
        }
    columns = {name: getattr(round_, name) for name in RoundSettings.__dataclass_fields__}
    return {
        **columns,
        "draw_arms": write_arms(round_.draw_arms),
        "draw_replaces": "yes" if round_.draw_replaces else "no",
        "share_percent": round_.share_bps // 100,
        "evidence_sample_percent": round_.evidence_sample_bps // 100,
        "rule_set": str(round_.rule_set_id),
        "terms": str(round_.terms_id),
    }


def programme_values(programme: Programme) -> dict[str, Any]:
    """What the form of a programme shows before anything is typed."""
    return {
        "name": programme.name,
        "summary": programme.summary,
        "contact_email": programme.contact_email,
        "year_end_month": programme.year_end_month,
    }


def _version(row: RuleSet) -> str:
    return f"Version {row.version}" + (f": {row.note}" if row.note else "")
