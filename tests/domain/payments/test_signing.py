"""Differences that stay the same item from night to night, explained once, signed under."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from voucher.accounts.roles import Role
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, Invalid
from voucher.payments.differences.models import BookDifference, DifferenceStatus, SignOff
from voucher.payments.differences.operations.noting import explain, open_again
from voucher.payments.differences.operations.signing import sign_off
from voucher.payments.differences.queries import lasting_differences, signed_before
from voucher.payments.differences.rules import WORDS, words_of
from voucher.payments.operations.reconciliation import keep_reconciliation
from voucher.payments.reconciling import Difference, DifferenceKind

pytestmark = pytest.mark.both_databases
LATER = AT + timedelta(days=1)


def difference(what="transfer tr_1", theirs=-500):
    return Difference(DifferenceKind.ONLY_THEIRS, what, theirs, None)


def compared(*differences, at=AT):
    with transaction():
        made = keep_reconciliation(
            stripe_balance_pence=0,
            ledger_balance_pence=0,
            matched=0,
            under_way=0,
            differences=differences,
            by=None,
            at=at,
        )
        session.flush()
        session.refresh(made)
        session.expunge(made)
    return made


def officer():
    with transaction():
        return make_officer(Role.FINANCE).id


def items():
    session.rollback()
    return session.execute(select(BookDifference).order_by(BookDifference.id)).scalars().all()


def explained(words="Fictional bank charged us.", by=None):
    by = by or officer()
    with transaction():
        explain(difference=items()[0], words=words, by=by, at=AT)
    return by


def signed(found, by=None, note=""):
    by = by or officer()
    with transaction():
        return sign_off(found=found, note=note, by=by, at=AT).id


def test_the_same_difference_tonight_is_the_same_item(session):
    compared(difference())
    compared(difference(), at=LATER)
    (item,) = items()
    assert (item.times_seen, item.first_seen_at, item.last_seen_at) == (2, AT, LATER)
    assert item.status is DifferenceStatus.OPEN


def test_an_explanation_stands_while_the_amounts_do(session):
    compared(difference())
    explained()
    compared(difference(), at=LATER)
    assert items()[0].status is DifferenceStatus.EXPLAINED
    compared(difference(theirs=-501), at=LATER)
    assert items()[0].status is DifferenceStatus.OPEN


def test_what_is_not_found_any_more_is_gone_and_may_return(session):
    compared(difference())
    compared(at=LATER)
    assert items()[0].status is DifferenceStatus.CLEARED
    assert lasting_differences() == []
    compared(difference(), at=LATER)
    (item,) = items()
    assert (item.status, item.cleared_at) == (DifferenceStatus.OPEN, None)


@pytest.mark.parametrize("words", ["", "  ", "x" * 1001])
def test_without_fitting_words_it_stays_open(session, words):
    compared(difference())
    with pytest.raises(Invalid):
        explained(words)
    assert items()[0].status is DifferenceStatus.OPEN


def test_explained_twice_the_first_words_stay(session):
    compared(difference())
    explained("First.")
    with pytest.raises(Conflict):
        explained("Second.")
    assert items()[0].explanation == "First."


def test_an_explanation_can_be_taken_back(session):
    compared(difference())
    by = explained()
    with transaction():
        open_again(difference=items()[0], by=by, at=AT)
    assert items()[0].status is DifferenceStatus.OPEN


def test_nothing_is_signed_while_a_difference_is_open(session):
    found = compared(difference(), difference("transfer tr_2"))
    explained()
    with pytest.raises(Conflict, match="still open"):
        signed(found)
    assert session.query(SignOff).count() == 0


def test_signed_it_keeps_the_explanations_and_the_next_goes_on_from_there(session):
    first = compared(difference())
    by = explained()
    one = signed(first, by, "Looked at all of it.")
    second = compared(difference(), at=LATER)
    two = session.get(SignOff, signed(second))
    kept = session.get(SignOff, one)
    assert kept.explained[0]["explanation"] == "Fictional bank charged us."
    assert (kept.signed_by_id, kept.note, kept.previous_id) == (by, "Looked at all of it.", None)
    assert two.previous_id == one
    assert signed_before(second).id == first.id


def test_only_the_newest_is_signed_and_only_once(session):
    old, new = compared(), compared(at=LATER)
    with pytest.raises(Conflict, match="newer"):
        signed(old)
    signed(new)
    with pytest.raises(Conflict, match="signed already"):
        signed(new)


def test_a_signature_is_never_changed(session):
    signed(compared())
    with pytest.raises(Exception, match="append-only"), transaction():
        session.query(SignOff).update({"note": "changed"})


def test_every_kind_of_difference_says_what_it_means_and_what_to_do():
    assert set(WORDS) == set(DifferenceKind)
    for kind in DifferenceKind:
        words = words_of(kind.value)
        assert words.heading
        assert words.meaning.endswith(".")
        assert words.action.endswith(".")
