"""One page of a long list."""

from operator import itemgetter

import pytest
from sqlalchemy import select

from tests.factories.scheme import make_business
from voucher.businesses.models import Business
from voucher.core.paging import PAGE_ROWS, Page, page_of


@pytest.mark.parametrize(
    ("total", "pages"), [(0, 1), (1, 1), (PAGE_ROWS, 1), (PAGE_ROWS + 1, 2), (10 * PAGE_ROWS, 10)]
)
def test_pages(total, pages):
    assert Page([], total, 1).pages == pages


@pytest.mark.parametrize(
    ("asked", "given", "rows"),
    [(1, 1, PAGE_ROWS), (2, 2, 3), (0, 1, PAGE_ROWS), (-7, 1, PAGE_ROWS), (99, 2, 3)],
)
def test_a_page_within_what_there_is(session, asked, given, rows):
    made = [make_business().id for _ in range(PAGE_ROWS + 3)]
    query = select(Business.id).order_by(Business.id.desc())
    found = page_of(query, asked, key=Business.id, make=itemgetter(0))
    assert (found.page, found.total, found.pages) == (given, PAGE_ROWS + 3, 2)
    assert found.rows == sorted(made, reverse=True)[(given - 1) * PAGE_ROWS :][:rows]


def test_an_empty_list_has_one_page(session):
    found = page_of(select(Business).order_by(Business.id), 5, key=Business.id)
    assert (found.rows, found.total, found.page, found.pages) == ([], 0, 1, 1)
