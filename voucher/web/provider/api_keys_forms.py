"""The form of a new key."""

from wtforms import SelectChoice

from voucher.providers.api_keys.rules import LIVES_DAYS, Scope
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    ChoicesField,
    ServiceForm,
    StringField,
)

LIVES = dict(zip(LIVES_DAYS, ("90 days", "1 year", "2 years"), strict=True))


class KeyForm(ServiceForm):
    """What the key is called, what it may do, and for how long."""

    name = StringField(
        "Name",
        [Answered("Enter a name for the key."), AtMost(80)],
        description="What uses it, for example: booking system at the Leeds office",
    )
    scopes = ChoicesField(
        "What may it do?",
        [Answered("Select what the key may do.")],
        description="Select no more than the program needs.",
        choices=[SelectChoice(scope.value, scope.staff_label) for scope in Scope],
    )
    life_days = ChoiceField(
        "How long is it to work?",
        [Answered("Select how long the key is to work.")],
        choices=[SelectChoice(str(days), words) for days, words in LIVES.items()],
    )
