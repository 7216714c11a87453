"""The databases the tests run on: an SQLite file, and a real PostgreSQL started for the run.

Each kind is made once in a test process: an application on it, its tables laid by the migrations.
`renew()` then puts the database back into that first state before a test. SQLite: a copy of the
file. PostgreSQL: every row deleted and the migrated ones put back, which takes a few milliseconds
where a new database from a template takes 400 (sixty tables are three hundred files).
"""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from config import Settings
from voucher.sandbox.postgres import PostgresServer

KINDS = ("sqlite", "postgres")


def settings_for_tests(folder: Path, database_url: str = "", **changed: Any) -> Settings:
    """Settings of an application under test that keeps its files in `folder`."""
    return Settings(environment="test", data_dir=folder, database_url=database_url, **changed)


def make_application(settings: Settings) -> Flask:
    """An application whose test client checks every page it is given."""
    from tests.page import PageClient
    from voucher import create_app

    app = create_app(settings)
    app.test_client_class = PageClient
    return app


def migrate(app: Flask) -> None:
    """Lay the tables, by the migrations as in production, and let go of the connections."""
    from voucher.cli.database import upgrade_database
    from voucher.core.db import db

    with app.app_context():
        upgrade_database()
        db.session.remove()
        db.engine.dispose()


class Bench(ABC):
    """One kind of database with an application on it. `app` and `url` stay the same for the run."""

    kind: str
    app: Flask
    url: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def renew(self) -> None:
        """Put database, files and counters back into the state just after the migrations."""
        self._renew_database()
        for limiter in self.app.extensions.get("limiter", ()):
            limiter.reset()
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)

    def dispose(self) -> None:
        """Let go of every connection the application keeps."""
        from voucher.core.db import db

        with self.app.app_context():
            db.engine.dispose()

    @abstractmethod
    def _renew_database(self) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Stop what was started."""


class SqliteBench(Bench):
    """SQLite: the migrated file is kept aside and copied back."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._file = folder / "voucher.sqlite"
        self.pristine = folder / "pristine.sqlite"
        self.url = f"sqlite:///{self._file}"
        self.app = make_application(settings_for_tests(folder, self.url))
        self._wait_for_no_disk()
        migrate(self.app)
        shutil.copyfile(self._file, self.pristine)

    def _wait_for_no_disk(self) -> None:
        """Nobody needs a test's database after a power cut: what is written need not reach a disk.

        As PostgreSQL's in tests: see `voucher.sandbox.postgres.FAST`.
        """
        from voucher.core.db import db

        with self.app.app_context():
            event.listen(db.engine, "connect", _synchronous_off)

    def _renew_database(self) -> None:
        self.dispose()
        for suffix in ("-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        # A new file under the old name: a thread that a test left behind keeps writing to the old.
        # The old one goes first: where a file takes another's place some file systems wait for the
        # disk.
        arriving = self._file.with_suffix(".arriving")
        shutil.copyfile(self.pristine, arriving)
        self._file.unlink()
        arriving.rename(self._file)

    def close(self) -> None:
        """Let go of the file."""
        self.dispose()


def _synchronous_off(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


class PostgresBench(Bench):
    """PostgreSQL: rows deleted, migrated rows put back, sequences set apart.

    Each table's keys start at a thousand of their own, so that a test in which the key of one table
    is taken for the key of another can't pass by chance.
    """

    kind = "postgres"

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        super().__init__(folder)
        self.url = server.create("voucher")
        self.app = make_application(settings_for_tests(folder, self.url))
        migrate(self.app)
        self._connection = server.connect("voucher")
        self._connection.execute("SET lock_timeout = '5s'")
        self._renewal = self._prepare_renewal()

    def _prepare_renewal(self) -> str:
        tables = self._column(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        self._connection.execute("CREATE SCHEMA pristine")
        steps = [f"DELETE FROM public.{table}" for table in tables]
        for table in tables:
            if self._column(f"SELECT 1 FROM public.{table} LIMIT 1"):
                self._connection.execute(f"CREATE TABLE pristine.{table} AS TABLE public.{table}")
                steps.append(f"INSERT INTO public.{table} SELECT * FROM pristine.{table}")
        sequences = self._column(
            "SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'"
            " ORDER BY 1"
        )
        for number, sequence in enumerate(sequences, 1):
            steps.append(f"SELECT setval('public.{sequence}', {number * 1000})")
        # Replica role: the triggers that guard append-only tables and foreign keys stand aside,
        # here and nowhere else.
        return "; ".join(
            ["BEGIN", "SET LOCAL session_replication_role = replica", *steps, "COMMIT"]
        )

    def _column(self, query: str) -> list[Any]:
        return [row[0] for row in self._connection.execute(query).fetchall()]

    def _renew_database(self) -> None:
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'voucher'"
            " AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        self._connection.execute(self._renewal)

    def close(self) -> None:
        """Let go of the database."""
        self.dispose()
        self._connection.close()


class Benches:
    """The benches of one test process, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Bench] = {}
        self._failed: dict[str, Exception] = {}
        self._server: PostgresServer | None = None

    @property
    def server(self) -> PostgresServer:
        """The PostgreSQL server of this test process."""
        if self._server is None:
            self._server = PostgresServer()
        return self._server

    def of_kind(self, kind: str) -> Bench:
        """The bench of `kind` ("sqlite" or "postgres"), not renewed."""
        if kind in self._failed:
            raise RuntimeError("the database could not be made") from self._failed[kind]
        if kind not in self._made:
            try:
                self._made[kind] = self._make(kind)
            except Exception as error:  # told again to every test that asks, without trying again
                self._failed[kind] = error
                raise
        return self._made[kind]

    def _make(self, kind: str) -> Bench:
        folder = self._folder / kind
        return SqliteBench(folder) if kind == "sqlite" else PostgresBench(folder, self.server)

    def empty_url(self, kind: str, folder: Path) -> str:
        """The address of a database of `kind` without any table."""
        if kind == "sqlite":
            return f"sqlite:///{folder / 'empty.sqlite'}"
        return self.server.create("empty")

    def separate_url(self, kind: str, folder: Path) -> str:
        """The address of a database of one test's own, for `migrate`: on SQLite a copy of what the
        migrations have laid already, so that nothing is left for it to do."""
        url = self.empty_url(kind, folder)
        if kind == "sqlite":
            bench = self.of_kind(kind)
            assert isinstance(bench, SqliteBench)
            shutil.copyfile(bench.pristine, folder / "empty.sqlite")
        return url

    def close(self) -> None:
        """Stop everything."""
        for bench in self._made.values():
            bench.close()
        if self._server is not None:
            self._server.close()
