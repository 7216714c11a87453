"""Trying the ways of sharing of a round that has not opened yet, and keeping what came out."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from voucher.allocation.draw import SEED_BYTES
from voucher.allocation.trials.files import read, sha256_of, write
from voucher.allocation.trials.models import AllocationTrial
from voucher.allocation.trials.queries import entrants_of
from voucher.allocation.trials.rules import Entrant, Terms, simulate
from voucher.audit.operations import record
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid
from voucher.core.lines import LineProblem
from voucher.core.references import make_reference
from voucher.programmes.models import Round
from voucher.programmes.rules import is_prepared

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Source:
    """The applications of a trial, where they are from, and their hash."""

    entrants: Sequence[Entrant]
    inputs_sha256: str
    round_id: int | None = None
    file_name: str = ""


class BadLines(Invalid):
    """A file that can't be tried, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[LineProblem]) -> None:
        super().__init__(
            "The file can’t be tried. Each line that is wrong is listed on this page.", "upload"
        )
        self.problems = problems


def from_round(round_: Round, source: Round) -> Source:
    """What qualified in `source`, at no more than the largest award of `round_`."""
    entrants = entrants_of(source.id, round_.value_cap_pence)
    return Source(entrants, sha256_of(write(entrants).encode()), round_id=source.id)


def from_file(name: str, content: bytes) -> Source:
    """The applications of a CSV file. Raises BadLines with every problem of it."""
    entrants, problems = read(content)
    if problems:
        raise BadLines(problems)
    return Source(entrants, sha256_of(content), file_name=name[:LONGEST_NAME] or "file.csv")


def try_out(
    *, round_: Round, source: Source, terms: Terms, by: int, at: datetime
) -> AllocationTrial:
    """Share the source's applications by every method, and keep the outcome. Decides nothing.

    Before: the round is being prepared. Raises Conflict once it has opened, and Invalid, naming the
    field, for terms or a list that can't be tried.
    """
    if not is_prepared(round_.status):
        raise Conflict("This round has opened: its way of sharing can’t be changed any more.")
    found = simulate(source.entrants, terms)
    trial = AllocationTrial(
        reference=make_reference("TRL", secrets.token_bytes(8)),
        round_id=round_.id,
        source_round_id=source.round_id,
        file_name=source.file_name,
        inputs_sha256=source.inputs_sha256,
        entries=len(source.entrants),
        seed=terms.seed.hex(),
        terms={
            "budget_pence": terms.budget_pence,
            "places": terms.places,
            "draws": terms.draws,
            "basis": terms.basis.value,
            "voucher_shares_bps": list(terms.voucher_shares_bps),
        },
        figures=asdict(found),
        ran_at=at,
        ran_by_id=by,
    )
    session.add(trial)
    session.flush()
    details = {
        "round": round_.id,
        "entries": trial.entries,
        "inputs_sha256": trial.inputs_sha256,
        "seed": trial.seed,
    }
    record(action="trial.run", subject=trial, at=at, by=by, details=details)
    return trial


def new_seed() -> bytes:
    """A seed for a trial, from the system's source of chance."""
    return secrets.token_bytes(SEED_BYTES)
