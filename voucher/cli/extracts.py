"""`flask voucher extract`: a trial's rows without names, for outside evaluators."""

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from voucher.cli.database import require_tables
from voucher.cli.outputs import NEW_FILE
from voucher.core import clock
from voucher.core.db import reading
from voucher.core.errors import DomainError
from voucher.evaluation.analysis.jobs import build_extract
from voucher.evaluation.jobs import take_baselines
from voucher.programmes.queries import round_by_reference
from voucher.web.configuration import settings


@click.command("extract")
@click.option("--round", "reference", required=True, help="The round's reference, RND-….")
@click.option(
    "--out",
    required=True,
    type=NEW_FILE,
    help="The ZIP file to write.",
)
@click.option("--cut", help="The data as they stood then: ISO 8601 with its offset; default: now.")
@with_appcontext
def extract(reference: str, out: Path, cut: str | None) -> None:
    """Write the pseudonymised extract of a round: rows, plan, codebook and findings, as one ZIP.

    The same round and cut give the same bytes.
    """
    require_tables()
    take_baselines()
    key = settings().digest_key.encode()
    try:
        with reading():
            found = round_by_reference(reference)
            packed = build_extract(found.id, _moment(cut), key)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    out.write_bytes(packed)
    click.echo(f"{len(packed):,} bytes in {out}")


def _moment(cut: str | None) -> datetime:
    if cut is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(cut)
    except ValueError as error:
        raise click.UsageError(f"“{cut}” is no moment, such as 2026-06-30T12:00+01:00.") from error
    if moment.tzinfo is None:
        raise click.UsageError("Say the moment's offset from UTC, such as +00:00.")
    return moment
