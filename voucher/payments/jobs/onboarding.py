"""Setting up payment at Stripe, for a provider who waits in front of the page.

Called by the provider's pages, which hold no transaction open meanwhile: the request is stored,
Stripe is asked, and the answer is stored, as for money.
"""

from datetime import datetime

from voucher.core.db import transaction
from voucher.integrations.stripe.errors import StripeKeyMismatch, StripeRejected
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.operations.accounts import (
    AccountOrder,
    keep_account,
    order_account,
    refuse_account,
)


def open_account(
    stripe: StripeGateway,
    *,
    provider_id: int,
    email: str,
    environment: str,
    by: int,
    at: datetime,
) -> str:
    """The id of the provider's account at Stripe, made now if there is none.

    Raises Conflict while the provider may not be paid at all, and Stripe's failures: after
    StripeUnreachable the same call is safe to repeat, and never makes a second account.
    """
    with transaction():
        order = order_account(provider_id=provider_id, email=email, environment=environment, at=at)
    if order.account_id is not None:
        return order.account_id
    return _create(stripe, order, by, at)


def _create(stripe: StripeGateway, order: AccountOrder, by: int, at: datetime) -> str:
    try:
        state = stripe.create_account(
            email=order.email, name=order.name, reference=order.reference, key=order.key
        )
    except (StripeRejected, StripeKeyMismatch):
        with transaction():
            refuse_account(order=order)
        raise
    with transaction():
        keep_account(provider_id=order.provider_id, state=state, by=by, at=at)
    return state.account_id


def read_again(stripe: StripeGateway, *, provider_id: int, account_id: str, at: datetime) -> bool:
    """Read the account back from Stripe and keep it: the only proof of a finished set-up.

    Whether Stripe can now pay the provider.
    """
    state = stripe.read_account(account_id=account_id)
    with transaction():
        account = keep_account(provider_id=provider_id, state=state, by=None, at=at)
        payable = account.payable
    return payable
