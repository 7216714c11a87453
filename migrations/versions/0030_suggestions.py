"""Keep round-wide plans of who could go to whom, and what businesses are told of them.

Revision: 0030
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create plans and suggestions."""
    op.create_table(
        "suggestion_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "ready",
                "proposed",
                "discarded",
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
            "asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("worked_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("given_sha256", sa.String(length=64), nullable=True),
        sa.Column(
            "unmatched", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("needs", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("matched", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "total_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "greedy_matched", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "greedy_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "first_matched", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "first_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "(status = 'proposed') = (proposed_at IS NOT NULL)"
            " AND (proposed_at IS NULL) = (proposed_by_id IS NULL)",
            name=op.f("ck_suggestion_plan_proposed_by_somebody"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('ready', 'proposed')"
            " OR (worked_out_at IS NOT NULL AND given_sha256 IS NOT NULL)",
            name=op.f("ck_suggestion_plan_worked_out_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_suggestion_plan_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user.id"], name=op.f("fk_suggestion_plan_proposed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_suggestion_plan_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_plan")),
        sa.UniqueConstraint("reference", name=op.f("uq_suggestion_plan_reference")),
    )
    op.create_index(
        op.f("ix_suggestion_plan_round_id"), "suggestion_plan", ["round_id"], unique=False
    )
    op.create_index(
        "uq_suggestion_plan_unsettled_per_round",
        "suggestion_plan",
        ["round_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('asked', 'ready')"),
        postgresql_where=sa.text("status IN ('asked', 'ready')"),
    )
    op.create_table(
        "suggestion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "voucher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "offering_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "left_out",
                "open",
                "taken",
                "passed",
                "expired",
                "replaced",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "best_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "bar",
            sa.Enum(
                "chosen",
                "voucher_over",
                "held",
                "connected",
                "not_open",
                "full",
                "declined",
                "not_listed",
                name="bar_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(status IN ('planned', 'left_out')) = (made_at IS NULL)",
            name=op.f("ck_suggestion_made_has_its_moment"),
        ),
        sa.CheckConstraint(
            "(status IN ('planned', 'open')) = (settled_at IS NULL)",
            name=op.f("ck_suggestion_settled_has_its_moment"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('left_out', 'expired') OR bar IS NOT NULL",
            name=op.f("ck_suggestion_bar_is_named"),
        ),
        sa.CheckConstraint("place > 0", name=op.f("ck_suggestion_place_is_positive")),
        sa.CheckConstraint(
            "points > 0 AND best_points >= points", name=op.f("ck_suggestion_points_are_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_suggestion_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["offering.id"], name=op.f("fk_suggestion_offering_id_offering")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["suggestion_plan.id"], name=op.f("fk_suggestion_plan_id_suggestion_plan")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["voucher.id"], name=op.f("fk_suggestion_voucher_id_voucher")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    op.create_index("ix_suggestion_offering", "suggestion", ["offering_id", "status"], unique=False)
    op.create_index("ix_suggestion_status", "suggestion", ["status"], unique=False)
    op.create_index(
        "uq_suggestion_open_per_voucher",
        "suggestion",
        ["voucher_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "uq_suggestion_plan_voucher", "suggestion", ["plan_id", "voucher_id"], unique=True
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_index("uq_suggestion_plan_voucher", table_name="suggestion")
    op.drop_index(
        "uq_suggestion_open_per_voucher",
        table_name="suggestion",
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.drop_index("ix_suggestion_status", table_name="suggestion")
    op.drop_index("ix_suggestion_offering", table_name="suggestion")
    op.drop_table("suggestion")
    op.drop_index(
        "uq_suggestion_plan_unsettled_per_round",
        table_name="suggestion_plan",
        sqlite_where=sa.text("status IN ('asked', 'ready')"),
        postgresql_where=sa.text("status IN ('asked', 'ready')"),
    )
    op.drop_index(op.f("ix_suggestion_plan_round_id"), table_name="suggestion_plan")
    op.drop_table("suggestion_plan")
