"""Give officers a last day to decide on a changed agreement, and a reason on a business that ended.

Revision: 0021
Follows: 0020
"""

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, drop_check

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DAYS = timedelta(days=7)
_HAS_DAY = "status <> 'referred' OR decide_by_on IS NOT NULL"
_KNOWN = (
    "ended_reason IN ('confirmed_before', 'shown_before', 'not_ended', 'not_shown', 'done_after')"
)
_OF_COMPANY = "ended_reason IS NULL OR gate = 'company'"


def _give_a_last_day() -> None:
    """Those that wait already: a week from when the other party agreed, or the voucher's end."""
    waiting = op.get_bind().execute(
        sa.text(
            "SELECT v.id, v.answered_at, o.expires_on FROM variation v"
            " JOIN match m ON m.id = v.match_id JOIN voucher o ON o.id = m.voucher_id"
            " WHERE v.status = 'referred'"
        ).columns(answered_at=sa.DateTime(timezone=True), expires_on=sa.Date())
    )
    table = sa.table("variation", sa.column("id"), sa.column("decide_by_on", sa.Date()))
    for row in waiting.mappings().all():
        last: date = min(row["answered_at"].date() + DAYS, row["expires_on"])
        op.get_bind().execute(
            sa.update(table).where(table.c.id == row["id"]).values(decide_by_on=last)
        )


def upgrade() -> None:
    """Add both columns with their CHECKs; changes that wait for an officer get a last day."""
    op.add_column("variation", sa.Column("decide_by_on", sa.Date(), nullable=True))
    _give_a_last_day()
    add_check("variation", "ck_variation_officer_has_a_last_day", _HAS_DAY)
    op.add_column("screening_referral", sa.Column("ended_reason", sa.String(40), nullable=True))
    add_check("screening_referral", "ck_screening_referral_ended_reason_known", _KNOWN)
    add_check(
        "screening_referral", "ck_screening_referral_ended_reason_is_of_a_company", _OF_COMPANY
    )


def downgrade() -> None:
    """Drop them."""
    drop_check("screening_referral", "ck_screening_referral_ended_reason_is_of_a_company")
    drop_check("screening_referral", "ck_screening_referral_ended_reason_known")
    op.drop_column("screening_referral", "ended_reason")
    drop_check("variation", "ck_variation_officer_has_a_last_day")
    op.drop_column("variation", "decide_by_on")
