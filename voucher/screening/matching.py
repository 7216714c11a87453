"""Looking subjects up in a sanctions list: names by likeness, dates of birth where both are known.

A hit is a reason to ask a person, never a verdict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voucher.screening.names import likeness, may_be_same, words_of

ORGANISATION_HIT = 88
"""Names of organisations hit from here: "Fictional Trading" and "Fictional Trade" (87) do not."""

PERSON_HIT = 90
"""Mean likeness of a person's paired words from which it is a hit; each word has its own floor."""

YEARS_APART = 1
"""A listed year of birth may be off by one: lists and registers convert calendars."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody to look up: `person` None where a name may be either's. `born` is "yyyy-mm"."""

    name: str
    part: str
    person: bool | None
    born: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One target of a list, ready to be compared."""

    group_id: str
    target: str
    names: tuple[str, ...]
    births: tuple[str, ...]
    regime: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A subject that may be a target: which of the names, and how alike in per cent."""

    subject: Subject
    listed: Listed
    name: str
    score: int


class Index:
    """A list's targets by the beginnings of their words, so that few need to be compared."""

    def __init__(self, targets: Iterable[Listed]) -> None:
        self._by_start: dict[str, list[tuple[str, Listed]]] = {}
        for listed in targets:
            for name in listed.names:
                for start in {word[:1] for word in words_of(name)}:
                    self._by_start.setdefault(start, []).append((name, listed))

    def candidates(self, name: str) -> list[tuple[str, Listed]]:
        """Names that share the first letter of a word with this one, each once."""
        starts = {word[:1] for word in words_of(name)}
        found = [pair for start in starts for pair in self._by_start.get(start, ())]
        return list({(one, listed.group_id): (one, listed) for one, listed in found}.values())


def hits(subjects: Sequence[Subject], index: Index) -> tuple[Hit, ...]:
    """The best hit of every subject on every target, best first."""
    best: dict[tuple[str, str, str], Hit] = {}
    for subject in subjects:
        for name, listed in index.candidates(subject.name):
            score = _score(subject, name, listed)
            key = (subject.part, subject.name, listed.group_id)
            if score and (key not in best or best[key].score < score):
                best[key] = Hit(subject, listed, name, score)
    return tuple(sorted(best.values(), key=lambda hit: (-hit.score, hit.listed.group_id)))


def _score(subject: Subject, name: str, listed: Listed) -> int:
    individual = listed.target == "individual"
    if subject.person is not None and subject.person is not individual:
        return 0
    if not individual:
        return _organisation_score(subject.name, name)
    score = may_be_same(subject.name, name)
    if score < PERSON_HIT or _born_apart(subject.born, listed.births):
        return 0
    return score


def _organisation_score(one: str, other: str) -> int:
    letters = min(sum(map(len, words_of(one))), sum(map(len, words_of(other))))
    score = likeness(one, other)
    return score if score >= (100 if letters < 6 else ORGANISATION_HIT) else 0


def _born_apart(born: str | None, births: Sequence[str]) -> bool:
    """Whether dates of birth are known on both sides and none of the listed years fits."""
    years = [int(birth[-4:]) for birth in births if birth[-4:] != "0000"]
    if not born or not years:
        return False
    return all(abs(int(born[:4]) - year) > YEARS_APART for year in years)


def shown(hit: Hit) -> dict[str, Any]:
    """The hit as it is stored with a check and shown to the person who decides."""
    values: Mapping[str, Any] = {
        "part": hit.subject.part,
        "name": hit.subject.name,
        "born": hit.subject.born,
        "listed_name": hit.name,
        "group_id": hit.listed.group_id,
        "target": hit.listed.target,
        "other_names": [name for name in hit.listed.names if name != hit.name][:10],
        "births": list(hit.listed.births),
        "regime": hit.listed.regime,
        "score": hit.score,
    }
    return dict(values)
