"""Whether a report, the data it was made of, and its own figures agree.

`contradictions` needs the attached figures alone; `differences` compares them with figures made
again.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

from voucher.core.errors import Invalid
from voucher.evaluation.plans.documents import KIND as PLAN
from voucher.evaluation.reports.cases import KIND as CASE
from voucher.evaluation.reports.conclusions import summary
from voucher.evaluation.reports.differences import TOLERANCE
from voucher.evaluation.reports.documents import as_json, part_as_csv, parts_of
from voucher.evaluation.reports.trials import KIND
from voucher.evaluation.reports.wording import is_of_this_method
from voucher.evaluation.rules import SMALLEST_COUNT
from voucher.evaluation.synthesis import verification as of_synthesis
from voucher.evaluation.synthesis.rules import KIND as SYNTHESIS
from voucher.evaluation.version import code_version
from voucher.payments.books.tables import written

ARMS = ("offered", "comparison")
FIRST_YEAR = 2000
"""No data of the scheme are older; the calendar's own ends can't be told in another zone."""
MALFORMED = (
    *(ValueError, KeyError, TypeError, IndexError, AttributeError),
    *(ArithmeticError, RecursionError, csv.Error),
)
"""What reading figures raises that are not of the shape of a report's."""
TOLD_TWICE = ("round", "data_cut_at", "method", "code")
"""What the figures say at their head, and their findings too where these know it."""


def attached_files(document: bytes) -> dict[str, bytes]:
    """The files inside a PDF by name. Raises Invalid where it is no PDF or holds no figures."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(BytesIO(document))
        found = dict(reader.attachments.items())
    except (*MALFORMED, PyPdfError, DependencyError, OSError) as error:
        raise Invalid(f"This is not a PDF that can be read: {error}", "file") from error
    if "figures.json" not in found:
        raise Invalid("There are no figures inside this PDF: it is not a report of ours.", "file")
    for name, contents in found.items():
        if len(contents) != 1:
            raise Invalid(f"This PDF holds {len(contents)} files of the name {name}.", "file")
    return {name: contents[0] for name, contents in found.items()}


def figures_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The attached figures. Raises Invalid where they don't say what they are figures of."""
    try:
        figures = json.loads(files["figures.json"])
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The figures inside can’t be read: {error}", "file") from error
    if not isinstance(figures, dict):
        raise Invalid("The figures inside are not those of a report.", "file")
    for name in ("kind", "method", "data_cut_at", "code"):
        if not isinstance(figures.get(name), str):
            raise Invalid(f"The figures inside have no {name}, or one that is no text.", "file")
    for name in {"round", "provider", "voucher"} & figures.keys():
        if not isinstance(figures[name], str):
            raise Invalid(f"The {name} of the figures inside is no text.", "file")
    if _moment(figures["data_cut_at"]) is None:
        raise Invalid("The data_cut_at of the figures inside is no moment with its offset.", "file")
    if figures["kind"] == KIND and "findings" not in figures:
        raise Invalid("The figures inside are of a trial, and have no findings.", "file")
    return figures


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.utcoffset() is not None and moment.year >= FIRST_YEAR else None


