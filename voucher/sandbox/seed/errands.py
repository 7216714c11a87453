"""What is done at Stripe in an evening, outside any transaction: money arrives, payees are set up.

An errand is a function of a moment. Steps of the day put errands on the stage's list; the evening
runs them, with the emulator's clock at its own moment.
"""

from collections.abc import Callable
from datetime import datetime

from voucher.core.db import transaction
from voucher.payments.jobs.following import notice_top_ups, refresh_account
from voucher.payments.jobs.onboarding import open_account, read_again
from voucher.payments.queries.work import account_of
from voucher.sandbox.seed.stage import Stage

FIRST_TOP_UP_PENCE = 1_200_000
LATER_TOP_UP_PENCE = 2_400_000
PRESENT_TOP_UP_PENCE = 5_000_000
IN_ARREARS = {"capabilities": {"transfers": "inactive"}, "past_due": ["individual.verification"]}


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


def _return_next_payout(stage: Stage, account_id: str, _at: datetime) -> None:
    stage.levers.let_next_payout_fail(account_id)


def _fall_into_arrears(stage: Stage, account_id: str, at: datetime) -> None:
    stage.levers.change_standing(account_id, **IN_ARREARS)
    refresh_account(stage.services.stripe, account_id, at)


def _change_bank(stage: Stage, account_id: str, at: datetime) -> None:
    stage.levers.change_bank(account_id, holder="New account", number="00012399")
    refresh_account(stage.services.stripe, account_id, at)


TROUBLES = {
    "payout failed": _return_next_payout,
    "payee blocked": _fall_into_arrears,
    "bank changed": _change_bank,
}
"""By fate, what goes wrong at Stripe when the claim is approved."""


def trouble(stage: Stage, fate: str, provider_id: int) -> Callable[[datetime], None]:
    """What goes wrong for a provider's account in a case of this fate."""

    def do(at: datetime) -> None:
        with transaction():
            account = account_of(provider_id)
            account_id = account.stripe_account_id if account else None
        if account_id:
            TROUBLES[fate](stage, account_id, at)

    return do
