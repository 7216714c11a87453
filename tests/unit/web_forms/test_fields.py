"""What each field makes of what people type, right and wrong, and that nothing typed is lost."""

from datetime import date
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import Form, SelectChoice
from wtforms.validators import Optional

from voucher.businesses.rules import normalise_company_number
from voucher.web.forms import (
    Answered,
    ChoiceField,
    ChoicesField,
    DatePartsField,
    IdentifierField,
    PostcodeField,
    PoundsField,
    UploadField,
    WholeNumberField,
)


class Sample(Form):
    """One field of each kind."""

    price = PoundsField("Price", minimum_pence=100, maximum_pence=500_000)
    people = WholeNumberField("People", minimum=1, maximum=249)
    hours = WholeNumberField("How many hours?", maximum=168)
    postcode = PostcodeField("Postcode")
    company = IdentifierField("Company number", rule=normalise_company_number)
    started = DatePartsField("Start date", earliest=date(2020, 1, 1), latest=date(2030, 12, 31))
    kind = ChoiceField("Kind", choices=[SelectChoice("a"), SelectChoice("b")])
    areas = ChoicesField(
        "Areas",
        choices=[SelectChoice(value) for value in ("x", "y", "none")],
        exclusive="none",
        most=2,
    )


def filled(**typed: str | list[str]) -> Sample:
    """The form as sent with `typed`, validated; names use `_` for `-`."""
    data: MultiDict[str, str] = MultiDict()
    for name, value in typed.items():
        data.setlist(
            name.replace("started_", "started-"), [value] if isinstance(value, str) else value
        )
    form = Sample(data)
    form.validate()
    return form


def test_a_complaint_about_a_question_is_a_sentence():
    assert filled(hours="many").hours.errors == [
        "The answer to “How many hours?” must be a whole number, like 12."
    ]


@pytest.mark.parametrize(
    ("typed", "pence"),
    [("900", 90_000), ("£1,000.50", 100_050), (" 12.5 ", 1_250), ("5000", 500_000), ("1", 100)],
)
def test_pounds_read_as_people_write_them(typed, pence):
    assert filled(price=typed).price.data == pence


@pytest.mark.parametrize(
    "typed", ["£1,000.005", "-1", "1000000000000", "nine", "٣", "🙂", "0.99", "5000.01", "9" * 5000]
)
def test_pounds_refuse_and_keep_what_was_typed(typed):
    field = filled(price=typed).price
    assert field.data is None
    assert len(field.errors) == 1
    assert field.errors[0].endswith(".")
    assert field._value() == typed


def test_pounds_show_a_present_value_without_the_sign():
    assert Sample(data={"price": 100_000}).price._value() == "1,000"
    assert Sample(data={"price": 100_050}).price._value() == "1,000.50"


@pytest.mark.parametrize(("typed", "number"), [("12", 12), ("1", 1), ("2 4 9", 249), ("0,012", 12)])
def test_whole_numbers_read(typed, number):
    assert filled(people=typed).people.data == number


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0", "1 or more"),
        ("-3", "1 or more"),
        ("250", "249 or less"),
        ("9" * 5000, "249 or less"),
        ("1.5", "whole number"),
        ("١٢", "whole number"),
        ("²", "whole number"),
    ],
)
def test_whole_numbers_refuse_with_the_bound(typed, words):
    field = filled(people=typed).people
    assert field.data is None
    assert words in field.errors[0]


def test_identifiers_take_the_standard_form():
    form = filled(postcode="m1 1ae", company=" 1234567 ")
    assert (form.postcode.data, form.company.data) == ("M1 1AE", "01234567")
    assert form.postcode._value() == "m1 1ae"


@pytest.mark.parametrize("typed", ["M1", "ZZ1 1ZZ", "M1 1AE 9", "٣"])
def test_a_postcode_that_is_none_is_refused(typed):
    field = filled(postcode=typed).postcode
    assert field.data is None
    assert "postcode" in field.errors[0]


@pytest.mark.parametrize("month", ["3", "03", "March", "mar"])
def test_a_date_is_read_with_the_month_in_words_or_numbers(month):
    form = filled(started_day="27", started_month=month, started_year="2026")
    assert form.started.data == date(2026, 3, 27)
    assert not form.started.errors


