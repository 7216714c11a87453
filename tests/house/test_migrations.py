"""The migrations make the tables that the models describe, on both databases, up and down."""

import pytest
from sqlalchemy import CheckConstraint, inspect, text

from voucher.core.db import Base, db

pytestmark = pytest.mark.both_databases
APPEND_ONLY = (
    "audit_event",
    "audit_seal",
    "eligibility_check",
    "ledger_account",
    "ledger_entry",
    "ledger_journal",
    "status_change",
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
