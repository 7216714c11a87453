"""What every report is made with: the document, the files inside it."""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import count
from typing import Any

from voucher.evaluation.figure_table import csv_rows
from voucher.integrations.pdf import PdfAttachment

Render = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True)
class Built:
    """A finished document: what it is called, its bytes, and the figures in it.

    `page`: the same report as the content of a web page, where there is one.
    """

    name: str
    title: str
    figures: dict[str, Any]
    document: bytes
    page: str | None = None


def attachments(figures: dict[str, Any]) -> Sequence[PdfAttachment]:
    """The published figures as JSON and as CSV, whole and part by part, to go inside the PDF."""
    return [
        attachment
        for name, part in (("figures", figures), *parts_of(figures))
        for description in [
            f"The figures of “{name}”" if name != "figures" else "Every published figure"
        ]
        for attachment in (
            PdfAttachment(f"{name}.json", as_json(part), description),
            PdfAttachment(f"{name}.csv", part_as_csv(figures, name), f"{description}, as a table"),
        )
    ]


def parts_of(figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The parts of the figures that a table or a chart shows, by name; empty ones are left out."""
    shown = {**figures, **figures.get("findings", {})}
    return [(name, shown[name]) for name in PARTS if shown.get(name)]


PARTS = (
    *("design", "flow", "baseline", "outcomes", "subgroups", "cost"),
    *("contamination", "displacement", "renewal"),
    *(
        "work",
        "offerings",
        "ratings",
        "areas",
        "providers",
        "prices",
        "spending",
        "clocks",
        "replies",
        "follow_up",
        "turnover",
        "equality",
        "price",
        "answers",
    ),
)


def as_json(figures: Any) -> bytes:
    """Figures as they are attached and published: sorted keys, UTF-8, no NaN."""
    return json.dumps(
        figures, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False
    ).encode()


def as_csv(figures: Mapping[str, Any]) -> bytes:
    """All figures as a table of part, figure and value (RFC 4180); an absent one says why.

    In the order of the JSON, so that figures which were stored or attached give the same table.
    """
    return part_as_csv(figures, "figures")


def part_as_csv(figures: Mapping[str, Any], name: str) -> bytes:
    """One part of the figures as such a table; “figures” is all of them."""
    part = figures if name == "figures" else dict(parts_of(figures))[name]
    ordered = json.loads(as_json(part))
    taken_out = figures.get("withheld")
    table = StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(("part", "figure", "value"))
    writer.writerows(
        csv_rows(
            ordered if isinstance(ordered, dict) else {"lines": ordered},
            part="" if name == "figures" else name,
            withheld=None if taken_out is None else {each["where"] for each in taken_out},
        )
    )
    return table.getvalue().encode()


def web_page(body: str) -> str:
    """The content of a report as that of a web page: what is too wide scrolls in a frame.

    A frame is a region that the keyboard can scroll; a table's is called what the table is called,
    and charts are numbered, so that no two have the same name.
    """
    charts = count(1)

    def in_a_frame(wide: re.Match[str]) -> str:
        found = CAPTION.search(wide.group())
        label = found.group(1) if found else f"Chart {next(charts)}"
        opening = (
            f'<div class="scheme-report__frame" role="region" tabindex="0" aria-label="{label}">'
        )
        return f"{opening}{wide.group()}</div>"

    return WIDE.sub(in_a_frame, body)


WIDE = re.compile(r"<table.*?</table>|<svg.*?</svg>", re.DOTALL)
CAPTION = re.compile(r"<caption>(.*?)</caption>", re.DOTALL)
