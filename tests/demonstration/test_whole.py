"""The whole demonstration: something of everything in it, all of it come about by the operations.

Every column of the database that holds a status is gone through, so a status added tomorrow is
asked for tomorrow. What can't be there is named below with the reason.
"""

import importlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event
from urllib.request import ProxyHandler, build_opener

import pytest
from sqlalchemy import Enum

import voucher.models  # noqa: F401  (every table)
from tests.house.test_status_moves import TABLES as MOVES
from tests.rehearsing import demonstration
from voucher.core.db import Base
from voucher.core.status import Status
from voucher.sandbox.seed.mistakes import LAST, UNSURE

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]
LETTERS_SECONDS = 180
LETTERS_LEFT = """
SELECT (SELECT count(*) FROM message WHERE status = 'waiting' AND tries = 0)
    + (SELECT count(*) FROM audit_event)
    - (SELECT last_position FROM event_cursor WHERE reader = 'notifications')
"""

PASSING = {
    "payment.status": {
        "queued": "the worker sends it within a second",
        "sending": "lasts as long as one request to Stripe",
        "payout_sending": "lasts as long as one request to Stripe",
        "blocked_funds": (
            "there is one balance, and one payment that waits for it means that those a visitor "
            "approves wait too; last year the funder was late, and eleven waited"
        ),
    },
    "clawback.status": {
        "approved": "the worker takes the money back within a second",
        "sending": "lasts as long as one request to Stripe",
    },
    "message.status": {"sending": "lasts as long as the mail server takes"},
    "suggestion_plan.status": {"asked": "the worker works it out within seconds"},
    "report.status": {
        "queued": "the worker begins within a second",
        "building": "takes a few seconds",
    },
    "books_document.status": {
        "queued": "the worker begins within a second",
        "building": "takes a few seconds",
    },
    "stripe_event.status": {"new": "the worker reads it within a second"},
}
"""Statuses nothing stays in. Something must have gone through each, by the status history."""

UNREACHED = {
    "suggestion_plan.status": {"failed": "what the solver answers is the best, and is proved"},
    "rating.withheld_for": dict.fromkeys(
        ("personal", "not_the_work", "pressed"), "one rating of the demonstration is abuse"
    ),
    "match.decline_code": dict.fromkeys(
        ("too_much", "too_far", "connected", "other"),
        "providers of the demonstration decline for want of room or time, or for other work",
    ),
    "provider.gone_as": dict.fromkeys(
        ("dissolved", "ceased", "unreachable"), "the one provider that is gone is insolvent"
    ),
    "screening_referral.ended_reason": dict.fromkeys(
        ("shown_before", "not_ended", "not_shown"),
        "of the businesses struck off, one confirmed the work before and one after",
    ),
    "unexplained_movement.outcome": {
        "funder": "the funder’s money comes in as top-ups only, which nobody need explain",
        "fee": "Stripe’s stand-in charges no fees",
        "taken_back": "what is asked back goes through the pages here, not the dashboard",
    },
    "movement_saying.outcome": {
        "funder": "the funder’s money comes in as top-ups only, which nobody need explain",
        "fee": "Stripe’s stand-in charges no fees",
        "taken_back": "what is asked back goes through the pages here, not the dashboard",
    },
    "scoring_slot.status": {"struck": "every scorer of the demonstration declared what they had"},
    "screening_check.outcome": {
        "refuse": "only a provider that the register calls gone is refused, and none here is"
    },
    "screening_referral.gate": {
        "split": "nobody has two vouchers in a round, and no two tell the same problem"
    },
    "draw.stratum_basis": dict.fromkeys(
        ("place", "place_and_size"), "two rounds are drawn by sizes, and one undivided"
    ),
    "round.draw_stratum": {"place_and_size": "the draws planned are by size and by place"},
    "clawback_attempt.outcome": {
        "rejected": "what an account does not cover is missing from it, and the books would differ",
        "absent": "an answer is lost in the last hour only, and a day must pass",
    },
    "precheck_count.outcome": {"pending": "the public check asks for all that its rules look at"},
}
"""What nothing in the demonstration leads to, and why. What has come true must go from here."""

