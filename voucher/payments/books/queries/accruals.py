"""Accruals of a programme at the end of a day: what was earned and not paid, what was promised."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from voucher.claims.models import ClaimStatus
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import Fit, balances
from voucher.payments.books.queries.claims import Standing, claims_standing_at
from voucher.payments.books.queries.names import provider_names, rounds_alone, rounds_of_programme
from voucher.payments.books.rules import Period
from voucher.payments.books.tables import DAY, Column, Figures, Table, money, summed
from voucher.programmes.models import Programme

CLAIMED = (ClaimStatus.SUBMITTED, ClaimStatus.CONFIRMED)
IN_QUESTION = (ClaimStatus.DISPUTED, ClaimStatus.RETURNED)
_ACCRUED = (
    Column("Round"),
    *money("Approved, not transferred", "Claimed, not approved", "Accrued"),
)
_PROMISED = (
    Column("Round"),
    *money(
        "Vouchers not redeemed", "Redeemed, not claimed", "In question", "Owed back by providers"
    ),
)
_CLAIMS = (
    Column("Claim"),
    Column("Provider"),
    Column("Round"),
    Column("Stood at"),
    *money("Amount"),
)
Sums = dict[int, dict[str, int]]


def accruals(programme: Programme, day: date) -> Figures:
    """What the programme owed and had promised when `day` ended (London).

    Accrued: claims that were approved and not transferred (a creditor in the books), and claims
    sent or confirmed and not approved. Promised, and not accrued: vouchers out and redemptions not
    claimed, and claims disputed or returned. Everything as it was then, whatever was agreed since.
    """
    moment = Period(day, day).until
    rounds = rounds_of_programme(programme.id)
    sums = _ledger_sums(rounds, moment)
    standing = claims_standing_at(rounds, moment)
    for one in standing:
        if one.status in (*CLAIMED, *IN_QUESTION):
            name = "claimed" if one.status in CLAIMED else "in_question"
            sums[one.claim.round_id][name] += one.pence
    names = rounds_alone(rounds)
    accrued, promised = _round_rows(sums, names)
    total = summed("All rounds", _ACCRUED, accrued)
    return Figures(
        title="Accruals",
        subtitle=programme.name,
        facts=(("At the end of", day.isoformat(), DAY), ("Accrued", total[-1], "money")),
        tables=(
            Table("accrued", "Accrued", _ACCRUED, accrued, total),
            Table(
                "promised",
                "Promised or owed to us, not accrued",
                _PROMISED,
                promised,
                summed("All rounds", _PROMISED, promised),
            ),
            _claims_table(standing, names),
        ),
        sums={"accrued": total[-1]},
        notes=(
            "Approved and not transferred, vouchers, and what providers owe are balances of the "
            "books. Claims stand as they stood at the end of that day, with that day’s amounts.",
        ),
    )


def _ledger_sums(rounds: frozenset[int], moment: datetime) -> Sums:
    found: Sums = {key: defaultdict(int) for key in sorted(rounds)}
    for one in balances(touching=Fit(round_ids=rounds), until=moment):
        if one.round_id in found:
            found[one.round_id][one.kind.value] += one.pence
    return found


def _round_rows(
    sums: Sums, names: dict[int, str]
) -> tuple[tuple[tuple[str | int, ...], ...], tuple[tuple[str | int, ...], ...]]:
    accrued, promised = [], []
    for key, found in sums.items():
        owed, claimed = found[Kind.PAYABLE], found["claimed"]
        accrued.append((names[key], owed, claimed, owed + claimed))
        not_claimed = found[Kind.COMMITTED] - claimed - found["in_question"]
        promised.append(
            (
                names[key],
                found[Kind.RESERVED],
                not_claimed,
                found["in_question"],
                found[Kind.RECOVERABLE],
            )
        )
    return tuple(accrued), tuple(promised)


def _claims_table(standing: Sequence[Standing], names: dict[int, str]) -> Table:
    under_way = (*CLAIMED, *IN_QUESTION, ClaimStatus.APPROVED)
    shown = [one for one in standing if one.status in under_way]
    providers = provider_names({one.claim.provider_id for one in shown})
    rows = tuple(
        (
            one.claim.reference,
            providers[one.claim.provider_id].name,
            names[one.claim.round_id],
            one.status.staff_label,
            one.pence,
        )
        for one in shown
    )
    return Table(
        "claims",
        "Claims that were under way",
        _CLAIMS,
        rows,
        note="An approved claim is accrued until its transfer, and listed until it is paid.",
        nothing="No claim was under way.",
    )
