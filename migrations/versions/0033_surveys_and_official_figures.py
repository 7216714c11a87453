"""Keep calls about follow-ups, how answers were given, and figures from official records.

Revision: 0033
Follows: 0032
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.checks import add_check, drop_check

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


APPEND_ONLY = ("administrative_import", "administrative_figure", "survey_call")
_BY_PHONE = "(COALESCE(mode, '') = 'phone') = (entered_by_id IS NOT NULL)"


def upgrade() -> None:
    """Create the tables, which take no change, and say how each answered follow-up was answered."""
    _create_official_figures()
    _create_calls()
    _say_how_answers_were_given()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _create_official_figures() -> None:
    op.create_table(
        "administrative_import",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "imported_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "taken > 0 AND taken <= lines",
            name=op.f("ck_administrative_import_some_lines_were_taken"),
        ),
        sa.ForeignKeyConstraint(
            ["imported_by_id"],
            ["user.id"],
            name=op.f("fk_administrative_import_imported_by_id_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrative_import")),
        sa.UniqueConstraint("file_sha256", name=op.f("uq_administrative_import_file_sha256")),
        sa.UniqueConstraint("reference", name=op.f("uq_administrative_import_reference")),
    )
    op.create_table(
        "administrative_figure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "business_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "measure",
            sa.Enum(
                "turnover",
                "staff",
                name="measure_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_end_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("line", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "doubts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "value >= 0", name=op.f("ck_administrative_figure_value_is_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["business.id"],
            name=op.f("fk_administrative_figure_business_id_business"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["administrative_import.id"],
            name=op.f("fk_administrative_figure_import_id_administrative_import"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrative_figure")),
    )
    op.create_index(
        "uq_administrative_figure_once",
        "administrative_figure",
        ["business_id", "measure", "period_end_on", "import_id"],
        unique=True,
    )


def _create_calls() -> None:
    op.create_table(
        "survey_call",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "no_answer",
                "call_back",
                "wrong_number",
                "no_number",
                "language",
                "closed_down",
                "declined",
                "answered",
                name="outcome_known",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "called_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["called_by_id"], ["user.id"], name=op.f("fk_survey_call_called_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["survey_response.id"],
            name=op.f("fk_survey_call_response_id_survey_response"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_call")),
    )
    op.create_index(
        op.f("ix_survey_call_response_id"), "survey_call", ["response_id"], unique=False
    )


def _say_how_answers_were_given() -> None:
    op.add_column("survey_response", sa.Column("mode", sa.String(40), nullable=True))
    op.add_column(
        "survey_response",
        sa.Column(
            "entered_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("user.id", name=op.f("fk_survey_response_entered_by_id_user")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column(
        "survey_response",
        sa.Column(
            "confirmed",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default="[]",
            nullable=False,
        ),
    )
    op.execute(
        "UPDATE survey_response SET mode = 'web' WHERE wave <> 'baseline' AND saved_at IS NOT NULL"
    )
    add_check("survey_response", "ck_survey_response_mode_known", "mode IN ('web', 'phone')")
    add_check("survey_response", "ck_survey_response_typed_by_somebody_by_phone", _BY_PHONE)


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
    """Drop them; how answers were given, calls and official figures are forgotten."""
    drop_check("survey_response", "ck_survey_response_typed_by_somebody_by_phone")
    drop_check("survey_response", "ck_survey_response_mode_known")
    op.drop_column("survey_response", "confirmed")
    op.drop_column("survey_response", "entered_by_id")
    op.drop_column("survey_response", "mode")
    op.drop_index(op.f("ix_survey_call_response_id"), table_name="survey_call")
    op.drop_table("survey_call")
    op.drop_index("uq_administrative_figure_once", table_name="administrative_figure")
    op.drop_table("administrative_figure")
    op.drop_table("administrative_import")
