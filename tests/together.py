"""Several people or workers at the same moment: threads that begin together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from voucher.core.db import lock, session, transaction
from voucher.core.errors import DomainError

LONGEST_WAIT_SECONDS = 30


def at_once(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """Every act in a thread and a transaction of its own, all at once; what each gave, or the
    domain's refusal. Any other error is raised: a deadlock is a defect."""
    return together(app, *(_in_transaction(act) for act in acts))


def together(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """The same for acts that own their transactions, as the worker's jobs do."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait(LONGEST_WAIT_SECONDS)
            try:
                return act()
            except DomainError as refusal:
                return refusal
            finally:
                session.remove()

    session.remove()
    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def lockable(app: Flask, model: type, key: int) -> bool:
    """Whether somebody else could lock the row just now: a thread does. On SQLite that is whether
    anybody holds the write lock."""

    def try_it() -> bool:
        with app.app_context():
            try:
                with transaction():
                    if session.get_bind().dialect.name == "postgresql":
                        session.execute(text("SET LOCAL lock_timeout = '3s'"))
                    return lock(model, key) is not None
            except OperationalError:
                return False
            finally:
                session.remove()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(try_it).result(LONGEST_WAIT_SECONDS)


def _in_transaction(act: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with transaction():
            return act()

    return run
