"""The base of every form: what is refused at the edge, and how errors find their field.

A form strips what is typed, refuses characters that no person types (NUL, control characters,
invisible direction overrides) with a message at the field, limits every text, and keeps everything
typed when the page is shown again. CSRF protection comes from Flask-WTF.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    EmailField,
    Field,
    Form,
    HiddenField,
    PasswordField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, StopValidation, ValidationError

from voucher.core.errors import Invalid
from voucher.web.fields import (
    ChoiceField,
    ChoicesField,
    CodeField,
    DatePartsField,
    IdentifierField,
    PostcodeField,
    PoundsField,
    TelField,
    UploadField,
    WholeNumberField,
    subject,
)

__all__ = [
    "Answered",
    "AtMost",
    "ChoiceField",
    "ChoicesField",
    "CodeField",
    "DatePartsField",
    "EmailField",
    "FieldError",
    "HiddenField",
    "IdentifierField",
    "PasswordField",
    "PostcodeField",
    "PoundsField",
    "ServiceForm",
    "StringField",
    "TelField",
    "TextAreaField",
    "UploadField",
    "WholeNumberField",
    "error_list",
    "init_forms",
]

LONGEST_LINE = 200
LONGEST_TEXT = 4_000
# C0 and C1 controls but tab and line ends; direction overrides and isolates, which can make a name
# read differently from what is stored; half characters and non-characters, which databases refuse.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufdd0-\ufdef\ufffe\uffff]"
)
REFUSED = "{} contained characters that can’t be used. They have been taken out: check it."
STALE = "This page was open too long. Nothing was lost: send it again."
PLAIN_WORDS = {
    "This field is required.": "Answer this question.",
    "Not a valid choice.": "Select one of the options.",
    "Invalid Choice: could not coerce.": "Select one of the options.",
    "Invalid email address.": "Enter an email address like name@example.org.",
    "Invalid URL.": "Enter a web address like https://www.example.org.",
    "Not a valid integer value.": "Enter a whole number, like 12.",
}


@dataclass(frozen=True)
class FieldError:
    """One line of the error summary; `anchor` is the id it leads to, empty for the whole form."""

    message: str
    anchor: str


class PlainWords:
    """WTForms' own messages in our words; others pass unchanged."""

    def gettext(self, string: str) -> str:
        """The plain form of one message."""
        return PLAIN_WORDS.get(string, string)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The form of a message that fits the number."""
        return singular if number == 1 else plural


class Answered:
    """Refuse no answer with `message`; an answer that could not be read keeps its own message."""

    field_flags = {"required": True}  # noqa: RUF012 - the attribute WTForms reads

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        """Stop at the first of: an unreadable answer, no answer."""
        if field.errors:
            raise StopValidation
        data = field.data
        if data is None or data is False or data in ([], ()) or not str(data).strip():
            raise StopValidation(self.message)


class AtMost:
    """Refuse a text longer than `most` characters, naming the field and the limit."""

    def __init__(self, most: int) -> None:
        self.max = most

    def __call__(self, form: Form, field: Field) -> None:
        """Count characters as the database does: code points."""
        if field.data and len(field.data) > self.max:
            raise ValidationError(f"{subject(field)} must be {self.max:,} characters or fewer.")


class ServiceForm(FlaskForm):
    """Base of every form of the service."""

    class Meta(FlaskForm.Meta):
        """How fields are bound and the sent data is cleaned."""

        def bind_field(self, form: Form, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Bind, then give every text its tidying and its limit."""
            field = super().bind_field(form, unbound_field, options)
            if isinstance(field, StringField):
                _bound_text(field)
            return field

        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            """Take unprintable characters out, remembering where they stood."""
            return _without_unprintable(form, super().wrap_formdata(form, formdata))

        def get_translations(self, form: Form) -> PlainWords:
            """Our words for WTForms' messages."""
            return PlainWords()

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Fill the fields, then note at each one what had to be taken out of it."""
        self.refused_names: set[str] = set()
        super().process(*args, **kwargs)
        for field in self:
            if _stood_in(field, self.refused_names):
                field.process_errors.insert(0, REFUSED.format(field.label.text))

    def carried_out(self, operation: Callable[[], object]) -> bool:
        """Whether the form was sent, is valid, and the operation did what it asks for.

        An operation's refusal is shown at its field, as one of the form's own would be.
        """
        if not self.validate_on_submit():
            return False
        try:
            operation()
        except Invalid as error:
            self.refuse(error)
            return False
        return True

    def refuse(self, error: Invalid) -> None:
        """Show an operation's refusal at the field it names, or above the form."""
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(str(error))
        else:
            field.errors = [*field.errors, str(error)]


