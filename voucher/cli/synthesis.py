"""Command that builds the synthesis across rounds and programmes at once, without the worker."""

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from voucher.cli.database import require_tables
from voucher.cli.outputs import NEW_FILE
from voucher.cli.rendering import render
from voucher.cli.reports import MOMENT
from voucher.core import clock
from voucher.core.db import reading
from voucher.evaluation.synthesis.document import build_synthesis
from voucher.evaluation.synthesis.queries import rounds_found
from voucher.integrations.pdf import PdfFailed


@click.command("synthesis")
@click.option(
    "--out",
    required=True,
    type=NEW_FILE,
    help="The PDF file to write.",
)
@click.option("--cut", type=MOMENT, help="Reports published up to this moment; now if left out.")
@with_appcontext
def synthesis(out: Path, cut: datetime | None) -> None:
    """Put together what all rounds with a published report found, as a tagged PDF.

    The same cut gives the same bytes.
    """
    require_tables()
    try:
        with reading():
            cut_at = cut or clock.now()
            rounds = rounds_found(up_to=cut_at)
            built = build_synthesis(rounds, data_cut_at=cut_at, render=render)
    except PdfFailed as error:
        raise click.ClickException(str(error)) from error
    out.write_bytes(built.document)
    click.echo(f"{built.title}: {len(built.document):,} bytes in {out}")
