"""Give every suggestion that was made a last day, and let one end by it.

Revision: 0037
Follows: 0036
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, admit, drop_check

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BARS = (
    "chosen",
    "voucher_over",
    "held",
    "connected",
    "not_open",
    "full",
    "declined",
    "not_listed",
    "newer_plan",
)
LAST_DAY = {
    "postgresql": "(made_at AT TIME ZONE 'Europe/London')::date + 14",
    "sqlite": "date(made_at, '+14 days')",
}


def upgrade() -> None:
    """Add the day, two weeks after each was made, and admit the bar."""
    op.add_column("suggestion", sa.Column("last_day_on", sa.Date(), nullable=True))
    day = LAST_DAY[op.get_bind().dialect.name]
    op.execute(f"UPDATE suggestion SET last_day_on = {day} WHERE made_at IS NOT NULL")
    add_check(
        "suggestion",
        "ck_suggestion_made_has_its_last_day",
        "(made_at IS NULL) = (last_day_on IS NULL)",
    )
    admit("suggestion", "ck_suggestion_bar_known", "bar", (*BARS, "day_over"))


def downgrade() -> None:
    """Take both away."""
    admit("suggestion", "ck_suggestion_bar_known", "bar", BARS)
    drop_check("suggestion", "ck_suggestion_made_has_its_last_day")
    op.drop_column("suggestion", "last_day_on")
