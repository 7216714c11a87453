"""Commands on money."""

from datetime import UTC, datetime, timedelta

import click
from flask import current_app
from flask.cli import with_appcontext

from voucher.cli.database import NotUsable, require_tables
from voucher.core import clock
from voucher.core.clock import LONDON


@click.command("reconcile")
@with_appcontext
def reconcile() -> None:
    """Compare the books with Stripe's; print every difference, and exit 1 if there is one.

    Exits 2 when Stripe doesn't answer: then nothing is known.
    """
    from voucher.integrations.stripe.errors import StripeFailure
    from voucher.payments.differences.rules import WORDS
    from voucher.payments.jobs.reconciling import reconcile as compare_books
    from voucher.payments.reconciling import Difference, DifferenceKind

    require_tables()
    services = current_app.extensions["services"]
    try:
        found = compare_books(services.stripe, clock.now())
    except StripeFailure as error:
        click.echo(
            f"Nothing was compared with {services.settings.stripe_api_base}: {error}", err=True
        )
        raise SystemExit(2) from error
    click.echo(f"{found.reference}: {found.matched} movements agree, {found.under_way} under way")
    for stored in found.differences:
        kind = DifferenceKind(stored["kind"])
        click.echo(Difference(**{**stored, "kind": kind}).sentence(), err=True)
        click.echo(f"    {WORDS[kind].meaning} {WORDS[kind].action}", err=True)
    if found.differences:
        raise SystemExit(1)
    click.echo("The books agree with Stripe's.")


def _beginning(since: datetime | None, at: datetime, listed: timedelta) -> datetime | None:
    """The first moment of that day in London. Raises NotUsable for one that Stripe can't list."""
    if since is None:
        return None
    begins = since.replace(tzinfo=LONDON).astimezone(UTC)
    if begins > at:
        raise NotUsable(f"--since {since.date()}: that day is still to come.")
    if begins < at - listed:
        raise NotUsable(f"--since {since.date()}: Stripe lists events of {listed.days} days only.")
    return begins


@click.command("replay-events")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (three days).")
@click.option("--dead", is_flag=True, help="Try those again, too, that failed too often.")
@with_appcontext
def replay_events(since: datetime | None, dead: bool) -> None:
    """Fetch the webhooks that never came from Stripe’s list, and act on them.

    Stripe lists an event for 30 days. Exits 1 if an event can’t be acted on, 2 when Stripe
    doesn’t answer or it can’t be done as asked.
    """
    from voucher.core.db import transaction
    from voucher.integrations.stripe.errors import StripeFailure
    from voucher.payments.jobs.inbox import read_inbox
    from voucher.payments.jobs.replaying import LISTED, fill_gaps
    from voucher.payments.operations.inbox import revive
    from voucher.payments.queries.staff import dead_events

    require_tables()
    services, at = current_app.extensions["services"], clock.now()
    since_at = _beginning(since, at, LISTED)
    if dead:
        with transaction():
            click.echo(f"Dead events tried again: {revive(at=at, by=None)}")
    try:
        click.echo(f"Events that had never arrived: {fill_gaps(services.stripe, at, since_at)}")
        click.echo(f"Events acted on: {read_inbox(services.stripe, at, limit=100_000)}")
    except StripeFailure as error:
        click.echo(f"Stripe doesn’t answer as asked: {error}", err=True)
        raise SystemExit(2) from error
    with transaction():
        left = dead_events()
    if left:
        click.echo(f"Events that failed too often: {left}", err=True)
        raise SystemExit(1)
