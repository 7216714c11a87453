"""Page numbers in addresses."""

from flask import request

LAST_PAGE = 100_000


def page_number(name: str = "page") -> int:
    """The page asked for by `?page=`, from 1; anything that is not a page number counts as 1.

    `name`: of another list of the same page.
    """
    text = request.args.get(name, "1")
    if not text.isascii() or not text.isdigit():
        return 1
    return min(max(int(text[:9]), 1), LAST_PAGE)
