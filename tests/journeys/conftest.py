"""Fixtures of the journeys: a served application and people with browsers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser import DESKTOP, Visitor, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config) -> Path | None:
    """Where pictures of the pages are kept; None unless `--pictures` asks for them."""
    wanted = pytestconfig.getoption("--pictures")
    return pytestconfig.rootpath / "var" / "pictures" if wanted else None


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application of this test is served."""
    with serving(app) as at:
        yield at


@pytest.fixture
def visitors(
    app: Flask, browser: Browser, address: str, pictures: Path | None
) -> Iterator[Callable[[], Visitor]]:
    """Makes people with a browser each: their own cookies, their own window."""
    with ExitStack() as stack:

        def arrive() -> Visitor:
            context = browser.new_context(locale="en-GB", viewport=DESKTOP, reduced_motion="reduce")
            stack.callback(context.close)
            return Visitor(app, context, address, pictures)

        yield arrive


@pytest.fixture
def visitor(visitors: Callable[[], Visitor]) -> Visitor:
    """One person with a browser."""
    return visitors()
