"""The charts of a trial's report: the flow by arm and the effects with their intervals.

Drawn like those of `charts`: SVG, labelled directly, told apart by shape and not by colour, with
the same in words as `<title>`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voucher.evaluation.charts import DARK, FAINT, INK, LIGHT, PALE, bare, drawn, drawn_figure
from voucher.evaluation.reports import measures

ARMS = {"offered": "Offered a voucher", "comparison": "Comparison"}
STEPS = {
    "received": "Used a voucher",
    "not_due": "Answer not due yet",
    "lost": "Not analysed: no answer, or left out",
    "analysed": "Analysed",
}
GAP, LINE = 0.53, 0.19
"""Inches between boxes, and of a line of text."""
LEFT, RIGHT, MIDDLE = 0.26, 0.74, 0.5


def arms_chart(flow: Mapping[str, Any]) -> str:
    """From everybody assessed to those analysed, by arm; counts that are withheld say so."""
    excluded = [f"{_count(each['count'])} {_lowered(each['reason'])}" for each in flow["excluded"]]
    side = "\n".join(["Not in the draw:", *(excluded or ["nobody"])])
    head = 0.36 + LINE * side.count("\n")
    split = GAP * (len(_steps(flow)) + 1) + 0.12

    def draw(axes: Any) -> None:
        axes.set_xlim(0, 1)
        axes.set_ylim(0, split + head + 0.45)
        top = split + 0.35 + head / 2
        _box(axes, LEFT, top, f"{_count(flow['assessed'])} applications assessed")
        _arrow(axes, (LEFT + 0.16, top), (MIDDLE + 0.02, top))
        axes.text(MIDDLE + 0.04, top, side, va="center", color=INK, linespacing=1.35)
        _arrow(axes, (LEFT, top - 0.17), (LEFT, split - 0.3))
        axes.plot([LEFT, RIGHT], [split, split], color=FAINT, linewidth=1.1)
        axes.text(MIDDLE, split - 0.06, "drawn by chance", ha="center", va="top", color=INK)
        for arm, at in zip(ARMS, (LEFT, RIGHT), strict=True):
            _column(axes, flow, arm, at, split)
        bare(axes)
        axes.set_yticks([])

    return drawn(draw, "arms", height=split + head + 0.55, alternative=_flow_words(flow))


def _column(axes: Any, flow: Mapping[str, Any], arm: str, at: float, split: float) -> None:
    """One arm from the draw down; `split` is the height of the line that parts them, in inches."""
    y = split - 0.5
    _arrow(axes, (at, split), (at, y + 0.18))
    _box(axes, at, y, f"{ARMS[arm]}: {_count(flow['allocated'][arm])}")
    for step, words in _steps(flow).items():
        _arrow(axes, (at, y - 0.16), (at, y - GAP + 0.18))
        y -= GAP
        _box(
            axes,
            at,
            y,
            f"{words}: {_count(flow[step][arm])}",
            filled=step not in ("lost", "not_due"),
        )


def _steps(flow: Mapping[str, Any]) -> dict[str, str]:
    """The steps that are drawn: that of answers not due yet only where there are any."""
    waits = flow.get("not_due")
    some = waits is not None and any(waits[arm] != 0 for arm in ARMS)
    return {step: words for step, words in STEPS.items() if step != "not_due" or some}


def _box(axes: Any, x: float, y: float, words: str, *, filled: bool = True) -> None:
    edge = {"facecolor": PALE if filled else "white", "edgecolor": DARK, "boxstyle": "round,pad=.5"}
    axes.text(x, y, words, ha="center", va="center", color=INK, bbox=edge, linespacing=1.35)


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "-|>", "color": FAINT, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=look)


def _flow_words(flow: Mapping[str, Any]) -> str:
    out = "; ".join(f"{_count(each['count'])} {each['reason']}" for each in flow["excluded"])
    arms = " ".join(
        f"{words}: {_count(flow['allocated'][arm])} drawn, "
        + ", ".join(f"{_count(flow[step][arm])} {_lowered(STEPS[step])}" for step in _steps(flow))
        + "."
        for arm, words in ARMS.items()
    )
    told = f"Flow diagram. {_count(flow['assessed'])} applications assessed."
    return f"{told} Not in the draw: {out or 'nobody'}. {arms}"


def _count(number: int | None) -> str:
    return "withheld" if number is None else f"{number:,}"


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


@dataclass(frozen=True)
class Effect:
    """One line of a chart of effects, in the unit it is drawn in; `is_main` is drawn filled."""

    label: str
    unit: str
    estimate: float
    low: float
    high: float
    is_main: bool

    @property
    def words(self) -> str:
        """The estimate with its interval."""
        ends = f"{measures.signed(self.low)} to {measures.signed(self.high)}"
        return f"{measures.signed(self.estimate)} ({ends})"

    @property
    def sentence(self) -> str:
        """The same in words, as part of a sentence."""
        middle, low, high = (measures.signed(n) for n in (self.estimate, self.low, self.high))
        return f"{middle} {self.unit}, and the data fit anything between {low} and {high}"


def effect_of(outcome: Mapping[str, Any], found: Mapping[str, Any] | None, label: str) -> Any:
    """An outcome's effect for the chart, or None where it has no interval."""
    if found is None or None in (found["estimate"], found["ci_low"], found["ci_high"]):
        return None
    numbers = (found[key] for key in ("estimate", "ci_low", "ci_high"))
    estimate, low, high = (measures.scaled(outcome, number) for number in numbers)
    unit, main = measures.effect_unit(outcome), outcome.get("role") == "primary"
    return Effect(label, unit, estimate, low, high, main)


