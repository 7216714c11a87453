"""What may be asked and answered before a choice, how often, and from which day on. Pure."""

import re
import unicodedata
from datetime import date

from voucher.allocation.scored.rules import LEGAL_ENDING, without_name

LONGEST_QUESTION = 1_000
LONGEST_ANSWER = 2_000
LONGEST_NOTE = 500
LEFT_OUT = "[left out]"
MOST_UNANSWERED = 3
"""Questions of one voucher that may wait at a time."""
MOST_ABOUT_ONE = 3
"""Questions of one voucher about one offering, ever."""
MOST_A_DAY = 5
"""Questions of one voucher in 24 hours."""
REMINDER_DAYS = (1,)
"""Days before a last day in the dialogue on which who must answer is reminded."""

_CONTACT = re.compile(
    r"[^\s@]+@[^\s@]+\.[^\s@]+"
    r"|https?://|\bwww\."
    r"|(?<![\d£])(?:\+\s?\d|\(?0)(?:[\s().\u2010-\u2015-]{0,3}\d){8,}",
    re.IGNORECASE,
)
"""E-mail and web addresses, and telephone numbers: nine digits or more that begin with 0 or +."""


def contact_problem(words: str) -> str | None:
    """What is wrong with words that tell how to reach somebody, before a choice; else None."""
    if not tells_contact(words):
        return None
    return (
        "Leave out email addresses, telephone numbers and web addresses. "
        "You can talk directly once the offering is chosen and accepted."
    )


def tells_contact(words: str) -> bool:
    """Whether the words tell how to reach somebody."""
    return _CONTACT.search(_as_read(words)) is not None


def name_problem(words: str, name: str) -> str | None:
    """What is wrong with a question that gives away who asks, by the business's name; else None.

    See `names_it`.
    """
    if not names_it(words, name):
        return None
    return "Leave out the name of your business. The provider learns it once you have chosen it."


def names_it(words: str, name: str) -> bool:
    """Whether words name a business, with or without “Ltd” and the like.

    A name of one word may be a common one: it counts only as it is written, “Bakery” not “bakery”.
    """
    bare = LEGAL_ENDING.sub("", name.strip())
    if len(bare.split()) > 1:
        return without_name(words, name) != words
    return bool(bare) and re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", words) is not None


def unnamed(text: str, name: str) -> str:
    """A business's words as a provider reads them before a choice: no name, no way to reach it."""
    return _CONTACT.sub(LEFT_OUT, without_name(text, name))


def _as_read(words: str) -> str:
    """The words as a person reads them: wide letters as plain ones, without invisible signs."""
    plain = unicodedata.normalize("NFKC", words)
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")


def asking_problem(*, unanswered: int, about_this: int, today: int) -> str | None:
    """Why another question can't be asked now, by how many there are; None when it can.

    Everybody may ask what they need to know; nobody may keep a provider busy with questions.
    """
    if unanswered >= MOST_UNANSWERED:
        return f"You have {unanswered} questions that wait for an answer. Ask again after one."
    if about_this >= MOST_ABOUT_ONE:
        return f"You have asked {about_this} questions about this offering, which is the most."
    if today >= MOST_A_DAY:
        return "You have asked enough questions for today. Ask again tomorrow."
    return None


def later_than_wanted(start_on: date, wanted_by_on: date | None) -> str | None:
    """Why a start can't simply be accepted: it is later than the business wants. None if not."""
    if wanted_by_on is None or start_on <= wanted_by_on:
        return None
    return "This is later than the business wants to start. Propose it as another day instead."
