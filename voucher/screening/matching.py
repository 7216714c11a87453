"""Looking subjects up in a sanctions list: names by likeness, dates of birth where both are known.

A hit is a reason to ask a person, never a verdict. An alias that the list itself calls weak counts
only when it is the same word for word.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voucher.screening.index import ORGANISATION_HIT, Named, NameIndex
from voucher.screening.names import likeness, may_be_same, words_of

PERSON_HIT = 90
"""Mean likeness of a person's paired words from which it is a hit; each word has its own floor."""

YEARS_APART = 1
"""A listed year of birth may be off by one: lists and registers convert calendars."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody to look up: `person` None where a name may be either's. `born` is "yyyy-mm"; `whose`
    is the business or provider it is or belongs to ("provider:7")."""

    name: str
    part: str
    person: bool | None
    born: str | None = None
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One target of a list, ready to be compared; `weak`: those of its names that are weak."""

    group_id: str
    target: str
    names: tuple[str, ...]
    births: tuple[str, ...]
    regime: str
    weak: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """A subject that may be a target: which of the names, and how alike in per cent."""

    subject: Subject
    listed: Listed
    name: str
    score: int


class Index:
    """A list's targets, people and others apart, so that only names that may hit are compared."""

    def __init__(self, targets: Iterable[Listed]) -> None:
        people: list[Named[Listed]] = []
        bodies: list[Named[Listed]] = []
        for listed in targets:
            names = people if listed.target == "individual" else bodies
            names += [Named(name, listed) for name in listed.names]
        self._people, self._bodies = NameIndex(people), NameIndex(bodies)

    def candidates(self, subject: Subject) -> list[Named[Listed]]:
        """Every listed name that may hit the subject, by kind."""
        found: list[Named[Listed]] = []
        if subject.person is not False:
            found += self._people.like_a_person(subject.name)
        if subject.person is not True:
            found += self._bodies.like_an_organisation(subject.name)
        return found


def hits(subjects: Sequence[Subject], index: Index) -> tuple[Hit, ...]:
    """The best hit of every subject on every target, best first."""
    best: dict[tuple[str, str, str], Hit] = {}
    for subject in subjects:
        for named in index.candidates(subject):
            score = _score(subject, named.name, named.target)
            key = (subject.part, subject.name, named.target.group_id)
            if score and (key not in best or best[key].score < score):
                best[key] = Hit(subject, named.target, named.name, score)
    return tuple(sorted(best.values(), key=lambda hit: (-hit.score, hit.listed.group_id)))


def _score(subject: Subject, name: str, listed: Listed) -> int:
    if name in listed.weak and sorted(words_of(subject.name)) != sorted(words_of(name)):
        return 0
    if listed.target != "individual":
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


def hit_key(hit: Hit) -> str:
    """Digest of whose name it is, the name, the date of birth and the entry under its listed name.

    What officers say of a hit counts for this and nothing else: the same name at another business,
    or another entry of the list, is asked about anew.
    """
    subject = hit.subject
    content = [
        subject.whose,
        sorted(words_of(subject.name)),
        subject.born or "",
        hit.listed.group_id,
        sorted(words_of(hit.name)),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def shown(hit: Hit) -> dict[str, Any]:
    """The hit as it is stored with a check and shown to the person who decides."""
    values: Mapping[str, Any] = {
        "key": hit_key(hit),
        "part": hit.subject.part,
        "name": hit.subject.name,
        "born": hit.subject.born,
        "listed_name": hit.name,
        "weak": hit.name in hit.listed.weak,
        "group_id": hit.listed.group_id,
        "target": hit.listed.target,
        "other_names": [name for name in hit.listed.names if name != hit.name][:10],
        "births": list(hit.listed.births),
        "regime": hit.listed.regime,
        "score": hit.score,
    }
    return dict(values)
