"""The pages of the application form: one WTForms class each, from stored values and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, SelectChoice, SelectField

from voucher.applications.baseline import QUESTIONS, AnswerKind, Question
from voucher.applications.models import Application
from voucher.applications.operations.draft import LONGEST_PROBLEM, MOST_AREAS
from voucher.businesses.models import HeadcountBand, LegalForm
from voucher.businesses.operations import NUMBER_OF_FORM
from voucher.businesses.outcome_areas import area_choices
from voucher.businesses.rules import (
    normalise_charity_number,
    normalise_company_number,
    normalise_utr,
    normalise_vat_number,
)
from voucher.businesses.sectors import SECTORS
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    ChoicesField,
    DatePartsField,
    IdentifierField,
    PostcodeField,
    ServiceForm,
    StringField,
    TelField,
    TextAreaField,
    WholeNumberField,
)

YES_NO = (SelectChoice("yes", "Yes"), SelectChoice("no", "No"))
_TOLD = {True: "yes", False: "no"}
_MEANT = {"yes": True, "no": False}
_FORM_HINTS = {
    LegalForm.COMPANY: "Registered at Companies House, community interest companies included",
    LegalForm.SOLE_TRADER: "You are self-employed, alone or in a partnership",
    LegalForm.CHARITY: "On the register of a charity regulator",
}


class LegalFormForm(ServiceForm):
    """What kind of organisation it is."""

    legal_form = ChoiceField(
        "What kind of organisation are you?",
        choices=[
            SelectChoice(form.value, form.public_label, {"hint": _FORM_HINTS[form]})
            for form in LegalForm
        ],
        validators=[Answered("Select what kind of organisation you are.")],
    )


class BusinessForm(ServiceForm):
    """Who the business is; of the three numbers only its own is asked for."""

    name = StringField(
        "Name of the business",
        validators=[Answered("Enter the name of the business."), AtMost(160)],
        description="As it is registered, or as you trade if it is not",
        render_kw={"autocomplete": "organization"},
    )
    company_number = IdentifierField(
        "Company number",
        rule=normalise_company_number,
        validators=[Answered("Enter the company number.")],
        description="8 characters, like 01234567 or SC123456. We look it up at Companies House.",
        render_kw={"spellcheck": "false", "autocapitalize": "characters"},
    )
    charity_number = IdentifierField(
        "Registered charity number",
        rule=normalise_charity_number,
        validators=[Answered("Enter the registered charity number.")],
        description="6 or 7 digits, like 1234567",
        render_kw={"spellcheck": "false"},
    )
    utr = IdentifierField(
        "Unique Taxpayer Reference",
        rule=normalise_utr,
        validators=[Answered("Enter the Unique Taxpayer Reference.")],
        description="The 10 digits on your tax return, or of the partnership’s",
        render_kw={"spellcheck": "false", "inputmode": "numeric"},
    )
    vat_number = IdentifierField(
        "VAT registration number (optional)",
        rule=normalise_vat_number,
        description="Leave it empty if you are not registered for VAT",
        render_kw={"spellcheck": "false"},
    )
    sector = SelectField(
        "What does your business mainly do?",
        choices=[SelectChoice("", "Choose the nearest"), *map(SelectChoice, SECTORS)],
        validators=[Answered("Select what your business does.")],
    )
    trading_since_on = DatePartsField(
        "Date you started trading",
        validators=[Answered("Enter the date you started trading.")],
        description="If you are not sure of the day, enter 1",
    )


class PlaceForm(ServiceForm):
    """Where the business is."""

    address_line = StringField(
        "Address",
        validators=[Answered("Enter the first line of the address.")],
        description="Number and street of the premises where you would use the technology",
        render_kw={"autocomplete": "street-address"},
    )
    town = StringField(
        "Town or city",
        validators=[Answered("Enter the town or city."), AtMost(80)],
        render_kw={"autocomplete": "address-level2"},
    )
    postcode = PostcodeField(
        "Postcode",
        validators=[Answered("Enter the postcode.")],
        render_kw={"autocomplete": "postal-code"},
    )


class PeopleForm(ServiceForm):
    """How many people work there, twice over: the two must agree."""

    headcount = WholeNumberField(
        "How many people work in the business?",
        minimum=1,
        maximum=500_000,
        validators=[Answered("Enter how many people work in the business.")],
        description="Count everybody on the payroll and the owners who work in it",
    )
    headcount_band = ChoiceField(
        "Which size is that?",
        choices=[SelectChoice(band.value, band.public_label) for band in HeadcountBand],
        validators=[Answered("Select the size.")],
    )


class ProblemForm(ServiceForm):
    """The problem, in the business's own words."""

    problem_today = TextAreaField(
        "What is slow, costly or impossible today?",
        validators=[
            Answered("Say what is slow, costly or impossible today."),
            AtMost(LONGEST_PROBLEM),
        ],
        description="Two or three sentences in your own words. Say what happens, how often and "
        "what it costs you. There is no need to name a product.",
    )