def effects_chart(effects: Sequence[Effect], name: str) -> str:
    """Estimates with their 95% intervals, each unit on a scale of its own around a line at 0."""
    units = list(dict.fromkeys(each.unit for each in effects))
    groups = [[each for each in effects if each.unit == unit] for unit in units]
    alternative = "Chart of how much the offer changed what was measured. " + " ".join(
        f"For “{each.label}” the effect is {each.sentence}." for each in effects
    )

    def draw_all(figure: Any) -> None:
        sizes = [len(group) + 0.9 for group in groups]
        panels = figure.subplots(len(groups), 1, squeeze=False, height_ratios=sizes)
        for axes, group in zip(panels[:, 0], groups, strict=True):
            _draw_effects(axes, group)

    height = sum(0.5 * len(group) + 0.55 for group in groups)
    return drawn_figure(draw_all, name, height=height, alternative=alternative)


def _draw_effects(axes: Any, group: Sequence[Effect]) -> None:
    low = min(0.0, *(each.low for each in group))
    high = max(0.0, *(each.high for each in group))
    room = (high - low) or 1.0
    floor = -len(group) + 0.5
    axes.plot([0, 0], [floor, 0.5], color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    for number, each in enumerate(group):
        y = -number
        axes.plot([each.low, each.high], [y, y], color=DARK, linewidth=1.6, zorder=2)
        for end in (each.low, each.high):
            axes.plot([end, end], [y - 0.1, y + 0.1], color=DARK, linewidth=1.6, zorder=2)
        face = DARK if each.is_main else "white"
        marker = "s" if each.is_main else "o"
        axes.scatter(
            each.estimate, y, s=52, marker=marker, facecolor=face, edgecolor=DARK, zorder=3
        )
        axes.text(low - room * 0.06, y, each.label, ha="right", va="center", color=INK)
        axes.text(high + room * 0.06, y, each.words, ha="left", va="center", color=INK)
    axes.set_xlim(low - room * 1.0, high + room * 0.75)
    axes.set_ylim(floor - 0.35, 0.6)
    axes.set_title(group[0].unit.capitalize(), loc="left", fontsize=9, color=FAINT, pad=2)
    bare(axes)
    axes.set_yticks([])
    axes.plot([low, high], [floor, floor], color=LIGHT, linewidth=1)
    for end in _marked(low, high):
        words = measures.signed(end) if end else "0"
        axes.text(end, floor - 0.06, words, ha="center", va="top", color=FAINT, fontsize=7.5)


def _marked(low: float, high: float) -> list[float]:
    """What the scale below marks: nothing (0), and the ends that have room beside it."""
    room = (high - low) or 1.0
    return [0.0, *(end for end in (low, high) if abs(end) > 0.2 * room)]
