"""Check a claim before its payout too, and remember what officers said of a sanctions hit.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import admit

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STAGES = ("review", "approval", "sending")


def upgrade() -> None:
    """Admit the stage "payout"; create the table of answers, which refuses UPDATE and DELETE."""
    admit("screening_check", "ck_screening_check_stage_known", "stage", (*STAGES, "payout"))
    op.create_table(
        "sanctions_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hit_key", sa.String(length=64), nullable=False),
        sa.Column(
            "referral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("clears", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["screening_referral.id"],
            name=op.f("fk_sanctions_answer_referral_id_screening_referral"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions_answer")),
        sa.UniqueConstraint(
            "hit_key", "referral_id", name=op.f("uq_sanctions_answer_hit_key_referral_id")
        ),
    )
    _refuse_changes("sanctions_answer")


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
    """Drop the table; fails while a check before a payout is kept."""
    op.drop_table("sanctions_answer")
    admit("screening_check", "ck_screening_check_stage_known", "stage", STAGES)
