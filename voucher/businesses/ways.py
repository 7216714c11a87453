"""Ways of working: the languages an offering is done in, and what makes it usable for everybody.

They are the shared vocabulary between a business that needs a way and a provider that offers it.
Codes are stored with offerings and with what businesses ask for, and never change their meaning;
labels and hints may be reworded. Languages have their ISO 639 codes (two letters, or three where
there are no two); no code of the one kind is one of the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

ENGLISH = "en"
"""What an offering is done in, and what a business needs, unless they name another language."""
LANGUAGES = {
    ENGLISH: "English",
    "bfi": "British Sign Language",
    "ar": "Arabic",
    "bn": "Bengali",
    "zh": "Chinese",
    "fr": "French",
    "de": "German",
    "gu": "Gujarati",
    "it": "Italian",
    "ku": "Kurdish",
    "pa": "Panjabi",
    "fa": "Persian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "so": "Somali",
    "es": "Spanish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "cy": "Welsh",
}


@dataclass(frozen=True, slots=True)
class AccessWording:
    """One fact of accessibility: its code, how it is offered on a form, and what it means."""

    code: str
    label: str
    hint: str


ACCESS = (
    AccessWording(
        "step_free",
        "A place without steps",
        "Visits, training and meetings at the provider’s are in a place that can be reached and "
        "used in a wheelchair",
    ),
    AccessWording(
        "captions",
        "By video with captions",
        "What is done from a distance is done by video, with live captions that can be read",
    ),
    AccessWording(
        "large_print",
        "Documents in large print",
        "Everything written is also given in large print, at least 18 point",
    ),
    AccessWording(
        "screen_reader",
        "Works with a screen reader",
        "What is set up, and every document, can be used with a screen reader and a keyboard",
    ),
    AccessWording(
        "in_writing",
        "Everything in writing",
        "All of it can be arranged and followed in writing, without a telephone call",
    ),
)
ACCESS_CODES = frozenset(each.code for each in ACCESS)
LABELS = LANGUAGES | {each.code: each.label for each in ACCESS}


def way_label(code: str) -> str:
    """A way in words, for the middle of a sentence: languages keep their capital."""
    label = LABELS.get(code, code)
    return label if code in LANGUAGES else label[:1].lower() + label[1:]


def in_order(codes: Iterable[str]) -> list[str]:
    """Known codes as they stand in the lists, each once; unknown ones are left out."""
    wanted = set(codes)
    return [code for code in LABELS if code in wanted]


def names_language(codes: Iterable[str]) -> bool:
    """Whether one of the codes is a language."""
    return any(code in LANGUAGES for code in codes)
