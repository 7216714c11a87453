"""Commands on the audit chain."""

import click
from flask.cli import with_appcontext

from voucher.audit.operations import seal
from voucher.audit.queries import verify_chain
from voucher.cli.database import require_tables
from voucher.core import clock
from voucher.core.db import reading, transaction


@click.command("verify-audit")
@click.option("--head", help="A published head hash that the chain must contain.")
@with_appcontext
def verify_audit(head: str | None) -> None:
    """Recompute the audit chain from its first event; exit 1 naming the first fault."""
    require_tables()
    with transaction():
        seal(at=clock.now())
    with reading():
        found = verify_chain(head)
    click.echo(f"{found.sealed} events sealed, {found.unsealed} waiting; head {found.head}")
    if not found.whole:
        click.echo(f"BROKEN: {found.fault}", err=True)
        raise SystemExit(1)
    click.echo("The chain is whole.")
