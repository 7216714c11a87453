"""Let offerings name their languages and accessibility, and businesses ask for them.

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is asked for, and what is offered: English and nothing more until it is said."""
    op.create_table(
        "ways_asked",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "needed", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "wished", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_ways_asked_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user.id"], name=op.f("fk_ways_asked_changed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ways_asked")),
        sa.UniqueConstraint("application_id", name=op.f("uq_ways_asked_application_id")),
    )
    op.add_column(
        "offering",
        sa.Column(
            "languages",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default='["en"]',
            nullable=False,
        ),
    )
    op.add_column(
        "offering",
        sa.Column(
            "accessibility",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default="[]",
            nullable=False,
        ),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_column("offering", "accessibility")
    op.drop_column("offering", "languages")
    op.drop_table("ways_asked")
