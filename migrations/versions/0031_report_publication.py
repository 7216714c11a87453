"""Keep sign-offs and publications of reports, their web pages, and summaries of providers.

Revision: 0031
Follows: 0030
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, admit, allow_nothing, drop_check, require_something

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables, which take no change, and the report's new columns."""
    op.create_table(
        "report_sign_off",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "signed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_sign_off_report_id_report")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["user.id"], name=op.f("fk_report_sign_off_signed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_sign_off")),
        sa.UniqueConstraint("report_id", name=op.f("uq_report_sign_off_report_id")),
    )
    op.create_table(
        "report_publication",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "sign_off_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "supersedes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("figures_sha256", sa.String(length=64), nullable=False),
        sa.Column("page_sha256", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "signed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "published_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "(supersedes_id IS NULL) = (note = '')",
            name=op.f("ck_report_publication_new_version_says_why"),
        ),
        sa.CheckConstraint(
            "published_at >= signed_at",
            name=op.f("ck_report_publication_published_after_it_was_signed"),
        ),
        sa.CheckConstraint(
            "published_by_id <> signed_by_id",
            name=op.f("ck_report_publication_published_by_another_than_signed"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_report_publication_version_is_counted")),
        sa.ForeignKeyConstraint(
            ["published_by_id"],
            ["user.id"],
            name=op.f("fk_report_publication_published_by_id_user"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_publication_report_id_report")
        ),
        sa.ForeignKeyConstraint(
            ["sign_off_id"],
            ["report_sign_off.id"],
            name=op.f("fk_report_publication_sign_off_id_report_sign_off"),
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["user.id"], name=op.f("fk_report_publication_signed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["report_publication.id"],
            name=op.f("fk_report_publication_supersedes_id_report_publication"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_publication")),
        sa.UniqueConstraint("report_id", name=op.f("uq_report_publication_report_id")),
        sa.UniqueConstraint("sign_off_id", name=op.f("uq_report_publication_sign_off_id")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_report_publication_supersedes_id")),
    )
    op.create_index(
        "uq_report_publication_first",
        "report_publication",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("supersedes_id IS NULL"),
        postgresql_where=sa.text("supersedes_id IS NULL"),
    )
    for table in ("report_sign_off", "report_publication"):
        _refuse_changes(table)
    _widen_reports()


def _widen_reports() -> None:
    """A report may be about a provider, and has a web page and an extract."""
    identifier = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for name, target in (("provider_id", "provider"), ("extract_id", "stored_file")):
        key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_report_{name}_{target}"))
        column = sa.Column(name, identifier, key, nullable=True)
        op.add_column("report", column, inline_references=True)
    op.add_column("report", sa.Column("page", sa.Text(), nullable=True))
    admit("report", "ck_report_kind_known", "kind", ("round", "case", "provider"))
    allow_nothing("report", "round_id")
    add_check(
        "report",
        "ck_report_provider_is_named",
        "(kind = 'provider') = (provider_id IS NOT NULL)",
    )
    add_check(
        "report",
        "ck_report_round_is_named",
        "kind NOT IN ('round', 'case') OR round_id IS NOT NULL",
    )


def _refuse_changes(table: str) -> None:
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


def downgrade() -> None:
    """Drop them; summaries of providers go with their kind."""
    op.execute("DELETE FROM report WHERE kind = 'provider'")
    drop_check("report", "ck_report_round_is_named")
    drop_check("report", "ck_report_provider_is_named")
    require_something("report", "round_id")
    admit("report", "ck_report_kind_known", "kind", ("round", "case"))
    op.drop_index(
        "uq_report_publication_first",
        table_name="report_publication",
        sqlite_where=sa.text("supersedes_id IS NULL"),
        postgresql_where=sa.text("supersedes_id IS NULL"),
    )
    op.drop_table("report_publication")
    op.drop_table("report_sign_off")
    for column in ("extract_id", "page", "provider_id"):
        op.drop_column("report", column)
