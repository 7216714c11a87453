"""Keep reports on the books; find journals by time; let a programme say when its year ends.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import add_check, drop_check

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


YEAR_END = "ck_programme_year_end_is_a_month"


def upgrade() -> None:
    """Create the tables, the first append-only, the index and the column."""
    create_tables()
    refuse_changes("books_report")
    op.create_index("ix_ledger_journal_at", "ledger_journal", ["at", "id"], unique=False)
    op.add_column(
        "programme",
        sa.Column(
            "year_end_month",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="3",
            nullable=False,
        ),
    )
    add_check("programme", YEAR_END, "year_end_month BETWEEN 1 AND 12")


def refuse_changes(table: str) -> None:
    """Refuse UPDATE and DELETE, as revision 0002 does for other tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def create_tables() -> None:
    """Create both tables with their indexes."""
    op.create_table(
        "books_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "statement",
                "accruals",
                "funder_claim",
                "year_close",
                name="kind_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("data_cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "figures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "(kind = 'statement') = (programme_id IS NULL)",
            name=op.f("ck_books_report_others_have_their_programme"),
        ),
        sa.CheckConstraint(
            "(kind = 'statement') = (provider_id IS NOT NULL)",
            name=op.f("ck_books_report_statement_has_its_provider"),
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_books_report_sha256_is_hex")),
        sa.CheckConstraint(
            "to_on >= from_on", name=op.f("ck_books_report_ends_after_its_beginning")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user.id"], name=op.f("fk_books_report_made_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_books_report_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_books_report_provider_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_books_report")),
        sa.UniqueConstraint("reference", name=op.f("uq_books_report_reference")),
        sa.UniqueConstraint("sha256", name=op.f("uq_books_report_sha256")),
    )
    op.create_index(
        op.f("ix_books_report_programme_id"), "books_report", ["programme_id"], unique=False
    )
    op.create_index(
        "ix_books_report_provider", "books_report", ["provider_id", "from_on"], unique=False
    )
    op.create_index(
        "uq_books_report_period",
        "books_report",
        ["kind", "programme_id", "from_on"],
        unique=True,
        sqlite_where=sa.text("kind IN ('funder_claim', 'year_close')"),
        postgresql_where=sa.text("kind IN ('funder_claim', 'year_close')"),
    )
    op.create_table(
        "books_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "building",
                "ready",
                "failed",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "(status = 'ready') = (file_id IS NOT NULL)",
            name=op.f("ck_books_document_ready_has_its_file"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_books_document_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_books_document_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["books_report.id"],
            name=op.f("fk_books_document_report_id_books_report"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_books_document")),
        sa.UniqueConstraint("report_id", name=op.f("uq_books_document_report_id")),
    )
    op.create_index("ix_books_document_due", "books_document", ["status", "id"], unique=False)


def downgrade() -> None:
    """Undo the whole."""
    drop_check("programme", YEAR_END)
    op.drop_column("programme", "year_end_month")
    op.drop_index("ix_ledger_journal_at", table_name="ledger_journal")
    op.drop_index("ix_books_document_due", table_name="books_document")
    op.drop_table("books_document")
    op.drop_index(
        "uq_books_report_period",
        table_name="books_report",
        sqlite_where=sa.text("kind IN ('funder_claim', 'year_close')"),
        postgresql_where=sa.text("kind IN ('funder_claim', 'year_close')"),
    )
    op.drop_index("ix_books_report_provider", table_name="books_report")
    op.drop_index(op.f("ix_books_report_programme_id"), table_name="books_report")
    op.drop_table("books_report")
