"""Keep clawbacks: what is asked back of payments, how it comes back, and what never does.

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import add_check, admit, drop_check, replace_check

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = ("clawback_netting", "clawback_receipt")
STATUSES = (
    "queued",
    "sending",
    "unknown",
    "transferred",
    "payout_sending",
    "payout_unknown",
    "in_transit",
    "paid",
    "blocked_payee",
    "blocked_funds",
    "on_hold",
    "attention",
    "payout_failed",
    "cancelled",
)
TRANSFERRED = (
    "transferred",
    "payout_sending",
    "payout_unknown",
    "in_transit",
    "paid",
    "payout_failed",
)


def upgrade() -> None:
    """Create the tables; let payments be taken back and set off."""
    op.create_table(
        "clawback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "not_delivered",
                "partly_delivered",
                "credit_note",
                "wrong_amount",
                "paid_twice",
                "not_eligible",
                "untrue",
                "other",
                name="reason_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "approved",
                "sending",
                "unknown",
                "reversed",
                "shortfall",
                "netting",
                "invoiced",
                "recovered",
                "write_off_asked",
                "written_off",
                "refused",
                "withdrawn",
                "attention",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("status_note", sa.String(length=300), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "requested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decision_note", sa.String(length=500), nullable=True),
        sa.Column("stripe_reversal_id", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("out_of_account", sa.Boolean(), nullable=False),
        sa.Column(
            "recovered_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "written_off_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("invoice_number", sa.String(length=60), nullable=True),
        sa.Column("invoice_due_on", sa.Date(), nullable=True),
        sa.Column("write_off_reason", sa.String(length=500), nullable=True),
        sa.Column(
            "write_off_asked_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "written_off_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('reversed', 'recovered', 'written_off', 'refused', 'withdrawn'))"
            " = (finished_at IS NOT NULL)",
            name=op.f("ck_clawback_end_has_its_time"),
        ),
        sa.CheckConstraint(
            "status <> 'recovered' OR recovered_pence = pence",
            name=op.f("ck_clawback_recovered_in_full"),
        ),
        sa.CheckConstraint(
            "status <> 'reversed' OR stripe_reversal_id IS NOT NULL",
            name=op.f("ck_clawback_reversed_at_stripe"),
        ),
        sa.CheckConstraint(
            "status <> 'written_off' OR (recovered_pence + written_off_pence = pence"
            " AND written_off_by_id IS NOT NULL)",
            name=op.f("ck_clawback_written_off_by_somebody"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'withdrawn') OR decided_by_id IS NOT NULL",
            name=op.f("ck_clawback_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "decided_by_id <> requested_by_id", name=op.f("ck_clawback_decided_by_another")
        ),
        sa.CheckConstraint("pence > 0", name=op.f("ck_clawback_amount_is_positive")),
        sa.CheckConstraint(
            "recovered_pence >= 0 AND written_off_pence >= 0"
            " AND recovered_pence + written_off_pence <= pence",
            name=op.f("ck_clawback_no_more_than_was_asked"),
        ),
        sa.CheckConstraint(
            "written_off_by_id <> write_off_asked_by_id",
            name=op.f("ck_clawback_written_off_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user.id"], name=op.f("fk_clawback_decided_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_clawback_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_clawback_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user.id"], name=op.f("fk_clawback_requested_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_clawback_round_id_round")
        ),
        sa.ForeignKeyConstraint(
            ["write_off_asked_by_id"],
            ["user.id"],
            name=op.f("fk_clawback_write_off_asked_by_id_user"),
        ),
        sa.ForeignKeyConstraint(
            ["written_off_by_id"], ["user.id"], name=op.f("fk_clawback_written_off_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clawback")),
        sa.UniqueConstraint("reference", name=op.f("uq_clawback_reference")),
        sa.UniqueConstraint("stripe_reversal_id", name=op.f("uq_clawback_stripe_reversal_id")),
    )
    op.create_index("ix_clawback_due", "clawback", ["status", "next_step_at"], unique=False)
    op.create_index(op.f("ix_clawback_payment_id"), "clawback", ["payment_id"], unique=False)
    op.create_index(op.f("ix_clawback_provider_id"), "clawback", ["provider_id"], unique=False)
    op.create_table(
        "clawback_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "clawback_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("idempotency_key", sa.String(length=100), nullable=False),
        sa.Column(
            "parameters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "done",
                "rejected",
                "absent",
                "mismatch",
                name="outcome_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("stripe_object_id", sa.String(length=80), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (outcome IS NULL OR outcome = 'mismatch')",
            name=op.f("ck_clawback_attempt_finished_has_its_outcome"),
        ),
        sa.CheckConstraint(
            "outcome <> 'done' OR stripe_object_id IS NOT NULL",
            name=op.f("ck_clawback_attempt_done_has_its_object"),
        ),
        sa.CheckConstraint("tries > 0", name=op.f("ck_clawback_attempt_tries_are_counted")),
        sa.ForeignKeyConstraint(
            ["clawback_id"], ["clawback.id"], name=op.f("fk_clawback_attempt_clawback_id_clawback")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clawback_attempt")),
        sa.UniqueConstraint(
            "clawback_id", "number", name=op.f("uq_clawback_attempt_clawback_id_number")
        ),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_clawback_attempt_idempotency_key")),
    )
    op.create_index(
        "uq_clawback_attempt_open",
        "clawback_attempt",
        ["clawback_id"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "clawback_netting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "clawback_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pence > 0", name=op.f("ck_clawback_netting_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["clawback_id"], ["clawback.id"], name=op.f("fk_clawback_netting_clawback_id_clawback")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_clawback_netting_payment_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clawback_netting")),
        sa.UniqueConstraint(
            "clawback_id", "payment_id", name=op.f("uq_clawback_netting_clawback_id_payment_id")
        ),
    )
    op.create_index(
        op.f("ix_clawback_netting_payment_id"), "clawback_netting", ["payment_id"], unique=False
    )
    op.create_table(
        "clawback_receipt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "clawback_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "entered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("pence > 0", name=op.f("ck_clawback_receipt_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["clawback_id"], ["clawback.id"], name=op.f("fk_clawback_receipt_clawback_id_clawback")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["user.id"], name=op.f("fk_clawback_receipt_entered_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clawback_receipt")),
        sa.UniqueConstraint(
            "clawback_id",
            "bank_reference",
            name=op.f("uq_clawback_receipt_clawback_id_bank_reference"),
        ),
    )
    op.add_column(
        "payment",
        sa.Column(
            "netted_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
    )
    op.add_column(
        "payment",
        sa.Column(
            "taken_back_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
    )
    for table in APPEND_ONLY:
        _refuse_changes(table)
    admit("payment", "ck_payment_status_known", "status", (*STATUSES, "reversed", "netted"))
    _require_transfer((*TRANSFERRED, "reversed"))
    replace_check(
        "payment",
        "ck_payment_cancelled_was_not_sent",
        "status <> 'cancelled' OR (stripe_transfer_id IS NULL AND netted_pence = 0)",
    )
    add_check(
        "payment",
        "ck_payment_no_more_than_the_amount",
        "taken_back_pence >= 0 AND netted_pence >= 0"
        " AND taken_back_pence + netted_pence <= amount_pence",
    )
    add_check(
        "payment",
        "ck_payment_reversed_in_full",
        "status <> 'reversed' OR taken_back_pence + netted_pence = amount_pence",
    )
    add_check(
        "payment",
        "ck_payment_netted_in_full",
        "status <> 'netted' OR (netted_pence = amount_pence AND stripe_transfer_id IS NULL)",
    )


def _require_transfer(statuses: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{status}'" for status in statuses)
    replace_check(
        "payment",
        "ck_payment_transferred_has_its_transfer",
        f"status NOT IN ({listed}) OR stripe_transfer_id IS NOT NULL",
    )


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def downgrade() -> None:
    """Drop the tables and what payments knew of them; no payment may be taken back or set off."""
    for name in ("netted_in_full", "reversed_in_full", "no_more_than_the_amount"):
        drop_check("payment", f"ck_payment_{name}")
    replace_check(
        "payment",
        "ck_payment_cancelled_was_not_sent",
        "status <> 'cancelled' OR stripe_transfer_id IS NULL",
    )
    _require_transfer(TRANSFERRED)
    admit("payment", "ck_payment_status_known", "status", STATUSES)
    op.drop_column("payment", "taken_back_pence")
    op.drop_column("payment", "netted_pence")
    op.drop_table("clawback_receipt")
    op.drop_index(op.f("ix_clawback_netting_payment_id"), table_name="clawback_netting")
    op.drop_table("clawback_netting")
    op.drop_index(
        "uq_clawback_attempt_open",
        table_name="clawback_attempt",
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.drop_table("clawback_attempt")
    op.drop_index(op.f("ix_clawback_provider_id"), table_name="clawback")
    op.drop_index(op.f("ix_clawback_payment_id"), table_name="clawback")
    op.drop_index("ix_clawback_due", table_name="clawback")
    op.drop_table("clawback")
