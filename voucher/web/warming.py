"""The index of offerings is made when a server process begins to answer, aside from its requests.

Otherwise whoever asks for the first shortlist would wait for it: ten seconds at 10,000 offerings.
It begins with the first request, not with the start: a server that loads the application before it
forks would lose the thread, and a command that only loads it needs no index.
"""

import logging
import threading

from flask import Flask

from voucher.claims.queries import tasters_done
from voucher.core import clock
from voucher.core.db import reading, session
from voucher.matching.keeping import KEEPER, Keeper

logger = logging.getLogger("voucher.warming")
WANTED = "WARM_AT_FIRST_REQUEST"
"""The key of the application's configuration that asks for it; the servers' entry point sets it."""


def init_warming(app: Flask) -> None:
    """Begin to make the index at the first request, where the configuration asks for it."""
    once = threading.Lock()

    @app.before_request
    def warm_once() -> None:
        if app.config.get(WANTED) and once.acquire(blocking=False):
            app.extensions["warming"] = warm(app, KEEPER)


def warm(app: Flask, keeper: Keeper) -> threading.Thread:
    """Make the keeper's index in a thread of its own, which is given back, already running.

    Where it fails, say because the database is not there yet, the first ranking makes the index.
    """
    thread = threading.Thread(target=_make, args=(app, keeper), name="warming", daemon=True)
    thread.start()
    return thread


def _make(app: Flask, keeper: Keeper) -> None:
    with app.app_context():
        try:
            with reading():
                keeper.catalogue(clock.today(), tasters_done().items())
        except Exception:
            logger.exception("the index could not be made beforehand; the first ranking makes it")
        finally:
            session.remove()
