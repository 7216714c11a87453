"""An index of offerings' texts, and how alike a described problem is to each of them. Pure.

Likeness is the weighed sum of parts, each as a share of the best offering's (none of them has an
upper end of its own): runs of letters, telling words with their pairs, topics, words that keep
company in the catalogue, and, where past problems are handed in, those for which an offering was
chosen and done. Fields count by repetition: title and tags twice, the text once. What each part
adds was measured on a public collection of 880 described needs and the services chosen for them;
the README gives the figures ("How good the shortlist is") and `python -m bench.relevance` measures
them again.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voucher.matching.likeness.company import Company, company_of
from voucher.matching.likeness.letters import letter_runs
from voucher.matching.likeness.past import PastNeeds
from voucher.matching.likeness.space import Shape, Space, Terms, count_terms, space_of
from voucher.matching.likeness.topics import (
    Topics,
    TopicTable,
    our_topics,
    row_of,
    table_of,
)
from voucher.matching.likeness.words import (
    number_of,
    numbers_of,
    stems_of,
    surface_forms,
    telling_words,
    worth_quoting,
)

LETTERS = Shape(slope=0.85, rarity=1.3)
WORDS = Shape(slope=0.6, rarity=1.0)
TITLE_COUNTS = 2
MOST_TERMS = 6
MOST_TOPICS = 3
CLEARLY = 3.0
"""How much of a topic two texts must hold together for its name to be told: three single words."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is compared of one offering. `key` is its caller's name for it."""

    key: Hashable
    title: str
    text: str
    tags: tuple[str, ...] = ()

    @property
    def weighed_text(self) -> str:
        """All of it as one text, what counts twice written twice."""
        tags = tuple(dict.fromkeys(self.tags))
        return " ".join((self.title,) * TITLE_COUNTS + (self.text,) + tags * TITLE_COUNTS)


@dataclass(frozen=True, slots=True)
class PartWeights:
    """How much each part of likeness counts; only their proportion matters."""

    letters: float = 1.0
    words: float = 0.2
    topics: float = 0.2
    company: float = 0.15
    past: float = 0.15


OUR_WEIGHTS = PartWeights()


@dataclass(frozen=True, slots=True)
class Likeness:
    """By row of the index, each from 0 to 1: the whole, and what the parts add to it."""

    whole: Any
    parts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InCommon:
    """What a problem and an offering share: the problem's own words, the rarest first; topics."""

    words: tuple[str, ...]
    topics: tuple[str, ...]


