"""`draw` and `verify-draw`: carry out a stratified draw on a file, and check a published one."""

from pathlib import Path

import click

from voucher.allocation.draw import Entry, Outcome, draw, parse_hex
from voucher.allocation.rules import first_difference
from voucher.cli.tables import read_columns
from voucher.cli.tools import FILE, Tool, ToolError, print_json, read_json, say

REFERENCE = "reference"


@click.command("draw", cls=Tool)
@click.argument("file", type=FILE)
@click.option("--places", type=int, required=True, help="How many are assigned.")
@click.option("--seed", required=True, help="32 bytes as 64 hex digits.")
@click.option("--stratum", help="The column that names each row's stratum.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole outcome as JSON.")
def draw_command(file: Path, places: int, seed: str, stratum: str | None, as_json: bool) -> None:
    """Share places among the rows of FILE, a CSV file with a column `reference`, by lot.

    The same list, places and seed give the same outcome, in whatever order the rows stand.
    """
    key = parse_hex(seed)
    outcome = draw(read_entries(file, stratum), places=places, seed=key)
    if as_json:
        print_json(
            {
                "assigned": outcome.assigned,
                "waiting": outcome.waiting,
                "quotas": outcome.quotas,
                "list_sha256": outcome.list_sha256,
                "seed_sha256": outcome.seed_sha256,
            }
        )
    else:
        _tell(outcome)


@click.command("verify-draw", cls=Tool)
@click.argument("file", type=FILE)
def verify_command(file: Path) -> None:
    """Carry out the published draw in FILE again; exit 1 naming the first difference."""
    published = read_json(file)
    difference = first_difference(published)
    if difference:
        say(f"DIFFERENT: {difference}")
        raise SystemExit(1)
    assigned, listed = len(published["assigned"]), len(published["list"])
    say(f"The draw is what the rule gives: {assigned} of {listed} assigned.")


def read_entries(file: Path, stratum: str | None) -> list[Entry]:
    """The references and strata of a CSV file, each exactly as it stands there.

    Raises ToolError naming the line that is wrong, or the column that is missing.
    """
    columns = [REFERENCE] if stratum is None else [REFERENCE, stratum]
    entries: list[Entry] = []
    line_of: dict[str, str] = {}
    for where, fields in read_columns(file, columns):
        entry = _entry(fields, where)
        if entry.reference in line_of:
            raise ToolError(
                f"{where}: the reference “{entry.reference}” stands there already, on "
                f"line {line_of[entry.reference]}"
            )
        line_of[entry.reference] = where.rpartition(" ")[2]
        entries.append(entry)
    return entries


def _entry(fields: list[str], where: str) -> Entry:
    if not fields[0]:
        raise ToolError(f"{where}: the reference is empty")
    if len(fields) > 1 and not fields[1]:
        raise ToolError(f"{where}: the stratum is empty")
    return Entry(*fields)


def _tell(outcome: Outcome) -> None:
    for stratum, quota in outcome.quotas.items():
        click.echo(f"{stratum or 'All'}: {quota}")
    click.echo(f"Assigned {len(outcome.assigned)}, waiting {len(outcome.waiting)}")
    for reference in outcome.assigned:
        click.echo(f"  {reference}")
    click.echo(f"SHA-256 of the list: {outcome.list_sha256}")
    click.echo(f"SHA-256 of the seed: {outcome.seed_sha256}")
