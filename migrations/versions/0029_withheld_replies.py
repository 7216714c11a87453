"""Let an officer withhold the reply to a rating, and leave the rating.

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, drop_check

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_WHOLE = (
    "(reply_withheld_at IS NULL) = (reply_withheld_by_id IS NULL)"
    " AND (reply_withheld_at IS NULL) = (reply_withheld_note = '')"
    " AND (reply_withheld_at IS NULL OR replied_at IS NOT NULL)"
)


def upgrade() -> None:
    """Add when, by whom and why a reply is withheld; none is so far."""
    op.add_column(
        "rating", sa.Column("reply_withheld_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "rating",
        sa.Column(
            "reply_withheld_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("user.id", name=op.f("fk_rating_reply_withheld_by_id_user")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column(
        "rating", sa.Column("reply_withheld_note", sa.Text(), server_default="", nullable=False)
    )
    add_check("rating", "ck_rating_withheld_reply_is_whole", _WHOLE)


def downgrade() -> None:
    """Drop them; whoever goes back shows the withheld replies again."""
    drop_check("rating", "ck_rating_withheld_reply_is_whole")
    op.drop_column("rating", "reply_withheld_note")
    op.drop_column("rating", "reply_withheld_by_id")
    op.drop_column("rating", "reply_withheld_at")
