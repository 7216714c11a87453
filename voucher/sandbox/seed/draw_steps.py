"""The four steps of a round's draw, as officers of the demonstration take them."""

from datetime import date, datetime

from voucher.allocation.operations import steps
from voucher.sandbox.seed.stage import Stage

SOURCE = "The fictional national lottery"


def seal(stage: Stage, name: str, at: datetime) -> None:
    """The manager seals the secret of the round called `name` on the stage."""
    by = stage.people["manager"]
    steps.seal(round_=stage.round(name), by=by, at=at, key=stage.code_key)


def freeze(stage: Stage, name: str, at: datetime) -> None:
    """The manager freezes the list."""
    steps.freeze(round_=stage.round(name), by=stage.people["manager"], at=at)


def enter_value(stage: Stage, name: str, value: str, public_on: date, at: datetime) -> None:
    """Another person enters a public value that came after the list."""
    steps.enter_value(
        round_=stage.round(name),
        value=value,
        source=SOURCE,
        became_public_on=public_on,
        by=stage.people["approver"],
        at=at,
    )


def carry_out(stage: Stage, name: str, at: datetime) -> None:
    """The manager carries the draw out."""
    by = stage.people["manager"]
    steps.carry_out(round_=stage.round(name), by=by, at=at, key=stage.code_key)
