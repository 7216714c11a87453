"""Let the parties change price and work before a voucher is redeemed.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of changes, of which one at a time is open on a match."""
    op.create_table(
        "variation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("match_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "referred",
                "agreed",
                "refused",
                "withdrawn",
                "lapsed",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_provider", sa.Boolean(), nullable=False),
        sa.Column("needs_officer", sa.Boolean(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("officer_note", sa.Text(), server_default="", nullable=False),
        sa.Column("refusal", sa.Text(), server_default="", nullable=False),
        sa.Column("was_scope", sa.Text(), nullable=False),
        sa.Column(
            "was_net_price_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "was_vat_rate_bps", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "was_vat_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "was_voucher_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "was_contribution_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column(
            "net_price_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "vat_rate_bps", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "vat_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "voucher_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "contribution_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status <> 'agreed' OR NOT needs_officer OR decided_by_id IS NOT NULL",
            name=op.f("ck_variation_officer_where_needed"),
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR length(refusal) > 0",
            name=op.f("ck_variation_refusal_has_words"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('referred', 'agreed') OR answered_by_id IS NOT NULL",
            name=op.f("ck_variation_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "answered_by_id <> proposed_by_id", name=op.f("ck_variation_answered_by_another")
        ),
        sa.CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name=op.f("ck_variation_amounts_add_up"),
        ),
        sa.CheckConstraint(
            "net_price_pence > 0 AND voucher_pence > 0",
            name=op.f("ck_variation_amounts_are_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_variation_answered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_variation_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_variation_match_id_match")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user.id"], name=op.f("fk_variation_proposed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variation")),
    )
    op.create_index("ix_variation_answer", "variation", ["status", "answer_by_on"], unique=False)
    op.create_index(op.f("ix_variation_match_id"), "variation", ["match_id"], unique=False)
    op.create_index(
        "uq_variation_open_per_match",
        "variation",
        ["match_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('proposed', 'referred')"),
        postgresql_where=sa.text("status IN ('proposed', 'referred')"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(
        "uq_variation_open_per_match",
        table_name="variation",
        sqlite_where=sa.text("status IN ('proposed', 'referred')"),
        postgresql_where=sa.text("status IN ('proposed', 'referred')"),
    )
    op.drop_index(op.f("ix_variation_match_id"), table_name="variation")
    op.drop_index("ix_variation_answer", table_name="variation")
    op.drop_table("variation")
