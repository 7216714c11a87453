"""Let business and provider talk before they agree: questions, another day, why declined.

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, drop_check

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_KNOWN = (
    "decline_code IN ('no_room', 'too_late', 'other_work', 'too_much', 'too_far', 'connected',"
    " 'other')"
)


def upgrade() -> None:
    """Create questions and proposed days; add the code of a refusal and the day wanted."""
    op.create_table(
        "question",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column(
            "voucher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "offering_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer = '')"
            " AND (answered_at IS NULL) = (answered_by_id IS NULL)",
            name=op.f("ck_question_answer_is_whole"),
        ),
        sa.CheckConstraint(
            "answered_by_id <> asked_by_id", name=op.f("ck_question_answered_by_another")
        ),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_question_has_words")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_question_answered_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_question_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_question_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["offering.id"], name=op.f("fk_question_offering_id_offering")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_question_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["voucher.id"], name=op.f("fk_question_voucher_id_voucher")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("reference", name=op.f("uq_question_reference")),
    )
    op.create_index(
        "ix_question_provider", "question", ["provider_id", "answered_at"], unique=False
    )
    op.create_index(op.f("ix_question_voucher_id"), "question", ["voucher_id"], unique=False)
    op.create_table(
        "date_proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("match_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "accepted",
                "refused",
                "ended",
                name="status_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "settled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "(status = 'proposed') = (settled_at IS NULL)",
            name=op.f("ck_date_proposal_settled_has_its_moment"),
        ),
        sa.CheckConstraint(
            "status <> 'accepted' OR settled_by_id <> proposed_by_id",
            name=op.f("ck_date_proposal_by_two"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'refused') OR settled_by_id IS NOT NULL",
            name=op.f("ck_date_proposal_answered_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_date_proposal_match_id_match")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user.id"], name=op.f("fk_date_proposal_proposed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user.id"], name=op.f("fk_date_proposal_settled_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_proposal")),
    )
    op.create_index(op.f("ix_date_proposal_match_id"), "date_proposal", ["match_id"], unique=False)
    op.create_index(
        "uq_date_proposal_open_per_match",
        "date_proposal",
        ["match_id"],
        unique=True,
        sqlite_where=sa.text("status = 'proposed'"),
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.add_column("match", sa.Column("decline_code", sa.String(40), nullable=True))
    add_check("match", "ck_match_decline_known", _KNOWN)
    op.add_column("match", sa.Column("wanted_by_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("match", "wanted_by_on")
    drop_check("match", "ck_match_decline_known")
    op.drop_column("match", "decline_code")
    op.drop_index(
        "uq_date_proposal_open_per_match",
        table_name="date_proposal",
        sqlite_where=sa.text("status = 'proposed'"),
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.drop_index(op.f("ix_date_proposal_match_id"), table_name="date_proposal")
    op.drop_table("date_proposal")
    op.drop_index(op.f("ix_question_voucher_id"), table_name="question")
    op.drop_index("ix_question_provider", table_name="question")
    op.drop_table("question")
