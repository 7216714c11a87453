"""Rows that were there before a migration are there after it, on both databases."""

import pytest
from sqlalchemy import text

from config import ROOT
from tests.databases import make_application, migrate, settings_for_tests
from tests.factories.work import LATER, drafted, make_job
from voucher.core.db import db, session, transaction

pytestmark = pytest.mark.both_databases
OFFER = """
    INSERT INTO lesser_work (claim_id, status, words, was_net_price_pence, was_vat_pence,
        was_voucher_pence, was_contribution_pence, net_price_pence, vat_pence, voucher_pence,
        contribution_pence, offered_at, offered_by_id, answered_at, answered_by_id, refusal)
    VALUES (:claim, :status, :words, 180000, 36000, 90000, 126000, 120000, 24000, 60000, 84000,
        :at, :worker, :answered_at, :owner, :refusal)
"""
CHANGE = """
    INSERT INTO variation (match_id, status, words, by_provider, needs_officer, proposed_at,
        proposed_by_id, answer_by_on, answered_at, answered_by_id, officer_note, refusal,
        was_scope, was_net_price_pence, was_vat_rate_bps, was_vat_pence, was_voucher_pence,
        was_contribution_pence, scope, net_price_pence, vat_rate_bps, vat_pence, voucher_pence,
        contribution_pence)
    SELECT m.id, 'referred', 'More.', TRUE, TRUE, :at, :worker, '2026-06-20', :at, :owner, '', '',
        'Before', 180000, 2000, 36000, 90000, 126000, 'After', 200000, 2000, 40000, 100000, 140000
    FROM match m JOIN claim c ON c.application_id = m.application_id
    WHERE c.id = :claim AND m.provider_id = :provider
"""


@pytest.fixture
def laid(database_kind, benches, tmp_path):
    """An application on tables laid by every migration, with a draft claim; its ids."""
    own = benches.separate_url(database_kind, tmp_path)
    app = make_application(settings_for_tests(tmp_path, own))
    migrate(app)
    with app.app_context():
        with transaction():
            job = drafted(make_job(), tmp_path)
            ids = {"claim": job.claim.id, "worker": job.worker.id, "owner": job.owner.id}
            ids["provider"] = job.provider.id
        yield app, ids
        let_go()


def let_go():
    db.session.remove()
    db.engine.dispose()


def down(revision):
    import flask_migrate

    let_go()
    flask_migrate.downgrade(directory=str(ROOT / "migrations"), revision=revision)
    let_go()


def offer(ids, status, *, answered=False, refusal=""):
    values = {
        **ids,
        "status": status,
        "words": f"Less was done: {status}.",
        "at": LATER.isoformat(sep=" "),
        "answered_at": LATER.isoformat(sep=" ") if answered else None,
        "owner": ids["owner"] if answered else None,
        "refusal": refusal,
    }
    del values["provider"]
    session.execute(text(OFFER), values)


def amendments():
    found = session.execute(text("SELECT * FROM amendment ORDER BY id")).mappings().all()
    session.rollback()
    return found


def test_offers_of_less_work_become_amendments(laid):
    app, ids = laid
    down("0016")
    with transaction():
        offer(ids, "refused", answered=True, refusal="It was done.")
        offer(ids, "withdrawn")
        offer(ids, "agreed", answered=True)
        offer(ids, "offered")
    migrate(app)
    moved = amendments()
    assert [row["status"] for row in moved] == ["refused", "withdrawn", "agreed", "offered"]
    for row in moved:
        assert (row["claim_id"], row["provider_id"]) == (ids["claim"], ids["provider"])
        assert (row["cause"], row["words"]) == ("less_work", f"Less was done: {row['status']}.")
        assert (row["was_net_price_pence"], row["net_price_pence"]) == (180_000, 120_000)
        assert (row["was_vat_pence"], row["vat_pence"]) == (36_000, 24_000)
        assert (row["was_voucher_pence"], row["voucher_pence"]) == (90_000, 60_000)
        assert (row["was_contribution_pence"], row["contribution_pence"]) == (126_000, 84_000)
        assert (row["was_vat_rate_bps"], row["vat_rate_bps"]) == (2_000, 2_000)
        assert str(row["answer_by_on"]) == "2026-06-30"
        assert str(row["offered_at"])[:16] == str(LATER)[:16]
        assert row["offered_by_id"] == ids["worker"]
    assert [row["answered_by_id"] for row in moved] == [ids["owner"], None, ids["owner"], None]
    assert moved[0]["refusal"] == "It was done."


