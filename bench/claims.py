"""Approved claims by the thousand: one for each provider by the real operations, then copies.

Copied are the business, the case, the voucher, the claim, its checks and its journals, by the
database itself (PostgreSQL); not the history, which paying does not read.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, String, cast, func, insert, literal, select, text, update
from sqlalchemy.sql.elements import ColumnElement

from tests.contract.wire import EmulatorProcess
from tests.factories.payments import make_approved_claim
from tests.factories.scheme import AT, make_provider, make_round
from voucher.claims.models import Claim, ClaimStatus
from voucher.core import clock
from voucher.core.db import Base, session, transaction
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.jobs.following import notice_top_ups
from voucher.payments.operations.accounts import keep_account
from voucher.programmes.models import Round
from voucher.providers.models import Provider
from voucher.screening.models import PartyRecord

STRIDE = 1_000_000
"""How far apart the keys of a row and of its copies are."""
PENCE = 90_000
COPIED = (
    "business",
    "party_record",
    "application",
    "eligibility_check",
    "subsidy_notice",
    "decision",
    "award",
    "voucher",
    "match",
    "redemption",
    "claim",
    "screening_check",
    "ledger_journal",
    "ledger_entry",
)
MARKED = {"reference", "code_nonce", "code_digest", "invoice_number"}
"""Texts that two rows never share; company numbers are counted down from the first ones."""
COMPANIES = 10_000


@dataclass(frozen=True)
class Payees:
    """The round and the providers' accounts at Stripe that a run pays from and to."""

    round_id: int
    accounts: tuple[str, ...]


def make_payees(stripe: StripeGateway, emulator: EmulatorProcess, providers: int) -> Payees:
    """A round without a hold and `providers` that can be paid, with money for a million claims."""
    with transaction():
        round_id = make_round(hold_days=0, budget_pence=10**12, evidence_sample_bps=0).id
    accounts = tuple(_payee(stripe, emulator) for _ in range(providers))
    emulator.control("funds", amount=PENCE * 1_000_000)
    notice_top_ups(stripe, clock.now())
    return Payees(round_id, accounts)


def _payee(stripe: StripeGateway, emulator: EmulatorProcess) -> str:
    with transaction():
        provider = make_provider(payable=False)
        provider_id, reference, name = provider.id, provider.reference, provider.name
    made = stripe.create_account(
        email="money@provider.example", name=name, reference=reference, key=reference
    )
    emulator.control(f"accounts/{made.account_id}/onboard")
    state = stripe.read_account(account_id=made.account_id)
    with transaction():
        keep_account(provider_id=provider_id, state=state, by=None, at=AT)
    return made.account_id


def approve_claims(payees: Payees, claims: int, *, first: int) -> int:
    """Claims of £900, as many for each provider; how many: `claims` rounded down.

    Approved are the `first` alone, and the others by `approve_the_rest`.
    """
    with transaction():
        providers = session.execute(select(Provider.id).order_by(Provider.id)).scalars().all()
        for provider_id in providers:
            make_approved_claim(
                session.get_one(Round, payees.round_id), session.get_one(Provider, provider_id)
            )
        session.flush()
        # The register answered just now, by the clock that the workers go by.
        session.execute(update(PartyRecord).values(read_at=clock.now(), tried_at=clock.now()))
        for number in range(1, claims // len(providers)):
            _copy(number)
        _sum_up(payees.round_id)
        _keep_back(first)
        session.execute(text("ANALYZE"))
        return session.execute(select(func.count(Claim.id))).scalar_one()


def _keep_back(first: int) -> None:
    """Let all claims but the first wait for their approval."""
    early = select(Claim.id).order_by(Claim.id).limit(first)
    waiting = {"status": ClaimStatus.CONFIRMED, "approved_at": None}
    session.execute(update(Claim).where(Claim.id.not_in(early)).values(waiting))


def approve_the_rest() -> int:
    """Approve what was kept back, all at one moment; how many claims."""
    approved = {"status": ClaimStatus.APPROVED, "approved_at": clock.now()}
    with transaction():
        waiting = update(Claim).where(Claim.status == ClaimStatus.CONFIRMED)
        return session.execute(waiting.values(approved)).rowcount


def _copy(number: int) -> None:
    """The `number`th copy of every first row."""
    for name in COPIED:
        table = Base.metadata.tables[name]
        given = [_copied(column, number) for column in table.columns]
        rows = select(*given).where(table.c.id < STRIDE)
        if name == "party_record":
            rows = rows.where(table.c.party == "business")
        session.execute(insert(table).from_select(list(table.columns), rows))


def _copied(column: Any, number: int) -> ColumnElement[Any]:
    referred = {key.column.table.name for key in column.foreign_keys}
    if column.name in ("id", "source_id", "party_id") or referred & set(COPIED):
        return column + STRIDE * number
    if column.name == "company_number":
        return cast(cast(column, Integer) - COMPANIES * number, String)
    if column.name in MARKED:
        length = column.type.length or 40
        return func.concat(func.left(column, length - 6), literal(f"-{number:05}"))
    return column


def _sum_up(round_id: int) -> None:
    """The round's sum of what it owes, as the copied journals say."""
    claims = session.execute(select(func.count(Claim.id))).scalar_one()
    session.get_one(Round, round_id).committed_pence = claims * PENCE
