"""Let a suggestion be left out because a newer plan of the round was proposed.

Revision: 0034
Follows: 0033
"""

from migrations.checks import admit

revision = "0034"
down_revision = "0033"
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
)


def upgrade() -> None:
    """Admit the bar."""
    admit("suggestion", "ck_suggestion_bar_known", "bar", (*BARS, "newer_plan"))


def downgrade() -> None:
    """Admit it no more."""
    admit("suggestion", "ck_suggestion_bar_known", "bar", BARS)
