"""Keep differences, unexplained movements and sign-offs, and let finance release payments.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import add_check, admit, drop_check

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

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
    "reversed",
    "netted",
)


def upgrade() -> None:
    """Create the tables and columns; sign-offs refuse UPDATE and DELETE by trigger."""
    op.create_table(
        "book_difference",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("identity", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column(
            "theirs_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "ours_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "explained",
                "cleared",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "times_seen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("explanation", sa.String(length=1000), nullable=True),
        sa.Column(
            "explained_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("explained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'cleared') = (cleared_at IS NOT NULL)",
            name=op.f("ck_book_difference_cleared_has_its_moment"),
        ),
        sa.CheckConstraint(
            "status <> 'explained' OR (explanation IS NOT NULL AND explained_by_id IS NOT NULL)",
            name=op.f("ck_book_difference_explained_has_its_words"),
        ),
        sa.CheckConstraint("times_seen > 0", name=op.f("ck_book_difference_was_seen")),
        sa.ForeignKeyConstraint(
            ["explained_by_id"], ["user.id"], name=op.f("fk_book_difference_explained_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_difference")),
        sa.UniqueConstraint("identity", name=op.f("uq_book_difference_identity")),
        sa.UniqueConstraint("reference", name=op.f("uq_book_difference_reference")),
    )
    op.create_index("ix_book_difference_status", "book_difference", ["status", "id"], unique=False)
    op.create_table(
        "payment_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "released",
                "withdrawn",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "payment_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "total_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "second_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'waiting') = (ended_at IS NULL)",
            name=op.f("ck_payment_run_ended_has_its_moment"),
        ),
        sa.CheckConstraint(
            "payment_count > 0 AND total_pence > 0", name=op.f("ck_payment_run_releases_something")
        ),
        sa.CheckConstraint(
            "second_by_id <> asked_by_id", name=op.f("ck_payment_run_two_people_release")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_payment_run_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["second_by_id"], ["user.id"], name=op.f("fk_payment_run_second_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_run")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_run_reference")),
    )
    op.create_table(
        "sign_off",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "reconciliation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "previous_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "signed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column(
            "explained", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["sign_off.id"], name=op.f("fk_sign_off_previous_id_sign_off")
        ),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliation.id"],
            name=op.f("fk_sign_off_reconciliation_id_reconciliation"),
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["user.id"], name=op.f("fk_sign_off_signed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sa.UniqueConstraint("previous_id", name=op.f("uq_sign_off_previous_id")),
        sa.UniqueConstraint("reconciliation_id", name=op.f("uq_sign_off_reconciliation_id")),
    )
    op.create_table(
        "payment_run_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "amount_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("taken_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "taken_out_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint("amount_pence > 0", name=op.f("ck_payment_run_item_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_payment_run_item_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["payment_run.id"], name=op.f("fk_payment_run_item_run_id_payment_run")
        ),
        sa.ForeignKeyConstraint(
            ["taken_out_by_id"], ["user.id"], name=op.f("fk_payment_run_item_taken_out_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_run_item")),
        sa.UniqueConstraint(
            "run_id", "payment_id", name=op.f("uq_payment_run_item_run_id_payment_id")
        ),
    )
    op.create_index(
        op.f("ix_payment_run_item_run_id"), "payment_run_item", ["run_id"], unique=False
    )
    op.create_index(
        "uq_payment_run_item_live",
        "payment_run_item",
        ["payment_id"],
        unique=True,
        sqlite_where=sa.text("taken_out_at IS NULL"),
        postgresql_where=sa.text("taken_out_at IS NULL"),
    )
    op.create_table(
        "unexplained_movement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("stripe_id", sa.String(length=80), nullable=False),
        sa.Column("source_id", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column(
            "net_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("stripe_account_id", sa.String(length=80), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "proposed",
                "cleared",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "matched",
                "returned",
                "owed",
                "funder",
                "fee",
                name="outcome_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "undone_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column(
            "proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "cleared_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'cleared') = (cleared_by_id IS NOT NULL)",
            name=op.f("ck_unexplained_movement_cleared_has_its_person"),
        ),
        sa.CheckConstraint(
            "(status = 'open') = (outcome IS NULL)",
            name=op.f("ck_unexplained_movement_outcome_is_proposed_or_agreed"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (proposed_by_id IS NULL)",
            name=op.f("ck_unexplained_movement_outcome_has_its_proposer"),
        ),
        sa.CheckConstraint(
            "cleared_by_id <> proposed_by_id", name=op.f("ck_unexplained_movement_two_people_agree")
        ),
        sa.CheckConstraint("net_pence <> 0", name=op.f("ck_unexplained_movement_something_moved")),
        sa.ForeignKeyConstraint(
            ["cleared_by_id"], ["user.id"], name=op.f("fk_unexplained_movement_cleared_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_unexplained_movement_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"],
            ["user.id"],
            name=op.f("fk_unexplained_movement_proposed_by_id_user"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_unexplained_movement_provider_id_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"],
            ["unexplained_movement.id"],
            name=op.f("fk_unexplained_movement_undone_by_id_unexplained_movement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unexplained_movement")),
        sa.UniqueConstraint("reference", name=op.f("uq_unexplained_movement_reference")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_unexplained_movement_stripe_id")),
    )
    op.create_index(
        "ix_unexplained_movement_status", "unexplained_movement", ["status", "id"], unique=False
    )
    op.create_index(
        op.f("ix_unexplained_movement_stripe_account_id"),
        "unexplained_movement",
        ["stripe_account_id"],
        unique=False,
    )
    op.add_column(
        "round",
        sa.Column(
            "release_method", sa.String(length=40), server_default="automatic", nullable=False
        ),
    )
    op.add_column(
        "round",
        sa.Column(
            "second_release_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
    )
    add_check(
        "round", "ck_round_release_method_known", "release_method IN ('by_finance', 'automatic')"
    )
    add_check("round", "ck_round_second_release_is_positive", "second_release_pence > 0")
    admit("payment", "ck_payment_status_known", "status", ("ready", *STATUSES))
    _refuse_changes("sign_off")


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
    """Drop them; no payment may be waiting for its release."""
    admit("payment", "ck_payment_status_known", "status", STATUSES)
    drop_check("round", "ck_round_second_release_is_positive")
    drop_check("round", "ck_round_release_method_known")
    op.drop_column("round", "second_release_pence")
    op.drop_column("round", "release_method")
    op.drop_index(
        op.f("ix_unexplained_movement_stripe_account_id"), table_name="unexplained_movement"
    )
    op.drop_index("ix_unexplained_movement_status", table_name="unexplained_movement")
    op.drop_table("unexplained_movement")
    op.drop_index(
        "uq_payment_run_item_live",
        table_name="payment_run_item",
        sqlite_where=sa.text("taken_out_at IS NULL"),
        postgresql_where=sa.text("taken_out_at IS NULL"),
    )
    op.drop_index(op.f("ix_payment_run_item_run_id"), table_name="payment_run_item")
    op.drop_table("payment_run_item")
    op.drop_table("sign_off")
    op.drop_table("payment_run")
    op.drop_index("ix_book_difference_status", table_name="book_difference")
    op.drop_table("book_difference")
