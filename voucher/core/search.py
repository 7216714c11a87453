"""Finding records by their words: one table of words, the same on SQLite and on PostgreSQL.

A model says once which of its columns are searched (`keep_searchable`). From then on every insert,
update and delete of a row of it, whoever makes it through the session, writes its words anew in the
same transaction, so that no operation can forget to. A bulk statement that goes past the session
must be followed by `rebuild`. The words are as personal as the columns they come from, and go with
them.
"""

import re
import unicodedata
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Index,
    Select,
    String,
    and_,
    delete,
    event,
    false,
    insert,
    inspect,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from voucher.core.db import Base, session

LONGEST_WORD = 40
LONGEST_JOINED = 12
"""A text of several words with a digit is also one word up to this length: "M1 1AE", "m11ae"."""
CHUNK = 2_000
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´"))
_BEYOND = "\U0010ffff"
_Word = String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql")
"""Ordered by code point on both databases, so that a range of the index is a beginning."""


class SearchWord(Base):
    """That a word stands in a record. `record_kind` is the table's name."""

    __tablename__ = "search_word"
    __table_args__ = (
        Index("ix_search_word_record", "record_kind", "record_id"),
        {"sqlite_with_rowid": False},
    )

    record_kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    word: Mapped[str] = mapped_column(_Word, primary_key=True)
    record_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


_searched: dict[type, tuple[str, ...]] = {}


def words_of(text: str) -> list[str]:
    """The words of `text` in order, as they are stored and looked up.

    Without case, accents, apostrophes and signs; a number without its leading noughts. "O’Brien
    & Söhne (0042)" is obrien, sohne, 42.
    """
    return [_short(part) for part in _parts(text)]


def joined(text: str) -> str:
    """The whole of `text` as one word: how somebody types a postcode or a number in groups."""
    return _short("".join(_parts(text)))


def _parts(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    return _WORD.findall("".join(each for each in plain if not unicodedata.combining(each)))


def _short(word: str) -> str:
    return ((word.lstrip("0") or "0") if word.isdecimal() else word)[:LONGEST_WORD]


def _stored_words(text: str) -> set[str]:
    words, whole = set(words_of(text)), joined(text)
    if len(whole) <= LONGEST_JOINED and any(each.isdecimal() for each in whole):
        words.add(whole)
    return words


def keep_searchable(model: type[Base], *columns: str) -> None:
    """Let the rows of `model` be found by the words of `columns`. Called once, at its definition.

    The model's table has a column `id`.
    """
    _searched[model] = columns
    event.listen(model, "after_insert", _write_words)
    event.listen(model, "after_update", _write_changed_words)
    event.listen(model, "after_delete", _forget_words)


def _write_changed_words(mapper: Any, connection: Connection, record: Any) -> None:
    state = inspect(record)
    if any(state.attrs[name].history.has_changes() for name in _searched[type(record)]):
        _forget_words(mapper, connection, record)
        _write_words(mapper, connection, record)


def _write_words(_mapper: Any, connection: Connection, record: Any) -> None:
    # Read anew: an attribute of the record may not be loaded, and nothing loads inside a flush.
    model = type(record)
    row = connection.execute(_texts(model).where(model.id == record.id)).one()
    if entries := _entries(model, row):
        connection.execute(insert(SearchWord), entries)


def _forget_words(_mapper: Any, connection: Connection, record: Any) -> None:
    connection.execute(
        delete(SearchWord).where(
            SearchWord.record_kind == record.__tablename__, SearchWord.record_id == record.id
        )
    )


def _texts(model: Any) -> Select[Any]:
    return select(model.id, *(getattr(model, name) for name in _searched[model]))


def _entries(model: Any, row: Any) -> list[dict[str, Any]]:
    key, *texts = row
    words = set().union(*(_stored_words(text) for text in texts if text))
    return [
        {"record_kind": model.__tablename__, "word": word, "record_id": key}
        for word in sorted(words)
    ]


def rebuild(model: Any) -> None:
    """Write the words of every row of `model` anew, after something went past the session."""
    session.flush()
    session.execute(delete(SearchWord).where(SearchWord.record_kind == model.__tablename__))
    entries = [each for row in session.execute(_texts(model)) for each in _entries(model, row)]
    for start in range(0, len(entries), CHUNK):
        session.execute(insert(SearchWord), entries[start : start + CHUNK])


def ids_saying(model: Any, text: str) -> Select[Any]:
    """The ids of the rows of `model` in which every word of `text` stands, in any order.

    A word of letters is also found as the beginning of a longer one; a word with a digit only
    whole (LS1 is not LS10). A text in groups is found as one word, too. A text without any word
    finds nothing. An id may come more than once: use it with IN.
    """
    words = words_of(text)
    if not words:
        return select(SearchWord.record_id).where(false())
    kind = model.__tablename__
    found: ColumnElement[bool] = and_(
        _begins(SearchWord, words[0]), *(_also_says(kind, word) for word in words[1:])
    )
    if len(words) > 1:
        found = or_(found, SearchWord.word == joined(text))
    return select(SearchWord.record_id).where(SearchWord.record_kind == kind, found)


def _also_says(kind: str, word: str) -> ColumnElement[bool]:
    other = aliased(SearchWord)
    return SearchWord.record_id.in_(
        select(other.record_id).where(other.record_kind == kind, _begins(other, word))
    )


def _begins(entry: Any, word: str) -> ColumnElement[bool]:
    if not word.isalpha():
        whole: ColumnElement[bool] = entry.word == word
        return whole
    return and_(entry.word >= word, entry.word < word + _BEYOND)
