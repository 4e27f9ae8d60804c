"""Connections to a PostgreSQL server: one for each thread of each process, errors without passwords."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from omnimodal.errors import StoreError

WAIT = 30  # seconds to wait for another process that writes
SCHEMA = "omnimodal"


def safe(text: str) -> str:
    """A text without NUL, which PostgreSQL does not take."""
    return text.replace("\x1a", "\x1a1").replace("\0", "\x1a0") if "\0" in text or "\x1a" in text else text


def plain(text: str) -> str:
    """The way back."""
    return text.replace("\x1a0", "\0").replace("\x1a1", "\x1a") if "\x1a" in text else text


class Server:
    """A schema of a database, by its address. What the server complains of is raised as StoreError."""

    def __init__(self, url: str):
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise StoreError(f"The address of a database cannot be read: {error}") from None
        query = parse_qsl(parts.query)
        self.url = url
        self.schema = dict(query).get("schema") or SCHEMA
        self._secrets = [s for s in (parts.password, unquote(parts.password or ""), dict(query).get("password")) if s]
        rest = urlencode([(key, value) for key, value in query if key != "schema"])
        self._address = urlunsplit(parts._replace(query=rest))
        host = parts.netloc.rpartition("@")[2]
        user = parts.netloc.rpartition("@")[0].partition(":")[0]
        self.name = f"{parts.scheme}://{user}{'@' * bool(user)}{host}{parts.path}?schema={self.schema}"
        self._local = threading.local()
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        self._closed = False

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        with self._typed("read"):
            return self._own().execute(sql, values, prepare=True).fetchall()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """All queries of the block see one state of the database. May be nested."""
        psycopg = _driver()
        with self._typed("read"):
            db = self._own()
            if db.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:  # an outer block of this thread
                yield db
                return
            db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with db.transaction():
                yield db

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """A transaction: all of the block, or nothing. Only one writes at a time."""
        psycopg = _driver()
        with self._typed("written"):
            db = self._own()
            db.isolation_level = psycopg.IsolationLevel.READ_COMMITTED  # the lock is waited for before anything is read
            with db.transaction():
                db.execute(f"SET LOCAL lock_timeout = '{WAIT}s'")
                db.execute("SELECT pg_advisory_xact_lock(hashtext('omnimodal'), hashtext(%s))", (self.schema,))
                yield db

    def stream(self, sql: str, values: Sequence[Any], page: int) -> Iterator[Any]:
        """The rows of a query, `page` at a time, over a connection of their own."""
        with self._typed("read"), self._connected() as db, db.transaction(), db.cursor("rows") as cursor:
            cursor.itersize = page
            yield from cursor.execute(sql, values)

    def extend(self, db: Any, extension: str) -> None:
        """Have an extension in the database."""
        psycopg = _driver()
        try:
            with db.transaction():
                db.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
        except psycopg.Error as error:
            what = f"its owner can add it: CREATE EXTENSION {extension} (Debian: postgresql-…-postgis-3)"
            raise StoreError(f"{self.name} lacks the extension {extension}; {what}: {self._said(error)}") from error

    def close(self) -> None:
        self._closed = True
        for connection in list(self._open):
            connection.close()

    def _own(self) -> Any:
        """The connection of this thread in this process."""
        if self._closed:
            raise StoreError(f"{self.name} is closed")
        mine = getattr(self._local, "connection", None)
        if mine is None or self._local.pid != os.getpid() or mine.closed:
            mine = self._local.connection = self._connected()
            self._local.pid = os.getpid()
            self._open.add(mine)
        return mine

    def _connected(self) -> Any:
        psycopg = _driver()
        connection = psycopg.connect(self._address, autocommit=True)
        name = '"' + self.schema.replace('"', '""') + '"'
        try:
            if connection.execute("SELECT to_regnamespace(%s)", (name,)).fetchone()[0] is None:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
            # Queries here take less time than compiling them.
            settings = "SELECT set_config('search_path', %s, false), set_config('jit', 'off', false)"
            connection.execute(settings, (f"{name}, public",))
        except psycopg.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def _typed(self, done: str) -> Iterator[None]:
        psycopg = _driver()
        try:
            yield
        except (psycopg.Error, UnicodeError) as error:
            said = self._said(error)
            cause = error if said == str(error).strip() else None  # a traceback would show the password
            raise StoreError(f"{self.name} cannot be {done}: {said}") from cause

    def _said(self, error: Exception) -> str:
        said = str(error).strip()
        for secret in self._secrets:
            said = said.replace(secret, "***")
        return said

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self.url}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def _driver() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise StoreError(f"A store in PostgreSQL needs: pip install 'omnimodal[postgis]' ({error})") from error
    return psycopg
