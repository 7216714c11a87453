"""Command that builds a round's report at once, without the worker."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from voucher.cli.rendering import render
from voucher.core import clock
from voucher.core.db import reading
from voucher.core.errors import NotFound
from voucher.evaluation.jobs import take_baselines
from voucher.evaluation.reports import build_round_report
from voucher.integrations.pdf import PdfFailed
from voucher.programmes.queries import round_by_reference


@click.command("report")
@click.option("--round", "reference", required=True, help="The round's reference, RND-….")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PDF file to write.",
)
@with_appcontext
def report(reference: str, out: Path) -> None:
    """Build the evaluation summary of a round up to this moment, as a tagged PDF."""
    take_baselines()
    try:
        with reading():
            found = round_by_reference(reference)
            built = build_round_report(round_id=found.id, data_cut_at=clock.now(), render=render)
    except (NotFound, PdfFailed) as error:
        raise click.ClickException(str(error)) from error
    out.write_bytes(built.document)
    click.echo(f"{built.title}: {len(built.document):,} bytes in {out}")
