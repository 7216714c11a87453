"""The form of a trial: on which applications, and what is shared among them."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectChoice, SelectField

from voucher.allocation.draw import parse_hex
from voucher.allocation.trials.operations import new_seed
from voucher.allocation.trials.rules import MOST_DRAWS, MOST_ENTRANTS, Terms
from voucher.core.errors import Invalid
from voucher.core.lines import LineProblem
from voucher.programmes.models import Arm, Round, StratumBasis
from voucher.programmes.rules import LARGEST_BUDGET_PENCE, arms_of
from voucher.web.forms import (
    Answered,
    AtMost,
    PoundsField,
    ServiceForm,
    StringField,
    UploadField,
    WholeNumberField,
)


class TrialForm(ServiceForm):
    """Where the applications are from, the money and places, and how many draws."""

    source = SelectField(
        "Which applications",
        description="Those of a past round that were found to qualify, or a file of your own.",
    )
    upload = UploadField(
        "File of test applications",
        description=f"A CSV file of up to {MOST_ENTRANTS:,} lines and 2 MB. Needed only if you "
        "chose to upload one.",
        accept=(".csv",),
        limit_bytes=2 * 10**6,
    )
    budget_pence = PoundsField(
        "Money to share",
        [Answered("Enter the money to share.")],
        maximum_pence=LARGEST_BUDGET_PENCE,
    )
    places = WholeNumberField(
        "Places at most",
        minimum=1,
        maximum=MOST_ENTRANTS,
        description="Leave it empty for as many as the money pays for.",
    )
    basis = SelectField(
        "What a draw divides the list by",
        choices=[SelectChoice(one.value, one.staff_label) for one in StratumBasis],
    )
    draws = WholeNumberField(
        "Draws to try",
        [Answered("Enter how many draws to try.")],
        minimum=1,
        maximum=MOST_DRAWS,
    )
    seed = StringField(
        "Seed",
        [AtMost(64)],
        description="Leave it empty for a new one. To repeat a trial, enter the seed it shows.",
    )
    problems: Sequence[LineProblem] = ()
    """What is wrong with the lines of the file that was sent."""

    def offer(self, rounds: Sequence[Any]) -> None:
        """Offer these rounds, each with its programme's name and how many qualified in it."""
        self.source.choices = [
            SelectChoice("", "Upload a file"),
            *(
                SelectChoice(round_.reference, f"{name}: {round_.name} ({count:,})")
                for round_, name, count in rounds
            ),
        ]

    def terms(self, round_: Round) -> Terms:
        """What the trial shares. Raises Invalid for a seed that is none."""
        typed = (self.seed.data or "").strip()
        try:
            seed = parse_hex(typed) if typed else new_seed()
        except Invalid as error:
            raise Invalid(str(error), "seed") from error
        return Terms(
            budget_pence=self.budget_pence.data,
            places=self.places.data,
            draws=self.draws.data,
            seed=seed,
            basis=StratumBasis(self.basis.data),
            voucher_shares_bps=shares_of(round_),
        )


def shares_of(round_: Round) -> tuple[int, ...]:
    """The shares of the round's arms, vouchers first; all for vouchers where it has no plan."""
    arms = arms_of(round_.draw_arms)
    shares = [arm["share_bps"] for arm in arms if arm["arm"] == Arm.VOUCHER]
    others = [arm["share_bps"] for arm in arms if arm["arm"] != Arm.VOUCHER]
    return (*shares, *others) or (10_000,)


def values_of(round_: Round) -> dict[str, Any]:
    """What the form begins with."""
    return {
        "budget_pence": round_.budget_pence,
        "basis": round_.draw_stratum.value,
        "draws": MOST_DRAWS,
    }
