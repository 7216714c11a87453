"""Forms of a person's own account."""

from wtforms import SelectChoice

from voucher.web.forms import Answered, AtMost, ChoiceField, ServiceForm, StringField

KINDS = [
    SelectChoice("business", "I want to try a technology in my business or charity"),
    SelectChoice("provider", "I sell technology or training and want to be a provider"),
]


class BeginForm(ServiceForm):
    """What a new person is here for, and the name of what they act for."""

    kind = ChoiceField(
        "What brings you here?",
        choices=KINDS,
        validators=[Answered("Select what brings you here.")],
    )
    name = StringField(
        "Name of your business or organisation",
        description="The name it trades under. You can correct it later.",
        validators=[Answered("Enter the name of your business or organisation."), AtMost(160)],
        render_kw={"autocomplete": "organization"},
    )
