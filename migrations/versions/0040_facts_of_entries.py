"""Keep what drawn businesses were when the list was frozen, what was signed, who was gone.

Revision: 0040
Follows: 0039
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what was kept before nothing is known."""
    op.add_column(
        "administrative_import",
        sa.Column("gone", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    )
    op.add_column(
        "draw_entry",
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    )
    op.add_column(
        "report_sign_off", sa.Column("document_sha256", sa.String(length=64), nullable=True)
    )
    op.add_column(
        "report_sign_off", sa.Column("figures_sha256", sa.String(length=64), nullable=True)
    )
    op.add_column("report_sign_off", sa.Column("page_sha256", sa.String(length=64), nullable=True))
    op.add_column(
        "report_sign_off", sa.Column("extract_sha256", sa.String(length=64), nullable=True)
    )
    op.add_column("report_sign_off", sa.Column("plan_sha256", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("report_sign_off", "plan_sha256")
    op.drop_column("report_sign_off", "extract_sha256")
    op.drop_column("report_sign_off", "page_sha256")
    op.drop_column("report_sign_off", "figures_sha256")
    op.drop_column("report_sign_off", "document_sha256")
    op.drop_column("draw_entry", "facts")
    op.drop_column("administrative_import", "gone")
