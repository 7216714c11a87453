"""Reads offerings from a file of JSON lines, whole or not at all.

Two shapes of line are understood, told apart by the member that names the seller.

Ours, `provider`: what an offering needs, in the units it is stored in::

    {"title": ..., "provider": ..., "summary": ..., "scope": ..., "price_pence": 64000,
     "outcome_areas": ["data-and-reporting"], "places": ["LS", "HX1", "remote"],
     "exclusions": "", "vat_rate_bps": 2000, "capacity_per_month": 4, "days_to_start": 14,
     "languages": ["en"], "accessibility": ["captions"]}   (the last six may be left out)

Codes of areas stand in businesses/outcome_areas.py, those of languages and accessibility in
businesses/ways.py.

A catalogue's, `supplier`: `title`, `supplier`, `summary`, with `features` and `benefits` as lists.
Such catalogues give no price, place or outcome; what is assumed instead is named in `assumed`.

Every line that cannot be taken is named with its number and all that is wrong with it.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from voucher.businesses.outcome_areas import OutcomeArea
from voucher.businesses.rules import POSTCODE_AREAS
from voucher.businesses.ways import ACCESS_CODES, ENGLISH, LANGUAGES
from voucher.core.lines import LineProblem

REMOTE = "remote"
STANDARD_VAT_BPS = 2_000  # VAT Act 1994 s. 2(1): 20 %, since 4 January 2011.

_LONGEST_LINE = 200_000
_MOST_LINES = 10_000
_LONGEST_TITLE, _LONGEST_PROVIDER, _LONGEST_TEXT = 140, 160, 10_000
_DEAREST_PENCE = 10_000_000
_PRICE_STEP_PENCE = 1_000

_OWN_WORDS = (
    "title provider summary scope exclusions price_pence vat_rate_bps outcome_areas places "
    "capacity_per_month days_to_start languages accessibility"
)
_OWN_MEMBERS = frozenset(_OWN_WORDS.split())
_CATALOGUE_WORDS = "id title supplier lot types summary features benefits price_pence"
_CATALOGUE_MEMBERS = frozenset(_CATALOGUE_WORDS.split())
_AREA_CODES = frozenset(area.value for area in OutcomeArea)
_PLACE = re.compile(r"([A-Z]{1,2})(?:[0-9][0-9A-Z]?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PriceBand:
    """Net prices in pence, both ends included, from which one is taken for a line without one."""

    from_pence: int
    to_pence: int
    seed: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for a band that is empty or outside what an offering may cost."""
        if not 0 < self.from_pence <= self.to_pence <= _DEAREST_PENCE:
            raise ValueError("A price band goes from at least 1p up to at most £100,000.")

    def price_for(self, provider: str, title: str) -> int:
        """The price of this offering in pence: always the same for the same band and seed.

        In steps of £10 from the lower end, so that it looks like a price; drawn by SHA-256.
        """
        digest = hashlib.sha256("\0".join((self.seed, provider, title)).encode()).digest()
        steps = (self.to_pence - self.from_pence) // _PRICE_STEP_PENCE + 1
        return self.from_pence + int.from_bytes(digest[:8]) % steps * _PRICE_STEP_PENCE