def contradictions(figures: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    """What in a report's attached figures can't be true together, each in one sentence.

    Raises Invalid where they are not of the shape of a report's figures.
    """
    try:
        yield from _contradictions(figures, files)
    except MALFORMED as error:
        raise Invalid(f"The figures inside are not those of a report: {error!r}", "file") from error


def _contradictions(figures: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    yield from _between_files(figures, files)
    if figures.get("code") == code_version() and not is_of_this_method(figures):
        yield "The version of the code that the report names is of another method than it says."
    found = figures.get("findings")
    if found is not None:
        for name in TOLD_TWICE:
            if name in found and found[name] != figures.get(name):
                yield f"{name} is not the one that the findings give."
        yield from _in_flow(found["flow"])
        for outcome in found["outcomes"]:
            yield from _in_outcome(outcome, found["flow"]["allocated"])
        if is_of_this_method(figures) and figures.get("summary") != summary(found):
            yield "The summary is not the one that the figures give."
    if figures.get("kind") == SYNTHESIS:
        yield from of_synthesis.contradictions(figures)
    if figures.get("kind") == CASE:
        yield from _in_price(figures["price"])
    if figures.get("kind") == PLAN and not _is_plan_hashed(figures, files):
        yield "The plan inside is not the one whose hash the figures give."
    yield from _small_counts(figures, "")


def _between_files(figures: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    for name, part in (("figures", figures), *parts_of(figures)):
        table = files.get(f"{name}.csv", b"")
        for ending, is_same in (
            ("json", files.get(f"{name}.json") == as_json(part)),
            ("csv", _is_table(table, part_as_csv(figures, name), figures)),
        ):
            if not is_same:
                yield f"{name}.{ending} is missing or does not say what figures.json says."


def _is_table(table: bytes, expected: bytes, figures: Mapping[str, Any]) -> bool:
    """Whether a table is the one of the figures; by another method it may write texts otherwise."""
    if table == expected or is_of_this_method(figures):
        return table == expected
    return _cells(table) == _cells(expected)


def _cells(table: bytes) -> list[list[str]]:
    rows = csv.reader(StringIO(table.decode(), newline=""))
    return [[written(cell) for cell in row] for row in rows]


def _is_plan_hashed(figures: Mapping[str, Any], files: Mapping[str, bytes]) -> bool:
    plan = files.get(f"{figures['plan']}.json", b"")
    return bool(hashlib.sha256(plan).hexdigest() == figures["sha256"])


def _in_price(price: Mapping[str, Any]) -> Iterator[str]:
    whole = price["net_price_pence"] + price["vat_pence"]
    if whole != price["voucher_pence"] + price["contribution_pence"]:
        yield "What the voucher and the business paid is not the price with its VAT."


def _in_flow(flow: Mapping[str, Any]) -> Iterator[str]:
    drawn = [flow["allocated"][arm] for arm in ARMS]
    excluded = [each["count"] for each in flow["excluded"]]
    if _differ(flow["assessed"], [*excluded, *drawn]):
        yield "Those not in the draw and those drawn don’t add up to those assessed."
    for arm in ARMS:
        if _differ(flow["allocated"][arm], [flow["lost"][arm], flow["analysed"][arm]]):
            yield f"Those analysed and not analysed don’t add up to those drawn ({arm})."
        used = flow["received"][arm]
        if None not in (used, flow["allocated"][arm]) and used > flow["allocated"][arm]:
            yield f"More used a voucher than were drawn ({arm})."


def _differ(total: int | None, parts: Sequence[int | None]) -> bool:
    return total is not None and None not in parts and total != sum(p for p in parts if p)


def _in_outcome(outcome: Mapping[str, Any], drawn: Mapping[str, Any]) -> Iterator[str]:
    name = f"{outcome['label']} ({outcome['wave']})"
    for arm in ARMS:
        parts = [outcome[f"n_{arm}"], outcome["attrition"][f"missing_{arm}"]]
        if _differ(drawn[arm], parts):
            yield f"{name}: known and missing answers don’t add up to those drawn ({arm})."
    for kind in ("itt", "relative", "users"):
        effect = outcome[kind]
        if effect is not None and not _is_inside(effect):
            yield f"{name}: the interval ({kind}) does not hold its own estimate."
    p_value = (outcome["itt"] or {}).get("p_value")
    if None not in (p_value, outcome["holm"]) and outcome["holm"] < p_value - TOLERANCE:
        yield f"{name}: the adjusted p-value is smaller than the p-value itself."


def _is_inside(effect: Mapping[str, Any]) -> bool:
    ends = (effect["ci_low"], effect["estimate"], effect["ci_high"])
    return None in ends or bool(ends[0] <= ends[1] <= ends[2])


COUNTS = {"n_offered", "n_comparison", "missing_offered", "missing_comparison", "count", "n"}


def _small_counts(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in COUNTS and isinstance(inner, int) and 0 < inner < SMALLEST_COUNT:
                yield f"{where}{key} shows a count below {SMALLEST_COUNT}, which must be withheld."
            else:
                yield from _small_counts(inner, f"{where}{key}.")
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _small_counts(inner, f"{where}{number}.")
