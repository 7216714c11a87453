"""A text's telling words: without those that say nothing, in British spelling, as stems."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

_MULTIPLIER = 0x9E3779B97F4A7C15
_SECOND = 0xBF58476D1CE4E5B9
_WORD = re.compile(r"[^\W_]{2,}")
_AMERICAN_ENDING = re.compile(r"iz(e|es|ed|er|ers|ing|ation|ations)$")
_NOT_AN_ENDING = re.compile(r"(size|prize|seize|maize|baize)[ds]?$|(siz|priz|seiz)(ing|er|ers)$")
_MORE_EMPTY_WORDS = """
able etc like need use used using way thing things
one two three four five six seven eight nine ten twelve dozen half hundred first second
minute minutes day days week weeks month months year years time times today
us every everybody everyone everything nobody anybody somebody
get gets go goes going keep keeps kept make makes made put see sees take takes
"""
"""Beside the library's stop words: words every problem and every offering is full of, numbers and
spans of time. A reason that quotes one of them would explain nothing."""

_SAY_LITTLE = """
cannot could would must may might shall ought dare want wants wanted wish let lets
much many often always never still even really quite already also well maybe perhaps
without within though although however since upon currently usually sometimes lot lots
try tries trying tried needs needed needing help helps know knows knowing look looks looking
come comes coming say says tell tells give gives given find finds done unable instead rather
enough less least either neither whether good better best bad new old big small right wrong
"""
"""Words of manner and modal verbs. They count a little in likeness, and as the reason for a place
they would explain nothing."""


def worth_quoting(word: str) -> bool:
    """Whether a telling word, as it is written, says something by itself."""
    return word not in _little_words()


def telling_words(text: str) -> list[str]:
    """The words that say something, in order, as they are written but for capitals."""
    empty = _empty_words()
    return [word for word in _WORD.findall(text.casefold()) if word not in empty]


def stems_of(words: Iterable[str]) -> list[str]:
    """A stem for each word: American endings are made British first, then Snowball's English."""
    return _stemmer()([_british(word) if "iz" in word else word for word in words])


def numbers_of(stems: Sequence[str]) -> Any:
    """Stems, and each two that stand side by side, as an array of uint64."""
    import numpy as np

    single = np.fromiter(map(number_of, stems), np.uint64, len(stems))
    mixed = (single[:-1] * np.uint64(_MULTIPLIER)) ^ single[1:]
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(_SECOND)
    return np.concatenate([single, mixed])


def surface_forms(text: str) -> dict[str, str]:
    """Stem → the first form in which the text uses it, so that reasons quote the person's words."""
    words = telling_words(text)
    return dict(reversed(list(zip(stems_of(words), words, strict=True))))


@lru_cache(maxsize=100_000)
def number_of(stem: str) -> int:
    """A stem as a 64-bit number, the same in every process."""
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=8).digest(), "big")


def _british(word: str) -> str:
    if _NOT_AN_ENDING.search(word):
        return word
    return _AMERICAN_ENDING.sub(r"is\1", word)


def _stemmer() -> Callable[[list[str]], list[str]]:
    """A Snowball stemmer for English. A new one each time: it must not be shared by threads."""
    import Stemmer

    stem: Callable[[list[str]], list[str]] = Stemmer.Stemmer("english").stemWords
    return stem


@lru_cache(maxsize=1)
def _little_words() -> frozenset[str]:
    """The words that are not quoted."""
    return frozenset(_SAY_LITTLE.split())


@lru_cache(maxsize=1)
def _empty_words() -> frozenset[str]:
    """The words that say nothing about a problem."""
    from bm25s.stopwords import STOPWORDS_EN_PLUS

    return frozenset(STOPWORDS_EN_PLUS) | frozenset(_MORE_EMPTY_WORDS.split())