@dataclass(frozen=True, slots=True)
class ImportedOffering:
    """One offering as read: net price in pence, VAT rate in basis points, texts as stored.

    `assumed` names what the line did not say and the import filled in, in words for a person;
    `source_id` is the catalogue's own number of it, or empty.
    """

    line: int
    provider: str
    title: str
    summary: str
    scope: str
    exclusions: str
    net_price_pence: int
    vat_rate_bps: int
    outcome_areas: tuple[str, ...]
    places: tuple[str, ...]
    capacity_per_month: int
    days_to_start: int
    languages: tuple[str, ...]
    accessibility: tuple[str, ...] = ()
    source_id: str = ""
    assumed: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What must be unique: case does not make it another provider or another title."""
        return self.provider.casefold(), self.title.casefold()


def parse(
    lines: Iterable[str | bytes], price_band: PriceBand | None = None
) -> tuple[tuple[ImportedOffering, ...], tuple[LineProblem, ...]]:
    """All offerings of the file and no problem, or no offering and every problem.

    Blank lines are passed over. Raises nothing for anything a line may hold.
    """
    offerings: list[ImportedOffering] = []
    problems: list[LineProblem] = []
    for number, line in enumerate(lines, start=1):
        if number > _MOST_LINES:
            problems.append(LineProblem(0, f"The file has more than {_MOST_LINES:,} lines."))
            break
        if line.strip():
            offering, reasons = _read_line(number, line, price_band)
            problems += [LineProblem(number, reason) for reason in reasons]
            offerings += [offering] if offering else []
    offerings, repeats = _tell_apart(offerings)
    problems += repeats
    if not offerings and not problems:
        problems.append(LineProblem(0, "The file holds no offerings."))
    return ((), tuple(problems)) if problems else (tuple(offerings), ())


def _read_line(
    number: int, line: str | bytes, band: PriceBand | None
) -> tuple[ImportedOffering | None, list[str]]:
    record = _load(line)
    if isinstance(record, str):
        return None, [record]
    reader = _Reader(record)
    read = _read_catalogue if "supplier" in record and "provider" not in record else _read_own
    offering = read(reader, number)
    if "price_pence" not in record:
        offering = _assume_price(reader, offering, band)
    return (None, reader.reasons) if reader.reasons else (offering, [])


def _load(line: str | bytes) -> dict[str, Any] | str:
    """The object on the line, or the reason why there is none."""
    if len(line) > _LONGEST_LINE:
        return f"is longer than {_LONGEST_LINE:,} characters"
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        record = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_refuse_repeats)
    except UnicodeDecodeError:
        return "is not UTF-8"
    except _Repeated as error:
        return str(error)
    except (ValueError, RecursionError):
        return "is not JSON"
    return record if isinstance(record, dict) else "is not an object in braces"


class _Repeated(Exception):
    """An object names a member twice."""


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise _Repeated("names the same member twice")
    return record


class _Reader:
    """Takes members out of a record; what is wrong is collected, so that all is said at once."""

    def __init__(self, record: dict[str, Any]) -> None:
        self._record = record
        self.reasons: list[str] = []

    def refuse_others(self, known: frozenset[str]) -> None:
        """Name every member that is not known: a misspelt one would be lost without a word."""
        for member in sorted(self._record.keys() - known)[:5]:
            self.reasons.append(f"has a member that is not known: {member[:40]!r}")

    def text(self, member: str, longest: int, default: str | None = None) -> str:
        """A text that says something, on lines without trailing blanks."""
        value = self._record.get(member, default)
        if not isinstance(value, str):
            self.reasons.append(f"{member} is missing" if value is None else f"{member} is no text")
            return ""
        return self._clean(member, value, longest, needed=default is None)

    def whole(self, member: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within bounds; 1.0, "1" and true are not whole numbers."""
        value = self._record.get(member, default)
        if type(value) is not int or not least <= value <= most:
            missing = member not in self._record
            wanted = f"must be a whole number from {least:,} to {most:,}"
            self.reasons.append(f"{member} is missing" if missing else f"{member} {wanted}")
            return least
        return value

    def texts(self, member: str, longest: int, default: list[str] | None = None) -> list[str]:
        """A list of texts, none of them empty."""
        values = self._record.get(member, default)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self.reasons.append(f"{member} must be a list of texts")
            return []
        return [self._clean(member, value, longest, needed=True) for value in values]

    def codes(
        self, member: str, values: list[str], allowed: Any, wanted: str, *, needed: bool = True
    ) -> tuple[str, ...]:
        """The values without doubles, each of which `allowed` accepts; at least one if `needed`."""
        wrong = [value for value in values if not allowed(value)]
        if wrong:
            self.reasons.append(f"{member} has {wrong[0][:40]!r}, which is not {wanted}")
        if needed and not values and not any(reason.startswith(member) for reason in self.reasons):
            self.reasons.append(f"{member} is empty")
        return tuple(dict.fromkeys(values))

    def _clean(self, member: str, value: str, longest: int, *, needed: bool) -> str:
        text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        # Cc: control characters, NUL among them, which PostgreSQL refuses; Cs: half a character.
        if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text):
            self.reasons.append(f"{member} has a character that can’t be stored")
            return ""
        text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
        if len(text) > longest:
            self.reasons.append(f"{member} is longer than {longest:,} characters")
        elif needed and not text:
            self.reasons.append(f"{member} is empty")
        return text[:longest]


