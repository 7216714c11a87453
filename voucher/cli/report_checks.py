"""Command that checks a published report against the data, or against itself."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from voucher.cli.rendering import render
from voucher.core.db import reading
from voucher.core.errors import DomainError
from voucher.evaluation.reports.recomputing import (
    OTHER_PAGES,
    PAGES_NOT_CHECKED,
    Made,
    made_from_database,
    made_from_extract,
)
from voucher.evaluation.reports.verification import (
    attached_files,
    contradictions,
    figures_of,
)

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


class NotReadable(click.ClickException):
    """The file is no report or no extract, or the data can't be read: exit status 2."""

    exit_code = 2


@click.command("verify-report")
@click.argument("file", type=FILE)
@click.option("--extract", type=FILE, help="The pseudonymised data of an extract, instead of ours.")
@with_appcontext
def verify_report(file: Path, extract: Path | None) -> None:
    """Make the figures of a report again and name the first that differs (exit status 1).

    They are made from the database, or with --extract from the data in an extract. Where there is
    neither, only whether the report's own figures agree with each other is checked, and said. Its
    pages are compared where this code is the version that made them, from the database; elsewhere
    it is said whether the file is one that is kept here.
    """
    document = file.read_bytes()
    try:
        files = attached_files(document)
        figures = figures_of(files)
        contradiction = next(contradictions(figures, files), None)
        against = None if contradiction else _made_again(figures, document, extract)
    except DomainError as error:
        raise NotReadable(f"{file}: {_one_line(error)}") from error
    except SQLAlchemyError as error:
        words = _one_line(getattr(error, "orig", None) or error)
        raise NotReadable(f"The database could not be read: {words}") from error
    if contradiction:
        raise click.ClickException(contradiction)
    if against is None:
        click.echo(
            "The figures agree with each other. This database does not know what the report"
            " is of and no extract was given, so they were compared with no data."
        )
        click.echo(PAGES_NOT_CHECKED)
        return
    _compare(figures, against, document)


def _made_again(figures: Mapping[str, Any], document: bytes, extract: Path | None) -> Made | None:
    """The figures from the extract or the database; None where it does not know the matter."""
    if extract is not None:
        return made_from_extract(extract, figures)
    with reading():
        cut_at = datetime.fromisoformat(figures["data_cut_at"])
        return made_from_database(figures, document, cut_at, render)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _compare(figures: Mapping[str, Any], against: Made, document: bytes) -> None:
    differing = against.difference(figures)
    if differing is not None:
        raise click.ClickException(str(differing))
    click.echo(f"Every figure agrees with {against.source}.")
    if against.has_other_pages(figures, document):
        raise click.ClickException(OTHER_PAGES)
    for words in against.remarks(figures):
        click.echo(words)
