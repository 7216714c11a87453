"""`flask voucher import-offerings`: the whole file or nothing, and every assumption said."""

import json

import pytest
from sqlalchemy import func, select

from voucher.core.db import session
from voucher.providers.models import Offering, Provider

LINES = [
    {"title": "Web shop", "supplier": "Fictional Shops", "summary": "Sell online."},
    {"title": "Rota", "supplier": "Fictional Rotas", "summary": "Plan the week."},
]
BAND = ["--price-from", "500", "--price-to", "3,000"]


@pytest.fixture
def run(app, tmp_path):
    """Runs the command on a file of `lines`."""

    def running(*options, lines=LINES):
        path = tmp_path / "offerings.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts))
        return app.test_cli_runner().invoke(
            args=["voucher", "import-offerings", str(path), *options]
        )

    return running


def rows(app, model):
    with app.app_context():
        return session.execute(select(func.count()).select_from(model)).scalar_one()


def test_it_says_what_it_assumed(app, run):
    done = run(*BAND, "--vetted", "Checked for the fictional framework.")
    assert done.exit_code == 0, done.output
    assert "2 lines name no price: drawn between £500.00 and £3,000.00 plus VAT." in done.output
    assert "remote work" in done.output
    assert "2 offerings of 2 new providers imported, 2 published" in done.output
    assert rows(app, Offering) == rows(app, Provider) == 2


def test_one_bad_line_keeps_everything_out(app, run):
    done = run(*BAND, lines=[*LINES, "{not json", {"title": "No seller"}])
    assert done.exit_code == 1
    assert "Line 3: is not JSON" in done.output
    assert "Line 4:" in done.output
    assert "Nothing was imported" in done.output
    assert rows(app, Offering) == rows(app, Provider) == 0


def test_lines_without_a_price_need_a_band(app, run):
    done = run()
    assert done.exit_code == 1
    assert "Line 1: price_pence is missing, and no price band was given" in done.output
    assert rows(app, Offering) == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--price-from", "500"],
        ["--price-from", "ten", "--price-to", "20"],
        ["--price-from", "20", "--price-to", "10"],
        [*BAND, "--vetted", " "],
        [*BAND, "--vetted-until", "2030-01-01"],
        [*BAND, "--vetted", "Seen.", "--vetted-until", "2020-01-01"],
    ],
)
def test_options_that_make_no_sense_change_nothing(app, run, options):
    assert run(*options).exit_code == 2
    assert rows(app, Offering) == 0
