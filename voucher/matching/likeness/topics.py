"""Topics: a small vocabulary of what businesses need and what technology offers, in many words.

`topics.txt` holds one topic on a line: its name, a colon, and words and phrases that speak of it.
A name in brackets is never told to anybody.
Anybody may edit it: order, capitals and endings do not matter. A word that speaks of several
topics counts a share for each.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from voucher.matching.likeness.words import stems_of

FILE = Path(__file__).with_name("topics.txt")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Topics:
    """The vocabulary: names in order, and for each stemmed phrase the topics it speaks of."""

    names: tuple[str, ...]
    by_phrase: dict[str, tuple[int, ...]]

    def told(self, topic: int) -> bool:
        """Whether a topic may be named to a business."""
        return not self.names[topic].startswith("(")

    def weights_of(self, text: str) -> dict[int, float]:
        """By topic (its place in `names`): the sum of the roots of how often each phrase occurs.

        The root, so that five words for bookings say more than one word five times.
        """
        stems = _stems(text)
        counts: Counter[str] = Counter()
        for start, stem in enumerate(stems):
            for length in self._lengths.get(stem, ()):
                phrase = " ".join(stems[start : start + length])
                if start + length <= len(stems) and phrase in self.by_phrase:
                    counts[phrase] += 1
        weights: dict[int, float] = {}
        for phrase, count in counts.items():
            topics = self.by_phrase[phrase]
            for topic in topics:
                weights[topic] = weights.get(topic, 0.0) + (count / len(topics)) ** 0.5
        return weights

    @cached_property
    def _lengths(self) -> dict[str, set[int]]:
        """By first stem: how many stems the phrases that begin with it have."""
        lengths: dict[str, set[int]] = {}
        for phrase in self.by_phrase:
            stems = phrase.split()
            lengths.setdefault(stems[0], set()).add(len(stems))
        return lengths


class TopicTable:
    """Texts as rows over topics. A topic counts ln(1 + its weight) × ln((1 + n) / (1 + in how many
    texts)); texts are compared by the cosine."""

    def __init__(self, topics: Topics, rows: Any) -> None:
        """Use `table_of`; `rows` is a dense array of ln(1 + weight)."""
        self.topics = topics
        self.rows = rows

    @cached_property
    def weights(self) -> Any:
        """What each topic counts: nothing for one that all texts speak of."""
        import numpy as np

        return np.log((1 + len(self.rows)) / (1 + (self.rows > 0).sum(axis=0)))

    @cached_property
    def _directions(self) -> Any:
        import numpy as np

        weighed = self.rows * self.weights
        return weighed / np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1e-9)

    def likeness(self, query: Any) -> Any:
        """How near each text lies to the query (a row of `row_of`), from 0 to 1."""
        import numpy as np

        weighed = query * self.weights
        return self._directions @ (weighed / max(float(np.linalg.norm(weighed)), 1e-9))

    def with_changes(self, keep: Any, added: Sequence[Any]) -> "TopicTable":
        """This table with only the rows for which `keep` is true, and new ones below them."""
        import numpy as np

        return TopicTable(self.topics, np.vstack([self.rows[keep], *added]))


def row_of(topics: Topics, text: str) -> Any:
    """A text as a row: ln(1 + weight) of each topic."""
    import numpy as np

    row = np.zeros(len(topics.names))
    for topic, weight in topics.weights_of(text).items():
        row[topic] = np.log1p(weight)
    return row


def table_of(topics: Topics, rows: Sequence[Any]) -> TopicTable:
    """The table of texts given as rows."""
    import numpy as np

    return TopicTable(topics, np.vstack([np.empty((0, len(topics.names))), *rows]))


def read_topics(lines: Sequence[str]) -> Topics:
    """The vocabulary in `lines`. Raises ValueError, naming the line, where one cannot be read."""
    names: list[str] = []
    phrases: dict[str, list[int]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, words = line.partition(":")
        spoken = [stem for stem in (" ".join(_stems(word)) for word in words.split(",")) if stem]
        if not colon or not name.strip() or not spoken:
            raise ValueError(f"line {number} is not “topic: word, word”")
        for phrase in dict.fromkeys(spoken):
            phrases.setdefault(phrase, []).append(len(names))
        names.append(name.strip())
    return Topics(tuple(names), {phrase: tuple(found) for phrase, found in phrases.items()})


@lru_cache(maxsize=1)
def our_topics() -> Topics:
    """The vocabulary that comes with the product."""
    return read_topics(FILE.read_text(encoding="utf-8").splitlines())


def _stems(text: str) -> list[str]:
    return stems_of(_WORD.findall(text.casefold().replace("-", "")))
