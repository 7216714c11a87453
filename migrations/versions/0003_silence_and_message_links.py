"""Silence past a deadline, an officer's word for a silent business, and when a mailed link ends.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, drop_check

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ON_BEHALF = "ck_confirmation_on_behalf_has_evidence"


def upgrade() -> None:
    """Add the columns and the CHECK."""
    op.add_column("claim", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "redemption", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("message", sa.Column("link_ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "confirmation",
        sa.Column("on_behalf", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    add_check("confirmation", ON_BEHALF, "NOT on_behalf OR (confirmed AND length(words) > 0)")


def downgrade() -> None:
    """Drop them again."""
    drop_check("confirmation", ON_BEHALF)
    op.drop_column("confirmation", "on_behalf")
    op.drop_column("message", "link_ends_at")
    op.drop_column("redemption", "escalated_at")
    op.drop_column("claim", "escalated_at")
