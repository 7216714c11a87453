"""The base form: what is refused at the edge, where errors stand, what pages show again."""

import pytest
from flask import render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField
from wtforms.validators import Length

from voucher.core.errors import Invalid
from voucher.web.forms import (
    Answered,
    AtMost,
    DatePartsField,
    HiddenField,
    PasswordField,
    ServiceForm,
    StringField,
    TextAreaField,
    error_list,
)


class Line(ServiceForm):
    """A form inside a form."""

    item = StringField("Item", validators=[Answered("Enter the item.")])


class Sample(ServiceForm):
    """Texts of each kind."""

    name = StringField("Name", validators=[Answered("Enter a name."), AtMost(10)])
    note = TextAreaField("Note")
    secret = PasswordField("Secret")
    hidden = HiddenField("Hidden")
    short = StringField("Short", validators=[Length(max=3)])
    when = DatePartsField("When")


@pytest.fixture
def sent(small_app):
    """A function that makes the form as sent with the given texts, validated."""

    def send(kind=Sample, **typed):
        data = MultiDict({name.replace("__", "-"): value for name, value in typed.items()})
        with small_app.test_request_context("/", method="POST"):
            form = kind(data)
            form.validate()
            return form

    return send


def test_texts_are_stripped_composed_and_kept_on_one_line(sent):
    form = sent(name="  Ade\u0301\tB  ", note=" one\r\ntwo\rthree ", secret="  kept ")
    assert form.name.data == "Ad\u00e9 B"
    assert form.note.data == "one\ntwo\nthree"
    assert form.secret.data == "  kept "


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ufffe"])
@pytest.mark.parametrize("name", ["name", "note", "secret", "when__day"])
def test_characters_that_nobody_types_are_refused_at_the_field(sent, bad, name):
    form = sent(
        **{"name": "Ade", "when__month": "3", "when__year": "2026", "when__day": "1"}
        | {name: f"1{bad}2"}
    )
    field = form[name.split("__")[0]]
    assert "can’t be used" in field.errors[0]
    assert form.errors.keys() >= {field.name}
    assert bad not in str(field.data) + str(getattr(field, "typed", ""))


@pytest.mark.parametrize("good", ["مرحبا", "🙂👍🏽", "O’N & Söns", "עברית"])
def test_other_scripts_and_emoji_are_welcome(sent, good):
    form = sent(name=good[:10])
    assert form.name.data == good[:10]
    assert not form.errors


def test_every_text_has_a_limit(sent):
    form = sent(name="x" * 11, note="x" * 4001, secret="x" * 201, hidden="x" * 4001, short="abcd")
    assert set(form.errors) == {"name", "note", "secret", "hidden", "short"}
    assert form.name.errors == ["Name must be 10 characters or fewer."]
    assert (form.note.limit, form.short.limit, form.name.limit) == (4000, 3, 10)


def test_the_limit_counts_characters_not_bytes(sent):
    assert not sent(name="é" * 10).errors


def test_a_form_shown_first_has_no_errors(small_app):
    with small_app.test_request_context("/"):
        assert error_list(Sample()) == []
    assert error_list(None) == []


def test_errors_are_listed_in_field_order_and_lead_to_the_right_box(sent):
    form = sent(short="abcd", when__day="1", when__month="2")
    listed = [(error.message, error.anchor) for error in error_list(form)]
    assert listed[0] == ("Enter a name.", "name")
    assert [anchor for _, anchor in listed] == ["name", "short", "when-year"]


def test_an_operations_refusal_stands_at_its_field_or_above_the_form(sent):
    form = sent(name="Ade")
    form.refuse(Invalid("That name is taken.", "name"))
    form.refuse(Invalid("The round has closed."))
    form.refuse(Invalid("There is no such field.", "elsewhere"))
    assert [(error.message, error.anchor) for error in error_list(form)] == [
        ("The round has closed.", ""),
        ("There is no such field.", ""),
        ("That name is taken.", "name"),
    ]


def test_errors_inside_a_form_in_a_form_are_listed(sent):
    class Outer(ServiceForm):
        line = FormField(Line)
        lines = FieldList(
            StringField("Item", validators=[Answered("Enter the item.")]), min_entries=1
        )

    form = sent(Outer, line__item="", lines__0="")
    assert [error.anchor for error in error_list(form)] == ["line-item", "lines-0"]


def test_a_stale_form_says_that_nothing_was_lost(small_app):
    small_app.config["WTF_CSRF_ENABLED"] = True
    with small_app.test_request_context("/", method="POST"):
        form = Sample(MultiDict({"name": "Ade"}))
        assert not form.validate()
        assert [(error.message[:30], error.anchor) for error in error_list(form)] == [
            ("This page was open too long. N", "")
        ]


PAGE = """
{% from "components/field.html" import field %}
{% from "components/error_summary.html" import error_summary %}
{{ error_summary(form) }}{% for item in form %}{{ field(item) }}{% endfor %}
"""


def test_everything_typed_is_shown_again_escaped(sent, small_app):
    form = sent(
        name='<b>"x"',
        note="</textarea><script>",
        secret="s3cret",
        when__day="31",
        when__month="foo",
    )
    with small_app.test_request_context("/"):
        page = render_template_string(PAGE, form=form)
    assert 'value="&lt;b&gt;&#34;x&#34;"' in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    assert 'value="foo"' in page
    assert 'value="31"' in page
    assert "s3cret" not in page
    assert 'href="#when-year"' in page
    assert 'id="when-year"' in page


def test_the_gallery_shows_each_error_at_its_box(small_app):
    from voucher.web.public.gallery import GalleryForm

    with small_app.test_request_context("/", method="POST"):
        form = GalleryForm(MultiDict({"price": "x", "kind": "foreign"}))
        form.validate()
        page = render_template_string(PAGE, form=form)
        for error in error_list(form):
            assert f'href="#{error.anchor}"' in page
            assert f'id="{error.anchor}"' in page
