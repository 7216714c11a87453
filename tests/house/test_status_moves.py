"""Every illegal move of every status is refused before anything is written."""

import importlib
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from voucher.core.errors import Conflict
from voucher.core.status import Status, transition

TABLES = (
    ("applications", "APPLICATION_MOVES"),
    ("claims", "CLAIM_MOVES"),
    ("claims.ratings", "RATING_MOVES"),
    ("evaluation", "REPORT_MOVES"),
    ("matching", "MATCH_MOVES"),
    ("matching", "VARIATION_MOVES"),
    ("matching.dialogue", "DATE_MOVES"),
    ("notifications", "MESSAGE_MOVES"),
    ("payments", "INBOX_MOVES"),
    ("payments", "PAYMENT_MOVES"),
    ("payments.books", "DOCUMENT_MOVES"),
    ("payments.clawbacks", "CLAWBACK_MOVES"),
    ("programmes", "ROUND_MOVES"),
    ("providers", "OFFERING_MOVES"),
    ("providers", "PROVIDER_MOVES"),
    ("vouchers", "VOUCHER_MOVES"),
    ("vouchers.suggesting", "PLAN_MOVES"),
    ("vouchers.suggesting", "SUGGESTION_MOVES"),
)
AT = datetime(2026, 6, 15, tzinfo=UTC)


def moves_of(package: str, name: str):
    return getattr(importlib.import_module(f"voucher.{package}.models"), name)


def illegal(package: str, name: str):
    moves = moves_of(package, name)
    members = type(next(iter(moves)))
    return [(was, to) for was in members for to in members if to not in moves.get(was, frozenset())]


@pytest.mark.parametrize(("package", "name"), TABLES)
def test_every_illegal_move_is_refused(package, name):
    moves = moves_of(package, name)
    pairs = illegal(package, name)
    assert pairs
    for was, to in pairs:
        record = SimpleNamespace(status=was, id=1)
        with pytest.raises(Conflict):
            transition(record, to, moves=moves, at=AT, by=None)
        assert record.status is was


@pytest.mark.parametrize(("package", "name"), TABLES)
def test_no_status_moves_to_itself(package, name):
    assert all(was not in to for was, to in moves_of(package, name).items())


@pytest.mark.parametrize(("package", "name"), TABLES)
def test_every_status_but_the_first_can_be_reached(package, name):
    moves = moves_of(package, name)
    members = list(type(next(iter(moves))))
    reached = frozenset().union(*moves.values())
    assert set(members[1:]) - reached == set()


def test_cancelled_is_final():
    for package, name in TABLES:
        moves = moves_of(package, name)
        final = [was for was in moves if was.value == "cancelled" and moves[was]]
        assert final == []


def test_every_status_has_words_for_staff_and_public():
    for package, name in TABLES:
        for member in type(next(iter(moves_of(package, name)))):
            assert isinstance(member, Status)
            assert member.staff_label
            assert member.public_label
