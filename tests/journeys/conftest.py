"""Fixtures of the journeys: a served application and people with browsers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser import DESKTOP, Visitor, chromium, serving

PICTURES = Path(__file__).parents[2] / "var" / "pictures"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    with chromium() as started:
        yield started


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application of this test is served."""
    with serving(app) as at:
        yield at


@pytest.fixture
def visitors(app: Flask, browser: Browser, address: str) -> Iterator[Callable[[], Visitor]]:
    """Makes people with a browser each: their own cookies, their own window."""
    with ExitStack() as stack:

        def arrive() -> Visitor:
            context = browser.new_context(locale="en-GB", viewport=DESKTOP, reduced_motion="reduce")
            stack.callback(context.close)
            return Visitor(app, context, address, PICTURES)

        yield arrive


@pytest.fixture
def visitor(visitors: Callable[[], Visitor]) -> Visitor:
    """One person with a browser."""
    return visitors()
