"""The form of an offering."""

import re
from typing import Any

from wtforms import SelectChoice

from voucher.businesses.outcome_areas import area_choices
from voucher.businesses.ways import ACCESS, ENGLISH, LANGUAGES
from voucher.core.errors import Invalid
from voucher.providers.models import Offering, Provider
from voucher.providers.offering_import import REMOTE
from voucher.providers.rules import DEAREST_PENCE, VAT_RATES_BPS
from voucher.web.display import percentage
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    ChoicesField,
    PoundsField,
    ServiceForm,
    StringField,
    TextAreaField,
    WholeNumberField,
)


class OfferingForm(ServiceForm):
    """A piece of work at a fixed price, in words a business understands."""

    title = StringField(
        "Title",
        [Answered("Enter a title."), AtMost(140)],
        description="What the business gets, like “Online bookings in two weeks”",
    )
    summary = TextAreaField(
        "What the business gets out of it",
        [Answered("Say what the business gets out of it."), AtMost(2_000)],
        description="Name the problem that it solves. We match it with what businesses describe.",
    )
    scope = TextAreaField(
        "What is included",
        [Answered("Say what is included."), AtMost(4_000)],
        description="This becomes the agreement: hours, visits, licences, training, help after.",
    )
    exclusions = TextAreaField("What is not included", [AtMost(2_000)])
    outcome_areas = ChoicesField(
        "What does it help with?",
        [Answered("Select at least one thing it helps with.")],
    )
    remote = ChoiceField(
        "Can you do it from a distance, for a business anywhere?",
        [Answered("Say whether you can do it from a distance.")],
        choices=[SelectChoice("yes", "Yes"), SelectChoice("no", "No, only on site")],
    )
    places = StringField(
        "Where do you work on site?",
        description="Postcode areas or districts, like “LS, BD, HX1”. Leave empty if nowhere.",
    )
    languages = ChoicesField(
        "Which languages can you do it in?",
        [Answered("Select at least one language.")],
        choices=[SelectChoice(code, label) for code, label in LANGUAGES.items()],
    )
    accessibility = ChoicesField(
        "What makes it accessible? (optional)",
        choices=[SelectChoice(each.code, each.label, {"hint": each.hint}) for each in ACCESS],
        description="Tick only what every business gets that chooses this: it is a promise.",
    )
    net_price_pence = PoundsField(
        "Fixed price before VAT",
        [Answered("Enter the price.")],
        minimum_pence=100,
        maximum_pence=DEAREST_PENCE,
    )
    vat_rate = ChoiceField("VAT rate", [Answered("Select the VAT rate.")])
    capacity_per_month = WholeNumberField(
        "How many can you do in a month?",
        [Answered("Enter how many you can do.")],
        minimum=1,
        maximum=1_000,
    )
    days_to_start = WholeNumberField(
        "Days until you can start",
        [Answered("Enter the days, or 0.")],
        maximum=365,
    )

    def offer(self, provider: Provider) -> None:
        """Fill the choices; a provider not registered for VAT charges none, so is not asked."""
        self.outcome_areas.choices = [
            SelectChoice(code, label, {"hint": hint}) for code, label, hint in area_choices()
        ]
        self.vat_rate.choices = [SelectChoice(str(bps), percentage(bps)) for bps in VAT_RATES_BPS]
        if not provider.vat_registered:
            del self.vat_rate

    def values(self) -> dict[str, Any]:
        """What was typed, by column name."""
        same = (
            "title summary scope exclusions outcome_areas net_price_pence capacity_per_month "
            "days_to_start languages accessibility"
        )
        typed = [code for code in re.split(r"[\s,;]+", self.places.data or "") if code]
        return {
            **{name: self[name].data for name in same.split()},
            "places": ([REMOTE] if self.remote.data == "yes" else []) + typed,
            "vat_rate_bps": int(self.vat_rate.data) if "vat_rate" in self else 0,
        }


def offering_values(offering: Offering | None, provider: Provider) -> dict[str, Any]:
    """What the form shows before anything is typed."""
    if offering is None:
        return {
            "vat_rate": str(VAT_RATES_BPS[0] if provider.vat_registered else 0),
            "capacity_per_month": 4,
            "days_to_start": 14,
            "languages": [ENGLISH],
        }
    names = (
        "title summary scope exclusions outcome_areas net_price_pence capacity_per_month "
        "days_to_start languages accessibility"
    )
    return {
        **{name: getattr(offering, name) for name in names.split()},
        "remote": "yes" if REMOTE in offering.places else "no",
        "places": ", ".join(place for place in offering.places if place != REMOTE),
        "vat_rate": str(offering.vat_rate_bps),
    }


def named_as_typed(error: Invalid) -> Invalid:
    """The refusal, at the field where the value was typed."""
    typed = {"vat_rate_bps": "vat_rate"}
    return Invalid(str(error), typed.get(error.field or "", error.field))
