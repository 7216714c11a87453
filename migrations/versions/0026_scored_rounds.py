"""Add rounds shared by scores: plans, scorers, sheets, ranked lists, and who has no place.

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import admit

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "score",
    "scorer",
    "scorer_conflict",
    "scoring",
    "scoring_answer",
    "scoring_entry",
    "scoring_plan",
    "scoring_proposal",
    "scoring_replacement",
)
STATUSES = (
    "draft",
    "submitted",
    "returned",
    "proposed",
    "eligible",
    "approved",
    "awarded",
    "comparison",
    "refused",
    "withdrawn",
)


def upgrade() -> None:
    """Create the tables, the column and the triggers."""
    op.create_table(
        "scoring",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret_nonce", sa.String(length=64), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "begun_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("entries > 0", name=op.f("ck_scoring_somebody_is_on_it")),
        sa.ForeignKeyConstraint(
            ["begun_by_id"], ["user.id"], name=op.f("fk_scoring_begun_by_id_user")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_scoring_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring")),
        sa.UniqueConstraint("reference", name=op.f("uq_scoring_reference")),
        sa.UniqueConstraint("round_id", name=op.f("uq_scoring_round_id")),
    )
    op.create_table(
        "scoring_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "criteria", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "highest_mark", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "apart_bps", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "apart_marks", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "least_bps", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("places", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "set_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "apart_bps BETWEEN 0 AND 10000", name=op.f("ck_scoring_plan_apart_is_a_share")
        ),
        sa.CheckConstraint(
            "apart_marks BETWEEN 0 AND highest_mark",
            name=op.f("ck_scoring_plan_apart_is_in_the_scale"),
        ),
        sa.CheckConstraint(
            "highest_mark BETWEEN 1 AND 100", name=op.f("ck_scoring_plan_scale_is_sensible")
        ),
        sa.CheckConstraint(
            "least_bps BETWEEN 0 AND 10000", name=op.f("ck_scoring_plan_least_is_a_share")
        ),
        sa.CheckConstraint("places > 0", name=op.f("ck_scoring_plan_places_are_positive")),
        sa.CheckConstraint("version > 0", name=op.f("ck_scoring_plan_version_counts")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_scoring_plan_round_id_round")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["user.id"], name=op.f("fk_scoring_plan_set_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_plan")),
        sa.UniqueConstraint("round_id", "version", name=op.f("uq_scoring_plan_round_id_version")),
    )
    op.create_table(
        "scorer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "scoring_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["scoring_id"], ["scoring.id"], name=op.f("fk_scorer_scoring_id_scoring")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_scorer_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorer")),
        sa.UniqueConstraint("scoring_id", "user_id", name=op.f("uq_scorer_scoring_id_user_id")),
    )
    op.create_table(
        "scoring_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "scoring_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_scoring_entry_number_counts")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_scoring_entry_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["scoring_id"], ["scoring.id"], name=op.f("fk_scoring_entry_scoring_id_scoring")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_entry")),
        sa.UniqueConstraint("application_id", name=op.f("uq_scoring_entry_application_id")),
        sa.UniqueConstraint(
            "scoring_id", "number", name=op.f("uq_scoring_entry_scoring_id_number")
        ),
    )
    op.create_table(
        "scoring_proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "scoring_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "ranking", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user.id"], name=op.f("fk_scoring_proposal_proposed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["scoring_id"], ["scoring.id"], name=op.f("fk_scoring_proposal_scoring_id_scoring")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_proposal")),
        sa.UniqueConstraint(
            "scoring_id", "number", name=op.f("uq_scoring_proposal_scoring_id_number")
        ),
    )
    op.create_table(
        "scoring_replacement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "scoring_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
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
            "leaver_id <> successor_id", name=op.f("ck_scoring_replacement_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["leaver_id"],
            ["application.id"],
            name=op.f("fk_scoring_replacement_leaver_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["user.id"], name=op.f("fk_scoring_replacement_replaced_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["scoring_id"], ["scoring.id"], name=op.f("fk_scoring_replacement_scoring_id_scoring")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["application.id"],
            name=op.f("fk_scoring_replacement_successor_id_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_replacement")),
        sa.UniqueConstraint("leaver_id", name=op.f("uq_scoring_replacement_leaver_id")),
        sa.UniqueConstraint("successor_id", name=op.f("uq_scoring_replacement_successor_id")),
    )
    op.create_index(
        op.f("ix_scoring_replacement_scoring_id"),
        "scoring_replacement",
        ["scoring_id"],
        unique=False,
    )
    op.create_table(
        "scorer_conflict",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "scorer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["scoring_entry.id"],
            name=op.f("fk_scorer_conflict_entry_id_scoring_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["scorer_id"], ["scorer.id"], name=op.f("fk_scorer_conflict_scorer_id_scorer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorer_conflict")),
        sa.UniqueConstraint(
            "scorer_id", "entry_id", name=op.f("uq_scorer_conflict_scorer_id_entry_id")
        ),
    )
    op.create_table(
        "scoring_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "scoring_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "proposal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "agreed OR length(note) > 0", name=op.f("ck_scoring_answer_sent_back_with_words")
        ),
        sa.CheckConstraint(
            "answered_by_id <> proposed_by_id", name=op.f("ck_scoring_answer_answered_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_scoring_answer_answered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["scoring_proposal.id"],
            name=op.f("fk_scoring_answer_proposal_id_scoring_proposal"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user.id"], name=op.f("fk_scoring_answer_proposed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["scoring_id"], ["scoring.id"], name=op.f("fk_scoring_answer_scoring_id_scoring")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_answer")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_scoring_answer_proposal_id")),
    )
    op.create_index(
        "uq_scoring_answer_agreed",
        "scoring_answer",
        ["scoring_id"],
        unique=True,
        sqlite_where=sa.text("agreed"),
        postgresql_where=sa.text("agreed"),
    )
    op.create_table(
        "scoring_slot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "scorer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum(
                "taken",
                "handed_in",
                "given_back",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("total", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(status = 'given_back') = (given_back_at IS NOT NULL)",
            name=op.f("ck_scoring_slot_given_back_has_its_moment"),
        ),
        sa.CheckConstraint(
            "(status = 'handed_in') = (handed_in_at IS NOT NULL) AND (handed_in_at IS NULL) = (total IS NULL) AND (handed_in_at IS NULL) = (plan_id IS NULL)",
            name=op.f("ck_scoring_slot_handed_in_is_whole"),
        ),
        sa.CheckConstraint(
            "place BETWEEN 1 AND 3", name=op.f("ck_scoring_slot_place_is_one_of_three")
        ),
        sa.CheckConstraint("total >= 0", name=op.f("ck_scoring_slot_total_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["scoring_entry.id"], name=op.f("fk_scoring_slot_entry_id_scoring_entry")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["scoring_plan.id"], name=op.f("fk_scoring_slot_plan_id_scoring_plan")
        ),
        sa.ForeignKeyConstraint(
            ["scorer_id"], ["scorer.id"], name=op.f("fk_scoring_slot_scorer_id_scorer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_slot")),
        sa.UniqueConstraint(
            "entry_id", "scorer_id", name=op.f("uq_scoring_slot_entry_id_scorer_id")
        ),
    )
    op.create_index(op.f("ix_scoring_slot_scorer_id"), "scoring_slot", ["scorer_id"], unique=False)
    op.create_index(
        "uq_scoring_slot_place",
        "scoring_slot",
        ["entry_id", "place"],
        unique=True,
        sqlite_where=sa.text("status <> 'given_back'"),
        postgresql_where=sa.text("status <> 'given_back'"),
    )
    op.create_table(
        "score",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criterion", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_score_mark_has_a_reason")),
        sa.CheckConstraint("mark >= 0", name=op.f("ck_score_mark_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["scoring_slot.id"], name=op.f("fk_score_slot_id_scoring_slot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint("slot_id", "criterion", name=op.f("uq_score_slot_id_criterion")),
    )
    op.add_column(
        "assignment",
        sa.Column(
            "scoring_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("scoring.id", name=op.f("fk_assignment_scoring_id_scoring")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.create_index("uq_assignment_rank", "assignment", ["scoring_id", "position"], unique=True)
    admit("application", "ck_application_status_known", "status", (*STATUSES, "unplaced"))
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
    """Drop them; no application may be unplaced."""
    admit("application", "ck_application_status_known", "status", STATUSES)
    op.drop_index("uq_assignment_rank", table_name="assignment")
    op.drop_column("assignment", "scoring_id")
    op.drop_table("score")
    op.drop_index(
        "uq_scoring_slot_place",
        table_name="scoring_slot",
        sqlite_where=sa.text("status <> 'given_back'"),
        postgresql_where=sa.text("status <> 'given_back'"),
    )
    op.drop_index(op.f("ix_scoring_slot_scorer_id"), table_name="scoring_slot")
    op.drop_table("scoring_slot")
    op.drop_index(
        "uq_scoring_answer_agreed",
        table_name="scoring_answer",
        sqlite_where=sa.text("agreed"),
        postgresql_where=sa.text("agreed"),
    )
    op.drop_table("scoring_answer")
    op.drop_table("scorer_conflict")
    op.drop_index(op.f("ix_scoring_replacement_scoring_id"), table_name="scoring_replacement")
    op.drop_table("scoring_replacement")
    op.drop_table("scoring_proposal")
    op.drop_table("scoring_entry")
    op.drop_table("scorer")
    op.drop_table("scoring_plan")
    op.drop_table("scoring")
