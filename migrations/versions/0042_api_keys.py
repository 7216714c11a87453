"""Keys of providers for their programs, and the answers that are given again.

Revision: 0042
Follows: 0041
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None
REFUSED = (("api_key", "DELETE"), ("api_answer", "UPDATE"))
"""What nobody does: a key stays for what was done with it, an answer stays as it was given."""


def upgrade() -> None:
    """Create the two tables, and refuse what nobody does to them."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    _create_keys(number, moment)
    _create_answers(number, moment)
    for table, verb in REFUSED:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} refuses {verb}'); END"
            )


def _create_keys(number: sa.types.TypeEngine, moment: sa.DateTime) -> None:
    op.create_table(
        "api_key",
        sa.Column("id", number, nullable=False),
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("provider_id", number, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scopes", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("secret_digest", sa.String(64), nullable=False),
        sa.Column("hint", sa.String(16), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by_id", number, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("last_used_at", moment, nullable=True),
        sa.Column("ends_at", moment, nullable=True),
        sa.Column("replaced_by_id", number, nullable=True),
        sa.Column("revoked_at", moment, nullable=True),
        sa.Column("revoked_by_id", number, nullable=True),
        sa.CheckConstraint(
            "expires_at > made_at", name=op.f("ck_api_key_expires_after_it_was_made")
        ),
        sa.CheckConstraint("ends_at <= expires_at", name=op.f("ck_api_key_ends_before_it_expires")),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL)", name=op.f("ck_api_key_revoked_by_one")
        ),
        sa.CheckConstraint(
            "(replaced_by_id IS NULL) = (ends_at IS NULL)", name=op.f("ck_api_key_replaced_has_end")
        ),
        sa.CheckConstraint("replaced_by_id <> id", name=op.f("ck_api_key_replaced_by_another")),
        *_references("api_key", provider_id="provider", made_by_id="user", revoked_by_id="user"),
        *_references("api_key", replaced_by_id="api_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_api_key_reference")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_api_key_secret_digest")),
        sa.UniqueConstraint("replaced_by_id", name=op.f("uq_api_key_replaced_by_id")),
    )
    op.create_index(op.f("ix_api_key_provider_id"), "api_key", ["provider_id"])


def _create_answers(number: sa.types.TypeEngine, moment: sa.DateTime) -> None:
    op.create_table(
        "api_answer",
        sa.Column("id", number, nullable=False),
        sa.Column("provider_id", number, nullable=False),
        sa.Column("key_id", number, nullable=False),
        sa.Column("idempotency_key", sa.String(128), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("status", number, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("location", sa.String(200), nullable=True),
        sa.Column("answered_at", moment, nullable=False),
        sa.CheckConstraint(
            "status >= 200 AND status < 300", name=op.f("ck_api_answer_of_what_was_done")
        ),
        *_references("api_answer", provider_id="provider", key_id="api_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_answer")),
        sa.UniqueConstraint(
            "provider_id",
            "idempotency_key",
            name=op.f("uq_api_answer_provider_id_idempotency_key"),
        ),
    )
    op.create_index(op.f("ix_api_answer_answered_at"), "api_answer", ["answered_at"])


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other in columns.items()
    ]


def downgrade() -> None:
    """Drop the two tables, and with them their triggers."""
    op.drop_table("api_answer")
    op.drop_table("api_key")
