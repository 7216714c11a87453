"""Rounds beside the two large ones, small enough to be followed by eye: by lot, and by scores."""

from datetime import datetime
from typing import Any

from voucher.programmes.models import Round
from voucher.programmes.operations import rounds
from voucher.programmes.rules import RoundSettings
from voucher.sandbox.seed.stage import Stage


def make_small_round(stage: Stage, key: str, at: datetime, **settings: Any) -> Round:
    """A round of the programme of last year, kept by `stage` as `key`; it is not open yet."""
    last = stage.round("last_year")
    made = rounds.create_round(
        programme=last.programme,
        settings=RoundSettings(
            value_cap_pence=100_000,
            share_bps=5_000,
            second_approver_from_pence=80_000,
            full_evidence_from_pence=60_000,
            **settings,
        ),
        rule_set=last.rule_set,
        terms=last.terms,
        by=stage.people["manager"],
        at=at,
    )
    stage.rounds[key] = made.id
    return made