class BetterForm(ServiceForm):
    """What good would look like."""

    problem_better = TextAreaField(
        "What would good look like?",
        validators=[Answered("Say what good would look like."), AtMost(LONGEST_PROBLEM)],
        description="Describe a normal day once the problem is gone. How would you notice?",
    )


class AreasForm(ServiceForm):
    """Where technology could help."""

    outcome_areas = ChoicesField(
        "Where could technology help?",
        choices=[SelectChoice(code, label, {"hint": hint}) for code, label, hint in area_choices()],
        most=MOST_AREAS,
        validators=[Answered("Select where technology could help.")],
        description=f"Select up to {MOST_AREAS}. We use this to find providers that fit.",
    )


class SupportForm(ServiceForm):
    """Whether there was earlier public support."""

    assistance_declared = ChoiceField(
        "Has your business, or any in its group, received public support since the date above?",
        choices=YES_NO,
        validators=[Answered("Select yes or no.")],
    )


class ConnectionsForm(ServiceForm):
    """Whether somebody is connected with a provider."""

    connected_to_provider = ChoiceField(
        "Is anybody in your business connected with a technology provider of the scheme?",
        choices=YES_NO,
        validators=[Answered("Select yes or no.")],
        description="An owner, director, employee or close relative who owns, runs or works for "
        "a provider. You can still apply.",
    )


class SignatoryForm(ServiceForm):
    """Who signs for the business."""

    signatory_name = StringField(
        "Full name of the person who signs",
        validators=[Answered("Enter the name of the person who signs."), AtMost(120)],
        render_kw={"autocomplete": "name"},
    )
    signatory_role = StringField(
        "What they are in the business",
        validators=[Answered("Enter what they are in the business."), AtMost(80)],
        description="For example owner, director or trustee",
        render_kw={"autocomplete": "organization-title"},
    )
    contact_phone = TelField(
        "Telephone number",
        validators=[Answered("Enter a telephone number.")],
        description="We call only if we can’t settle something by email, or about a survey that "
        "you have not answered",
        render_kw={"autocomplete": "tel"},
    )
    signatory_has_authority = ChoiceField(
        "May this person commit the business?",
        choices=YES_NO,
        validators=[Answered("Select yes or no.")],
        description="By law or by the business’s own rules, alone",
    )


class DeclarationsForm(ServiceForm):
    """What the person who signs declares."""

    truth = BooleanField(
        "What this application says is true and complete, as far as I know",
        validators=[Answered("Confirm that the application is true and complete.")],
    )
    terms = BooleanField(
        "I have read and accept the terms of the scheme",
        validators=[Answered("Accept the terms of the scheme, or stop here.")],
    )
    data_notice = BooleanField(
        "I have read how information about the business is used, including for evaluation and "
        "checks against fraud",
        validators=[Answered("Confirm that you have read how information is used.")],
    )


