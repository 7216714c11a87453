"""Let provider and business agree on less work than was redeemed.

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of offers, of which one at a time is open on a claim."""
    op.create_table(
        "lesser_work",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "offered",
                "agreed",
                "refused",
                "withdrawn",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "was_net_price_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
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
        sa.Column(
            "net_price_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
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
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "offered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("refusal", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(status IN ('agreed', 'refused')) = (answered_by_id IS NOT NULL)",
            name=op.f("ck_lesser_work_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR length(refusal) > 0",
            name=op.f("ck_lesser_work_refusal_has_words"),
        ),
        sa.CheckConstraint(
            "answered_by_id <> offered_by_id", name=op.f("ck_lesser_work_answered_by_another")
        ),
        sa.CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name=op.f("ck_lesser_work_amounts_add_up"),
        ),
        sa.CheckConstraint(
            "net_price_pence < was_net_price_pence AND voucher_pence <= was_voucher_pence",
            name=op.f("ck_lesser_work_is_less"),
        ),
        sa.CheckConstraint(
            "net_price_pence > 0 AND voucher_pence > 0",
            name=op.f("ck_lesser_work_amounts_are_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_lesser_work_answered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_lesser_work_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["user.id"], name=op.f("fk_lesser_work_offered_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesser_work")),
    )
    op.create_index(op.f("ix_lesser_work_claim_id"), "lesser_work", ["claim_id"], unique=False)
    op.create_index(
        "uq_lesser_work_open_per_claim",
        "lesser_work",
        ["claim_id"],
        unique=True,
        sqlite_where=sa.text("status = 'offered'"),
        postgresql_where=sa.text("status = 'offered'"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(
        "uq_lesser_work_open_per_claim",
        table_name="lesser_work",
        sqlite_where=sa.text("status = 'offered'"),
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.drop_index(op.f("ix_lesser_work_claim_id"), table_name="lesser_work")
    op.drop_table("lesser_work")
