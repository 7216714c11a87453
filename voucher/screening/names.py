"""Likeness of names: accents, order of words, legal forms and middle names make no difference.

All measures are percentages of the rapidfuzz library (0 to 100).
"""

import re
import unicodedata
from functools import lru_cache

LEGAL_FORMS = frozenset(
    (
        *("ltd", "limited", "llp", "plc", "cic", "cio", "co", "company", "inc", "incorporated"),
        *("lp", "llc", "the", "and", "ta", "trading", "as"),
    )
)
"""Words that say what kind of body a name belongs to, and not which."""

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ı": "i",
        "x": "ks",
    }
)
"""Latin letters that Unicode does not take apart into a letter and a mark; and x, which Cyrillic
names are written with or without ("Alexander", "Aleksandr")."""

TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "dr", "sir", "dame", "lord", "lady", "prof", "professor", "rev")
)

SAME_WORD = 85
"""Two words of a name are the same from here: one letter of seven may differ ("mohamed",
"mohammed": 93), while "john" and "joan" (75) stay two people."""

SHORTEST_FUZZY = 8
"""A name of fewer letters must match letter for letter: at that length one letter makes another."""


@lru_cache(maxsize=100_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in small letters without marks, titles and legal forms, as written.

    Everything that is no letter or digit parts words, but an apostrophe joins ("O’Neill"). Scripts
    other than Latin stay as they are. A name made of nothing else keeps its legal forms.
    """
    bare = unicodedata.normalize("NFKD", name.casefold()).translate(_LETTERS)
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = re.sub(r"['’ʼ`.]", "", bare)
    words = tuple(re.findall(r"[^\W_]+", bare))
    kept = tuple(word for word in words if word not in LEGAL_FORMS and word not in TITLES)
    return kept or words


def likeness(one: str, other: str) -> int:
    """How alike two names of organisations are, in whole per cent, whatever the order of words."""
    from rapidfuzz import fuzz

    first, second = " ".join(words_of(one)), " ".join(words_of(other))
    if not first or not second:
        return 0
    joined = fuzz.ratio(first.replace(" ", ""), second.replace(" ", ""))
    return int(max(fuzz.token_sort_ratio(first, second), joined))


def may_be_same(one: str, other: str) -> int:
    """How well the words of the shorter name are found in the longer, or 0 where one is missing.

    Every word of the shorter name needs a partner of its own, so a middle name may be left out but
    a surname may not differ. A name of one word matches one of one word only. Short names match
    exactly or not at all.
    """
    short, long = sorted((words_of(one), words_of(other)), key=len)
    if not short or (len(short) == 1 and len(long) > 1):
        return 0
    if sum(map(len, short)) < SHORTEST_FUZZY:
        return 100 if set(short) <= set(long) else 0
    return _paired(short, long)


def _paired(short: tuple[str, ...], long: tuple[str, ...]) -> int:
    left, total = list(long), 0.0
    for word in short:
        if word in left:  # nothing is more alike, and it is far quicker found
            score, partner = 100.0, word
        else:
            score, partner = max((_word_likeness(word, other), other) for other in left)
        if score < SAME_WORD:
            return 0
        total += score
        left.remove(partner)
    return int(total / len(short))


@lru_cache(maxsize=100_000)
def _word_likeness(word: str, other: str) -> float:
    """Initials and words of up to three letters are compared exactly."""
    from rapidfuzz import fuzz

    if min(len(word), len(other)) <= 3:
        return 100.0 if word == other else 0.0
    return float(fuzz.ratio(word, other))
