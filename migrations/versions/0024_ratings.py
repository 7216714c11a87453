"""Let both sides rate the work once it is confirmed.

Revision: 0024
Follows: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of ratings."""
    op.create_table(
        "rating",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "offering_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("by_provider", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "sealed",
                "shown",
                "withheld",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("stars", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "given_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "replied_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("withheld_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "withheld_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "withheld_for",
            sa.Enum(
                "abuse",
                "personal",
                "not_the_work",
                "pressed",
                name="withheld_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("withheld_note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(replied_at IS NULL) = (reply = '') AND (replied_at IS NULL OR (NOT by_provider AND shown_at IS NOT NULL))",
            name=op.f("ck_rating_reply_is_whole"),
        ),
        sa.CheckConstraint(
            "(status = 'withheld') = (withheld_at IS NOT NULL) AND (withheld_at IS NULL) = (withheld_by_id IS NULL) AND (withheld_at IS NULL) = (withheld_for IS NULL)",
            name=op.f("ck_rating_withheld_is_whole"),
        ),
        sa.CheckConstraint(
            "status <> 'shown' OR shown_at IS NOT NULL", name=op.f("ck_rating_shown_has_its_moment")
        ),
        sa.CheckConstraint(
            "stars >= 1 AND stars <= 5", name=op.f("ck_rating_stars_are_one_to_five")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_rating_claim_id_claim")),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["user.id"], name=op.f("fk_rating_given_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["offering.id"], name=op.f("fk_rating_offering_id_offering")
        ),
        sa.ForeignKeyConstraint(
            ["replied_by_id"], ["user.id"], name=op.f("fk_rating_replied_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["withheld_by_id"], ["user.id"], name=op.f("fk_rating_withheld_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        sa.UniqueConstraint("claim_id", "by_provider", name=op.f("uq_rating_claim_id_by_provider")),
        sa.UniqueConstraint("reference", name=op.f("uq_rating_reference")),
    )
    op.create_index("ix_rating_offering", "rating", ["offering_id", "status"], unique=False)
    op.create_index("ix_rating_status", "rating", ["status", "given_at"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_rating_status", table_name="rating")
    op.drop_index("ix_rating_offering", table_name="rating")
    op.drop_table("rating")
