"""Make the offers of less work one of three causes for amending a claim's amounts.

Revision: 0017
Follows: 0016
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


AMENDMENT_DAYS = timedelta(days=14)
MOVED = (
    "claim_id, status, words, was_net_price_pence, was_vat_pence, was_voucher_pence,"
    " was_contribution_pence, net_price_pence, vat_pence, voucher_pence, contribution_pence,"
    " offered_at, offered_by_id, answered_at, answered_by_id, refusal"
)


def _move_offers() -> None:
    """Copy each offer, with its claim's provider and rate; its last day is two weeks after it."""
    names = MOVED.split(", ")
    listed = ", ".join(f"l.{name}" for name in names)
    offers = op.get_bind().execute(
        sa.text(
            f"SELECT {listed}, c.provider_id, r.vat_rate_bps FROM lesser_work l"
            " JOIN claim c ON c.id = l.claim_id JOIN redemption r ON r.id = c.redemption_id"
            " ORDER BY l.id"
        ).columns(offered_at=sa.DateTime(timezone=True), answered_at=sa.DateTime(timezone=True))
    )
    made = sa.table(
        "amendment",
        *(sa.column(name) for name in names if name not in ("offered_at", "answered_at")),
        sa.column("offered_at", sa.DateTime(timezone=True)),
        sa.column("answered_at", sa.DateTime(timezone=True)),
        sa.column("answer_by_on", sa.Date()),
        *(sa.column(n) for n in ("provider_id", "cause", "vat_rate_bps", "was_vat_rate_bps")),
    )
    for offer in offers.mappings().all():
        values = {
            **offer,
            "cause": "less_work",
            "was_vat_rate_bps": offer["vat_rate_bps"],
            "answer_by_on": offer["offered_at"].date() + AMENDMENT_DAYS,
        }
        op.get_bind().execute(sa.insert(made).values(values))


def _require_none() -> None:
    if op.get_bind().execute(sa.text("SELECT 1 FROM amendment")).first() is not None:
        raise RuntimeError("there are amendments, which the older tables can't hold")


