"""Keep the trials of a round’s ways of sharing.

Revision: 0027
Follows: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, which takes no change."""
    op.create_table(
        "allocation_trial",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "source_round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("inputs_sha256", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column(
            "terms", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "figures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ran_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "(source_round_id IS NULL) = (file_name <> '')",
            name=op.f("ck_allocation_trial_has_one_source"),
        ),
        sa.CheckConstraint("entries > 0", name=op.f("ck_allocation_trial_somebody_is_on_it")),
        sa.ForeignKeyConstraint(
            ["ran_by_id"], ["user.id"], name=op.f("fk_allocation_trial_ran_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_allocation_trial_round_id_round")
        ),
        sa.ForeignKeyConstraint(
            ["source_round_id"],
            ["round.id"],
            name=op.f("fk_allocation_trial_source_round_id_round"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_trial")),
        sa.UniqueConstraint("reference", name=op.f("uq_allocation_trial_reference")),
    )
    op.create_index(
        op.f("ix_allocation_trial_round_id"), "allocation_trial", ["round_id"], unique=False
    )
    _refuse_changes("allocation_trial")


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
    """Drop it."""
    op.drop_index(op.f("ix_allocation_trial_round_id"), table_name="allocation_trial")
    op.drop_table("allocation_trial")
