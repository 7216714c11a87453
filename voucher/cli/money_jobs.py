"""What the worker does with money, how often."""

from datetime import datetime, timedelta

from voucher.cli.worker import Job
from voucher.integrations.services import Services
from voucher.payments.clawbacks import jobs as clawbacks
from voucher.payments.jobs import comparing, following, inbox, reconciling, sending, unexplained

OFTEN = timedelta(seconds=1)
MINUTELY = timedelta(minutes=1)
HOURLY = timedelta(hours=1)


def send_transfers(services: Services, at: datetime) -> int:
    """Send the transfers that are due; how many were taken up."""
    return sending.send_transfers(services.stripe, services.settings.environment, at)


def send_payouts(services: Services, at: datetime) -> int:
    """Send the payouts whose hold is over; how many were taken up."""
    settings = services.settings
    days = settings.bank_change_cooling_days
    return sending.send_payouts(services.stripe, settings.environment, days, at)


def take_money_back(services: Services, at: datetime) -> None:
    """Reverse the transfers of approved clawbacks."""
    clawbacks.take_back(services.stripe, services.settings.environment, at)


MONEY = (
    Job(
        "queue approved claims",
        OFTEN,
        lambda _services, at: sending.queue_approved_claims(at),
        drains=True,
    ),
    Job("set off debts", OFTEN, lambda _services, at: clawbacks.set_off_debts(at)),
    Job("send transfers", OFTEN, send_transfers, drains=True),
    Job("take money back", OFTEN, take_money_back),
    Job("send payouts", OFTEN, send_payouts, drains=True),
    Job("read webhooks", OFTEN, lambda services, at: inbox.read_inbox(services.stripe, at)),
    Job(
        "follow payouts",
        MINUTELY,
        lambda services, at: following.follow_payouts(services.stripe, at),
        drains=True,
    ),
    Job(
        "read connected accounts",
        MINUTELY,
        lambda services, at: following.refresh_accounts(services.stripe, at),
    ),
    Job(
        "notice top-ups", HOURLY, lambda services, at: following.notice_top_ups(services.stripe, at)
    ),
    Job(
        "notice movements of others",
        HOURLY,
        lambda services, at: unexplained.notice_unexplained(services.stripe, at),
    ),
    Job(
        "release blocked payments",
        timedelta(seconds=15),
        lambda services, at: following.release_blocked(services.stripe, at),
    ),
    Job(
        "compare the books as asked",
        OFTEN,
        lambda services, at: comparing.compare_as_asked(services.stripe, at),
    ),
    Job(
        "reconcile",
        HOURLY,
        lambda services, at: reconciling.reconcile_nightly(services.stripe, at),
    ),
)
