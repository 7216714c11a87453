"""Commands on the database."""

import re

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect
from sqlalchemy import text as text_of_query

from config import ROOT
from voucher.core.db import reading, session

REVISION = re.compile(r'^revision\b[^=]*= *"([^"]+)"', re.MULTILINE)
FOLLOWED = re.compile(r'^down_revision\b[^=]*= *"([^"]+)"', re.MULTILINE)


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest version of its tables."""
    upgrade_database()
    click.echo("The database is up to date.")


def is_up_to_date() -> bool:
    """Whether the tables are of the newest version, told without loading Alembic.

    The newest is the revision that no other one follows.
    """
    texts = _migrations()
    followed = {found[1] for text in texts if (found := FOLLOWED.search(text))}
    return _stored_versions() == _known_versions(texts) - followed


def require_tables() -> None:
    """Raise NotUsable unless the tables are there and of this version: for commands whose exit
    code 1 means something else."""
    if not is_up_to_date():
        raise NotUsable(
            "The database has no tables of this version. Run “flask voucher migrate” first."
        )


class NotUsable(click.ClickException):
    """What was asked for can't be done as things are; the command exits 2, with one line."""

    exit_code = 2


def require_known_version() -> None:
    """Raise click.ClickException when a newer version of the application laid the tables."""
    unknown = _stored_versions() - _known_versions(_migrations())
    if unknown:
        raise click.ClickException(
            f"The database is of version {', '.join(sorted(unknown))}, which this version of the "
            "application doesn't know: a newer one made it. Take that one. (In a demonstration "
            "that may be forgotten, remove its data directory, var, and start afresh.)"
        )


def _migrations() -> list[str]:
    return [file.read_text() for file in (ROOT / "migrations" / "versions").glob("*.py")]


def _known_versions(texts: list[str]) -> set[str]:
    return {found[1] for text in texts if (found := REVISION.search(text))}


def _stored_versions() -> set[str]:
    with reading():
        known = inspect(session.connection()).has_table("alembic_version")
        query = text_of_query("SELECT version_num FROM alembic_version")
        stored = set(session.execute(query).scalars()) if known else set()
        session.rollback()
    return stored


def upgrade_database(revision: str = "head") -> None:
    """Run the migrations up to `revision` on the current application's database."""
    import flask_migrate  # imported late: Alembic is heavy and the web process does not need it

    if "migrate" not in current_app.extensions:
        from voucher.core.db import db

        flask_migrate.Migrate(current_app, db, directory=str(ROOT / "migrations"))
    require_known_version()
    flask_migrate.upgrade(directory=str(ROOT / "migrations"), revision=revision)
