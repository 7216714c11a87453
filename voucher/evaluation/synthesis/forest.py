"""The forest plot of an effect: each round with its interval, then what they give together.

A square's area is its round's weight; the average is a diamond as wide as its interval, and a line
under it shows where a further round's true effect is expected. The mean of two rounds under one
common effect is a broken diamond. Legible in shades of grey.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from voucher.evaluation.charts import DARK, FAINT, INK, LIGHT, bare, drawn
from voucher.evaluation.models import Wave
from voucher.evaluation.reports.conclusions import within
from voucher.evaluation.reports.measures import effect as written
from voucher.evaluation.reports.measures import effect_unit, is_share, scaled, signed
from voucher.evaluation.synthesis.words import finding, interval

LARGEST = 130
"""Points² of the square of a round that has all the weight."""
LONGEST_LABEL = 44
AVERAGE, COMMON = "Average of all rounds", "If both had the same effect"


def forest_plot(outcome: Mapping[str, Any], kind: str, name: str) -> str:
    """The plot of an outcome's effect as inline SVG whose title says the same in words.

    `name` sets its ids apart from those of other charts in the same document.
    """
    effect = outcome["effects"][kind]
    studies, pooled = effect["studies"], effect["pooled"]
    together = pooled or effect["common"]

    def draw(axes: Any) -> None:
        reach = _ground(axes, outcome, effect)
        for number, study in enumerate(studies):
            _round(axes, -number, outcome, study, _weight(number, studies, pooled))
        if together is not None:
            _diamond(axes, -len(studies) - 0.35, outcome, together, is_common=pooled is None)
        if pooled is not None:
            _further(axes, -len(studies) - 1.15, outcome, pooled, reach)

    lines = len(studies) + (pooled is not None) + (together is not None)
    return drawn(draw, name, height=0.34 * lines + 0.75, alternative=_words(outcome, kind))


def _weight(
    number: int, studies: Sequence[Mapping[str, Any]], pooled: Mapping[str, Any] | None
) -> float:
    if pooled is not None:
        weight: float = pooled["weights"][number]
        return weight
    exact = [1 / each["standard_error"] ** 2 for each in studies]
    return float(exact[number] / sum(exact))


def _ends(outcome: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[float, float, float]:
    """Estimate and interval in the unit they are written in."""
    low, high = (within(outcome, found[f"ci_{end}"]) for end in ("low", "high"))
    values = (scaled(outcome, each) for each in (found["estimate"], low, high))
    return next(values), next(values), next(values)


def _ground(axes: Any, outcome: Mapping[str, Any], effect: Mapping[str, Any]) -> tuple[float, ...]:
    """The scale with its no change (0), and room for the labels on both sides; where it ends."""
    together = effect["pooled"] or effect["common"]
    shown = [*effect["studies"], *([together] if together else [])]
    ends = [end for each in shown for end in _ends(outcome, each)]
    low, high = min(0, *ends), max(0, *ends)
    width = (high - low) or 1.0
    lines = len(shown) + (0.6 if effect["pooled"] else 0)
    bare(axes)
    axes.set_yticks([])
    axes.set_xlim(low - width * 1.35, high + width * 0.8)
    axes.set_ylim(-lines - 0.55, 0.7)
    axes.plot([0, 0], [-lines + 0.2, 0.5], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot([low, high], [-lines + 0.2] * 2, color=LIGHT, linewidth=1)
    for end in {low, 0, high}:
        axes.text(end, -lines + 0.1, signed(end), ha="center", va="top", color=FAINT, fontsize=7.5)
    look = {"va": "bottom", "color": FAINT, "fontsize": 7.5}
    if low < 0 < high:
        axes.text(0, 0.45, "lower ◂", ha="right", **look)
        axes.text(0, 0.45, " ▸ higher with the offer", ha="left", **look)
    return low, high


def _round(
    axes: Any, at: float, outcome: Mapping[str, Any], study: Mapping[str, Any], weight: float
) -> None:
    middle, low, high = _ends(outcome, study)
    axes.plot([low, high], [at, at], color=INK, linewidth=1.2)
    axes.scatter(middle, at, s=18 + LARGEST * weight, marker="s", color=DARK, zorder=3)
    _label(axes, at, _short(f"{study['programme']}, {study['round']}"), _figures(outcome, study))


def _diamond(
    axes: Any, at: float, outcome: Mapping[str, Any], found: Mapping[str, Any], *, is_common: bool
) -> None:
    middle, low, high = _ends(outcome, found)
    corners = [low, middle, high, middle], [at, at + 0.3, at, at - 0.3]
    style = (0, (2, 1.5)) if is_common else "-"
    axes.fill(*corners, facecolor="white", edgecolor=DARK, linewidth=1.6, linestyle=style, zorder=3)
    weight = "normal" if is_common else "bold"
    name = COMMON if is_common else AVERAGE
    _label(axes, at, name, _figures(outcome, found), weight=weight)


def _further(
    axes: Any,
    at: float,
    outcome: Mapping[str, Any],
    pooled: Mapping[str, Any],
    reach: Sequence[float],
) -> None:
    """The range for a further round, cut where the scale ends."""
    raw = [within(outcome, pooled[f"prediction_{side}"]) for side in ("low", "high")]
    ends = [scaled(outcome, each) for each in raw]
    inside = [max(ends[0], reach[0]), min(ends[1], reach[1])]
    axes.plot(inside, [at] * 2, color=DARK, linewidth=1.6, linestyle=(0, (1, 1)))
    for end, shown, marker in zip(ends, inside, "<>", strict=True):
        axes.scatter(shown, at, s=16, marker=marker if end != shown else "|", color=DARK)
    words = " to ".join(written(outcome, each) for each in raw)
    if is_share(outcome) and raw == [-1.0, 1.0]:
        words = "could be anything"
    _label(axes, at, "Expected in a further round", words)


def _label(axes: Any, at: float, left: str, right: str, **look: Any) -> None:
    axes.annotate(left, (0, at), xycoords=("axes fraction", "data"), va="center", color=INK, **look)
    axes.annotate(
        right, (1, at), xycoords=("axes fraction", "data"), ha="right", va="center", color=INK,
        **look,
    )  # fmt: skip


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_LABEL else words[: LONGEST_LABEL - 1].rstrip() + "…"


def _figures(outcome: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    return f"{written(outcome, found['estimate'])} ({interval(outcome, found)})"


def _words(outcome: Mapping[str, Any], kind: str) -> str:
    """The plot in words."""
    effect = outcome["effects"][kind]
    wave = Wave(outcome["wave"]).staff_label.lower()
    parts = [f"{finding(outcome, kind)}."]
    parts += [f"Forest plot: {outcome['label']}, {wave}, in {effect_unit(outcome)}."]
    parts += [
        f"{each['programme']}, {each['round']}: {_figures(outcome, each)}."
        for each in effect["studies"]
    ]
    together = effect["pooled"] or effect["common"]
    if together is not None:
        name = AVERAGE if effect["pooled"] else COMMON
        parts.append(f"{name}: {_figures(outcome, together)}.")
    return " ".join(parts)
