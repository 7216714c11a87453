"""Before a trial: how small an effect it can find, and how many businesses it needs for one.

A design says how many are offered and compared, and what is lost on the way: only those who answer
count, only those who take up are moved, and a baseline that predicts the outcome takes away a part
of its spread. All sizes here are numbers of businesses drawn, both arms together, unless said.

Nothing here loads a library: the planner's pages show these figures while somebody waits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist

from voucher.evaluation.estimators.noncentral import beyond, critical
from voucher.evaluation.estimators.undefined import Undefined

MOST = 10_000_000
"""More businesses than any round has: an effect that needs more can't be found."""
BISECTIONS = 60


@dataclass(frozen=True)
class Design:
    """What a trial is to be. Shares are from 0 to 1.

    `offered_share`: of those drawn. `response`: of each arm, who answers. `take_up`: who uses a
    voucher in the offered arm, `take_up_without`: in the comparison. `baseline_correlation`: of
    the outcome with its baseline. `significance` is two-sided.
    """

    drawn: int
    offered_share: float = 0.5
    response: float = 1.0
    take_up: float = 1.0
    take_up_without: float = 0.0
    baseline_correlation: float = 0.0
    significance: float = 0.05
    power: float = 0.8

    def __post_init__(self) -> None:
        within = (self.offered_share, self.significance, self.power)
        if not all(0 < share < 1 for share in within):
            raise Undefined("The offered share, significance and power must lie between 0 and 1.")
        if not 0 < self.response <= 1:
            raise Undefined("The response must be above 0 and at most 1.")
        if not 0 <= self.take_up_without < self.take_up <= 1:
            raise Undefined("The take-up of the offered must be above that of the comparison.")
        if not -1 < self.baseline_correlation < 1:
            raise Undefined("The correlation with the baseline must lie between −1 and 1.")

    @property
    def moved(self) -> float:
        """The share whom the offer moves to use a voucher: an effect on the offered is this share
        of the effect on users."""
        return self.take_up - self.take_up_without

    @property
    def answering(self) -> tuple[float, float]:
        """How many of the offered and of the comparison will answer."""
        offered = self.drawn * self.offered_share * self.response
        return offered, self.drawn * self.response - offered


def detectable_mean(design: Design, spread: float) -> float:
    """The smallest effect on the offered, in the outcome's unit, that the trial finds with its
    power; `spread` is the outcome's standard deviation.

    By the noncentral t, like `power_of_mean`; the baseline leaves √(1 − ρ²) of the spread.
    Divide by `design.moved` for the effect on users. Raises Undefined for fewer than two answers
    in an arm or no spread.
    """
    if min(design.answering) < 2:
        raise Undefined("Fewer than two businesses of an arm would answer.")
    if not spread > 0:
        raise Undefined("The spread of the outcome must be above nothing.")
    enough = spread
    while power_of_mean(design, enough, spread) < design.power:
        enough *= 2
    return _smallest(lambda effect: power_of_mean(design, effect, spread), enough, design)


def power_of_share(design: Design, before: float, after: float) -> float:
    """The chance to find that a share of `before` in the comparison is `after` in the offered.

    By the normal approximation with the pooled variance under no effect (Fleiss, Levin and Paik
    2003, section 4.2.1), without correction for continuity. Both tails are counted, as the test
    has two, so that it is the significance where nothing changes.
    """
    _require_shares(before, after)
    offered, comparison = design.answering
    pooled = (offered * after + comparison * before) / (offered + comparison)
    under_none = math.sqrt(pooled * (1 - pooled) * (1 / offered + 1 / comparison))
    under_effect = math.sqrt(after * (1 - after) / offered + before * (1 - before) / comparison)
    reach = NormalDist().inv_cdf(1 - design.significance / 2) * under_none
    apart = abs(after - before) / math.sqrt(1 - design.baseline_correlation**2)
    tails = ((sign * apart - reach) / under_effect for sign in (1, -1))
    return sum(NormalDist().cdf(tail) for tail in tails)


def power_of_mean(design: Design, effect: float, spread: float) -> float:
    """The chance to find an effect on the offered of `effect`, in the outcome's unit, whose
    standard deviation is `spread`: two-sided, by the noncentral t with n − 2 degrees of freedom
    (Cohen 1988, section 2.5). Nothing is found with fewer than two answers in an arm."""
    if not spread > 0:
        raise Undefined("The spread of the outcome must be above nothing.")
    offered, comparison = design.answering
    if min(offered, comparison) < 2:
        return 0.0
    size = abs(effect) / (spread * math.sqrt(1 - design.baseline_correlation**2))
    df = offered + comparison - 2
    noncentrality = size / math.sqrt(1 / offered + 1 / comparison)
    return beyond(critical(design.significance, df), df, noncentrality)


def detectable_share(design: Design, before: float) -> float | None:
    """The smallest rise above the share `before` among the offered that the trial finds with its
    power, or None where no rise is large enough. Divide by `design.moved` for users."""
    _require_shares(before, before)
    most = 1 - before - 1e-9
    if power_of_share(design, before, before + most) < design.power:
        return None
    return _smallest(lambda rise: power_of_share(design, before, before + rise), most, design)


def needed_for_share(design: Design, before: float, after_users: float) -> int | None:
    """How many must be drawn to find that use of a voucher takes a share from `before` to
    `after_users` among users, or None where more than ten million would be needed."""
    _require_shares(before, after_users)
    after = before + (after_users - before) * design.moved
    return _fewest(
        lambda drawn: power_of_share(replace(design, drawn=drawn), before, after), design
    )


def needed_for_mean(design: Design, effect_on_users: float, spread: float) -> int | None:
    """How many must be drawn to find an effect on users in the outcome's unit, or None where more
    than ten million would be needed."""
    if not spread > 0 or effect_on_users == 0:
        raise Undefined("The spread and the effect must be other than nothing.")
    effect = effect_on_users * design.moved
    return _fewest(
        lambda drawn: power_of_mean(replace(design, drawn=drawn), effect, spread), design
    )


def _fewest(power: Callable[[int], float], design: Design) -> int | None:
    """The smallest number drawn with the power wanted: power rises with the number."""
    if power(MOST) < design.power:
        return None
    low, high = 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        if power(middle) < design.power:
            low = middle
        else:
            high = middle
    return high


def _smallest(power: Callable[[float], float], enough: float, design: Design) -> float:
    """The smallest effect up to `enough` with the power wanted, which rises with the effect."""
    low, high = 0.0, enough
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if power(middle) < design.power:
            low = middle
        else:
            high = middle
    return high


def _require_shares(*shares: float) -> None:
    if not all(0 < share < 1 for share in shares):
        raise Undefined("A share must lie between 0 and 1.")
