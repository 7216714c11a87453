"""Keep answers for equality monitoring apart from cases, and syntheses across rounds.

Revision: 0032
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the answers, their tables, and syntheses."""
    op.create_table(
        "synthesis",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("data_cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "figures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (file_id IS NULL AND failure IS NULL)",
            name=op.f("ck_synthesis_finished_has_its_moment"),
        ),
        sa.CheckConstraint(
            "file_id IS NULL OR failure IS NULL", name=op.f("ck_synthesis_built_or_failed")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_synthesis_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_synthesis_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synthesis")),
        sa.UniqueConstraint("reference", name=op.f("uq_synthesis_reference")),
    )
    op.create_table(
        "equality_answer",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("questions_version", sa.String(length=20), nullable=False),
        sa.Column(
            "sex",
            sa.Enum(
                "female",
                "male",
                "not_said",
                name="sex_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "age_band",
            sa.Enum(
                "under_25",
                "from_25",
                "from_35",
                "from_45",
                "from_55",
                "from_65",
                "not_said",
                name="age_band_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "ethnic_group",
            sa.Enum(
                "asian",
                "black",
                "mixed",
                "white",
                "other",
                "not_said",
                name="ethnic_group_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "disability",
            sa.Enum(
                "yes_a_lot",
                "yes_a_little",
                "no",
                "not_said",
                name="disability_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "leadership",
            sa.Enum(
                "women",
                "equal",
                "men",
                "not_said",
                name="leadership_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "coalesce(sex, age_band, ethnic_group, disability, leadership) IS NOT NULL",
            name=op.f("ck_equality_answer_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_equality_answer_round_id_round")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_equality_answer")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_equality_answer_round_id"), "equality_answer", ["round_id"], unique=False
    )
    op.create_table(
        "equality_tables",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_equality_tables_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equality_tables")),
        sa.UniqueConstraint("round_id", name=op.f("uq_equality_tables_round_id")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("equality_tables")
    op.drop_index(op.f("ix_equality_answer_round_id"), table_name="equality_answer")
    op.drop_table("equality_answer")
    op.drop_table("synthesis")
