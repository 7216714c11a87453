"""Material of the component gallery: a form with every field, data for every component."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import request
from wtforms import BooleanField, SelectChoice, SelectField

from voucher.businesses.rules import normalise_company_number
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    ChoicesField,
    DatePartsField,
    EmailField,
    IdentifierField,
    PasswordField,
    PostcodeField,
    PoundsField,
    ServiceForm,
    StringField,
    TextAreaField,
    UploadField,
    WholeNumberField,
)

PLACES = ("Cumbria", "Lancashire", "Merseyside", "Tyne and Wear", "West Yorkshire")


class GalleryForm(ServiceForm):
    """Every kind of field, each with an answer required, to see what its error looks like."""

    name = StringField(
        "Name of the business",
        validators=[Answered("Enter the name of the business."), AtMost(80)],
        description="As it stands on your invoices",
    )
    email = EmailField("Email address", validators=[Answered("Enter your email address.")])
    password = PasswordField(
        "Password",
        render_kw={"autocomplete": "current-password"},
        validators=[Answered("Enter a password.")],
    )
    company = IdentifierField("Company number", rule=normalise_company_number)
    postcode = PostcodeField("Postcode", validators=[Answered("Enter your postcode.")])
    problem = TextAreaField(
        "What is slow, costly or impossible today?",
        validators=[Answered("Say what is slow, costly or impossible today."), AtMost(600)],
        description="In your own words. There is no need to name a product.",
    )
    price = PoundsField(
        "Price before VAT",
        minimum_pence=100,
        maximum_pence=5_000_000,
        validators=[Answered("Enter the price before VAT.")],
    )
    people = WholeNumberField(
        "How many people work here?",
        minimum=1,
        maximum=249,
        validators=[Answered("Enter how many people work here.")],
    )
    started = DatePartsField(
        "Date you started trading",
        latest=date(2030, 12, 31),
        validators=[Answered("Enter the date you started trading.")],
        description="For example, 27 3 2019",
    )
    place = SelectField(
        "County", choices=[SelectChoice("", "Choose a county"), *map(SelectChoice, PLACES)]
    )
    kind = ChoiceField(
        "What kind of organisation is it?",
        choices=[
            SelectChoice("company", "Company"),
            SelectChoice("sole", "Sole trader", {"hint": "You are self-employed"}),
            SelectChoice("charity", "Charity"),
        ],
        validators=[Answered("Select what kind of organisation it is.")],
    )
    areas = ChoicesField(
        "Where would it help?",
        choices=[
            SelectChoice("bookings", "Taking bookings and orders"),
            SelectChoice("stock", "Stock and supply"),
            SelectChoice("none", "Somewhere else"),
        ],
        exclusive="none",
        validators=[Answered("Select where it would help.")],
    )
    invoice = UploadField("Invoice", accept=(".pdf", ".png"), description="A PDF or PNG")
    agreed = BooleanField(
        "I may sign for this business", validators=[Answered("Confirm that you may sign.")]
    )


@dataclass(frozen=True)
class Task:
    """A line of the task list."""

    title: str
    href: str
    status: str
    colour: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Event:
    """An entry of the timeline."""

    title: str
    at: datetime
    by: str
    note: str = ""


TASKS = (
    Task("Your business", "#main-content", "Completed"),
    Task("The problem", "#main-content", "In progress", "blue", "Started on 3 December 2026"),
    Task("Public support you have had", "#main-content", "Not started", "purple"),
    Task("Check your answers", "", "Cannot start yet"),
)
EVENTS = (
    Event(
        "Voucher issued",
        datetime(2026, 12, 4, 12, 0, tzinfo=UTC),
        "A. Caseworker (fictional)",
        "Worth up to £1,000.\nIt can be used until 4 March 2027.",
    ),
    Event("Application received", datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "The business"),
)
LONG_NAME = "The Extraordinarily Long Fictional Cooperative of Llanfairpwllgwyngyllgogerychwyrn"


def gallery_context() -> dict[str, Any]:
    """What the gallery shows; the form's errors appear after a POST."""
    form = GalleryForm()
    if request.method == "POST":
        form.validate()
    rows = [(f"CLM-{number:04d}", LONG_NAME, number * 12_345) for number in range(1, 6)]
    return {"form": form, "tasks": TASKS, "events": EVENTS, "rows": rows}
