"""Fixtures that every test may ask for: databases, application, session, client.

What imports the application is imported where a test asks for it: the process that only hands out
tests to workers, and a run of pure rules, do without.
"""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, has_app_context

from tests.databases import KINDS, Bench, Benches

if TYPE_CHECKING:
    from tests.page import PageClient

ASKED_STRIPE = "Contract tests: asked the emulator, and Stripe's sandbox by STRIPE_TEST_KEY."
DID_NOT_ASK_STRIPE = (
    "Contract tests: asked the emulator alone. Skipped at Stripe's sandbox: no STRIPE_TEST_KEY."
)
pytest_plugins = ("tests.emulator",)
LENGTHS = ("long", "browser", "slow")
"""Marks of tests that take their time, the longest first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database` narrows the tests to one kind of database; `--pictures` keeps pictures."""
    parser.addoption(
        "--database",
        choices=(*KINDS, "both"),
        default="both",
        help="run the tests that need a database on this kind only",
    )
    parser.addoption(
        "--pictures",
        action="store_true",
        help="keep pictures of the pages that the journeys see, in var/pictures",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make our own marker known."""
    config.addinivalue_line(
        "markers", "both_databases: run on SQLite and on PostgreSQL, wherever the test lies"
    )
    config.addinivalue_line("markers", "only_on(kind): run on this kind of database alone")
    config.addinivalue_line(
        "markers", "at_stripe_too: run against Stripe's own sandbox too, where there is a key"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests come first, so that no worker has one left when the others are done.

    Files of one length, and the tests in each file, stay in the random order they were put in. The
    workers take file by file (`--no-loadscope-reorder`: not those with the most tests first).
    """
    ranks: dict[Path, int] = {}
    for item in items:
        ranks[item.path] = min(_rank(item), ranks.get(item.path, len(LENGTHS)))
    items.sort(key=lambda item: ranks[item.path])


def _rank(item: pytest.Item) -> int:
    marked = (number for number, name in enumerate(LENGTHS) if item.get_closest_marker(name))
    return next(marked, len(LENGTHS))


def pytest_collection_finish() -> None:
    """Spare the collector of garbage the thousands of modules and tests that stay to the end.

    What tests leave behind is collected as ever, though less often than by default.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly whether Stripe itself was asked; the terminal is the same with many workers."""
    if any(
        one.nodeid.startswith("tests/contract/") for one in terminalreporter.getreports("passed")
    ):
        asked = "STRIPE_TEST_KEY" in os.environ
        terminalreporter.write_line(ASKED_STRIPE if asked else DID_NOT_ASK_STRIPE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test its databases (see `_kinds_for`), those of them that `--database` wants."""
    if "database_kind" not in metafunc.fixturenames:
        return
    wanted = metafunc.config.getoption("--database")
    kinds = _kinds_for(metafunc, wanted)
    metafunc.parametrize(
        "database_kind",
        [_kind(kind) for kind in kinds if wanted in ("both", kind)],
    )


def _kinds_for(metafunc: pytest.Metafunc, wanted: str) -> Sequence[str]:
    """Both for the domain; SQLite for pages; for journeys PostgreSQL, unless another is wanted.

    So every page is asked for on SQLite, on which the tests of pages run, and those that people
    take together on the database of production too, without driving the browser twice.
    """
    if only := metafunc.definition.get_closest_marker("only_on"):
        return tuple(only.args)
    folder = Path(metafunc.definition.path).relative_to(metafunc.config.rootpath).parts[1]
    if folder == "domain" or metafunc.definition.get_closest_marker("both_databases"):
        return KINDS
    if folder == "journeys":
        return ("postgres",) if wanted == "both" else (wanted,)
    return ("sqlite",)


def _kind(kind: str) -> Any:
    return pytest.param(kind, marks=pytest.mark.postgres) if kind == "postgres" else kind


@pytest.fixture(scope="session")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Benches]:
    """Every database of this test process."""
    made = Benches(tmp_path_factory.mktemp("benches"))
    yield made
    made.close()


@pytest.fixture
def database(database_kind: str, benches: Benches) -> Bench:
    """A migrated database in its first state, and the application on it."""
    bench = benches.of_kind(database_kind)
    bench.renew()
    return bench


@pytest.fixture
def empty_database_url(database_kind: str, benches: Benches, tmp_path: Path) -> str:
    """The address of a database without any table, for tests of the migrations themselves."""
    return benches.empty_url(database_kind, tmp_path)


@pytest.fixture
def app(database: Bench) -> Flask:
    """The application on a fresh database. No context is pushed: see `session` and `arrange`."""
    return database.app


@pytest.fixture
def session(app: Flask) -> Iterator[Any]:
    """The database session of a domain test, inside an application context.

    For tests of operations and queries. A test that sends requests uses `client` and `arrange`.
    """
    from voucher.core.db import db

    with app.app_context():
        yield db.session
        db.session.rollback()


@pytest.fixture
def arrange(app: Flask) -> Callable[[], AbstractContextManager[None]]:
    """`with arrange(): …` writes what a test with `client` needs, in a transaction of its own.

    The records made inside keep their columns afterwards (`business.reference`), though not their
    relationships, and no longer follow the database.
    """

    @contextmanager
    def arranging() -> Iterator[None]:
        from voucher.core.db import db, transaction

        with app.app_context():
            db.session().expire_on_commit = False
            with transaction():
                yield

    return arranging


@pytest.fixture
def client(app: Flask) -> "PageClient":
    """A browser without JavaScript that checks every page it is given."""
    return new_client(app)


@pytest.fixture
def clients(app: Flask) -> "Callable[[], PageClient]":
    """Makes clients, for tests with several people at once."""
    return lambda: new_client(app)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The one Chromium of this test process: Playwright refuses a second beside the first."""
    from tests.browser import chromium

    with chromium() as started:
        yield started


def new_client(app: Flask) -> "PageClient":
    """A client of `app` with no cookies yet."""
    # Inside a pushed context Flask would lend the test's own session to the request, and the
    # request's view of the database would be the test's.
    assert not has_app_context(), "use `arrange`, not `session`, in a test that sends requests"
    from tests.page import PageClient

    made = app.test_client()
    assert isinstance(made, PageClient)
    return made
