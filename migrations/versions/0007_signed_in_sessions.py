"""Keep the sessions that people have signed in to, so that they can be ended.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "signed_in_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("for_staff", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at >= began_at", name=op.f("ck_signed_in_session_ended_after_it_began")
        ),
        sa.CheckConstraint(
            "last_seen_at >= began_at", name=op.f("ck_signed_in_session_seen_after_it_began")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_signed_in_session_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_in_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_signed_in_session_token_digest")),
    )
    op.create_index(
        op.f("ix_signed_in_session_last_seen_at"),
        "signed_in_session",
        ["last_seen_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_signed_in_session_user_id"), "signed_in_session", ["user_id"], unique=False
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(op.f("ix_signed_in_session_user_id"), table_name="signed_in_session")
    op.drop_index(op.f("ix_signed_in_session_last_seen_at"), table_name="signed_in_session")
    op.drop_table("signed_in_session")