@pytest.mark.parametrize(
    ("day", "month", "year", "words", "box"),
    [
        ("27", "3", "", "must include a year", "started-year"),
        ("27", "", "", "must include a month and year", "started-month"),
        ("", "3", "2026", "must include a day", "started-day"),
        ("31", "2", "2026", "must be a real date", "started-day"),
        ("27", "3", "26", "4 numbers", "started-year"),
        ("27", "Marzo", "2026", "must be a real date", "started-day"),
        ("٣", "3", "2026", "must be a real date", "started-day"),
        ("0", "3", "2026", "must be a real date", "started-day"),
        ("1", "1", "0000", "must be a real date", "started-day"),
        ("31", "12", "2019", "1 January 2020 or later", "started-day"),
        ("1", "1", "2031", "31 December 2030 or earlier", "started-day"),
    ],
)
def test_a_wrong_date_says_what_is_wrong_and_where(day, month, year, words, box):
    field = filled(started_day=day, started_month=month, started_year=year).started
    assert field.data is None
    assert words in field.errors[0]
    assert field.focus_id == box
    assert field.typed == {"day": day, "month": month, "year": year}


def test_an_empty_date_is_no_date_and_no_error_unless_required():
    assert filled().started.data is None
    assert not filled().started.errors


def test_a_date_shows_its_present_value():
    assert Sample(data={"started": date(2026, 3, 27)}).started.typed["month"] == "3"


def test_an_unanswered_choice_is_none_and_a_foreign_one_is_refused():
    assert filled().kind.data is None
    assert not filled().kind.errors
    assert filled(kind="b").kind.data == "b"
    assert filled(kind="c").kind.errors


@pytest.mark.parametrize(
    ("chosen", "refused"),
    [(["x", "y"], False), ([], False), (["none"], False), (["x", "none"], True), (["z"], True)],
)
def test_choices_refuse_contradictions(chosen, refused):
    assert bool(filled(areas=chosen).areas.errors) is refused


def test_choices_refuse_too_many():
    class Few(Form):
        areas = ChoicesField("Areas", choices=[SelectChoice(c) for c in "abc"], most=2)

    form = Few(MultiDict([("areas", "a"), ("areas", "b"), ("areas", "c")]))
    assert not form.validate()
    assert "2 or fewer" in form.areas.errors[0]


class Upload(Form):
    """One upload."""

    invoice = UploadField("Invoice", accept=(".pdf", ".png"), limit_bytes=1_000_000)


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("a.pdf", 10, None),
        ("A.PDF", 1_000_000, None),
        ("a.exe", 10, "must be a PDF or PNG"),
        ("pdf", 10, "must be a PDF or PNG"),
        ("a.pdf", 0, "is empty"),
        ("a.pdf", 1_000_001, "smaller than 1 MB"),
    ],
)
def test_uploads_are_judged_by_ending_and_size(name, size, words):
    form = Upload(MultiDict([("invoice", FileStorage(BytesIO(b"x" * size), name))]))
    form.validate()
    assert (words is None) == (not form.invoice.errors)
    assert words is None or words in form.invoice.errors[0]
    assert form.invoice.data.stream.tell() == 0


def test_an_unreadable_answer_keeps_its_own_message_when_one_is_required():
    class Needed(Form):
        price = PoundsField("Price", validators=[Answered("Enter the price.")])
        kind = ChoiceField("Kind", choices=[SelectChoice("a")], validators=[Optional()])

    wrong = Needed(MultiDict({"price": "nine", "kind": ""}))
    assert not wrong.validate()
    assert wrong.price.errors != ["Enter the price."]
    empty = Needed(MultiDict({"price": ""}))
    assert not empty.validate()
    assert list(empty.price.errors) == ["Enter the price."]


@pytest.mark.parametrize("typed", ["0", "0.00"])
def test_nothing_at_all_is_an_answer_where_zero_is_allowed(typed):
    class Free(Form):
        price = PoundsField("Price", validators=[Answered("Enter the price.")])

    form = Free(MultiDict({"price": typed}))
    assert form.validate()
    assert form.price.data == 0
