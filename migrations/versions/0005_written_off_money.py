"""Admit accounts of money that was written off.

Revision: 0005
Follows: 0004
"""

from migrations.checks import admit

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEFORE = (
    "cash_at_stripe",
    "at_provider",
    "settled",
    "recoverable",
    "fees",
    "grant_due",
    "fund",
    "reserved",
    "committed",
    "payable",
    "spent",
    "suspense",
)


def upgrade() -> None:
    """Admit the kind."""
    admit("ledger_account", "ck_ledger_account_kind_known", "kind", (*BEFORE, "written_off"))


def downgrade() -> None:
    """Refuse it again; fails while there is such an account, which the books can't do without."""
    admit("ledger_account", "ck_ledger_account_kind_known", "kind", BEFORE)
