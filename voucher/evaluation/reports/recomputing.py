"""The figures of a report made again from the data and compared with it, for `verify-report`."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select

from voucher.core.db import session
from voucher.core.errors import Invalid, NotFound
from voucher.evaluation.disclosure import protect_findings
from voucher.evaluation.disclosure_versions import without
from voucher.evaluation.figures import METHOD_VERSION
from voucher.evaluation.plans import documents as plans
from voucher.evaluation.queries.reports import voucher_to_report
from voucher.evaluation.reports import cases, providers, rounds, trials
from voucher.evaluation.reports.conclusions import summary
from voucher.evaluation.reports.differences import Difference, first_difference
from voucher.evaluation.reports.documents import Built, Render
from voucher.evaluation.reports.wording import (
    is_of_this_method,
    not_stated,
    stated_only,
    without_words,
)
from voucher.evaluation.synthesis.document import build_synthesis
from voucher.evaluation.synthesis.queries import rounds_found
from voucher.evaluation.synthesis.rules import KIND as SYNTHESIS
from voucher.files.models import StoredFile
from voucher.programmes.models import Round
from voucher.programmes.queries import round_by_reference

OTHER_PARTS = "Delivery, spending and clocks are not in an extract, and were not compared."
KEPT_HERE = "The file is, byte for byte, one that was kept here when it was made."
PAGES_NOT_CHECKED = "The words on its pages were not checked."
NAMES_NOT_KEPT = "What it names was not kept with its figures then, and was not compared."
OTHER_METHOD = (
    "The words in it were made by method {}; this code is method {}, so they were not compared word"
    " by word."
)
NOT_STATED = "By that method the report does not state, so that it was not compared: {}."
NAMES = "names"
VERSIONS = ("code", "method")
PURPOSE = "report"
OTHER_PAGES = (
    "the pages differ from what these figures give. (They would with other fonts, libraries or"
    " settings of this computer, too.)"
)


@dataclass(frozen=True)
class Made:
    """Figures made again; `document` where the whole document could be, `parts` what they hold.

    `is_kept`: the very file that is checked is among the reports that are kept here.
    """

    source: str
    figures: Mapping[str, Any]
    parts: frozenset[str] | None = None
    document: bytes | None = None
    is_kept: bool = False

    def difference(self, stated: Mapping[str, Any]) -> Difference | None:
        """The first place at which the report says something else than what was made again.

        Of a report by another method the words that rules wrote are left out, and so is what that
        method did not state. What is named is compared where the report kept it.
        """
        one, other = self._comparable(stated), self._comparable(self.figures)
        if not is_of_this_method(stated):
            one = without_words(one)
            other = stated_only(without_words(other), one)
        if NAMES not in one:
            other.pop(NAMES, None)
        return first_difference(one, other)

    def _comparable(self, figures: Mapping[str, Any]) -> dict[str, Any]:
        """The parts of `figures` that were made again, without the versions of code and method."""
        wanted = figures.keys() if self.parts is None else self.parts & figures.keys()
        found = {name: figures[name] for name in wanted if name not in VERSIONS}
        if "findings" in found:
            inner = found["findings"]
            found["findings"] = {name: inner[name] for name in inner if name not in VERSIONS}
        return found

    def has_other_pages(self, figures: Mapping[str, Any], document: bytes) -> bool:
        """Whether this same code gives another document from the same figures."""
        return self._can_compare_pages(figures) and self.document != document

    def _can_compare_pages(self, figures: Mapping[str, Any]) -> bool:
        same_code: bool = figures["code"] == self.figures["code"]
        return self.document is not None and same_code

    def remarks(self, figures: Mapping[str, Any]) -> Iterator[str]:
        """What else a reader should know: another version of the code, what was not compared."""
        if figures["code"] != self.figures["code"]:
            yield (
                f"The report was made by version {figures['code']} of the code, this is"
                f" {self.figures['code']}."
            )
        yield from self._not_compared(figures)
        if self.parts is not None:
            yield OTHER_PARTS
        if self._can_compare_pages(figures):
            yield "The document built again is the same, byte for byte."
        elif self.is_kept:
            yield KEPT_HERE
        else:
            yield PAGES_NOT_CHECKED

    def _not_compared(self, stated: Mapping[str, Any]) -> Iterator[str]:
        if self.parts is None and NAMES not in stated:
            yield NAMES_NOT_KEPT
        if is_of_this_method(stated):
            return
        yield OTHER_METHOD.format(stated["method"], self.figures["method"])
        more = without_words(self._comparable(self.figures))
        places = [each for each in not_stated(more, stated) if each != NAMES]
        if places:
            yield NOT_STATED.format(", ".join(places))


def made_from_database(
    figures: Mapping[str, Any], document: bytes, cut_at: datetime, render: Render
) -> Made | None:
    """The report (its figures, and its bytes) made again from the database; None where that has no
    tables or does not know what it is of. Raises Invalid for a kind that can't be made again."""
    names, remake = REMAKERS.get(figures["kind"], ("round", _round_again))
    if names not in figures:
        raise Invalid("This kind of report can’t be made again.", "file")
    if not inspect(session.connection()).has_table(Round.__tablename__):
        return None
    try:
        built = remake(figures, cut_at, render)
    except NotFound:
        return None
    if built is None:
        return None
    kept = _is_kept(document)
    return Made("the database", built.figures, document=built.document, is_kept=kept)


