"""The ledger as a beancount file: `bean-check` accepts it, and our balances are its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories.books import AWKWARD, BusyScheme
from tests.factories.scheme import make_round
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import Fit, booked_moves, total

BEAN_CHECK = Path(sys.executable).with_name("bean-check")


def export(app, *arguments):
    ran = app.test_cli_runner().invoke(args=["voucher", "ledger-export", *arguments])
    assert ran.exit_code == 0, ran.output
    return ran.output


def bean_check(text, folder):
    """What the real program says of the file: its exit code and its words."""
    assert BEAN_CHECK.exists() or shutil.which("bean-check"), "beancount is not installed"
    file = folder / "ledger.beancount"
    file.write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [str(BEAN_CHECK), "--no-cache", str(file)], capture_output=True, text=True, timeout=60
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def busy(arrange):
    with arrange():
        return BusyScheme()


def test_bean_check_accepts_the_whole_ledger(app, busy, tmp_path):
    text = export(app)
    assert bean_check(text, tmp_path) == (0, "")
    with app.app_context():
        moves = list(booked_moves(Fit()))
        cash = total(Kind.CASH_AT_STRIPE)
    assert text.count(" GBP\n") >= 2 * len(moves)
    assert f"balance Assets:Stripe:Balance  {cash / 100:.2f} ~ 0.00 GBP" in text


def test_a_penny_more_or_less_is_noticed(app, busy, tmp_path):
    text = export(app)
    wrong = re.sub(
        r"(balance Assets:Stripe:Balance  -?\d+\.\d)(\d)",
        lambda found: found[1] + str((int(found[2]) + 1) % 10),
        text,
    )
    assert wrong != text
    code, words = bean_check(wrong, tmp_path)
    assert code == 1
    assert "Balance failed for 'Assets:Stripe:Balance'" in words


def test_the_same_books_give_the_same_bytes(app, busy):
    assert export(app) == export(app, "--format", "beancount")


def test_a_programme_alone_balances_too(app, busy, tmp_path):
    text = export(app, "--programme", busy.programme.slug)
    assert bean_check(text, tmp_path) == (0, "")
    assert busy.rival.reference not in text
    assert busy.elsewhere.reference not in text
    assert "topped up" not in text
    assert f"Equity:Rounds:Spent:{busy.second.reference}" in text
    spent = -busy.netted.amount_pence / 100
    assert f"balance Equity:Rounds:Spent:{busy.second.reference}  {spent:.2f} ~" in text


def test_names_come_through_as_they_are_but_on_one_line(app, busy):
    text = export(app)
    quoted = AWKWARD.replace("\n", " ").replace("\\", "\\\\").replace('"', '\\"')
    assert f'  provider: "{quoted}"' in text


def test_every_transaction_says_where_it_comes_from(app, busy):
    text = export(app)
    assert f'"payment {busy.paid.reference}: transferred"' in text
    assert f'  payment: "{busy.paid.reference}"' in text
    assert f'  top-up: "{busy.top_up.stripe_topup_id}"' in text
    assert '  by: "system"' in text
    assert re.search(r'  by: "user \d+"', text)


def test_an_empty_ledger_is_an_empty_file(app, tmp_path):
    text = export(app)
    assert len(text.splitlines()) == 2
    assert bean_check(text, tmp_path) == (0, "")


def test_a_programme_that_is_not_there_is_an_error(app):
    ran = app.test_cli_runner().invoke(args=["voucher", "ledger-export", "--programme", "none"])
    assert ran.exit_code == 2
    assert ran.output == "Error: --programme none: There is no such programme.\n"


def test_journals_are_not_torn_between_pieces(app, busy, tmp_path, monkeypatch):
    whole = export(app)
    for size in (1, 2, 3, 7):
        monkeypatch.setattr("voucher.payments.books.queries.export.CHUNK", size)
        assert export(app) == whole
    assert bean_check(whole, tmp_path)[0] == 0


def test_a_round_that_only_opened_is_in_it(app, arrange, tmp_path):
    with arrange():
        reference = make_round().reference
    text = export(app)
    assert f"Equity:Rounds:Free:{reference}" in text
    assert bean_check(text, tmp_path) == (0, "")