def upgrade() -> None:
    """Create the table, move the offers of less work into it, and drop theirs."""
    op.create_table(
        "amendment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "cause",
            sa.Enum(
                "less_work",
                "credit_note",
                "vat_changed",
                name="cause_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "offered",
                "agreed",
                "refused",
                "withdrawn",
                "lapsed",
                "entered",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("credit_number", sa.String(length=60), nullable=True),
        sa.Column(
            "was_net_price_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "was_vat_rate_bps", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "was_vat_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "was_voucher_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "was_contribution_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "net_price_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "vat_rate_bps", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "vat_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "voucher_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "contribution_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("answer_by_on", sa.Date(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "offered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("refusal", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(cause = 'credit_note') = (credit_number IS NOT NULL)",
            name=op.f("ck_amendment_credit_has_its_number"),
        ),
        sa.CheckConstraint(
            "(net_price_pence > 0 AND voucher_pence > 0)"
            " OR (status = 'entered' AND net_price_pence >= 0 AND voucher_pence >= 0)",
            name=op.f("ck_amendment_amounts_are_positive"),
        ),
        sa.CheckConstraint(
            "(status = 'entered') = (answer_by_on IS NULL)"
            " AND (status <> 'entered' OR cause = 'credit_note')",
            name=op.f("ck_amendment_offered_has_its_last_day"),
        ),
        sa.CheckConstraint(
            "(status IN ('agreed', 'refused')) = (answered_by_id IS NOT NULL)",
            name=op.f("ck_amendment_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "(vat_rate_bps <> was_vat_rate_bps) = (cause = 'vat_changed')",
            name=op.f("ck_amendment_rate_changes_with_vat"),
        ),
        sa.CheckConstraint(
            "net_price_pence <= was_net_price_pence AND voucher_pence <= was_voucher_pence"
            " AND (net_price_pence < was_net_price_pence OR cause = 'vat_changed')",
            name=op.f("ck_amendment_is_no_more"),
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR length(refusal) > 0",
            name=op.f("ck_amendment_refusal_has_words"),
        ),
        sa.CheckConstraint(
            "answered_by_id <> offered_by_id", name=op.f("ck_amendment_answered_by_another")
        ),
        sa.CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name=op.f("ck_amendment_amounts_add_up"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_amendment_answered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_amendment_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["user.id"], name=op.f("fk_amendment_offered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_amendment_provider_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    op.create_index(op.f("ix_amendment_claim_id"), "amendment", ["claim_id"], unique=False)
    op.create_index(
        "uq_amendment_credit_number",
        "amendment",
        ["provider_id", "credit_number"],
        unique=True,
        sqlite_where=sa.text(
            "status IN ('offered', 'agreed', 'entered') AND credit_number IS NOT NULL"
        ),
        postgresql_where=sa.text(
            "status IN ('offered', 'agreed', 'entered') AND credit_number IS NOT NULL"
        ),
    )
    op.create_index(
        "uq_amendment_open_per_claim",
        "amendment",
        ["claim_id"],
        unique=True,
        sqlite_where=sa.text("status = 'offered'"),
        postgresql_where=sa.text("status = 'offered'"),
    )
    _move_offers()
    op.drop_index(op.f("ix_lesser_work_claim_id"), table_name="lesser_work")
    op.drop_index(
        "uq_lesser_work_open_per_claim",
        table_name="lesser_work",
        sqlite_where=sa.text("status = 'offered'"),
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.drop_table("lesser_work")


def downgrade() -> None:
    """Make the old table anew, empty; fails while an amendment is kept."""
    _require_none()
    op.create_table(
        "lesser_work",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "offered",
                "agreed",
                "refused",
                "withdrawn",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "was_net_price_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "was_vat_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "was_voucher_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "was_contribution_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "net_price_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "vat_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "voucher_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "contribution_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "offered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("refusal", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(status IN ('agreed', 'refused')) = (answered_by_id IS NOT NULL)",
            name=op.f("ck_lesser_work_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR length(refusal) > 0",
            name=op.f("ck_lesser_work_refusal_has_words"),
        ),
        sa.CheckConstraint(
            "answered_by_id <> offered_by_id", name=op.f("ck_lesser_work_answered_by_another")
        ),
        sa.CheckConstraint(
            "contribution_pence = net_price_pence + vat_pence - voucher_pence",
            name=op.f("ck_lesser_work_amounts_add_up"),
        ),
        sa.CheckConstraint(
            "net_price_pence < was_net_price_pence AND voucher_pence <= was_voucher_pence",
            name=op.f("ck_lesser_work_is_less"),
        ),
        sa.CheckConstraint(
            "net_price_pence > 0 AND voucher_pence > 0",
            name=op.f("ck_lesser_work_amounts_are_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_lesser_work_answered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_lesser_work_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["user.id"], name=op.f("fk_lesser_work_offered_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesser_work")),
    )
    op.create_index(op.f("ix_lesser_work_claim_id"), "lesser_work", ["claim_id"], unique=False)
    op.create_index(
        "uq_lesser_work_open_per_claim",
        "lesser_work",
        ["claim_id"],
        unique=True,
        sqlite_where=sa.text("status = 'offered'"),
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.drop_index(
        "uq_amendment_open_per_claim",
        table_name="amendment",
        sqlite_where=sa.text("status = 'offered'"),
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.drop_index(
        "uq_amendment_credit_number",
        table_name="amendment",
        sqlite_where=sa.text(
            "status IN ('offered', 'agreed', 'entered') AND credit_number IS NOT NULL"
        ),
        postgresql_where=sa.text(
            "status IN ('offered', 'agreed', 'entered') AND credit_number IS NOT NULL"
        ),
    )
    op.drop_index(op.f("ix_amendment_claim_id"), table_name="amendment")
    op.drop_table("amendment")