def _is_kept(document: bytes) -> bool:
    found = select(StoredFile.id).where(
        StoredFile.purpose == PURPOSE, StoredFile.sha256 == hashlib.sha256(document).hexdigest()
    )
    return session.execute(found.limit(1)).scalar() is not None


def _round_again(figures: Mapping[str, Any], cut_at: datetime, render: Render) -> Built:
    round_id = round_by_reference(figures["round"]).id
    return rounds.build_round_report(round_id=round_id, data_cut_at=cut_at, render=render)


def _provider_again(figures: Mapping[str, Any], cut_at: datetime, render: Render) -> Built:
    provider_id = providers.provider_to_report(figures["provider"]).id
    return providers.build_provider_summary(
        provider_id=provider_id, data_cut_at=cut_at, render=render
    )


def _case_again(figures: Mapping[str, Any], cut_at: datetime, render: Render) -> Built:
    voucher_id = voucher_to_report(figures["voucher"]).id
    return cases.build_case_summary(voucher_id=voucher_id, data_cut_at=cut_at, render=render)


def _plan_again(figures: Mapping[str, Any], cut_at: datetime, render: Render) -> Built:
    round_id = round_by_reference(figures["round"]).id
    return plans.build_plan_document(round_id=round_id, data_cut_at=cut_at, render=render)


def _synthesis_again(figures: Mapping[str, Any], cut_at: datetime, render: Render) -> Built | None:
    """Of what was published here by the cut, as it was published; None where nothing is known of
    any of its rounds."""
    named = [each["reference"] for each in figures["rounds"]]
    known = select(Round.id).where(Round.reference.in_(named)).limit(1)
    if named and session.execute(known).scalar() is None:
        return None
    return build_synthesis(rounds_found(up_to=cut_at), data_cut_at=cut_at, render=render)


Remake = Callable[[Mapping[str, Any], datetime, Render], Built | None]
REMAKERS: Mapping[str, tuple[str, Remake]] = {
    providers.KIND: ("provider", _provider_again),
    cases.KIND: ("voucher", _case_again),
    plans.KIND: ("round", _plan_again),
    SYNTHESIS: ("rounds", _synthesis_again),
}
"""By kind where the figures name what they are of, and what makes such a report again: it raises
NotFound or gives None for what it does not know. All others are of a round."""


def made_from_extract(extract: Path, figures: Mapping[str, Any]) -> Made:
    """The findings and the summary from an extract. Raises Invalid where it is none, or
    the report has no findings."""
    if figures.get("kind") != trials.KIND:
        raise Invalid("This report is of no trial, so no extract belongs to it.", "file")
    from voucher.evaluation.analysis.extract import read_extract

    protected = protect_findings(read_extract(extract)).content
    found = without({"findings": protected}, figures.get("held_back", ()))["findings"]
    made = {
        "findings": found,
        "summary": summary(found),
        "method": METHOD_VERSION,
        "code": found["code"],
    }
    return Made("the extract", made, parts=frozenset({"findings", "summary", "method"}))
