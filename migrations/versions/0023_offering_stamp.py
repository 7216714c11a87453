"""Give every offering a number that changes with it, so that kept indexes can tell.

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the stamp; 0 until an offering's next change."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    stamp = sa.Column("stamp", whole, server_default="0", nullable=False)
    op.add_column("offering", stamp)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("offering", "stamp")
