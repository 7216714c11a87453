"""Commands on screening."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from voucher.cli.database import require_tables
from voucher.core import clock
from voucher.core.db import transaction
from voucher.core.errors import DomainError
from voucher.screening.list_file import UnreadableList, read_list
from voucher.screening.operations.lists import import_list


@click.command("import-sanctions")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--accept-fewer", is_flag=True, help="Even with less than half of the targets.")
@with_appcontext
def import_sanctions(file: Path, accept_fewer: bool) -> None:
    """Take in the sanctions list in FILE (the CSV of the UK Sanctions List, or of the consolidated
    list that came before it): the whole of it, or nothing.

    Names every bad line and exits 1 without changing anything. Claims that wait are screened anew.
    """
    require_tables()
    try:
        with file.open("rb") as source:
            content = read_list(source)
        with transaction():
            made = import_list(
                content=content,
                file_name=file.name,
                by=None,
                at=clock.now(),
                accept_fewer=accept_fewer,
            )
            said = f"Imported: {made.entries} targets, published on {made.published_on:%d %B %Y}."
    except UnreadableList as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        click.echo("Nothing was imported.", err=True)
        raise SystemExit(1) from error
    except DomainError as error:
        click.echo(f"Nothing was imported: {error}", err=True)
        raise SystemExit(1) from error
    click.echo(said)