def _question_field(question: Question) -> Any:
    label = f"{question.words}"
    answered = [Answered(f"Answer the question “{question.words}”")]
    if question.kind is AnswerKind.NUMBER:
        return WholeNumberField(
            label,
            minimum=question.least,
            maximum=question.most,
            validators=answered,
            description=question.hint,
        )
    choices = [SelectChoice(code, words) for code, words in question.options]
    return ChoiceField(label, choices=choices, validators=answered, description=question.hint)


class BaselineForm(ServiceForm):
    """How things are before anything happens: a field for each question of the bank."""


for _question in QUESTIONS:
    setattr(BaselineForm, _question.code, _question_field(_question))


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its form, what stands in it at first, and what its answers mean."""

    form: type[ServiceForm]
    stored: Callable[[Application], Mapping[str, Any]]
    meant: Callable[[ServiceForm], Mapping[str, Any]] = lambda form: _data(form)
    without: Callable[[Application], frozenset[str]] = lambda _application: frozenset()

    def make(self, application: Application) -> ServiceForm:
        """The form filled with what is stored, or with what was sent."""
        form = self.form(data=dict(self.stored(application)))
        for name in self.without(application):
            del form[name]
        return form


def _data(form: ServiceForm) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name != "csrf_token"}


def _of_business(*names: str) -> Callable[[Application], Mapping[str, Any]]:
    return lambda application: {name: getattr(application.business, name) for name in names}


def _of_application(*names: str) -> Callable[[Application], Mapping[str, Any]]:
    return lambda application: {name: getattr(application, name) for name in names}


def _yes_no_of(
    name: str, *others: str
) -> tuple[Callable[[Application], Any], Callable[[ServiceForm], Any]]:
    def stored(application: Application) -> Mapping[str, Any]:
        plain = {other: getattr(application, other) for other in others}
        return {**plain, name: _TOLD.get(getattr(application, name))}

    def meant(form: ServiceForm) -> Mapping[str, Any]:
        return {**_data(form), name: _MEANT.get(form[name].data)}

    return stored, meant


def _other_numbers(application: Application) -> frozenset[str]:
    own = NUMBER_OF_FORM.get(application.business.legal_form)
    return frozenset(name for name in NUMBER_OF_FORM.values() if name != own)


def _baseline_stored(application: Application) -> Mapping[str, Any]:
    scales = {q.code for q in QUESTIONS if q.kind is AnswerKind.SCALE}
    return {
        code: str(answer) if code in scales else answer
        for code, answer in application.baseline.items()
    }


def _baseline_meant(form: ServiceForm) -> Mapping[str, Any]:
    scales = {q.code for q in QUESTIONS if q.kind is AnswerKind.SCALE}
    return {
        name: int(answer) if name in scales and answer else answer
        for name, answer in _data(form).items()
    }


def _declarations_stored(application: Application) -> Mapping[str, Any]:
    version = application.round.terms.version
    given = set(application.declarations)
    return {code: f"{code}:{version}" in given for code in ("truth", "terms", "data_notice")}


_BUSINESS = ("name", *NUMBER_OF_FORM.values(), "vat_number", "sector", "trading_since_on")
PAGES: Mapping[str, Page] = {
    "form": Page(LegalFormForm, _of_business("legal_form")),
    "business": Page(BusinessForm, _of_business(*_BUSINESS), without=_other_numbers),
    "place": Page(PlaceForm, _of_business("address_line", "town", "postcode")),
    "people": Page(PeopleForm, _of_business("headcount", "headcount_band")),
    "problem": Page(ProblemForm, _of_application("problem_today")),
    "better": Page(BetterForm, _of_application("problem_better")),
    "areas": Page(AreasForm, _of_application("outcome_areas")),
    "baseline": Page(BaselineForm, _baseline_stored, _baseline_meant),
    "support": Page(SupportForm, *_yes_no_of("assistance_declared")),
    "connections": Page(ConnectionsForm, *_yes_no_of("connected_to_provider")),
    "signatory": Page(
        SignatoryForm,
        *_yes_no_of("signatory_has_authority", "signatory_name", "signatory_role", "contact_phone"),
    ),
    "declarations": Page(DeclarationsForm, _declarations_stored),
}
