"""Keep the versions of the provider terms, and who agreed to which.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APPEND_ONLY = ("provider_terms", "terms_agreement")


def upgrade() -> None:
    """Create both tables, which refuse UPDATE and DELETE by trigger."""
    op.create_table(
        "provider_terms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("needed_from_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_provider_terms_version_is_positive")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_provider_terms_created_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_terms")),
        sa.UniqueConstraint("version", name=op.f("uq_provider_terms_version")),
    )
    op.create_table(
        "terms_agreement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("terms_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "agreed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["agreed_by_id"], ["user.id"], name=op.f("fk_terms_agreement_agreed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_terms_agreement_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"],
            ["provider_terms.id"],
            name=op.f("fk_terms_agreement_terms_id_provider_terms"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_agreement")),
    )
    op.create_index(
        "ix_terms_agreement_provider", "terms_agreement", ["provider_id", "id"], unique=False
    )
    for table in APPEND_ONLY:
        _refuse_changes(table)


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
    """Drop both, and their triggers with them."""
    op.drop_index("ix_terms_agreement_provider", table_name="terms_agreement")
    op.drop_table("terms_agreement")
    op.drop_table("provider_terms")
