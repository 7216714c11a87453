"""Say of each publication whether the pseudonymised data are published too.

Revision: 0038
Follows: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was published before, nothing more is."""
    op.add_column(
        "report_publication",
        sa.Column("with_extract", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("report_publication", "with_extract")
