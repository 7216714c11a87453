"""Command that builds a round's report at once, without the worker."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from voucher.cli.database import require_tables
from voucher.cli.outputs import NEW_FILE
from voucher.cli.rendering import render
from voucher.core import clock
from voucher.core.db import reading
from voucher.core.errors import DomainError
from voucher.evaluation.jobs import take_baselines
from voucher.evaluation.reports.rounds import build_round_report
from voucher.integrations.pdf import PdfFailed
from voucher.programmes.queries import round_by_reference


class Moment(click.ParamType):
    """An ISO 8601 moment with its offset from UTC."""

    name = "moment"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """The moment, or a usage error."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail("needs a date, a time and an offset, such as 2027-02-01T09:00:00Z")
        return moment.astimezone(UTC)


MOMENT = Moment()


@click.command("report")
@click.option("--round", "reference", required=True, help="The round's reference, RND-….")
@click.option(
    "--out",
    required=True,
    type=NEW_FILE,
    help="The PDF file to write.",
)
@click.option("--cut", type=MOMENT, help="Data up to this moment (ISO 8601); now if left out.")
@with_appcontext
def report(reference: str, out: Path, cut: datetime | None) -> None:
    """Build the report of a round as a tagged PDF. The same cut gives the same bytes."""
    require_tables()
    take_baselines()
    try:
        with reading():
            found = round_by_reference(reference)
            built = build_round_report(
                round_id=found.id, data_cut_at=cut or clock.now(), render=render
            )
    except (DomainError, PdfFailed) as error:
        raise click.ClickException(str(error)) from error
    out.write_bytes(built.document)
    click.echo(f"{built.title}: {len(built.document):,} bytes in {out}")