BY_HAND = (UNSURE, LAST)
"""Pence of the two movements in suspense, of which one is explained and one is not."""

PRESENT = {
    "a question that waits": "question WHERE answered_at IS NULL",
    "a question answered": "question WHERE answered_at IS NOT NULL",
    "a signed comparison with a difference explained": "sign_off WHERE explained <> '[]'",
    "a signed comparison that agreed": "sign_off WHERE explained = '[]'",
    "a payment released and held back": (
        "payment_run_item WHERE taken_out_at IS NOT NULL AND reason LIKE 'The provider rang%'"
    ),
    "a payment ready in no release": (
        "payment WHERE status = 'ready' AND id NOT IN"
        " (SELECT payment_id FROM payment_run_item WHERE taken_out_at IS NULL)"
    ),
    "a payment that is late": (
        "payment JOIN claim ON claim.id = payment.claim_id"
        " WHERE payment.status = 'ready' AND claim.pay_by_on < date('now')"
    ),
    "a silent business": "claim WHERE status = 'submitted' AND escalated_at IS NOT NULL",
    "a silent provider": (
        "redemption WHERE escalated_at IS NOT NULL AND id NOT IN (SELECT redemption_id FROM claim)"
    ),
    "a sanctions hit that waits": (
        "screening_referral WHERE gate = 'sanctions' AND status = 'open'"
    ),
    "a sanctions hit cleared by two": (
        "screening_referral WHERE gate = 'sanctions' AND seconded_by_id IS NOT NULL"
    ),
    "a doubt about a shared bank account": (
        "screening_referral WHERE reasons LIKE '%same bank account%'"
    ),
    "an invoice superseded by a corrected one": "superseded_invoice",
    "a claim for less than was agreed first": (
        "amendment WHERE cause = 'less_work' AND status = 'agreed'"
    ),
    "a credit note after approval": "amendment WHERE status = 'entered'",
    "an offer of other VAT": "amendment WHERE cause = 'vat_changed'",
    "a part of a business that waits to be paid": ("unpaid_contribution WHERE status = 'asked'"),
    "a debt set off against a payment": "payment WHERE netted_pence > 0",
    "a lost authenticator app, a second officer awaited": (
        "device_recovery WHERE completed_at IS NULL AND cancelled_at IS NULL"
    ),
    "an invitation nobody has taken up": "invitation WHERE accepted_at IS NULL",
    "an appeal that waits": "appeal WHERE answered_at IS NULL",
    "an appeal upheld": "appeal WHERE upheld",
    "an appeal dismissed": "appeal WHERE NOT upheld",
    "a case on hold": "application WHERE held_at IS NOT NULL",
    "a subsidy notice that waits": (
        "subsidy_notice WHERE confirmed_at IS NULL AND declined_at IS NULL"
    ),
    "a subsidy notice turned down": "subsidy_notice WHERE declined_at IS NOT NULL",
    "a voucher extended": "voucher WHERE extended_at IS NOT NULL",
    "a survey turned down": "survey_response WHERE opted_out_at IS NOT NULL",
    "a survey that waits": (
        "survey_response WHERE asked_at IS NOT NULL AND answered_at IS NULL"
        " AND opted_out_at IS NULL"
    ),
    "an analysis plan locked before its list": (
        "draw_list JOIN analysis_plan ON analysis_plan.id = draw_list.plan_id"
        " WHERE analysis_plan.locked_at < draw_list.frozen_at"
    ),
    "an extract for evaluators": "report WHERE extract_id IS NOT NULL",
    "tables of equality monitoring": "equality_tables WHERE content LIKE '%\"enough\": true%'",
    "official figures": "administrative_figure",
    "a synthesis that pools two trials": "synthesis WHERE figures LIKE '%\"trials\": 2%'",
    "a bank account changed": "connected_account WHERE bank_changed_at IS NOT NULL",
    "a payee Stripe can't pay": "connected_account WHERE past_due",
    "a letter to be tried again": "message WHERE status = 'waiting' AND last_error IS NOT NULL",
    "a request whose outcome is not known": (
        "payment_attempt WHERE outcome IS NULL AND finished_at IS NULL"
    ),
}
"""What is a state though no column of its own says so, and the rows that are in it."""


