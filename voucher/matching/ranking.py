"""The shortlist: which offerings suit a described problem, in which order, and why. Pure.

Six components between 0 and 1, weighed and summed: likeness of the text (BM25, by the bm25s
library over Snowball stems), outcome areas, place, price, start, track record. What may not be
chosen is left out *with its reason*. Reasons are codes with parameters; templates word them. Ties
are broken by HMAC-SHA256(seed, need and offering), not by the alphabet, so that no provider is
always first. Prices, capacities and conflicts are handed in: this module knows no other package.

bm25s brings numpy with it (some 0.3 seconds and 25 MB); it is imported at the first ranking.
"""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

REMOTE = "remote"
"""The entry in a candidate's `places` that says the work is done from afar, for anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One application's problem. `outcode` is the district where the work is wanted."""

    reference: str
    text: str
    outcome_areas: tuple[str, ...] = ()
    outcode: str = ""
    local_authority: str = ""
    on_site_only: bool = False
    most_to_pay_pence: int | None = None
    """What the business can pay itself, VAT included; None if it did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One published offering with what the caller knows of it today. Money in whole pence.

    `places`: districts ("M1"), areas ("M"), local authorities by name, or REMOTE. `voucher_pence`
    is what this business's voucher would pay of the price; `vat_pence` the VAT on all of it.
    """

    offering_id: int
    provider_id: int
    title: str
    text: str
    outcome_areas: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    net_price_pence: int
    vat_pence: int
    voucher_pence: int
    capacity_left: int = 1
    days_to_start: int = 0
    distance_miles: float | None = None
    tasters_done: int = 0
    open_for_work: bool = True

    @property
    def contribution_pence(self) -> int:
        """What the business pays: the rest of the price and all the VAT."""
        return self.net_price_pence + self.vat_pence - self.voucher_pence


class ReasonCode(StrEnum):
    """Why an offering stands where it stands. Parameters in brackets."""

    TEXT = "text"
    """matched_terms: the need's own words that the offering also uses, the rarest first."""
    OUTCOME_AREAS = "outcome_areas"
    """areas: those in common."""
    NEARBY = "nearby"
    """place, miles (whole, or None)."""
    REMOTE = "remote"
    """No parameters."""
    PRICE = "price"
    """net_price_pence, voucher_pence, vat_pence, contribution_pence."""
    OVER_BUDGET = "over_budget"
    """contribution_pence, most_to_pay_pence."""
    START = "start"
    """start_on (ISO date), capacity_left."""
    TRACK_RECORD = "track_record"
    """tasters_done."""


class LeftOutCode(StrEnum):
    """Why an offering is not on the list."""

    NOT_OPEN = "not_open"
    CONFLICT = "conflict"
    """conflict: the kind that was handed in."""
    NO_CAPACITY = "no_capacity"
    PLACE_NOT_SERVED = "place_not_served"
    NOTHING_IN_COMMON = "nothing_in_common"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and what a template needs to word it."""

    code: ReasonCode
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The reason as JSON can hold it."""
        return {"code": self.code.value, **self.parameters}


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place on the shortlist, the first being 1; `score` is between 0 and 1."""

    offering_id: int
    rank: int
    score: float
    reasons: tuple[Reason, ...]
    matched_terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One offering that is not on the shortlist, and why."""

    offering_id: int
    code: LeftOutCode
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON can hold it."""
        return {"offering_id": self.offering_id, "code": self.code.value, **self.parameters}


@dataclass(frozen=True, slots=True)
class Ranking:
    """The whole answer: every candidate is in one of the two."""

    shortlist: tuple[Ranked, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each component counts; only their proportion matters."""

    text: int = 50
    outcome_areas: int = 20
    place: int = 12
    price: int = 8
    start: int = 5
    track_record: int = 5


DEFAULT_WEIGHTS = Weights()


