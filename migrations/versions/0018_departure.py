"""Let a provider be gone, and a voucher have back the days that were lost with it.

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, drop_check

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_KNOWN = "gone_as IN ('insolvent', 'dissolved', 'ceased', 'unreachable')"
_SUSPENDED = "gone_as IS NULL OR status = 'suspended'"
_MOMENT = "lost_days >= 0 AND (lost_days = 0 OR restored_at IS NOT NULL)"


def upgrade() -> None:
    """Add why a provider is gone, and the days given back with their moment."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("provider", sa.Column("gone_as", sa.String(40), nullable=True))
    add_check("provider", "ck_provider_gone_known", _KNOWN)
    add_check("provider", "ck_provider_gone_is_suspended", _SUSPENDED)
    days = sa.Column("lost_days", whole, server_default="0", nullable=False)
    op.add_column("voucher", days)
    op.add_column("voucher", sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True))
    add_check("voucher", "ck_voucher_lost_days_have_their_moment", _MOMENT)


def downgrade() -> None:
    """Drop them."""
    drop_check("voucher", "ck_voucher_lost_days_have_their_moment")
    op.drop_column("voucher", "restored_at")
    op.drop_column("voucher", "lost_days")
    drop_check("provider", "ck_provider_gone_is_suspended")
    drop_check("provider", "ck_provider_gone_known")
    op.drop_column("provider", "gone_as")