@pytest.fixture(scope="module")
def household(tmp_path_factory):
    with demonstration(tmp_path_factory.mktemp("whole"), size=1) as running:
        _await_letters(running)
        yield running


def _await_letters(household) -> None:
    """Wait until the letters of the year are written and each was tried once: there are many."""
    pause, deadline = Event(), time.monotonic() + LETTERS_SECONDS
    while time.monotonic() < deadline:
        with at_one_moment(household) as database:
            if database.execute(LETTERS_LEFT).fetchone() == (0,):
                return
        pause.wait(0.5)
    raise AssertionError("the letters were not sent")


@contextmanager
def at_one_moment(household) -> Iterator[sqlite3.Connection]:
    """The database as it is at one moment, while the worker goes on."""
    database = sqlite3.connect(household.data_dir / "voucher.sqlite", isolation_level=None)
    database.execute("BEGIN")
    try:
        yield database
    finally:
        database.close()


def statuses():
    """Every column that holds a status, with what it may hold."""
    return {
        f"{table.name}.{column.name}": column.type.enum_class
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Enum) and issubclass(column.type.enum_class, Status)
    }


def excused(column: str) -> set[str]:
    return set(PASSING.get(column, ())) | set(UNREACHED.get(column, ()))


def counted(database: sqlite3.Connection, column: str) -> dict[str, int]:
    table, name = column.split(".")
    rows = database.execute(f'SELECT "{name}", count(*) FROM "{table}" GROUP BY 1')
    return dict(rows.fetchall())


def run(household, *words):
    environment = {
        **os.environ,
        "DATA_DIR": str(household.data_dir),
        "APP_ENV": "demonstration",
        "STRIPE_API_BASE": household.stripe_address,
    }
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "voucher", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_exceptions_are_of_statuses_that_exist():
    known = {column: {member.value for member in members} for column, members in statuses().items()}
    for exceptions in (PASSING, UNREACHED):
        for column, values in exceptions.items():
            assert set(values) <= known[column], column


def test_something_is_in_every_status(household):
    with at_one_moment(household) as database:
        missing = {
            f"{column} {member.value}"
            for column, members in statuses().items()
            for member in members
            if member.value not in counted(database, column) and member.value not in excused(column)
        }
    assert missing == set()


def test_what_is_said_never_to_happen_has_not_happened(household):
    with at_one_moment(household) as database:
        for column, values in UNREACHED.items():
            assert not set(values) & set(counted(database, column)), column


def test_something_went_through_every_status_in_which_nothing_stays(household):
    with at_one_moment(household) as database:
        for column, values in PASSING.items():
            rows = database.execute(
                "SELECT DISTINCT to_status FROM status_change WHERE record_kind = ?",
                (column.partition(".")[0],),
            )
            assert set(values) <= {status for (status,) in rows}, column


def test_every_state_without_a_column_is_there(household):
    with at_one_moment(household) as database:
        missing = [
            words
            for words, rows in PRESENT.items()
            if database.execute(f"SELECT count(*) FROM {rows}").fetchone()[0] == 0
        ]
    assert missing == []


def test_no_status_came_about_but_by_legal_moves(household):
    """The history of every record begins with it, goes by legal moves and ends where it stands."""
    with at_one_moment(household) as database:
        for package, name in MOVES:
            moves = getattr(importlib.import_module(f"voucher.{package}.models"), name)
            check_histories(database, table_of(type(next(iter(moves)))), moves)


