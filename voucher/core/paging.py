"""One page of a long list: its rows, and how many there are in all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from voucher.core.db import count_rows, session

PAGE_ROWS = 25
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list (`page`, from 1) and how many rows there are in all."""

    rows: Sequence[Row]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; one when there is nothing."""
        return pages_of(self.total)


def pages_of(total: int) -> int:
    """How many pages `total` rows fill; one when there is nothing."""
    return max(1, -(-total // PAGE_ROWS))


def page_in(rows: Sequence[Row], page: int) -> Page[Row]:
    """One page of `rows` that are read already; a page out of range gives the nearest."""
    page = min(max(1, page), pages_of(len(rows)))
    return Page(rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS], len(rows), page)


def page_of(
    query: Any,
    page: int,
    *,
    key: Any,
    make: Callable[[Any], Any] = lambda row: row,
    total: int | None = None,
) -> Page[Any]:
    """One page of the ordered select `query`, each row as `make` makes it, in two statements.

    `key` is the column by which rows are counted, unless the `total` is known. A page before the
    first gives the first, one beyond the last the last.
    """
    if total is None:
        total = count_rows(query.with_only_columns(key).order_by(None))
    page = min(max(1, page), pages_of(total))
    found = session.execute(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS))
    return Page([make(row) for row in found], total, page)