class TextIndex:
    """Documents, with what is needed to compare a text with all of them at once."""

    def __init__(self, documents: Sequence[Document], topics: Topics, parts: "_Parts") -> None:
        """Use `index_of`; the rows of the parts are the documents in order."""
        self.documents = tuple(documents)
        self.row_of = {document.key: row for row, document in enumerate(documents)}
        self._topics, self._parts = topics, parts

    def compare(
        self,
        text: str,
        weights: PartWeights = OUR_WEIGHTS,
        *,
        among: Any = None,
        past: PastNeeds | None = None,
        without: int | None = None,
    ) -> Likeness:
        """How alike each document is to the text.

        `among`: the rows that may be chosen (booleans); each part is a share of the best of them,
        and the others get nothing. `past`: past problems, without the one at `without`.
        """
        query, found = _read(text, self._topics), self._parts
        raw = {
            "letters": (weights.letters, found.letters.likeness(query.letters)),
            "words": (weights.words, found.words.likeness(query.words)),
            "topics": (weights.topics, found.topics.likeness(query.topics)),
            "company": (weights.company, found.company.likeness(query.words)),
        }
        if past is not None and len(past):
            raw["past"] = (weights.past, past.likeness(text, self.row_of, without))
        total = sum(weight for weight, _ in raw.values())
        parts = {
            name: _share_of_best(values, among) * (weight / total)
            for name, (weight, values) in raw.items()
        }
        return Likeness(sum(parts.values()), parts)

    def in_common(self, text: str, key: Hashable) -> InCommon:
        """What the text shares with one document, to explain its place."""
        return self.shared(text, [key])[0]

    def shared(self, text: str, keys: Sequence[Hashable]) -> list[InCommon]:
        """What the text shares with each of some documents."""
        surface = surface_forms(text)
        spoken = self._topics.weights_of(text)
        return [self._in_common(surface, spoken, self.row_of[key]) for key in keys]

    def _in_common(
        self, surface: Mapping[str, str], spoken: Mapping[int, float], row: int
    ) -> InCommon:
        document = self.documents[row].weighed_text
        both = surface.keys() & set(stems_of(telling_words(document)))
        quoted = (stem for stem in both if worth_quoting(surface[stem]))
        found_in = self._parts.words.found_in
        rarest = sorted(quoted, key=lambda stem: (found_in(number_of(stem)), stem))
        return InCommon(
            tuple(surface[stem] for stem in rarest[:MOST_TERMS]),
            self._topics_told(spoken, row),
        )

    def _topics_told(self, spoken: Mapping[int, float], row: int) -> tuple[str, ...]:
        """The names of the topics that both clearly speak of, by name: one word in each text may
        mean something else."""
        held = self._parts.topics.rows[row]
        strength = {
            topic: weight + math.expm1(held[topic])
            for topic, weight in spoken.items()
            if held[topic] > 0 and self._topics.told(topic)
        }
        clear = [topic for topic, weight in strength.items() if weight >= CLEARLY]
        clear.sort(key=lambda topic: (-strength[topic], topic))
        return tuple(sorted(self._topics.names[topic] for topic in clear[:MOST_TOPICS]))

    def with_changes(
        self, changed: Iterable[Document] = (), removed: Iterable[Hashable] = ()
    ) -> "TextIndex":
        """A new index with documents added or put in the place of those of the same key, and others
        taken out. Keys that are not there may be removed."""
        added = list({document.key: document for document in changed}.values())
        gone = {document.key for document in added} | set(removed)
        keep = [document.key not in gone for document in self.documents]
        kept = [document for document in self.documents if document.key not in gone]
        readings = [_read(document.weighed_text, self._topics) for document in added]
        parts = self._parts.with_changes(keep, readings)
        return TextIndex([*kept, *added], self._topics, parts)


def index_of(documents: Sequence[Document], topics: Topics | None = None) -> TextIndex:
    """The index of `documents`. Raises ValueError where a key comes twice."""
    if len({document.key for document in documents}) < len(documents):
        raise ValueError("an offering was handed in twice")
    topics = our_topics() if topics is None else topics
    readings = [_read(document.weighed_text, topics) for document in documents]
    words = space_of([each.words for each in readings], WORDS)
    parts = _Parts(
        space_of([each.letters for each in readings], LETTERS),
        words,
        table_of(topics, [each.topics for each in readings]),
        company_of(words),
    )
    return TextIndex(documents, topics, parts)


@dataclass(frozen=True, slots=True)
class _Reading:
    letters: Terms
    words: Terms
    topics: Any


@dataclass(frozen=True, slots=True)
class _Parts:
    letters: Space
    words: Space
    topics: TopicTable
    company: Company

    def with_changes(self, keep: Sequence[bool], added: Sequence[_Reading]) -> "_Parts":
        import numpy as np

        kept = np.array(keep, dtype=bool)
        return _Parts(
            self.letters.with_changes(kept, [each.letters for each in added]),
            self.words.with_changes(kept, [each.words for each in added]),
            self.topics.with_changes(kept, [each.topics for each in added]),
            self.company.with_changes(kept, [each.words for each in added]),
        )


def _read(text: str, topics: Topics) -> _Reading:
    stems = stems_of(telling_words(text))
    # Runs are taken from the text as it stands: what punctuation clings to tells names apart. A
    # text of nothing but empty words says nothing by its letters either.
    letters = letter_runs(text if stems else "")
    return _Reading(count_terms(letters), count_terms(numbers_of(stems)), row_of(topics, text))


def _share_of_best(values: Any, among: Any = None) -> Any:
    if among is not None:
        values = values * among
    best = float(values.max()) if len(values) else 0.0
    return values / best if best > 0 else values
