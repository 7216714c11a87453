"""Commands on offerings."""

from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from voucher.cli.database import require_tables
from voucher.core import clock
from voucher.core.db import reading, transaction
from voucher.core.lines import LineProblem
from voucher.core.money import InvalidMoney, Money
from voucher.providers.offering_import import ImportedOffering, PriceBand, parse
from voucher.providers.operations.offerings import (
    ImportOutcome,
    Vetting,
    import_offerings,
    import_problems,
)


@click.command("import-offerings")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--price-from", help="Lowest price in pounds for lines that name none.")
@click.option("--price-to", help="Highest price in pounds for lines that name none.")
@click.option("--seed", default="", help="Another drawing of prices from the same band.")
@click.option(
    "--vetted",
    help="Where new providers were checked: they are approved, and their offerings published.",
)
@click.option(
    "--vetted-until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Until when those checks hold (default: a year from today).",
)
@with_appcontext
def import_command(
    file: Path,
    price_from: str | None,
    price_to: str | None,
    seed: str,
    vetted: str | None,
    vetted_until: datetime | None,
) -> None:
    """Take in offerings from FILE (JSON lines): the whole of it, or nothing.

    Names every bad line and exits 1 without changing anything. Offerings that are there already, by
    provider and title, stay as they are.
    """
    require_tables()
    band = _price_band(price_from, price_to, seed)
    with file.open("rb") as lines:
        offerings, problems = parse(lines, band)
    if not problems:
        with reading():
            problems = tuple(import_problems(offerings))
    if problems:
        _refuse(problems)
    at = clock.now()
    with transaction():
        outcome = import_offerings(
            offerings=offerings, vetting=_vetting(vetted, vetted_until), by=None, at=at
        )
    _report(offerings, outcome, band)


def _price_band(price_from: str | None, price_to: str | None, seed: str) -> PriceBand | None:
    if price_from is None and price_to is None:
        return None
    if price_from is None or price_to is None:
        raise click.UsageError("--price-from and --price-to go together.")
    try:
        return PriceBand(Money.parse(price_from).pence, Money.parse(price_to).pence, seed)
    except (InvalidMoney, ValueError) as error:
        raise click.UsageError(str(error)) from error


def _vetting(vetted: str | None, until: datetime | None) -> Vetting | None:
    if vetted is None:
        if until is not None:
            raise click.UsageError("--vetted-until goes with --vetted.")
        return None
    if not vetted.strip():
        raise click.UsageError("--vetted says where the checks were made.")
    last = until.date() if until else _in_a_year(clock.today())
    if last < clock.today():
        raise click.UsageError("--vetted-until must not be in the past.")
    return Vetting(vetted.strip()[:500], last)


def _in_a_year(today: date) -> date:
    last_of_february = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year + 1, day=28 if last_of_february else today.day)


def _refuse(problems: tuple[LineProblem, ...]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
    click.echo(f"Nothing was imported: {len(problems)} problems.", err=True)
    raise SystemExit(1)


def _report(
    offerings: tuple[ImportedOffering, ...], outcome: ImportOutcome, band: PriceBand | None
) -> None:
    drawn = sum("price drawn from the band" in offering.assumed for offering in offerings)
    if drawn and band:
        low, high = Money(band.from_pence), Money(band.to_pence)
        click.echo(f"{drawn} lines name no price: drawn between {low} and {high} plus VAT.")
    assumed = sorted({words for offering in offerings for words in offering.assumed})
    if assumed:
        click.echo(f"Assumed where a line did not say: {', '.join(assumed)}.")
    click.echo(
        f"{outcome.created} offerings of {outcome.providers_created} new providers imported, "
        f"{outcome.published} published; {outcome.already_there} were there already."
    )
