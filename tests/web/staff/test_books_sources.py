"""Whatever the code enters in the books says in plain words what caused it, and leads there."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

import voucher
from tests.factories.books import BusyScheme, make_clawback
from tests.factories.cases import make_officer
from voucher.accounts.roles import Role
from voucher.claims.models import Amendment, Claim
from voucher.core.db import Base, session
from voucher.ledger.models import AccountKind, LedgerJournal
from voucher.ledger.operations import post
from voucher.ledger.rules import Account, Move
from voucher.payments.clawbacks.models import ClawbackNetting
from voucher.payments.differences.models import MovementStatus, UnexplainedMovement
from voucher.payments.models import Payment
from voucher.programmes.models import Round
from voucher.vouchers.models import Award, Redemption, Voucher
from voucher.web.staff.books import SOURCE_WORDS, SOURCES

CODE = Path(voucher.__file__).parent
AT = datetime(2026, 7, 1, 9, tzinfo=UTC)
WRITTEN = {
    ("vouchers/operations/award.py", "award"): "award",
    ("vouchers/operations/redemption.py", "redemption"): "redemption",
    ("vouchers/operations/life.py", "voucher"): "voucher",
    ("claims/operations/review.py", "locked"): "claim",
    ("claims/operations/amending.py", "offer"): "amendment",
    ("programmes/operations/budget.py", "round_"): "round",
    ("payments/operations/top_ups.py", "top_up"): "top_up",
    ("payments/operations/entering.py", "payment"): "payment",
    ("payments/operations/following.py", "payment"): "payment",
    ("payments/operations/queueing.py", "locked"): "payment",
    ("payments/clawbacks/operations/netting.py", "netting"): "clawback_netting",
    ("payments/clawbacks/operations/outcome.py", "clawback"): "clawback",
    ("payments/clawbacks/operations/owing.py", "locked"): "clawback",
    ("payments/clawbacks/operations/by_hand.py", "movement"): "unexplained_movement",
    ("payments/differences/operations/unexplained.py", "row"): "unexplained_movement",
    ("payments/differences/operations/unexplained.py", "payment"): "payment",
}
"""Every place of the code that names what causes an entry, and the table its row is of."""
KINDS = sorted(set(WRITTEN.values()))


def named_in(tree):
    """The names that are given as `source=…` or in a dict of values as "source"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (key.value for key in node.keywords if key.arg == "source")
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "source":
                    yield value


def test_every_place_that_enters_something_is_known_here():
    found = set()
    for file in CODE.rglob("operations/**/*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for value in named_in(tree):
            if isinstance(value, ast.Name) and value.id != "source":
                found.add((file.relative_to(CODE).as_posix(), value.id))
    assert found == set(WRITTEN)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_table_with_words_and_a_page_or_a_reason(kind):
    assert kind in Base.metadata.tables
    words = SOURCE_WORDS.get(kind, kind.capitalize())
    assert "_" not in words
    assert kind in SOURCES or kind == "top_up"


def one_of_each(busy):
    """A stored row of every kind; what the factories have not is made."""
    payment, clawback = busy.netted, make_clawback(busy.paid)[0]
    claim = session.get(Claim, payment.claim_id)
    redemption = session.get(Redemption, claim.redemption_id)
    netting = ClawbackNetting(clawback_id=clawback.id, payment_id=payment.id, pence=1, at=AT)
    movement = UnexplainedMovement(
        reference="SUS-TEST-0001",
        stripe_id="tr_by_hand",
        kind="transfer",
        net_pence=-5,
        status=MovementStatus.OPEN,
        happened_at=AT,
        noticed_at=AT,
    )
    session.add_all([netting, movement])
    session.flush()
    voucher_row = session.get(Voucher, redemption.voucher_id)
    return {
        "award": session.get(Award, voucher_row.award_id),
        "redemption": redemption,
        "voucher": voucher_row,
        "claim": claim,
        "round": session.get(Round, payment.round_id),
        "top_up": busy.top_up,
        "payment": session.get(Payment, payment.id),
        "clawback": clawback,
        "clawback_netting": netting,
        "unexplained_movement": movement,
    }


def test_on_the_page_each_leads_to_what_caused_it(arrange, client):
    with arrange():
        busy = BusyScheme()
        rows = one_of_each(busy)
        for kind, row in rows.items():
            move = Move(Account(AccountKind.SUSPENSE), Account(AccountKind.FEES), 1)
            post(source=row, effect=f"shown_{kind}", moves=[move], at=AT, by=None)
        person = make_officer(Role.FINANCE)
        session.flush()
        assert session.query(LedgerJournal).filter_by(at=AT).count() == len(rows)
        wanted = {kind: _reference(rows, kind) for kind in rows}
        session.expunge(person)
    client.sign_in(person)
    page = client.get("/staff/books/entries?kind=suspense").page
    for kind, reference in wanted.items():
        assert reference in page.text, kind
        if kind in SOURCES:
            link = next(one for one in page.html.split('href="') if reference in one.split('"')[0])
            address = link.split('"')[0]
            assert client.get(address).status_code == 200, address
    assert set(wanted) | {Amendment.__tablename__} == set(KINDS)


def _reference(rows, kind):
    whose = {"award": "voucher", "redemption": "voucher", "clawback_netting": "clawback"}
    row = rows[whose.get(kind, kind)]
    return row.stripe_topup_id if kind == "top_up" else row.reference
