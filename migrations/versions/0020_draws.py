"""Add the steps of a draw, the plan of a round for it, and what waits for it: eligible.

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import add_check, admit, drop_check

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "assignment",
    "draw",
    "draw_entry",
    "draw_list",
    "draw_replacement",
    "draw_result",
    "draw_value",
)
STATUSES = (
    "draft",
    "submitted",
    "returned",
    "proposed",
    "approved",
    "awarded",
    "comparison",
    "refused",
    "withdrawn",
)
OPEN = "status IN ('draft', 'submitted', 'returned', 'proposed', {}'approved')"
BASES = "draw_stratum IN ('none', 'size', 'place', 'place_and_size')"
FROZEN = "list_frozen_at IS NULL OR status = 'closed'"
LET_NOBODY_IN = "EXISTS (SELECT 1 FROM draw_list WHERE draw_id = NEW.draw_id)"
POSTGRESQL_LIST = f"""
CREATE FUNCTION refuse_late_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {LET_NOBODY_IN} THEN
    RAISE EXCEPTION 'the list is frozen' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draw_entry_frozen BEFORE INSERT ON draw_entry
FOR EACH ROW EXECUTE FUNCTION refuse_late_entry();
"""


def upgrade() -> None:
    """Create the tables, columns and triggers."""
    op.create_table(
        "draw",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "stratum_basis",
            sa.Enum(
                "none",
                "size",
                "place",
                "place_and_size",
                name="stratum_basis_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("arms", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("secret_nonce", sa.String(length=64), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "sealed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_draw_round_id_round")),
        sa.ForeignKeyConstraint(
            ["sealed_by_id"], ["user.id"], name=op.f("fk_draw_sealed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
        sa.UniqueConstraint("reference", name=op.f("uq_draw_reference")),
        sa.UniqueConstraint("round_id", name=op.f("uq_draw_round_id")),
    )
    op.create_table(
        "draw_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("stratum", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_draw_entry_application_id_application"),
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_entry_draw_id_draw")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_entry")),
        sa.UniqueConstraint("application_id", name=op.f("uq_draw_entry_application_id")),
        sa.UniqueConstraint("draw_id", "reference", name=op.f("uq_draw_entry_draw_id_reference")),
    )
    op.create_table(
        "draw_list",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("places", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "free_pence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "largest_award_pence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("list_sha256", sa.String(length=64), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "frozen_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("entries > 0", name=op.f("ck_draw_list_somebody_is_on_it")),
        sa.CheckConstraint(
            "places * largest_award_pence <= free_pence",
            name=op.f("ck_draw_list_money_covers_places"),
        ),
        sa.CheckConstraint(
            "places >= 0 AND places <= entries", name=op.f("ck_draw_list_places_are_sensible")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_list_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["frozen_by_id"], ["user.id"], name=op.f("fk_draw_list_frozen_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_list")),
        sa.UniqueConstraint("draw_id", name=op.f("uq_draw_list_draw_id")),
    )
    op.create_table(
        "draw_replacement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stratum", sa.String(length=120), nullable=False),
        sa.Column(
            "leaver_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "successor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "replaced_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "leaver_id <> successor_id", name=op.f("ck_draw_replacement_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["draw.id"], name=op.f("fk_draw_replacement_draw_id_draw")
        ),
        sa.ForeignKeyConstraint(
            ["leaver_id"],
            ["application.id"],
            name=op.f("fk_draw_replacement_leaver_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["user.id"], name=op.f("fk_draw_replacement_replaced_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["application.id"],
            name=op.f("fk_draw_replacement_successor_id_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_replacement")),
        sa.UniqueConstraint("leaver_id", name=op.f("uq_draw_replacement_leaver_id")),
        sa.UniqueConstraint("successor_id", name=op.f("uq_draw_replacement_successor_id")),
    )
    op.create_index(
        op.f("ix_draw_replacement_draw_id"), "draw_replacement", ["draw_id"], unique=False
    )
    op.create_table(
        "draw_value",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("became_public_on", sa.Date(), nullable=False),
        sa.Column(
            "sealed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "frozen_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "entered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "entered_at > frozen_at", name=op.f("ck_draw_value_later_than_the_list")
        ),
        sa.CheckConstraint(
            "entered_by_id <> frozen_by_id",
            name=op.f("ck_draw_value_entered_by_another_than_froze"),
        ),
        sa.CheckConstraint(
            "entered_by_id <> sealed_by_id",
            name=op.f("ck_draw_value_entered_by_another_than_sealed"),
        ),
        sa.CheckConstraint(
            "length(value) > 0 AND length(source) > 0",
            name=op.f("ck_draw_value_says_value_and_source"),
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_value_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["user.id"], name=op.f("fk_draw_value_entered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["frozen_by_id"], ["user.id"], name=op.f("fk_draw_value_frozen_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["draw_list.id"], name=op.f("fk_draw_value_list_id_draw_list")
        ),
        sa.ForeignKeyConstraint(
            ["sealed_by_id"], ["user.id"], name=op.f("fk_draw_value_sealed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_value")),
        sa.UniqueConstraint("draw_id", name=op.f("uq_draw_value_draw_id")),
    )
    op.create_table(
        "draw_result",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("draw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column(
            "published", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "drawn_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_result_draw_id_draw")),
        sa.ForeignKeyConstraint(
            ["drawn_by_id"], ["user.id"], name=op.f("fk_draw_result_drawn_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["value_id"], ["draw_value.id"], name=op.f("fk_draw_result_value_id_draw_value")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_result")),
        sa.UniqueConstraint("draw_id", name=op.f("uq_draw_result_draw_id")),
    )
    op.add_column(
        "assignment", sa.Column("arm_code", sa.String(length=40), server_default="", nullable=False)
    )
    op.add_column(
        "assignment",
        sa.Column(
            "draw_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("draw.id", name="fk_assignment_draw_id_draw"),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column(
        "assignment",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    )
    op.create_index(
        "uq_assignment_position", "assignment", ["draw_id", "stratum", "position"], unique=True
    )
    admit(
        "assignment",
        "ck_assignment_arm_known",
        "arm",
        ("voucher", "waiting", "information", "comparison"),
    )
    op.add_column(
        "round",
        sa.Column("draw_stratum", sa.String(length=40), server_default="none", nullable=False),
    )
    op.add_column(
        "round",
        sa.Column(
            "draw_arms",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default="[]",
            nullable=False,
        ),
    )
    op.add_column(
        "round",
        sa.Column("draw_replaces", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("round", sa.Column("follow_up_on", sa.Date(), nullable=True))
    op.add_column("round", sa.Column("list_frozen_at", sa.DateTime(timezone=True), nullable=True))
    add_check("round", "ck_round_draw_stratum_known", BASES)
    add_check("round", "ck_round_frozen_list_keeps_it_closed", FROZEN)
    admit("application", "ck_application_status_known", "status", (*STATUSES, "eligible"))
    _index_open(OPEN.format("'eligible', "))
    for table in APPEND_ONLY:
        _refuse_changes(table)
    _let_nobody_in()


def _index_open(condition: str) -> None:
    op.drop_index("uq_application_open_per_round", table_name="application")
    op.create_index(
        "uq_application_open_per_round",
        "application",
        ["business_id", "round_id"],
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
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


def _let_nobody_in() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_LIST)
        return
    op.execute(
        "CREATE TRIGGER draw_entry_frozen BEFORE INSERT ON draw_entry "
        f"WHEN {LET_NOBODY_IN} BEGIN SELECT RAISE(ABORT, 'the list is frozen'); END"
    )


def _allow_changes_of_assignments() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER assignment_append_only ON assignment")
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER assignment_no_{verb}")


def downgrade() -> None:
    """Drop them; no application may wait for a draw, or have been drawn."""
    _allow_changes_of_assignments()
    _index_open(OPEN.format(""))
    admit("application", "ck_application_status_known", "status", STATUSES)
    drop_check("round", "ck_round_frozen_list_keeps_it_closed")
    drop_check("round", "ck_round_draw_stratum_known")
    op.drop_column("round", "list_frozen_at")
    op.drop_column("round", "follow_up_on")
    op.drop_column("round", "draw_replaces")
    op.drop_column("round", "draw_arms")
    op.drop_column("round", "draw_stratum")
    op.drop_index("uq_assignment_position", table_name="assignment")
    op.drop_column("assignment", "position")
    op.drop_column("assignment", "draw_id")
    op.drop_column("assignment", "arm_code")
    admit("assignment", "ck_assignment_arm_known", "arm", ("voucher", "comparison"))
    op.drop_table("draw_result")
    op.drop_table("draw_value")
    op.drop_index(op.f("ix_draw_replacement_draw_id"), table_name="draw_replacement")
    op.drop_table("draw_replacement")
    op.drop_table("draw_list")
    op.drop_table("draw_entry")
    op.drop_table("draw")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_late_entry()")
