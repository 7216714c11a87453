"""Whose number received earlier support, and since when a sent application stands behind it.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was declared before an application was sent is taken as sent."""
    op.add_column(
        "declared_assistance", sa.Column("recipient_number", sa.String(length=8), nullable=True)
    )
    op.add_column(
        "declared_assistance", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index("ix_declared_assistance_recipient", "declared_assistance", ["recipient_number"])
    op.execute(
        "UPDATE declared_assistance SET sent_at = declared_at WHERE business_id IN "
        "(SELECT business_id FROM application WHERE submitted_at IS NOT NULL)"
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_declared_assistance_recipient", table_name="declared_assistance")
    op.drop_column("declared_assistance", "sent_at")
    op.drop_column("declared_assistance", "recipient_number")
