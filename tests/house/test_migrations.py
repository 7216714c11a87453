"""The migrations make the tables that the models describe, on both databases, up and down."""

import pytest
from sqlalchemy import CheckConstraint, inspect, text

from voucher.core.db import Base, db

pytestmark = pytest.mark.both_databases
APPEND_ONLY = (
    "administrative_figure",
    "administrative_import",
    "allocation_trial",
    "analysis_plan",
    "assignment",
    "audit_event",
    "audit_seal",
    "books_report",
    "clawback_netting",
    "clawback_receipt",
    "draw",
    "draw_entry",
    "draw_list",
    "draw_replacement",
    "draw_result",
    "draw_value",
    "eligibility_check",
    "equality_tables",
    "ledger_account",
    "ledger_entry",
    "ledger_journal",
    "movement_saying",
    "plan_deviation",
    "provider_terms",
    "report_publication",
    "report_sign_off",
    "sanctions_answer",
    "sanctions_entry",
    "sanctions_list",
    "score",
    "scorer",
    "scorer_conflict",
    "scoring",
    "scoring_answer",
    "scoring_entry",
    "scoring_plan",
    "scoring_proposal",
    "scoring_removal",
    "scoring_replacement",
    "screening_check",
    "sign_off",
    "status_change",
    "survey_call",
    "terms_agreement",
)


@pytest.fixture
def laid(database):
    with database.app.app_context():
        yield db.engine


def test_models_and_migrations_agree(laid):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with laid.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_named_check_is_in_the_database(laid):
    inspector = inspect(laid)
    missing = [
        (table.name, str(constraint.name))
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
        and constraint.name not in {c["name"] for c in inspector.get_check_constraints(table.name)}
    ]
    assert missing == []


def test_every_enum_value_of_the_models_is_admitted_by_its_check(laid):
    inspector = inspect(laid)
    for table in Base.metadata.sorted_tables:
        found = {c["name"]: c["sqltext"] for c in inspector.get_check_constraints(table.name)}
        for column in table.columns:
            values = getattr(column.type, "enums", None)
            if values:
                name = f"ck_{table.name}_{column.type.name}"
                assert all(f"'{value}'" in found[name] for value in values), name


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_append_only_tables_have_their_triggers(laid, table, verb):
    with laid.connect() as connection:
        if laid.dialect.name == "postgresql":
            query = text(
                "SELECT event_manipulation FROM information_schema.triggers"
                " WHERE event_object_table = :table AND trigger_name = :name"
            )
            rows = connection.execute(query, {"table": table, "name": f"{table}_append_only"})
            assert verb in rows.scalars().all()
        else:
            query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            assert f"{table}_no_{verb.lower()}" in connection.execute(query).scalars().all()


@pytest.mark.slow
def test_up_and_down_and_up_again(empty_database_url, tmp_path):
    import flask_migrate

    from config import ROOT
    from tests.databases import make_application, migrate, settings_for_tests

    app = make_application(settings_for_tests(tmp_path, empty_database_url))
    migrate(app)
    with app.app_context():
        flask_migrate.downgrade(directory=str(ROOT / "migrations"), revision="base")
        left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
        assert left == set()
        db.session.remove()
        db.engine.dispose()
    migrate(app)
    with app.app_context():
        made = set(inspect(db.engine).get_table_names())
        assert set(Base.metadata.tables) <= made
        db.session.remove()
        db.engine.dispose()


def test_a_check_can_change_and_all_around_it_stays(laid):
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    from migrations.checks import add_check, drop_check, replace_check

    def around(connection):
        seen = inspect(connection)
        return (
            [column["name"] for column in seen.get_columns("ledger_entry")],
            {index["name"] for index in seen.get_indexes("ledger_entry")},
            {tuple(key["constrained_columns"]) for key in seen.get_foreign_keys("ledger_entry")},
        )

    def conditions(connection):
        found = inspect(connection).get_check_constraints("ledger_entry")
        return {one["name"]: one["sqltext"] for one in found}

    with laid.connect() as connection:
        if laid.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        before, first = around(connection), conditions(connection)
        with Operations.context(MigrationContext.configure(connection)):
            replace_check(
                "ledger_entry", "ck_ledger_entry_amount_is_positive", "amount_pence > (1 - 1)"
            )
            add_check("ledger_entry", "ck_ledger_entry_not_vast", "amount_pence < 1000000000000")
            assert "1" in conditions(connection)["ck_ledger_entry_amount_is_positive"]
            assert "ck_ledger_entry_not_vast" in conditions(connection)
            drop_check("ledger_entry", "ck_ledger_entry_not_vast")
            replace_check("ledger_entry", "ck_ledger_entry_amount_is_positive", "amount_pence > 0")
        assert (around(connection), set(conditions(connection))) == (before, set(first))
        assert _triggers(connection) >= {"ledger_entry"}
        connection.rollback()
        if laid.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


def _triggers(connection):
    if connection.dialect.name == "postgresql":
        query = "SELECT event_object_table FROM information_schema.triggers"
    else:
        query = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    return set(connection.execute(text(query)).scalars())


def test_tables_that_a_newer_version_laid_are_refused_in_words(laid, database):
    with laid.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    run = database.app.test_cli_runner().invoke(args=["voucher", "migrate"])
    assert run.exit_code == 1
    assert "version 9999" in run.output
    assert "a newer one made it" in run.output