@pytest.mark.slow
def test_the_older_tables_are_not_gone_back_to_while_amendments_are_kept(laid):
    app, ids = laid
    down("0016")
    with transaction():
        offer(ids, "offered")
    migrate(app)
    with pytest.raises(SystemExit):
        down("0016")
    let_go()
    migrate(app)
    assert [row["words"] for row in amendments()] == ["Less was done: offered."]
    with transaction():
        session.execute(text("DELETE FROM amendment"))
    down("0016")
    assert session.execute(text("SELECT count(*) FROM lesser_work")).scalar_one() == 0


def test_a_change_that_waited_for_an_officer_gets_a_last_day(laid):
    app, ids = laid
    down("0020")
    with transaction():
        session.execute(text(CHANGE), {**ids, "at": LATER.isoformat(sep=" ")})
    migrate(app)
    last = session.execute(text("SELECT decide_by_on FROM variation")).scalar_one()
    assert str(last) == "2026-06-23"
    session.rollback()
    down("0020")
    assert session.execute(text("SELECT count(*) FROM variation")).scalar_one() == 1


MOVED = """
    INSERT INTO unexplained_movement (reference, stripe_id, kind, net_pence, status, happened_at,
        noticed_at, outcome, note, proposed_by_id, proposed_at, cleared_by_id, cleared_at)
    VALUES (:reference, :reference, 'adjustment', -4500, :status, :first, :first, :outcome, :note,
        :proposer, :proposed_at, :clearer, :cleared_at)
"""
MOVES = """
    INSERT INTO status_change (record_kind, record_id, from_status, to_status, at, by_user_id)
    SELECT 'unexplained_movement', id, :before, :after, :at, :by FROM unexplained_movement
    WHERE reference = :reference
"""


def test_what_was_said_of_movements_before_is_kept(laid):
    """Of a movement that was opened again, why; of one that was cleared, what was agreed."""
    app, ids = laid
    first, second = LATER.isoformat(sep=" "), LATER.replace(hour=23).isoformat(sep=" ")
    one, other = ids["worker"], ids["owner"]
    nothing = dict.fromkeys(("outcome", "proposer", "proposed_at", "clearer", "cleared_at"))
    agreed = {"outcome": "fee", "proposer": one, "proposed_at": first}
    agreed |= {"clearer": other, "cleared_at": second}
    down("0038")
    with transaction():
        for reference, status, note, values in (
            ("SUS-0000-0001", "open", "It was no fee.", nothing),
            ("SUS-0000-0002", "cleared", "On the invoice.", agreed),
        ):
            whole = {"reference": reference, "status": status, "note": note, "first": first}
            session.execute(text(MOVED), {**whole, **values})
            steps = (("open", "proposed", first, one), ("proposed", status, second, other))
            for before, after, at, by in steps:
                move = {"before": before, "after": after, "at": at, "by": by}
                session.execute(text(MOVES), {"reference": reference, **move})
    let_go()
    migrate(app)
    words = "SELECT word, outcome, note, said_by_id FROM movement_saying ORDER BY id"
    assert [tuple(row) for row in session.execute(text(words))] == [
        ("proposed", None, None, one),
        ("disagreed", None, "It was no fee.", other),
        ("proposed", "fee", "On the invoice.", one),
        ("agreed", "fee", None, other),
    ]