class SearchForm(ServiceForm):
    """A form that is sent by GET: it changes nothing, so it carries no token."""

    class Meta(ServiceForm.Meta):
        """No token."""

        csrf = False

    def settle(self, *names: str) -> None:
        """Make an unknown choice in these fields the first one: an address may hold anything."""
        for name in names:
            field = self._fields[name]
            known = [choice[0] for choice in field.iter_choices()]
            field.data = field.data if field.data in known else known[0]


def _bound_text(field: StringField) -> None:
    if isinstance(field, PasswordField):
        limit: int = LONGEST_LINE
    elif isinstance(field, TextAreaField):
        limit = LONGEST_TEXT
        field.filters = (tidy_text, *field.filters)
    else:
        limit = LONGEST_TEXT if isinstance(field, HiddenField) else LONGEST_LINE
        field.filters = (tidy_line, *field.filters)
    own = [validator.max for validator in field.validators if _limits(validator)]
    field.limit = min(own, default=limit)
    if not own:
        field.validators = [*field.validators, AtMost(limit)]


def _limits(validator: Callable[..., None]) -> bool:
    return isinstance(validator, AtMost) or (isinstance(validator, Length) and validator.max > 0)


def tidy_line(text: str | None) -> str | None:
    """One line: composed characters, line ends and tabs as spaces, ends stripped."""
    if not isinstance(text, str):
        return text
    return re.sub(r"[\t\r\n]+", " ", unicodedata.normalize("NFC", text)).strip()


def tidy_text(text: str | None) -> str | None:
    """Several lines: composed characters, one kind of line end, ends stripped."""
    if not isinstance(text, str):
        return text
    return unicodedata.normalize("NFC", re.sub(r"\r\n?", "\n", text)).strip()


def _without_unprintable(form: Form, formdata: Any) -> Any:
    if formdata is None or not hasattr(formdata, "lists"):
        return formdata
    cleaned: MultiDict[str, Any] = MultiDict()
    for name, values in formdata.lists():
        kept = [UNPRINTABLE.sub("", value) if isinstance(value, str) else value for value in values]
        cleaned.setlist(name, kept)
        if kept != values and hasattr(form, "refused_names"):
            form.refused_names.add(name)
    return cleaned


def _stood_in(field: Field, names: set[str]) -> bool:
    return any(name == field.name or name.startswith(f"{field.name}-") for name in names)


def init_forms(app: Flask) -> None:
    """Give templates `error_list(form)`."""
    app.jinja_env.globals["error_list"] = error_list


def error_list(form: Form | None) -> list[FieldError]:
    """The errors of a form in the order of its fields, the first of each field only.

    Each leads to the box that needs attention: `field.focus_id` if the field has one, else its id.
    """
    if form is None:
        return []
    found = [FieldError(str(message), "") for message in form.form_errors]
    for field in form:
        found.extend(_field_errors(field))
    return found


def _field_errors(field: Field) -> Iterator[FieldError]:
    if not field.errors:
        return
    if field.type == "CSRFTokenField":
        yield FieldError(STALE, "")
    elif field.type == "FormField":
        yield from error_list(field.form)
    elif field.type == "FieldList" and not isinstance(field.errors[0], str):
        for entry in field:
            yield from _field_errors(entry)
    elif field.type in ("SubmitField", "HiddenField"):
        yield FieldError(str(field.errors[0]), "")
    else:
        yield FieldError(str(field.errors[0]), getattr(field, "focus_id", field.id))
