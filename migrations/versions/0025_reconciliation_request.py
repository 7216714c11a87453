"""Let finance ask for a comparison of the books.

Revision: 0025
Follows: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of requests, one of which is open at a time."""
    op.create_table(
        "reconciliation_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("books", sa.String(length=10), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "requested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reconciliation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (reconciliation_id IS NULL AND failure IS NULL)",
            name=op.f("ck_reconciliation_request_finished_has_its_outcome"),
        ),
        sa.CheckConstraint(
            "finished_at IS NULL OR taken_at IS NOT NULL",
            name=op.f("ck_reconciliation_request_taken_up_first"),
        ),
        sa.CheckConstraint(
            "reconciliation_id IS NULL OR failure IS NULL",
            name=op.f("ck_reconciliation_request_one_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliation.id"],
            name=op.f("fk_reconciliation_request_reconciliation_id_reconciliation"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["user.id"],
            name=op.f("fk_reconciliation_request_requested_by_id_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_request")),
        sa.UniqueConstraint(
            "reconciliation_id", name=op.f("uq_reconciliation_request_reconciliation_id")
        ),
    )
    op.create_index(
        "uq_reconciliation_request_open",
        "reconciliation_request",
        ["books"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("uq_reconciliation_request_open", table_name="reconciliation_request")
    op.drop_table("reconciliation_request")