def rank(
    need: Need,
    candidates: Sequence[Candidate],
    at: date,
    seed: bytes,
    *,
    conflicts: Mapping[int, str] | None = None,
    weights: Weights = DEFAULT_WEIGHTS,
) -> Ranking:
    """Rank `candidates` for `need` on the day `at`, with reasons, and say what was left out.

    `conflicts` maps a provider's id to the kind of connection it has with the business. The answer
    is the same for the same input and seed, whatever the order of `candidates`. Raises ValueError
    for an empty seed and for an offering handed in twice.
    """
    if not seed:
        raise ValueError("ties are broken by a seed: it must not be empty")
    if len({c.offering_id for c in candidates}) < len(candidates):
        raise ValueError("an offering was handed in twice")
    barred = {c.offering_id: _barrier(need, c, conflicts or {}) for c in candidates}
    open_ones = [c for c in candidates if barred[c.offering_id] is None]
    texts = _compare_texts(need.text, open_ones)
    scored = [_score(need, c, at, texts[c.offering_id], weights) for c in open_ones]
    ordered = sorted(
        (entry for entry in scored if isinstance(entry, _Scored)),
        key=lambda entry: (-entry.score, _tie_break(seed, need, entry.offering_id)),
    )
    shortlist = (
        Ranked(entry.offering_id, place, entry.score, entry.reasons, entry.matched_terms)
        for place, entry in enumerate(ordered, start=1)
    )
    unlike = [entry for entry in scored if isinstance(entry, LeftOut)]
    left_out = [*(entry for entry in barred.values() if entry), *unlike]
    return Ranking(tuple(shortlist), tuple(sorted(left_out, key=lambda e: e.offering_id)))


def _barrier(need: Need, candidate: Candidate, conflicts: Mapping[int, str]) -> LeftOut | None:
    """The first thing that stands against choosing the candidate at all, or None."""
    offering = candidate.offering_id
    if not candidate.open_for_work:
        return LeftOut(offering, LeftOutCode.NOT_OPEN)
    if candidate.provider_id in conflicts:
        kind = conflicts[candidate.provider_id]
        return LeftOut(offering, LeftOutCode.CONFLICT, {"conflict": kind})
    if candidate.capacity_left <= 0:
        return LeftOut(offering, LeftOutCode.NO_CAPACITY)
    if _place(need, candidate) is None:
        return LeftOut(offering, LeftOutCode.PLACE_NOT_SERVED)
    return None


@dataclass(frozen=True, slots=True)
class _TextMatch:
    likeness: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Scored:
    offering_id: int
    score: float
    reasons: tuple[Reason, ...]
    matched_terms: tuple[str, ...]


_Component = tuple[float, Reason | None]
_NOTHING: _Component = (0.0, None)


def _score(
    need: Need, candidate: Candidate, at: date, text: _TextMatch, weights: Weights
) -> _Scored | LeftOut:
    """The weighed sum with its reasons; left out if neither words nor areas are in common."""
    areas = _areas(need, candidate)
    if not text.terms and not areas[0]:
        return LeftOut(candidate.offering_id, LeftOutCode.NOTHING_IN_COMMON)
    weighed: list[tuple[int, _Component]] = [
        (weights.text, _wording(text)),
        (weights.outcome_areas, areas),
        (weights.place, _place(need, candidate) or _NOTHING),
        (weights.price, _price(need, candidate)),
        (weights.start, _start(candidate, at)),
        (weights.track_record, _track_record(candidate)),
    ]
    total = sum(weight for weight, _ in weighed)
    score = sum(weight * value for weight, (value, _) in weighed) / total
    reasons = tuple(reason for _, (_, reason) in weighed if reason)
    # Six decimals, so that what a person would call equal is a tie and goes to the seed.
    return _Scored(candidate.offering_id, round(score, 6), reasons, text.terms)


def _wording(text: _TextMatch) -> _Component:
    if not text.terms:
        return _NOTHING
    return text.likeness, Reason(ReasonCode.TEXT, {"matched_terms": list(text.terms)})


def _areas(need: Need, candidate: Candidate) -> _Component:
    """The share of the areas asked for that the offering covers."""
    common = [area for area in need.outcome_areas if area in candidate.outcome_areas]
    if not common:
        return _NOTHING
    share = len(common) / len(need.outcome_areas)
    return share, Reason(ReasonCode.OUTCOME_AREAS, {"areas": common})


def _place(need: Need, candidate: Candidate) -> _Component | None:
    """On site: 1 next door, ½ at thirty miles; from afar: ½; None where it is not served."""
    area = re.split(r"[0-9]", need.outcode, maxsplit=1)[0]
    wanted = (place for place in (need.outcode, area, need.local_authority) if place)
    served = next((place for place in wanted if place in candidate.places), None)
    if served is not None:
        miles = candidate.distance_miles
        nearness = 0.75 if miles is None else 30 / (30 + max(0.0, miles))
        whole = None if miles is None else round(miles)
        return nearness, Reason(ReasonCode.NEARBY, {"place": served, "miles": whole})
    if REMOTE in candidate.places and not need.on_site_only:
        return 0.5, Reason(ReasonCode.REMOTE)
    return None


