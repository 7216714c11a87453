"""Commands on money."""

import click
from flask import current_app
from flask.cli import with_appcontext

from voucher.core import clock


@click.command("reconcile")
@with_appcontext
def reconcile() -> None:
    """Compare the books with Stripe's; print every difference, and exit 1 if there is one."""
    from voucher.payments.jobs.reconciling import reconcile as compare_books
    from voucher.payments.reconciling import Difference, DifferenceKind

    found = compare_books(current_app.extensions["services"].stripe, clock.now())
    click.echo(f"{found.reference}: {found.matched} movements agree, {found.under_way} under way")
    for stored in found.differences:
        kind = DifferenceKind(stored["kind"])
        click.echo(Difference(**{**stored, "kind": kind}).sentence(), err=True)
    if found.differences:
        raise SystemExit(1)
    click.echo("The books agree with Stripe's.")
