"""A provider's connected account: asked for once, and kept as Stripe last had it.

The request for an account follows the same protocol as money: its parameters and key are stored
before it is sent, so that a time-out does not make a second account.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voucher.audit.operations import record
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, NotFound
from voucher.integrations.stripe.answers import AccountState
from voucher.payments.queries.work import account_of
from voucher.payments.rules import RESEND_WINDOW
from voucher.providers.models import ConnectedAccount, Provider, ProviderStatus

MAY_ONBOARD = (ProviderStatus.SUBMITTED, ProviderStatus.APPROVED, ProviderStatus.SUSPENDED)


@dataclass(frozen=True)
class AccountOrder:
    """A request for a connected account, frozen; `account_id` where there is one already."""

    provider_id: int
    account_id: str | None
    key: str
    email: str
    name: str
    reference: str


def order_account(*, provider_id: int, email: str, environment: str, at: datetime) -> AccountOrder:
    """What to ask Stripe for, the same until it has answered.

    Before: the provider's registration was sent. After: the request is stored. Within 20 hours a
    second call gives the same request under the same key; later a new one (an account that nobody
    uses does no harm). Raises Conflict while the registration is a draft or was refused.
    """
    provider: Provider | None = lock(Provider, provider_id)
    if provider is None:
        raise NotFound("There is no such provider.")
    if provider.status not in MAY_ONBOARD:
        raise Conflict("Send your registration first. Then you can set up payment.")
    account = account_of(provider_id) or _begin(provider, at)
    sent_at = account.creation_sent_at
    if account.stripe_account_id is None and (sent_at is None or at - sent_at > RESEND_WINDOW):
        if sent_at is not None:
            account.creation_attempt += 1
        account.creation_sent_at = at
        account.creation_parameters = {"email": email, "name": provider.name}
    session.flush()
    parameters: dict[str, Any] = account.creation_parameters or {}
    return AccountOrder(
        provider_id=provider_id,
        account_id=account.stripe_account_id,
        key=f"{environment}:provider:{provider.reference}:account:{account.creation_attempt}",
        email=parameters.get("email", email),
        name=parameters.get("name", provider.name),
        reference=provider.reference,
    )


def _begin(provider: Provider, at: datetime) -> ConnectedAccount:
    account = ConnectedAccount(provider_id=provider.id, created_at=at)
    session.add(account)
    session.flush()
    return account


def refuse_account(*, order: AccountOrder) -> None:
    """Enter that Stripe definitely refused: the next request is a new one under a new key."""
    account = _locked(order.provider_id)
    if account.stripe_account_id is None:
        account.creation_attempt += 1
        account.creation_sent_at = account.creation_parameters = None


def keep_account(
    *, provider_id: int, state: AccountState, by: int | None, at: datetime
) -> ConnectedAccount:
    """Keep the account as Stripe has it now; the first time it becomes the provider's own.

    A bank account that differs from the one before starts the cooling period. Raises Conflict when
    the provider has a different account already.
    """
    account = _locked(provider_id)
    if account.stripe_account_id not in (None, state.account_id):
        raise Conflict("This provider has a different account at Stripe already.")
    if account.stripe_account_id is None:
        account.stripe_account_id = state.account_id
        account.creation_parameters = None
        details = {"account": state.account_id}
        record(action="account.created", subject=account, at=at, by=by, details=details)
    _take_over(account, state, by, at)
    session.flush()
    return account


def _take_over(
    account: ConnectedAccount, state: AccountState, by: int | None, at: datetime
) -> None:
    was_payable = account.payable
    known, now = account.bank_fingerprint, state.bank_fingerprint
    bank_changed = known is not None and now is not None and now != known
    account.transfers_active = state.transfers_active
    account.payouts_enabled = state.payouts_enabled
    account.past_due = bool(state.past_due)
    account.bank_last4 = state.bank_last4
    account.holder_name = (state.holder_name or "")[:200] or None
    account.bank_fingerprint = now or known
    account.read_at = at
    if bank_changed:
        account.bank_changed_at = at
        details = {"provider": account.provider_id}
        record(action="account.bank_changed", subject=account, at=at, by=by, details=details)
    if bank_changed or account.payable != was_payable:
        details = {"payable": account.payable, "bank_changed": bank_changed}
        record(action="account.read", subject=account, at=at, by=by, details=details)


def doubt_account(*, account: ConnectedAccount, at: datetime) -> None:
    """Enter that Stripe no longer lets us read the account: nothing is paid to it."""
    if account.payable:
        details = {"payable": False, "bank_changed": False}
        record(action="account.read", subject=account, at=at, by=None, details=details)
    account.transfers_active, account.read_at = False, at


def _locked(provider_id: int) -> ConnectedAccount:
    found = account_of(provider_id)
    if found is None:
        raise NotFound("There is no such account.")
    locked: ConnectedAccount = lock(ConnectedAccount, found.id)
    return locked
