"""Which of many names may be like one name, found by rapidfuzz over all of them at once.

Only a sieve: it lets through every name that `names.may_be_same` or `names.likeness` would call a
hit, and few others; those two decide.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from voucher.screening.names import SAME_WORD, words_of

ORGANISATION_HIT = 88
"""Names of organisations hit from here: "Fictional Trading" and "Fictional Trade" (87) do not."""

MOST_REMEMBERED = 20_000
Target = TypeVar("Target")


@dataclass(frozen=True, slots=True)
class Named(Generic[Target]):
    """A name and whose it is."""

    name: str
    target: Target


class Texts:
    """Many texts by their length, because texts of very different length can't be much alike."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_length: dict[int, tuple[list[str], list[int]]] = {}
        for place, text in enumerate(texts):
            found, places = self._by_length.setdefault(len(text), ([], []))
            found.append(text)
            places.append(place)

    def alike(self, text: str, least: int) -> set[int]:
        """Places of the texts that are at least `least` per cent alike, as `fuzz.ratio` counts."""
        from rapidfuzz import fuzz, process

        found: set[int] = set()
        for length in self._lengths(len(text), least):
            texts, places = self._by_length[length]
            rows = process.extract(text, texts, scorer=fuzz.ratio, score_cutoff=least, limit=None)
            found.update(places[row[2]] for row in rows)
        return found

    def _lengths(self, length: int, least: int) -> list[int]:
        """Twice what is shared, over the sum of both lengths, is what the ratio counts."""
        return [
            other
            for other in self._by_length
            if 200 * min(length, other) >= least * (length + other)
        ]


@dataclass(frozen=True, slots=True)
class Alike:
    """The listed words that are like one word, and where names with one of them stand."""

    words: tuple[str, ...]
    places: frozenset[int]


class NameIndex(Generic[Target]):
    """Many names, by their words and as a whole."""

    def __init__(self, named: Iterable[Named[Target]]) -> None:
        self._named = tuple(named)
        split = [words_of(one.name) for one in self._named]
        self._lengths = [len(words) for words in split]
        self._different = [len(set(words)) for words in split]
        self._with_word: dict[str, list[int]] = {}
        for place, words in enumerate(split):
            for word in set(words):
                self._with_word.setdefault(word, []).append(place)
        self._words = [word for word in self._with_word if len(word) > 3]
        self._long_words = Texts(self._words)
        self._sorted = Texts(" ".join(sorted(words)) for words in split)
        self._joined = Texts("".join(words) for words in split)
        self._like = lru_cache(MOST_REMEMBERED)(self._find_like)

    def like_a_person(self, name: str) -> list[Named[Target]]:
        """Names that have a word much alike for every word of the shorter of the two."""
        words = words_of(name)
        mine = Counter(place for word in words for place in self._like(word).places)
        listed = {one for word in words for one in self._like(word).words}
        theirs = Counter(place for one in listed for place in self._with_word[one])
        return [
            self._named[place]
            for place, count in mine.items()
            if (
                theirs[place] == self._different[place]
                if self._lengths[place] < len(words)
                else count == len(words)
            )
        ]

    def _find_like(self, word: str) -> Alike:
        """Listed words like this: the very same if it is short, see `may_be_same`."""
        alike = {word} & self._with_word.keys()
        if len(word) > 3:
            alike |= {self._words[place] for place in self._long_words.alike(word, SAME_WORD)}
        places = frozenset(place for one in alike for place in self._with_word[one])
        return Alike(tuple(alike), places)

    def like_an_organisation(self, name: str) -> list[Named[Target]]:
        """Names whose letters are much the same, words sorted or run together."""
        words = words_of(name)
        if not words:
            return []
        found = self._sorted.alike(" ".join(sorted(words)), ORGANISATION_HIT)
        found |= self._joined.alike("".join(words), ORGANISATION_HIT)
        return [self._named[place] for place in sorted(found)]
