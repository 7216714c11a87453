"""What is done at Stripe in an evening, outside any transaction: money arrives, payees are set up.

An errand is a function of a moment. Steps of the day put errands on the stage's list; the evening
runs them before the worker's jobs, with the emulator's clock at its own moment.
"""

from collections.abc import Callable
from datetime import datetime

from voucher.core.db import session, transaction
from voucher.payments.jobs.following import notice_top_ups, refresh_account
from voucher.payments.jobs.onboarding import open_account, read_again
from voucher.payments.jobs.sending import send_transfers
from voucher.payments.operations.queueing import queue_claim
from voucher.payments.queries.work import account_of
from voucher.providers.models import Provider
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.stage import Stage

FIRST_TOP_UP_PENCE = 700_000
LATER_TOP_UP_PENCE = 2_900_000
PRESENT_TOP_UP_PENCE = 5_000_000
IN_ARREARS = {"capabilities": {"transfers": "inactive"}, "past_due": ["individual.verification"]}
PUT_RIGHT_LATE = (
    "transfer unknown",
    "payout unknown",
    "bank changed",
    "payout just sent",
    "taken back",
    "key used before",
)
"""Fates of which the provider's arrears are made up in the last hour."""
PUT_RIGHT = {"capabilities": {"transfers": "active"}, "past_due": []}


def top_up(stage: Stage, pence: int) -> Callable[[datetime], None]:
    """The funder's money arrives at Stripe, and is noticed."""

    def do(at: datetime) -> None:
        stage.levers.add_funds(pence)
        notice_top_ups(stage.services.stripe, at)

    return do


def set_up_payee(stage: Stage, provider_id: int, email: str) -> Callable[[datetime], None]:
    """The provider opens its account at Stripe and fills in Stripe's pages."""

    def do(at: datetime) -> None:
        stripe = stage.services.stripe
        account_id = open_account(
            stripe,
            provider_id=provider_id,
            email=email,
            environment=stage.services.settings.environment,
            by=stage.provider_members[provider_id],
            at=at,
        )
        stage.levers.onboard(account_id)
        read_again(stripe, provider_id=provider_id, account_id=account_id, at=at)

    return do


def _return_next_payout(case: Case, account_id: str, _at: datetime) -> None:
    case.stage.levers.let_next_payout_fail(account_id)


def _fall_into_arrears(case: Case, account_id: str, at: datetime) -> None:
    case.stage.levers.change_standing(account_id, **IN_ARREARS)
    refresh_account(case.stage.services.stripe, account_id, at)


def _lose_the_answer(case: Case, _account_id: str, at: datetime) -> None:
    """Stripe breaks on the transfer. A day later a look-up proves that it never came about."""
    services = case.stage.services
    with transaction():
        queue_claim(claim_id=case.ids["claim"], at=at)
    case.stage.levers.let_a_request_fail("/v1/transfers")
    send_transfers(services.stripe, services.settings.environment, at)


TROUBLES = {
    "payout failed": _return_next_payout,
    "payee blocked": _fall_into_arrears,
    **dict.fromkeys(PUT_RIGHT_LATE, _fall_into_arrears),
    "answer lost": _lose_the_answer,
}
"""By fate, what goes wrong at Stripe when the claim is approved."""


def trouble(case: Case, provider_id: int) -> Callable[[datetime], None]:
    """What goes wrong for the provider's account in a case of this fate."""

    def do(at: datetime) -> None:
        account_id = stripe_account(provider_id)
        if account_id:
            TROUBLES[case.fate](case, account_id, at)

    return do


def put_right(case: Case, at: datetime) -> None:
    """The provider in arrears gives Stripe what it wants, and Stripe can pay it again."""
    account_id = stripe_account(case.ids["provider"])
    if account_id:
        case.stage.levers.change_standing(account_id, **PUT_RIGHT)
        refresh_account(case.stage.services.stripe, account_id, at)


def change_bank(case: Case, at: datetime) -> None:
    """The provider enters another bank account, in its own name as the one before."""
    account_id = stripe_account(case.ids["provider"])
    if account_id:
        with transaction():
            holder = session.get_one(Provider, case.ids["provider"]).name
        case.stage.levers.change_bank(account_id, holder=holder, number="00012399")
        refresh_account(case.stage.services.stripe, account_id, at)


def stripe_account(provider_id: int) -> str | None:
    """The provider's account at Stripe, if it has one."""
    with transaction():
        account = account_of(provider_id)
        return account.stripe_account_id if account else None
