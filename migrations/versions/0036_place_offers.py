"""Owe the offers of a draw or a ranked list, so that the worker makes them one by one

Revision: 0036
Follows: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the offers of places."""
    op.create_table(
        "place_offer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "failures",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bar", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint(
            "settled_at IS NOT NULL OR bar = ''", name=op.f("ck_place_offer_barred_when_settled")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_place_offer_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_place_offer_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_offer")),
        sa.UniqueConstraint("application_id", name=op.f("uq_place_offer_application_id")),
    )
    op.create_index(
        "ix_place_offer_owed",
        "place_offer",
        ["id"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index("ix_place_offer_round", "place_offer", ["round_id", "settled_at"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_place_offer_round", table_name="place_offer")
    op.drop_index(
        "ix_place_offer_owed",
        table_name="place_offer",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_table("place_offer")
