"""`flask voucher simulate`: a made-up round from the draw to the report, with a known effect."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

from voucher.cli.database import upgrade_database
from voucher.cli.outputs import NEW_FILE
from voucher.core.db import db, reading, transaction
from voucher.core.errors import DomainError
from voucher.integrations.pdf import PdfFailed
from voucher.sandbox.simulation.running import Simulated, Wish, play_round, recovered
from voucher.web.configuration import settings

NOT_EMPTY = (
    "There is a programme in this database already. A simulation needs an empty one, because"
    " nothing of it must ever stand beside real cases."
)

PLAYING = "A round of {:,} businesses is played, from its plan to its report. It takes a while …"


@click.command("simulate")
@click.option("--businesses", type=click.IntRange(4, 30_000), default=2_000, show_default=True)
@click.option("--effect", type=float, default=0.08, show_default=True, help="0.08: 8 points.")
@click.option("--places", type=click.IntRange(1), help="How many are offered; default: half.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--out",
    type=NEW_FILE,
    help="The PDF file to write: the report of the round.",
)
@click.option("--database", help="Address of an empty database; default: a temporary SQLite file.")
@with_appcontext
def simulate(
    businesses: int,
    effect: float,
    places: int | None,
    seed: int,
    out: Path | None,
    database: str | None,
) -> None:
    """Play a made-up round from the draw to the report, and print the effect put in and found.

    `--effect` is that of the offer on the share that uses technology made for its problem after six
    months. The seed makes applicants and answers; the draw is sealed afresh, as real ones are.
    """
    try:
        wish = Wish(businesses, places or businesses // 2, effect, seed)
        click.echo(PLAYING.format(businesses), err=True)
        with _application(database) as app:
            simulated = _play(wish, app)
            with reading():
                answer, _ = recovered(simulated, wish)
                if out is not None:
                    out.write_bytes(_report(simulated))
                    answer["report"] = str(out)
    except (DomainError, PdfFailed) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(answer, indent=1, allow_nan=False))


@contextmanager
def _application(database: str | None) -> Iterator[Flask]:
    """An application of its own on the database, migrated, in its context; its files go."""
    from voucher import create_app

    with tempfile.TemporaryDirectory(prefix="simulated-") as folder:
        url = database or f"sqlite:///{Path(folder) / 'simulated.sqlite'}"
        app = create_app(replace(settings(), data_dir=Path(folder), database_url=url))
        with app.app_context():
            try:
                upgrade_database()
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()


def _play(wish: Wish, app: Flask) -> Simulated:
    from voucher.sandbox.seed.programme import is_empty

    if not is_empty():
        raise click.ClickException(NOT_EMPTY)
    key = app.extensions["settings"].digest_key.encode()
    with transaction():
        return play_round(wish, key)


def _report(simulated: Simulated) -> Any:
    from voucher.cli.rendering import render
    from voucher.evaluation.reports.rounds import build_round_report

    built = build_round_report(
        round_id=simulated.round_id, data_cut_at=simulated.data_cut_at, render=render
    )
    return built.document
