"""Screen before paying: sanctions lists, the register's word on parties, checks and referrals.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


APPEND_ONLY = ("sanctions_list", "sanctions_entry", "screening_check")


def upgrade() -> None:
    """Create the tables; lists, entries and checks refuse UPDATE and DELETE by trigger."""
    op.create_table(
        "party_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("party", sa.String(length=10), nullable=False),
        sa.Column("party_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_number", sa.String(length=8), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True),
        sa.Column("company_status", sa.String(length=60), nullable=True),
        sa.Column("registered_name", sa.String(length=200), nullable=True),
        sa.Column(
            "officers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.String(length=30), nullable=True),
        sa.CheckConstraint(
            "party IN ('business', 'provider')", name=op.f("ck_party_record_party_known")
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (read_at IS NULL)",
            name=op.f("ck_party_record_answer_has_its_moment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_record")),
        sa.UniqueConstraint("party", "party_id", name=op.f("uq_party_record_party_party_id")),
    )
    op.create_table(
        "sanctions_list",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("entries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "imported_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("entries > 0", name=op.f("ck_sanctions_list_has_entries")),
        sa.ForeignKeyConstraint(
            ["imported_by_id"], ["user.id"], name=op.f("fk_sanctions_list_imported_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions_list")),
        sa.UniqueConstraint("sha256", name=op.f("uq_sanctions_list_sha256")),
    )
    op.create_table(
        "sanctions_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column(
            "names", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "births", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("regime", sa.String(length=200), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["sanctions_list.id"],
            name=op.f("fk_sanctions_entry_list_id_sanctions_list"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions_entry")),
        sa.UniqueConstraint(
            "list_id", "group_id", name=op.f("uq_sanctions_entry_list_id_group_id")
        ),
    )
    op.create_table(
        "screening_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "gate",
            sa.Enum(
                "company",
                "payee",
                "sanctions",
                "links",
                "duplicate",
                "split",
                name="gate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "review",
                "approval",
                "sending",
                name="stage_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "pass",
                "pending",
                "refer",
                "refuse",
                name="outcome_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "inputs", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("matter", sa.String(length=64), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_screening_check_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(
            ["run_by_id"], ["user.id"], name=op.f("fk_screening_check_run_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_check")),
    )
    op.create_index("ix_screening_check_claim", "screening_check", ["claim_id", "id"], unique=False)
    op.create_table(
        "screening_referral",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "gate",
            sa.Enum(
                "company",
                "payee",
                "sanctions",
                "links",
                "duplicate",
                "split",
                name="gate_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("matter", sa.String(length=64), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "second",
                "cleared",
                "refused",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "inputs", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("seconded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "seconded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("second_note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "status <> 'cleared' OR gate <> 'sanctions' OR seconded_by_id IS NOT NULL",
            name=op.f("ck_screening_referral_hit_cleared_by_two"),
        ),
        sa.CheckConstraint(
            "status = 'open' OR (answered_by_id IS NOT NULL AND length(note) > 0)",
            name=op.f("ck_screening_referral_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "seconded_by_id <> answered_by_id", name=op.f("ck_screening_referral_second_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_screening_referral_answered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_screening_referral_claim_id_claim")
        ),
        sa.ForeignKeyConstraint(
            ["seconded_by_id"], ["user.id"], name=op.f("fk_screening_referral_seconded_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_referral")),
        sa.UniqueConstraint(
            "claim_id", "gate", "matter", name=op.f("uq_screening_referral_claim_id_gate_matter")
        ),
    )
    op.create_index("ix_screening_referral_status", "screening_referral", ["status"], unique=False)
    op.add_column(
        "connected_account", sa.Column("holder_name", sa.String(length=200), nullable=True)
    )
    for table in APPEND_ONLY:
        _refuse_changes(table)


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
    """Drop the tables, and the name on the payee's account."""
    op.drop_column("connected_account", "holder_name")
    op.drop_index("ix_screening_referral_status", table_name="screening_referral")
    op.drop_table("screening_referral")
    op.drop_index("ix_screening_check_claim", table_name="screening_check")
    op.drop_table("screening_check")
    op.drop_table("sanctions_entry")
    op.drop_table("sanctions_list")
    op.drop_table("party_record")
