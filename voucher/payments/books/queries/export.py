"""The whole ledger, or a programme's part of it, as lines of a beancount file."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from voucher.core.clock import london_date
from voucher.ledger.queries import AccountBalance, BookedMove, Fit, balances, booked_moves
from voucher.payments.books import beancount
from voucher.payments.books.queries.names import names_in, references_of, rounds_of_programme
from voucher.programmes.models import Programme

CHUNK = 2_000


def beancount_lines(programme: Programme | None = None) -> Iterator[str]:
    """The file line by line. Call it where every read sees the same moment (`reading_one_moment`).

    With `programme`: the entries that move money of its rounds. What belongs to no round (top-ups,
    fees, what nobody has explained) is in the whole file only, so the balance at Stripe and what
    the funder owes are there the programme's share. The assertions are our own sums, asked of the
    database apart from the entries.
    """
    touching = Fit()
    title = "Whole ledger"
    if programme is not None:
        touching, title = Fit(round_ids=rounds_of_programme(programme.id)), programme.name
    accounts = [one for one in balances(touching=touching) if one.used]
    names = names_in(accounts)
    yield from beancount.heading(title)
    first = next(iter(booked_moves(touching, limit=1)), None)
    if first is None:
        return
    yield from beancount.opening([one.account for one in accounts], london_date(first.at), names)
    last = london_date(first.at)
    for chunk in _whole_journals(booked_moves(touching)):
        yield from beancount.transactions(chunk, references_of(chunk), names)
        last = max(last, london_date(chunk[-1].at))
    yield from _assertions(accounts, last, names)


def _assertions(
    accounts: list[AccountBalance], last: date, names: beancount.Names
) -> Iterator[str]:
    sums = {one.account: one.debits - one.credits for one in accounts}
    yield from beancount.assertions(sums, last, names)


def _whole_journals(moves: Iterator[BookedMove]) -> Iterator[list[BookedMove]]:
    """The moves in pieces of a bearable size, no journal torn apart."""
    carried: list[BookedMove] = []
    while piece := list(islice(moves, CHUNK)):
        carried += piece
        cut = next(
            place
            for place in range(len(carried) - 1, -1, -1)
            if place == 0 or carried[place].journal_id != carried[place - 1].journal_id
        )
        if cut:
            yield carried[:cut]
            carried = carried[cut:]
    if carried:
        yield carried
