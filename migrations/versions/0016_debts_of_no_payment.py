"""Let a debt of no payment be asked back, and a reversal made by hand be entered.

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, admit, allow_nothing, drop_check, require_something

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OUTCOMES = ("matched", "returned", "owed", "funder", "fee")
OF_SOMETHING = "ck_clawback_of_a_payment_or_a_movement"


def upgrade() -> None:
    """Add what a clawback or a reversal is of; a clawback has a payment or a movement."""
    op.add_column(
        "clawback",
        sa.Column(
            "movement_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey(
                "unexplained_movement.id", name="fk_clawback_movement_id_unexplained_movement"
            ),
            nullable=True,
        ),
        inline_references=True,
    )
    allow_nothing("clawback", "payment_id")
    allow_nothing("clawback", "round_id")
    add_check(
        "clawback",
        OF_SOMETHING,
        "(payment_id IS NULL) <> (movement_id IS NULL)"
        " AND (payment_id IS NULL) = (round_id IS NULL)",
    )
    op.create_index("uq_clawback_movement_id", "clawback", ["movement_id"], unique=True)
    op.add_column(
        "unexplained_movement", sa.Column("undid_transfer_id", sa.String(length=80), nullable=True)
    )
    op.create_index(
        op.f("ix_unexplained_movement_undid_transfer_id"),
        "unexplained_movement",
        ["undid_transfer_id"],
        unique=False,
    )
    admit(
        "unexplained_movement",
        "ck_unexplained_movement_outcome_known",
        "outcome",
        (*OUTCOMES, "taken_back"),
    )


def downgrade() -> None:
    """Take them away again, while there is no debt without a payment."""
    admit(
        "unexplained_movement",
        "ck_unexplained_movement_outcome_known",
        "outcome",
        OUTCOMES,
    )
    op.drop_index(
        op.f("ix_unexplained_movement_undid_transfer_id"), table_name="unexplained_movement"
    )
    op.drop_column("unexplained_movement", "undid_transfer_id")
    op.drop_index("uq_clawback_movement_id", table_name="clawback")
    drop_check("clawback", OF_SOMETHING)
    require_something("clawback", "round_id")
    require_something("clawback", "payment_id")
    op.drop_column("clawback", "movement_id")