def _read_own(reader: _Reader, number: int) -> ImportedOffering:
    reader.refuse_others(_OWN_MEMBERS)
    areas, places = reader.texts("outcome_areas", 60), reader.texts("places", 10)
    languages = reader.texts("languages", 3, [ENGLISH])
    access = reader.texts("accessibility", 20, [])
    return ImportedOffering(
        line=number,
        provider=_one_line(reader.text("provider", _LONGEST_PROVIDER)),
        title=_one_line(reader.text("title", _LONGEST_TITLE)),
        summary=reader.text("summary", _LONGEST_TEXT),
        scope=reader.text("scope", _LONGEST_TEXT),
        exclusions=reader.text("exclusions", _LONGEST_TEXT, ""),
        net_price_pence=_stated_price(reader),
        vat_rate_bps=reader.whole("vat_rate_bps", 0, 10_000, STANDARD_VAT_BPS),
        outcome_areas=reader.codes("outcome_areas", areas, _is_area, "an outcome area"),
        places=reader.codes(
            "places", places, _is_place, 'a postcode area, a postcode district or "remote"'
        ),
        capacity_per_month=reader.whole("capacity_per_month", 1, 1_000, 4),
        days_to_start=reader.whole("days_to_start", 0, 365, 14),
        languages=reader.codes("languages", languages, LANGUAGES.get, "a language of the list"),
        accessibility=reader.codes(
            "accessibility", access, ACCESS_CODES.__contains__, "on the list", needed=False
        ),
    )


def _read_catalogue(reader: _Reader, number: int) -> ImportedOffering:
    reader.refuse_others(_CATALOGUE_MEMBERS)
    summary = reader.text("summary", _LONGEST_TEXT)
    return ImportedOffering(
        line=number,
        provider=_one_line(reader.text("supplier", _LONGEST_PROVIDER)),
        title=_one_line(reader.text("title", _LONGEST_TITLE)),
        summary=summary,
        scope=_scope_of(reader.texts("features", 1_000, []), reader.texts("benefits", 1_000, []))
        or summary,
        exclusions="",
        net_price_pence=_stated_price(reader),
        vat_rate_bps=STANDARD_VAT_BPS,
        outcome_areas=(),
        places=(REMOTE,),
        capacity_per_month=4,
        days_to_start=14,
        languages=(ENGLISH,),
        source_id=_one_line(reader.text("id", 40, "")),
        assumed=("no outcome areas", "remote work", "VAT at 20%", "4 a month", "14 days to start"),
    )


def _stated_price(reader: _Reader) -> int:
    return reader.whole("price_pence", 1, _DEAREST_PENCE, 1)


def _assume_price(
    reader: _Reader, offering: ImportedOffering, band: PriceBand | None
) -> ImportedOffering:
    if band is None:
        reader.reasons.append("price_pence is missing, and no price band was given")
        return offering
    price = band.price_for(offering.provider, offering.title)
    assumed = ("price drawn from the band", *offering.assumed)
    return replace(offering, net_price_pence=price, assumed=assumed)


def _scope_of(features: list[str], benefits: list[str]) -> str:
    lines = [f"- {_one_line(feature)}" for feature in features]
    if benefits:
        lines += ["What it brings:", *(f"- {_one_line(benefit)}" for benefit in benefits)]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_area(code: str) -> bool:
    return code in _AREA_CODES


def _is_place(code: str) -> bool:
    found = _PLACE.fullmatch(code)
    return code == REMOTE or bool(found and found[1] in POSTCODE_AREAS)


def _tell_apart(
    offerings: list[ImportedOffering],
) -> tuple[list[ImportedOffering], list[LineProblem]]:
    """A title may stand once for each provider.

    Catalogues list a service again under another number when it is renewed: such a repeat keeps its
    number in the title. Any other repeat is a slip, and named.
    """
    seen: dict[tuple[str, str], ImportedOffering] = {}
    problems = []
    for offering in offerings:
        first = seen.get(offering.key)
        if first and offering.source_id and offering.source_id != first.source_id:
            offering = _with_number_in_title(offering)
            first = seen.get(offering.key)
        if first:
            reason = f"repeats the title of line {first.line} for the same provider"
            problems.append(LineProblem(offering.line, reason))
        seen.setdefault(offering.key, offering)
    return list(seen.values()), problems


def _with_number_in_title(offering: ImportedOffering) -> ImportedOffering:
    ending = f" ({offering.source_id})"
    title = offering.title[: _LONGEST_TITLE - len(ending)] + ending
    return replace(offering, title=title, assumed=(*offering.assumed, "number added to the title"))
