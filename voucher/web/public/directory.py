"""What is on offer, and who offers it: for anybody, before they apply."""

import re
from typing import Any

from flask import Blueprint, render_template, request
from wtforms import SelectChoice, SelectField

from voucher.businesses.outcome_areas import area_choices, wording_of
from voucher.businesses.places import place_of
from voucher.businesses.rules import POSTCODE_AREAS, InvalidPostcode, outcode, postcode_area
from voucher.businesses.ways import ACCESS, LANGUAGES
from voucher.claims.ratings.queries import rating_of_offering, shown_of_offering
from voucher.core import clock
from voucher.providers import queries
from voucher.providers.queries import DirectoryFilter
from voucher.web.access import public
from voucher.web.forms import AtMost, PoundsField, SearchForm, StringField
from voucher.web.paging import page_number

blueprint = Blueprint("directory", __name__)

DISTRICT = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?", re.ASCII)
NO_PLACE = "Enter a postcode, or its first half, like LS1."


class DirectoryForm(SearchForm):
    """What of the offerings is shown."""

    q = StringField("Words", [AtMost(100)])
    area = SelectField("Helps with")
    language = SelectField("Language")
    access = SelectField("Accessibility")
    place = StringField("Your postcode", [AtMost(12)])
    most = PoundsField("Price before VAT up to", called="The highest price before VAT")

    def validate_place(self, field: Any) -> None:
        """A postcode or a district of one."""
        if field.data and not _district(field.data):
            field.errors = [*field.errors, NO_PLACE]


@blueprint.get("/offerings")
@public
def offerings() -> Any:
    """Offerings that fit the filter in the address, the cheapest first."""
    form = DirectoryForm(request.args)
    form.area.choices = [
        SelectChoice("", "Anything"),
        *(SelectChoice(code, label) for code, label, _hint in area_choices()),
    ]
    form.language.choices = [
        SelectChoice("", "Any"),
        *(SelectChoice(code, label) for code, label in LANGUAGES.items()),
    ]
    form.access.choices = [
        SelectChoice("", "Any"),
        *(SelectChoice(each.code, each.label) for each in ACCESS),
    ]
    form.settle("area", "language", "access")
    form.validate()
    district = _district(form.place.data or "")
    found = queries.directory(
        DirectoryFilter(
            outcome_area=form.area.data,
            language=form.language.data,
            access=form.access.data,
            outcode=district,
            area=postcode_area(district),
            most_pence=form.most.data,
            text="" if form.q.errors else form.q.data or "",
        ),
        clock.today(),
        page_number(),
    )
    wanted = {name: value for name, value in request.args.items() if name in form and value}
    return render_template(
        "public/directory/offerings.html",
        form=form,
        found=found,
        wanted=wanted,
        area_label=lambda code: wording_of(code).label,
    )


@blueprint.get("/offerings/<reference>")
@public
def offering(reference: str) -> str:
    """One offering in full."""
    found = queries.open_offering(reference, clock.today())
    return render_template(
        "public/directory/offering.html",
        offering=found,
        rating=rating_of_offering(found.id),
        ratings=shown_of_offering(found.id),
        areas=[wording_of(code).label for code in found.outcome_areas],
    )


@blueprint.get("/providers")
@public
def providers() -> str:
    """Providers that may work on the programme today, by name."""
    text = request.args.get("q", "").strip()[:100]
    text = "" if "\x00" in text else text
    return render_template(
        "public/directory/providers.html",
        found=queries.providers_on_show(clock.today(), page_number(), text),
        text=text,
        place=lambda code: place_of(code or ""),
    )


def _district(text: str) -> str:
    """The postcode district of a postcode or of its first half; "" for anything else."""
    squeezed = "".join(text.split()).upper()
    if DISTRICT.fullmatch(squeezed) and postcode_area(squeezed) in POSTCODE_AREAS:
        return squeezed
    try:
        return outcode(text)
    except InvalidPostcode:
        return ""
