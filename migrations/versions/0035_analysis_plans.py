"""Keep the analysis plan of a round: drawn up, locked, and departed from.

Revision: 0035
Follows: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import admit, replace_check

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None
KINDS = ("round", "case", "provider")


def upgrade() -> None:
    """Create the tables, tie a frozen list to its plan, and let a report be of a plan."""
    op.create_table(
        "analysis_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "figures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "locked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_analysis_plan_sha256_is_hex")),
        sa.ForeignKeyConstraint(
            ["locked_by_id"], ["user.id"], name=op.f("fk_analysis_plan_locked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_analysis_plan_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_plan")),
        sa.UniqueConstraint("reference", name=op.f("uq_analysis_plan_reference")),
        sa.UniqueConstraint("round_id", name=op.f("uq_analysis_plan_round_id")),
    )
    op.create_table(
        "analysis_plan_draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "figures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "saved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_analysis_plan_draft_round_id_round")
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["user.id"], name=op.f("fk_analysis_plan_draft_saved_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_plan_draft")),
        sa.UniqueConstraint("round_id", name=op.f("uq_analysis_plan_draft_round_id")),
    )
    op.create_table(
        "plan_deviation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=1000), nullable=False),
        sa.Column("why", sa.String(length=1000), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "noted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "length(what) > 0 AND length(why) > 0", name=op.f("ck_plan_deviation_says_what_and_why")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["user.id"], name=op.f("fk_plan_deviation_noted_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["analysis_plan.id"], name=op.f("fk_plan_deviation_plan_id_analysis_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_deviation")),
    )
    op.create_index(op.f("ix_plan_deviation_plan_id"), "plan_deviation", ["plan_id"], unique=False)
    op.add_column(
        "draw_list",
        sa.Column(
            "plan_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("analysis_plan.id", name=op.f("fk_draw_list_plan_id_analysis_plan")),
            nullable=True,
        ),
        inline_references=True,
    )
    admit("report", "ck_report_kind_known", "kind", (*KINDS, "plan"))
    _name_the_round("'round', 'case', 'plan'")
    for table in ("analysis_plan", "plan_deviation"):
        _refuse_changes(table)


def _name_the_round(kinds: str) -> None:
    condition = f"kind NOT IN ({kinds}) OR round_id IS NOT NULL"
    replace_check("report", "ck_report_round_is_named", condition)


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
    """Drop them; documents of plans go with their kind."""
    op.execute("DELETE FROM report WHERE kind = 'plan'")
    _name_the_round("'round', 'case'")
    admit("report", "ck_report_kind_known", "kind", KINDS)
    op.drop_column("draw_list", "plan_id")
    op.drop_index(op.f("ix_plan_deviation_plan_id"), table_name="plan_deviation")
    op.drop_table("plan_deviation")
    op.drop_table("analysis_plan_draft")
    op.drop_table("analysis_plan")
