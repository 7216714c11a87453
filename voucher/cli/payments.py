"""Commands on money."""

import click
from flask import current_app
from flask.cli import with_appcontext

from voucher.core import clock


@click.command("reconcile")
@with_appcontext
def reconcile() -> None:
    """Compare the books with Stripe's; print every difference, and exit 1 if there is one.

    Exits 2 when Stripe doesn't answer: then nothing is known.
    """
    from voucher.integrations.stripe.errors import StripeFailure
    from voucher.payments.jobs.reconciling import reconcile as compare_books
    from voucher.payments.reconciling import Difference, DifferenceKind

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
    if found.differences:
        raise SystemExit(1)
    click.echo("The books agree with Stripe's.")
