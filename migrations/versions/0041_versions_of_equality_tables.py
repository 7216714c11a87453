"""Keep every version of a round's equality tables as it was made.

Revision: 0041
Follows: 0040
"""

import sqlalchemy as sa
from alembic import op

from migrations.checks import add_check, drop_check, replace_unique

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None
TABLE = "equality_tables"
ONE_A_ROUND = "uq_equality_tables_round_id"
EACH_VERSION = "uq_equality_tables_round_id_version"


def upgrade() -> None:
    """Count versions, and refuse changes from now on; what was made is version 1."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column(TABLE, sa.Column("version", number, server_default="1", nullable=False))
    add_check(TABLE, "ck_equality_tables_version_is_counted", "version > 0")
    replace_unique(TABLE, ONE_A_ROUND, EACH_VERSION, ("round_id", "version"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
        )


def downgrade() -> None:
    """Keep the newest version alone, as one row a round."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {TABLE}_append_only ON {TABLE}")
    else:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {TABLE}_no_{verb}")
    op.execute(
        f"DELETE FROM {TABLE} WHERE EXISTS (SELECT 1 FROM {TABLE} AS newer"
        f" WHERE newer.round_id = {TABLE}.round_id AND newer.version > {TABLE}.version)"
    )
    replace_unique(TABLE, EACH_VERSION, ONE_A_ROUND, ("round_id",))
    drop_check(TABLE, "ck_equality_tables_version_is_counted")
    op.drop_column(TABLE, "version")
