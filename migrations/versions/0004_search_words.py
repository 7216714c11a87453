"""Find businesses by the words of their name, postcode and numbers: the table, and its rows.

Revision: 0004
Follows: 0003
"""

import re
import unicodedata
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SEARCHED = ("name", "postcode", "company_number", "charity_number")
WORD = re.compile(r"[^\W_]+")
APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´"))
CHUNK = 2_000


def upgrade() -> None:
    """Create the table and write the words of the businesses there are."""
    op.create_table(
        "search_word",
        sa.Column("record_kind", sa.String(length=40), nullable=False),
        sa.Column(
            "word",
            sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "record_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("record_kind", "word", "record_id", name="pk_search_word"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_search_word_record", "search_word", ["record_kind", "record_id"], unique=False
    )
    write_words(op.get_bind())


def write_words(connection: sa.Connection) -> None:
    """Fill the table from `business`, by the rule of words as it was with this revision."""
    business = sa.table("business", sa.column("id"), *map(sa.column, SEARCHED))
    search_word = sa.table("search_word", *map(sa.column, ("record_kind", "word", "record_id")))
    entries = [
        {"record_kind": "business", "word": word, "record_id": row.id}
        for row in connection.execute(sa.select(business)).all()
        for word in sorted({word for text in row[1:] if text for word in words_of(text)})
    ]
    for start in range(0, len(entries), CHUNK):
        connection.execute(sa.insert(search_word), entries[start : start + CHUNK])


def words_of(text: str) -> Iterator[str]:
    """The words of one text, and the whole of a short one with a digit as one word."""
    for part in WORD.findall(plain(text)):
        yield short(part)
    joined = short("".join(WORD.findall(plain(text))))
    if 0 < len(joined) <= 12 and any(letter.isdecimal() for letter in joined):
        yield joined


def plain(text: str) -> str:
    """Without case, accents and apostrophes."""
    unified = unicodedata.normalize("NFKD", text.translate(APOSTROPHES).casefold())
    return "".join(letter for letter in unified if not unicodedata.combining(letter))


def short(word: str) -> str:
    """A number without its leading noughts; nothing longer than a word may be."""
    return ((word.lstrip("0") or "0") if word.isdecimal() else word)[:40]


def downgrade() -> None:
    """Drop the table."""
    op.drop_index("ix_search_word_record", table_name="search_word")
    op.drop_table("search_word")
