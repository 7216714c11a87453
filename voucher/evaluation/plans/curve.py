"""The curve of power as the coordinates of a small SVG picture. Pure.

The picture is drawn by a template from what is given here, so that a page needs no library for it.
The scale is the picture's own: the origin is the top left, and one unit is one of its view box.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 480, 330
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 18, 58
MOST_TICKS = 6
STEPS = (0.1, 0.2, 0.5, 1, 2)


@dataclass(frozen=True)
class Tick:
    """A mark of an axis: where it is along the axis, and its words."""

    at: float
    words: str


@dataclass(frozen=True)
class Curve:
    """The picture: its points as SVG writes them, its ticks, and where the wanted power is.

    `marked`: where the curve reaches it, or None where it does not.
    """

    points: str
    across: Sequence[Tick]
    up: Sequence[Tick]
    wanted_y: float
    wanted: str
    marked: tuple[float, float, str] | None
    axis: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def curve_of(
    compared: Mapping[str, Any], *, power: float, is_share: bool, unit: str, label: str
) -> Curve:
    """The picture of `compared` (of `sizes.plan_figures`); `label`: words at the marked effect."""
    points = compared["curve"]
    furthest = points[-1]["effect"]
    detectable = compared["detectable"]
    scale = 100 if is_share else 1
    return Curve(
        points=" ".join(f"{_x(p['effect'], furthest)},{_y(p['power'])}" for p in points),
        across=[
            Tick(_x(value / scale, furthest), f"{value:g}") for value in ticks(furthest * scale)
        ],
        up=[Tick(_y(each / 100), f"{each}%") for each in (0, 20, 40, 60, 80, 100)],
        wanted_y=_y(power),
        wanted=f"{round(100 * power)}%",
        marked=None if detectable is None else (_x(detectable, furthest), _y(power), label),
        axis="percentage points" if is_share else unit,
    )


def ticks(furthest: float) -> list[float]:
    """Round numbers from nothing to `furthest`, at most seven; nothing alone where that is all."""
    if furthest <= 0:
        return [0.0]
    step = 10.0 ** math.floor(math.log10(furthest))
    # Five steps of the size are more than half of it, so that the last is always wide enough.
    chosen = next((part * step for part in STEPS if furthest < MOST_TICKS * part * step), 5 * step)
    return [float(f"{chosen * each:.10g}") for each in range(int(furthest / chosen) + 1)]


def _x(effect: float, furthest: float) -> float:
    share = effect / furthest if furthest > 0 else 0.0
    return round(LEFT + (WIDTH - LEFT - RIGHT) * share, 1)


def _y(power: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * power, 1)
