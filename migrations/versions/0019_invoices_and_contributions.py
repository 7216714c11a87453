"""Keep invoices that were replaced, and the question whether a business has paid its part.

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables, and what a claim says of the business's part."""
    op.create_table(
        "superseded_invoice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("invoice_number", sa.String(length=60), nullable=False),
        sa.Column("invoice_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "superseded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_superseded_invoice_says_why")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_superseded_invoice_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_superseded_invoice_provider_id_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"],
            ["user.id"],
            name=op.f("fk_superseded_invoice_superseded_by_id_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_superseded_invoice")),
    )
    op.create_index(
        op.f("ix_superseded_invoice_claim_id"), "superseded_invoice", ["claim_id"], unique=False
    )
    op.create_index(
        "ix_superseded_invoice_number",
        "superseded_invoice",
        ["provider_id", "invoice_number"],
        unique=False,
    )
    op.create_table(
        "unpaid_contribution",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "shown",
                "denied",
                "evidenced",
                "ended",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("pay_by_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "settled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "status <> 'denied' OR length(answer) > 0",
            name=op.f("ck_unpaid_contribution_denial_has_words"),
        ),
        sa.CheckConstraint(
            "status <> 'evidenced' OR (paid_on IS NOT NULL AND settled_by_id IS NOT NULL)",
            name=op.f("ck_unpaid_contribution_evidenced_by_somebody"),
        ),
        sa.CheckConstraint(
            "status <> 'shown' OR paid_on IS NOT NULL",
            name=op.f("ck_unpaid_contribution_shown_has_its_day"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_unpaid_contribution_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_unpaid_contribution_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user.id"], name=op.f("fk_unpaid_contribution_settled_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unpaid_contribution")),
    )
    op.create_index(
        op.f("ix_unpaid_contribution_claim_id"), "unpaid_contribution", ["claim_id"], unique=False
    )
    op.create_index(
        "uq_unpaid_contribution_open_per_claim",
        "unpaid_contribution",
        ["claim_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('asked', 'shown', 'denied')"),
        postgresql_where=sa.text("status IN ('asked', 'shown', 'denied')"),
    )
    op.add_column(
        "claim",
        sa.Column("contribution_unpaid", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("claim", "contribution_unpaid")
    op.drop_index(
        "uq_unpaid_contribution_open_per_claim",
        table_name="unpaid_contribution",
        sqlite_where=sa.text("status IN ('asked', 'shown', 'denied')"),
        postgresql_where=sa.text("status IN ('asked', 'shown', 'denied')"),
    )
    op.drop_index(op.f("ix_unpaid_contribution_claim_id"), table_name="unpaid_contribution")
    op.drop_table("unpaid_contribution")
    op.drop_index("ix_superseded_invoice_number", table_name="superseded_invoice")
    op.drop_index(op.f("ix_superseded_invoice_claim_id"), table_name="superseded_invoice")
    op.drop_table("superseded_invoice")
