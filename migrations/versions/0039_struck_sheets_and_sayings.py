"""Let a sheet that was handed in be struck, and keep all that is said of movements in suspense

Revision: 0039
Follows: 0038
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import admit, replace_check

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

APPEND_ONLY = ("scoring_removal", "movement_saying")
SLOT = ("taken", "handed_in", "given_back")
WHOLE = (
    "({handed_in}) = (handed_in_at IS NOT NULL)"
    " AND (handed_in_at IS NULL) = (total IS NULL)"
    " AND (handed_in_at IS NULL) = (plan_id IS NULL)"
)
BEFORE, AFTER = "status = 'handed_in'", "status IN ('handed_in', 'struck')"
SAID = """
INSERT INTO movement_saying (movement_id, word, outcome, note, said_at, said_by_id)
SELECT movement.id,
  CASE change.to_status WHEN 'open' THEN 'disagreed' WHEN 'cleared' THEN 'agreed'
    ELSE 'proposed' END,
  CASE WHEN change.to_status = 'cleared' OR change.at = movement.proposed_at
    THEN movement.outcome END,
  CASE WHEN change.at = movement.proposed_at AND change.to_status = 'proposed'
    OR movement.status = 'open' AND change.id = (
      SELECT MAX(last.id) FROM status_change AS last
      WHERE last.record_kind = 'unexplained_movement' AND last.record_id = movement.id
    ) THEN movement.note END,
  change.at, change.by_user_id
FROM status_change AS change JOIN unexplained_movement AS movement
  ON movement.id = change.record_id
WHERE change.record_kind = 'unexplained_movement' AND change.by_user_id IS NOT NULL
ORDER BY change.id
"""
"""What was said before: who and when is known of all of it, what and why of the last proposal, and
of a disagreement since why, for the movement has kept one note."""


def upgrade() -> None:
    """Create the two tables, admit the status, and keep what is known of earlier sayings."""
    op.create_table(
        "scoring_removal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "removed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "length(reason) > 0", name=op.f("ck_scoring_removal_removal_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["user.id"], name=op.f("fk_scoring_removal_removed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["scoring_slot.id"], name=op.f("fk_scoring_removal_slot_id_scoring_slot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_removal")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_scoring_removal_slot_id")),
    )
    op.create_table(
        "movement_saying",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "word",
            sa.Enum(
                "proposed",
                "disagreed",
                "agreed",
                name="word_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "matched",
                "returned",
                "owed",
                "taken_back",
                "funder",
                "fee",
                name="outcome_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "said_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["movement_id"],
            ["unexplained_movement.id"],
            name=op.f("fk_movement_saying_movement_id_unexplained_movement"),
        ),
        sa.ForeignKeyConstraint(
            ["said_by_id"], ["user.id"], name=op.f("fk_movement_saying_said_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement_saying")),
    )
    op.create_index(
        "ix_movement_saying_movement", "movement_saying", ["movement_id", "id"], unique=False
    )
    op.execute(SAID)
    for table in APPEND_ONLY:
        _refuse_changes(table)
    _change_slots((*SLOT, "struck"), AFTER, "status NOT IN ('given_back', 'struck')")


def _change_slots(statuses: tuple[str, ...], handed_in: str, counting: str) -> None:
    """Let a slot have these statuses; which of them are handed in, and which keep their place."""
    op.drop_index("uq_scoring_slot_place", table_name="scoring_slot")
    admit("scoring_slot", "ck_scoring_slot_status_known", "status", statuses)
    whole = WHOLE.format(handed_in=handed_in)
    replace_check("scoring_slot", "ck_scoring_slot_handed_in_is_whole", whole)
    op.create_index(
        "uq_scoring_slot_place",
        "scoring_slot",
        ["entry_id", "place"],
        unique=True,
        sqlite_where=sa.text(counting),
        postgresql_where=sa.text(counting),
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
    """Take both away; no sheet may be struck."""
    _change_slots(SLOT, BEFORE, "status <> 'given_back'")
    op.drop_index("ix_movement_saying_movement", table_name="movement_saying")
    op.drop_table("movement_saying")
    op.drop_table("scoring_removal")
