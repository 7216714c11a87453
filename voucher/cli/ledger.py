"""Command that writes the ledger for accountants."""

import click
from flask.cli import with_appcontext

from voucher.cli.database import NotUsable, require_tables
from voucher.core.db import reading_one_moment
from voucher.core.errors import NotFound
from voucher.payments.books.queries.export import beancount_lines
from voucher.programmes.queries import programme_by_slug


@click.command("ledger-export")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["beancount"]),
    default="beancount",
    show_default=True,
    help="The language of the file.",
)
@click.option("--programme", "slug", help="Only this programme's rounds, by its short name.")
@with_appcontext
def ledger_export(file_format: str, slug: str | None) -> None:
    """Write the ledger to standard output, for `bean-check` and other tools of accountants.

    Every account ends with a balance assertion. With --programme, top-ups and fees are left out:
    they belong to no programme. Exits 2, with nothing written, when there is no such programme.
    """
    require_tables()
    with reading_one_moment():
        try:
            programme = programme_by_slug(slug) if slug else None
        except NotFound as error:
            raise NotUsable(f"--programme {slug}: {error}") from error
        for line in beancount_lines(programme):
            click.echo(line)
