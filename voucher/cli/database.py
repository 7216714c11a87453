"""Commands on the database."""

import click
from flask import current_app
from flask.cli import with_appcontext

from config import ROOT


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest version of its tables."""
    upgrade_database()
    click.echo("The database is up to date.")


def upgrade_database(revision: str = "head") -> None:
    """Run the migrations up to `revision` on the current application's database."""
    import flask_migrate  # imported late: Alembic is heavy and the web process does not need it

    if "migrate" not in current_app.extensions:
        from voucher.core.db import db

        flask_migrate.Migrate(current_app, db, directory=str(ROOT / "migrations"))
    flask_migrate.upgrade(directory=str(ROOT / "migrations"), revision=revision)
