"""Fields of the service's forms: they read what people really type and say plainly what is wrong.

Each keeps the typed text, so that a page shown again after an error shows it again. `data` is the
value in the domain's units (whole pence, date, int) or None when nothing usable was typed.
"""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, RadioField, SelectMultipleField, StringField
from wtforms.utils import unset_value
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, TelInput, TextInput

from voucher.businesses.rules import normalise_phone, normalise_postcode
from voucher.core.money import Money
from voucher.web.display import listed, whole_pounds

MONTHS = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sep", "sept"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
PARTS = ("day", "month", "year")
LONGEST_NUMBER = 18


class TypedField(Field):
    """A one-line field whose typed text and parsed value are kept apart.

    `called`: what a complaint calls it, where its label is no name of a thing.
    """

    widget = TextInput()

    def __init__(self, *args: Any, called: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.called = called

    def _value(self) -> str:
        """What stands in the box: the typed text if there is any, else the present value."""
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.shown(self.data)

    def shown(self, value: Any) -> str:
        """The present value as it stands in the box before anybody typed."""
        return str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parse the typed text; empty means None. ValueError carries the words for the person."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if text:
            self.data = self.parsed(text)

    def parsed(self, text: str) -> Any:
        """The value of non-empty `text`; ValueError with a sentence when it has none."""
        raise NotImplementedError


def subject(field: Field) -> str:
    """What a complaint about the field begins with: a name, its label, or the answer to a question.

    A label without what it adds: “(optional)”, and its unit after a comma.
    """
    called = getattr(field, "called", "")
    label = str(field.label.text).removesuffix(" (optional)")
    if label.endswith("?"):
        return f"The answer to “{label}”"
    return called or label.partition(", in ")[0]


class PoundsField(TypedField):
    """An amount in pounds, typed as people write it; `data` is whole pence."""

    def __init__(
        self,
        *args: Any,
        minimum_pence: int = 0,
        maximum_pence: int = 10**11,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.minimum_pence, self.maximum_pence = minimum_pence, maximum_pence

    def shown(self, value: int) -> str:
        """Pence as an amount without the pound sign, which stands before the box."""
        return whole_pounds(value).removeprefix("£")

    def parsed(self, text: str) -> int:
        """Pence of an amount such as "1000", "£1,000" or "1,000.50"."""
        label = subject(self)
        pence = Money.parse(text).pence
        if pence < self.minimum_pence:
            raise ValueError(f"{label} must be {whole_pounds(self.minimum_pence)} or more.")
        if pence > self.maximum_pence:
            raise ValueError(f"{label} must be {whole_pounds(self.maximum_pence)} or less.")
        return pence


class WholeNumberField(TypedField):
    """A whole number between two bounds, both included."""

    def __init__(
        self, *args: Any, minimum: int = 0, maximum: int = 1_000_000, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.minimum, self.maximum = minimum, maximum

    def parsed(self, text: str) -> int:
        """The number; thousands may be separated by commas or spaces."""
        label = subject(self)
        digits = text.replace(",", "").replace(" ", "")
        bare = digits.removeprefix("-").removeprefix("−")
        if not (bare.isascii() and bare.isdigit()):
            raise ValueError(f"{label} must be a whole number, like 12.")
        number = int(bare[:LONGEST_NUMBER]) * (1 if bare == digits else -1)
        if number < self.minimum:
            raise ValueError(f"{label} must be {self.minimum:,} or more.")
        if number > self.maximum or len(bare) > LONGEST_NUMBER:
            raise ValueError(f"{label} must be {self.maximum:,} or less.")
        return number


class IdentifierField(TypedField):
    """A number or code with a standard form: `rule` returns that form or raises ValueError.

    The rules for company, VAT, tax and charity numbers stand in `voucher.businesses.rules`.
    """

    def __init__(self, *args: Any, rule: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule

    def parsed(self, text: str) -> str:
        """The standard form of what was typed in any case and spacing."""
        return self.rule(text)


class PostcodeField(IdentifierField):
    """A UK postcode; `data` is its standard form, "M1 1AE"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, rule=normalise_postcode, **kwargs)


class TelField(IdentifierField):
    """A UK telephone number; `data` is its standard form, "0113 496 0000"."""

    widget = TelInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, rule=normalise_phone, **kwargs)


class DatePartsField(Field):
    """A date typed in three boxes; `data` is a date or None.

    The boxes are named `<name>-day`, `<name>-month`, `<name>-year`. `typed` holds their texts,
    `bad_parts` the ones to mark, `focus_id` the box that an error should lead to.
    """

    widget = TextInput()

    def __init__(
        self,
        *args: Any,
        earliest: date | None = None,
        latest: date | None = None,
        called: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.called = called
        self.earliest, self.latest = earliest, latest
        self.typed = dict.fromkeys(PARTS, "")
        self.bad_parts: tuple[str, ...] = ()

    @property
    def focus_id(self) -> str:
        """The id of the first box that needs attention."""
        return f"{self.id}-{(self.bad_parts or PARTS)[0]}"

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the present value, then the three boxes if a form was sent."""
        super().process(None, data, extra_filters)
        if isinstance(self.data, date):
            self.typed = {part: str(getattr(self.data, part)) for part in PARTS}
        if formdata is None:
            return
        self.typed = {part: str(formdata.get(f"{self.name}-{part}", "")).strip() for part in PARTS}
        self.raw_data = [text for text in self.typed.values() if text]
        self.data = None
        try:
            self.data = self._read()
        except ValueError as error:
            self.process_errors.append(str(error))

    def _read(self) -> date | None:
        if not self.raw_data:
            return None
        missing = tuple(part for part in PARTS if not self.typed[part])
        if missing:
            self.bad_parts = missing
            raise ValueError(f"{subject(self)} must include a {listed(missing)}.")
        value = self._real_date()
        self.bad_parts = PARTS
        if self.earliest and value < self.earliest:
            raise ValueError(f"{subject(self)} must be {_long(self.earliest)} or later.")
        if self.latest and value > self.latest:
            raise ValueError(f"{subject(self)} must be {_long(self.latest)} or earlier.")
        self.bad_parts = ()
        return value

    def _real_date(self) -> date:
        year = self.typed["year"]
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            self.bad_parts = ("year",)
            raise ValueError(f"{subject(self)} must have a year of 4 numbers, like 2026.")
        try:
            return date(int(year), _month(self.typed["month"]), _number(self.typed["day"]))
        except ValueError as error:
            self.bad_parts = PARTS
            raise ValueError(f"{subject(self)} must be a real date, like 27 3 2026.") from error


def _month(text: str) -> int:
    for number, names in enumerate(MONTHS, start=1):
        if text.lower() in names:
            return number
    return _number(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise ValueError("not a number of a day or a month")
    return int(text)


def _long(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


class ChoiceField(RadioField):
    """One of a few options. Not answered is None, and only an error if an answer is required."""

    def pre_validate(self, form: Any) -> None:
        """Refuse an option that was not offered; leave no answer to the validators."""
        if self.raw_data and self.raw_data[0]:
            super().pre_validate(form)

    def process_formdata(self, valuelist: list[str]) -> None:
        """An empty answer is no answer."""
        self.data = None
        super().process_formdata([value for value in valuelist if value][:1])


class ChoicesField(SelectMultipleField):
    """Any number of options, as checkboxes; `exclusive` names one that excludes the others."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, exclusive: str = "", most: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exclusive, self.most = exclusive, most

    def pre_validate(self, form: Any) -> None:
        """Refuse options not offered, contradictory ones, and too many."""
        super().pre_validate(form)
        chosen: Sequence[Any] = self.data or ()
        if self.exclusive in chosen and len(chosen) > 1:
            raise StopValidation(f"Select either options or the last one: {self.label.text}")
        if self.most and len(chosen) > self.most:
            raise StopValidation(f"Select {self.most} or fewer: {self.label.text}")


class UploadField(FileField):
    """A file of an accepted kind, up to a size; `data` is a FileStorage or None.

    Only the name and the size are judged here: what the file really is, the files package decides.
    """

    def __init__(
        self, *args: Any, accept: Sequence[str] = (".pdf",), limit_bytes: int = 10**7, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.accept, self.limit_bytes = tuple(accept), limit_bytes

    def pre_validate(self, form: Any) -> None:
        """Refuse a wrong ending, an empty file and one over the limit."""
        if not isinstance(self.data, FileStorage):
            return
        suffix = PurePath(self.data.filename or "").suffix.lower()
        if suffix not in self.accept:
            kinds = listed([kind.lstrip(".").upper() for kind in self.accept], "or")
            raise StopValidation(f"The selected file must be a {kinds}.")
        size = _size(self.data)
        if size == 0:
            raise StopValidation("The selected file is empty.")
        if size > self.limit_bytes:
            limit = self.limit_bytes // 10**6
            raise StopValidation(f"The selected file must be smaller than {limit} MB.")


def _size(upload: FileStorage) -> int:
    upload.stream.seek(0, 2)
    size = upload.stream.tell()
    upload.stream.seek(0)
    return size


class CodeField(StringField):
    """A short code that people copy by hand: shown in a fixed-width face, no spelling help."""