def _price(need: Need, candidate: Candidate) -> _Component:
    """The share of the net price that the voucher pays; nothing where it is beyond the business."""
    pays, most = candidate.contribution_pence, need.most_to_pay_pence
    if most is not None and pays > most:
        words = {"contribution_pence": pays, "most_to_pay_pence": most}
        return 0.0, Reason(ReasonCode.OVER_BUDGET, words)
    amounts = {
        "net_price_pence": candidate.net_price_pence,
        "voucher_pence": candidate.voucher_pence,
        "vat_pence": candidate.vat_pence,
        "contribution_pence": pays,
    }
    return candidate.voucher_pence / candidate.net_price_pence, Reason(ReasonCode.PRICE, amounts)


def _start(candidate: Candidate, at: date) -> _Component:
    """1 for a start today, ½ for one in four weeks."""
    days = max(0, candidate.days_to_start)
    start_on = (at + timedelta(days=days)).isoformat()
    words = {"start_on": start_on, "capacity_left": candidate.capacity_left}
    return 28 / (28 + days), Reason(ReasonCode.START, words)


def _track_record(candidate: Candidate) -> _Component:
    """½ after five tasters like this. A newcomer loses this component's small weight, no more."""
    done = max(0, candidate.tasters_done)
    if not done:
        return _NOTHING
    return done / (done + 5), Reason(ReasonCode.TRACK_RECORD, {"tasters_done": done})


def _tie_break(seed: bytes, need: Need, offering_id: int) -> bytes:
    return hmac.new(seed, f"{need.reference}|{offering_id}".encode(), hashlib.sha256).digest()


# --- text ------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]{2,}")
_MOST_TERMS = 6
_MORE_EMPTY_WORDS = """
able etc like need use used using way thing things
one two three four five six seven eight nine ten twelve dozen half hundred first second
minute minutes day days week weeks month months year years time times today
us every everybody everyone everything nobody anybody somebody
get gets go goes going keep keeps kept make makes made put see sees take takes
"""
"""Beside the library's stop words: words every problem and every offering is full of, numbers and
spans of time. A reason that quotes one of them would explain nothing."""


def _compare_texts(need_text: str, candidates: Sequence[Candidate]) -> dict[int, _TextMatch]:
    """BM25 (k1 1.2, b 0.75) of every candidate, as a share of the best; titles count twice.

    A share of the best, because BM25 has no upper end of its own: it says "the closest of these",
    and the terms say how close that is.
    """
    stem = _stemmer()
    surface = _surface_forms(need_text, stem)
    documents = [stem(_words(f"{c.title} {c.title} {c.text}")) for c in candidates]
    scores = _bm25(sorted(surface), documents)
    best = max(scores, default=0.0)
    rarity = Counter(word for document in documents for word in set(document))
    matches = {}
    for candidate, document, score in zip(candidates, documents, scores, strict=True):
        common = sorted(surface.keys() & set(document), key=lambda word: (rarity[word], word))
        terms = tuple(surface[word] for word in common[:_MOST_TERMS])
        matches[candidate.offering_id] = _TextMatch(score / best if best else 0.0, terms)
    return matches


def _bm25(query: list[str], documents: list[list[str]]) -> list[float]:
    """The score of each document; all nothing where there are no words to compare."""
    if not query or not any(documents):
        return [0.0] * len(documents)
    import bm25s

    index = bm25s.BM25(k1=1.2, b=0.75)
    index.index(documents, show_progress=False)
    known = [stem for stem in query if stem in index.vocab_dict]
    if not known:
        return [0.0] * len(documents)
    return [float(score) for score in index.get_scores(known)]


def _words(text: str) -> list[str]:
    """A text's telling words, in order."""
    empty = _empty_words()
    return [word for word in _WORD.findall(text.casefold()) if word not in empty]


def _surface_forms(text: str, stem: Callable[[list[str]], list[str]]) -> dict[str, str]:
    """Stem → the first form in which the text uses it, so that reasons quote the person's words."""
    words = _words(text)
    return dict(reversed(list(zip(stem(words), words, strict=True))))


def _stemmer() -> Callable[[list[str]], list[str]]:
    """A Snowball stemmer for English. A new one each time: it must not be shared by threads."""
    import Stemmer

    stem: Callable[[list[str]], list[str]] = Stemmer.Stemmer("english").stemWords
    return stem


@lru_cache(maxsize=1)
def _empty_words() -> frozenset[str]:
    """The words that say nothing about a problem."""
    from bm25s.stopwords import STOPWORDS_EN_PLUS

    return frozenset(STOPWORDS_EN_PLUS) | frozenset(_MORE_EMPTY_WORDS.split())
