"""`verify-ranking`: check the published ranked list of a round that was shared by scores."""

from pathlib import Path

import click

from voucher.allocation.scored.published import first_ranked_difference
from voucher.cli.tools import FILE, Tool, read_json, say


@click.command("verify-ranking", cls=Tool)
@click.argument("file", type=FILE)
def verify_ranking_command(file: Path) -> None:
    """Rank the published list in FILE again; exit 1 naming the first difference."""
    published = read_json(file)
    difference = first_ranked_difference(published)
    if difference:
        say(f"DIFFERENT: {difference}")
        raise SystemExit(1)
    rows = published["ranked"]
    places = sum(row["outcome"] == "offered" for row in rows)
    say(f"The ranked list is what the rule gives: {places} of {len(rows)} have a place.")