def table_of(members: type[Status]) -> str:
    column = next(column for column, found in statuses().items() if found is members)
    return column.partition(".")[0]


def check_histories(database: sqlite3.Connection, table: str, moves) -> None:
    histories = defaultdict(list)
    rows = database.execute(
        "SELECT record_id, from_status, to_status FROM status_change WHERE record_kind = ?"
        " ORDER BY id",
        (table,),
    )
    for record, was, to in rows:
        histories[record].append((was, to))
    standing = dict(database.execute(f'SELECT id, status FROM "{table}"').fetchall())
    assert standing.keys() == histories.keys(), table
    for record, changes in histories.items():
        assert changes[0][0] is None, (table, record)
        assert changes[-1][1] == standing[record], (table, record)
        for (_, before), (was, to) in pairwise(changes):
            assert was == before, (table, record, changes)
            assert to in moves[was], (table, record, changes)


TRIALS = """
SELECT round.reference, report.reference, report.figures
FROM report_publication JOIN report ON report.id = report_publication.report_id
JOIN round ON round.id = report.round_id
WHERE round.allocation_method = 'random' ORDER BY round.id
"""


def test_two_trials_are_published_and_what_they_found_was_found(household):
    """Both groups answered, the flow adds up, and an effect stands there with its interval."""
    with at_one_moment(household) as database:
        published = database.execute(TRIALS).fetchall()
    assert len(published) == 2
    for _, report, figures in published:
        found = json.loads(figures)["findings"]
        assert found["design"]["label"] == "randomised", report
        flow = found["flow"]
        for arm in ("offered", "comparison"):
            counts = flow["allocated"][arm], flow["lost"][arm], flow["analysed"][arm]
            assert counts[0] == counts[1] + counts[2] >= 30, (report, arm)
            assert flow["analysed"][arm] > counts[0] / 2, (report, arm)
        primary = next(each for each in found["outcomes"] if each["role"] == "primary")
        itt = primary["itt"]
        assert itt["ci_low"] < itt["estimate"] < itt["ci_high"], report
        assert found["baseline"], report


def test_a_published_trial_is_made_again_from_database_and_extract(household, tmp_path):
    with at_one_moment(household) as database:
        round_, report, figures = database.execute(TRIALS).fetchone()
    document, extract = tmp_path / "review.pdf", tmp_path / "extract.zip"
    url = f"{household.address}/reports/{report}/document"
    with build_opener(ProxyHandler({})).open(url, timeout=60) as answer:
        document.write_bytes(answer.read())
    again = run(household, "verify-report", str(document))
    assert again.returncode == 0, again.stderr
    cut = json.loads(figures)["data_cut_at"]
    made = run(household, "extract", "--round", round_, "--out", str(extract), "--cut", cut)
    assert made.returncode == 0, made.stderr
    checked = run(household, "verify-report", str(document), "--extract", str(extract))
    assert checked.returncode == 0, checked.stderr
    assert "Every figure agrees with the extract." in checked.stdout


def test_books_and_record_are_whole(household):
    books = run(household, "reconcile")
    differences = [line for line in books.stderr.splitlines() if line[:1].strip()]
    assert len(differences) == len(BY_HAND), books.stdout + books.stderr
    for pence in BY_HAND:
        words = f"theirs -£{pence // 100}.{pence % 100:02}, ours nothing"
        assert any(line.startswith("suspense: ") and words in line for line in differences)
    record = run(household, "verify-audit")
    assert record.returncode == 0, record.stderr


def test_the_screen_says_how_to_sign_in_and_nothing_alarming(household):
    output = (household.data_dir.parent / "output.txt").read_text()
    assert "owner@business.example" in output
    for alarm in ("Traceback", "refused", "not sent", "could not"):
        assert alarm not in output
