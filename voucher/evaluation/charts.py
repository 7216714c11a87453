"""The charts of a report: SVG by matplotlib, labelled directly, legible in shades of grey.

Each comes as an inline `<svg>` whose `<title>` is its alternative text and says the same in words.
The same figures always give the same characters. matplotlib is imported when a chart is drawn: it
costs over a second, and only the worker and the command line draw.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from math import ceil
from typing import Any

DARK, MIDDLE, LIGHT, PALE = "#3b1f5b", "#8a6fb0", "#c9b8e0", "#f5f1fa"
INK, FAINT = "#1f1a2e", "#575064"
WIDTH_INCHES = 6.85
ROOT_LOOK = 'stroke-linejoin="round" stroke-linecap="butt"'
SETTINGS = {
    "svg.hashsalt": "voucher",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "hatch.linewidth": 0.6,
}


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its length (None: withheld), and what stands beside it."""

    label: str
    value: int | None
    words: str


def flow_chart(bars: Sequence[Bar]) -> str:
    """How many came how far: one horizontal bar a step, the first on top."""
    alternative = "Bar chart of the flow. " + _sentence(bars)

    def draw(axes: Any) -> None:
        longest = max((bar.value or 0 for bar in bars), default=0) or 1
        for number, bar in enumerate(bars):
            axes.barh(-number, bar.value or 0, height=0.62, color=DARK)
            axes.text(
                (bar.value or 0) + longest * 0.015, -number, bar.words, va="center", color=INK
            )
        axes.set_yticks([-number for number in range(len(bars))], [bar.label for bar in bars])
        axes.set_xlim(0, longest * 1.14)
        bare(axes)

    return drawn(draw, "flow", height=0.36 * len(bars) + 0.2, alternative=alternative)


def money_chart(parts: Sequence[Bar]) -> str:
    """Where a round's budget stands: one bar in four parts, told apart by shade and hatching."""
    alternative = "Stacked bar: where the money of the round’s budget stands. " + _sentence(parts)
    looks = ((DARK, ""), (MIDDLE, "///"), (LIGHT, "..."), (PALE, ""))

    def draw(axes: Any) -> None:
        whole = sum(part.value or 0 for part in parts) or 1
        left = 0
        for number, (part, (colour, hatch)) in enumerate(zip(parts, looks, strict=True)):
            width = part.value or 0
            axes.barh(0, width, left=left, height=0.5, color=colour, hatch=hatch, edgecolor=INK)
            _key(axes, number, part, colour, hatch, whole)
            left += width
        axes.set_xlim(0, whole)
        axes.set_ylim(-1.9, 0.35)
        axes.set_yticks([])
        bare(axes)

    return drawn(draw, "money", height=1.25, alternative=alternative)


def _key(axes: Any, number: int, part: Bar, colour: str, hatch: str, whole: int) -> None:
    """A sample of the part's look with its name and amount, two to a line below the bar."""
    left, down = whole * 0.5 * (number % 2), -0.75 - 0.75 * (number // 2)
    axes.barh(down, whole * 0.028, left=left, height=0.34, color=colour, hatch=hatch, edgecolor=INK)
    axes.text(left + whole * 0.04, down, f"{part.label}: {part.words}", va="center", color=INK)


@dataclass(frozen=True)
class Change:
    """An indicator before and after, of the same businesses; `unit` such as "hours"."""

    label: str
    unit: str
    before: float
    after: float
    pairs: int


def change_chart(changes: Sequence[Change], after_words: str) -> str:
    """Before (open circle) and after (filled square) of each indicator, on a scale of its own."""
    alternative = f"Before and {after_words}, of the same businesses. " + " ".join(
        f"{each.label}: {each.before:g} before, {each.after:g} after ({each.unit},"
        f" {each.pairs} businesses)."
        for each in changes
    )

    def draw_all(figure: Any) -> None:
        panels = figure.subplots(len(changes), 1, squeeze=False)
        for axes, change in zip(panels[:, 0], changes, strict=True):
            _draw_change(axes, change, after_words)

    height = 0.78 * len(changes) + 0.1
    return drawn_figure(draw_all, "change", height=height, alternative=alternative)


def _draw_change(axes: Any, change: Change, after_words: str) -> None:
    longest = float(ceil(max(change.before, change.after, 1)))
    most = {"%": 100.0, "1 to 5": 5.0}.get(change.unit, longest)
    least = 1.0 if change.unit == "1 to 5" else 0.0
    axes.plot([change.before, change.after], [0, 0], color=FAINT, linewidth=1.2, zorder=1)
    axes.scatter(change.before, 0, s=62, marker="o", facecolor="white", edgecolor=DARK, zorder=2)
    axes.scatter(change.after, 0, s=62, marker="s", color=DARK, zorder=2)
    rising = change.after >= change.before
    _beside(axes, change.before, f"before {change.before:g}", on_left=rising)
    _beside(axes, change.after, f"{after_words} {change.after:g}", on_left=not rising)
    axes.set_title(
        f"{change.label} ({change.unit}; {change.pairs} businesses)",
        loc="left",
        fontsize=9,
        color=INK,
        pad=3,
    )
    axes.set_xlim(least - (most - least) * 0.32, most + (most - least) * 0.32)
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    bare(axes)
    axes.plot([least, most], [-0.85, -0.85], color=LIGHT, linewidth=1)
    for end in (least, most):
        axes.text(end, -0.8, f"{end:g}", ha="center", va="bottom", color=FAINT, fontsize=7.5)


def _beside(axes: Any, at: float, words: str, *, on_left: bool) -> None:
    axes.annotate(
        words,
        (at, 0),
        xytext=(-8 if on_left else 8, 0),
        textcoords="offset points",
        ha="right" if on_left else "left",
        va="center",
        color=INK,
    )


def _sentence(bars: Sequence[Bar]) -> str:
    return "; ".join(f"{bar.label}: {bar.words}" for bar in bars) + "."


def bare(axes: Any) -> None:
    """Take frame, ticks and their marks away."""
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.set_xticks([])
    axes.tick_params(length=0, colors=INK)


def drawn(draw: Callable[[Any], None], name: str, *, height: float, alternative: str) -> str:
    """The chart that `draw` puts on its axes, `height` inches high, as an inline `<svg>`."""
    return drawn_figure(
        lambda figure: draw(figure.subplots()), name, height=height, alternative=alternative
    )


def drawn_figure(draw: Callable[[Any], None], name: str, *, height: float, alternative: str) -> str:
    """The same of a whole figure; `name` keeps its ids apart from those of other charts."""
    with _settings():
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        out = StringIO()
        figure.savefig(out, format="svg", metadata=_metadata(alternative), transparent=True)
    return _inline(out.getvalue(), name)


@contextmanager
def _settings() -> Any:
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        yield


def _metadata(alternative: str) -> Mapping[str, str | None]:
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    return {"Title": alternative, **nothing}


def _inline(document: str, name: str) -> str:
    """The `<svg>` element alone: no prologue, no second copy of the title, ids of its own.

    Its styles become attributes, because web pages of ours allow no inline style.
    """
    body = document[document.index("<svg") :].strip()
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = body.replace("<svg ", f'<svg role="img" {ROOT_LOOK} ', 1)
    body = re.sub(r'\bstyle="([^"]*)"', _attributes, body)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", body)


def _attributes(style: re.Match[str]) -> str:
    """What a style attribute says as presentation attributes (SVG 1.1, 6.4)."""
    parts = (part.split(":", 1) for part in style.group(1).split(";") if part.strip())
    return " ".join(f'{name.strip()}="{value.strip()}"' for name, value in parts)
