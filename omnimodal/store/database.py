"""An SQLite file that threads, forks and spawned processes read, and that another process may replace meanwhile."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from omnimodal.errors import StoreError

_opened = count()  # connections of this process and of those that it forked from
WAIT = 30.0  # seconds to wait for another process that writes


class Database:
    """One connection per process to an SQLite file, opened anew when the file has been replaced by another.

    What SQLite complains of is raised as StoreError. `version` changes when anyone has written. follow=False stays with
    the file that is there at the beginning.
    """

    def __init__(self, path: str | Path, follow: bool = True):
        self.path, self._follow = str(path), follow
        self._start()

    def all(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows of a query."""
        with self.reading() as db:
            return db.execute(sql, values).fetchall()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """All queries of the block see one state of the file. May be nested."""
        with self._locked("read"):
            if self._connection.in_transaction:  # an outer block of this thread
                yield self._connection
                return
            db = self._current()
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of the block, or nothing."""
        with self._locked("written"):
            db = self._reserved()
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def replacing(self) -> Iterator[sqlite3.Connection]:
        """Nobody else writes during the block, which may put another file in the place of this one."""
        with self._locked("replaced"):
            db = self._reserved()
            try:
                yield db
            finally:
                db.execute("ROLLBACK")

    @property
    def version(self) -> tuple[int, int]:
        """Changes with every write of another connection, and when the file is replaced."""
        with self.reading() as db:
            return self._opened, db.execute("PRAGMA data_version").fetchone()[0]

    def close(self) -> None:
        self._follow = False
        self._connection.close()

    def _start(self) -> None:
        self._lock, self._pid = threading.RLock(), os.getpid()
        with self._typed("opened"):
            self._connection = self._connect()

    def _connect(self) -> sqlite3.Connection:
        while True:
            before = self._on_disk()
            db = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None, check_same_thread=False)
            self._file = self._on_disk()
            if before in (None, self._file):  # else it was replaced meanwhile, and which one we have is not known
                self._opened = next(_opened)
                db.execute("PRAGMA cache_size = -16384")  # KiB
                return db
            db.close()

    def _on_disk(self) -> tuple[int, int] | None:
        """What tells the file at the path from another one there; None where there is none."""
        if self.path == ":memory:":
            return None
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino  # an inode is not used again while a connection holds it open

    def _current(self) -> sqlite3.Connection:
        """The connection to the file that is at the path now; where it is gone, the one that was there."""
        if self._follow and (now := self._on_disk()) is not None and now != self._file:
            self._connection.close()
            self._connection = self._connect()
        return self._connection

    def _reserved(self) -> sqlite3.Connection:
        """The connection with the right to write. A file that was replaced while we waited for it is let go."""
        while True:
            db = self._current()
            db.execute("BEGIN IMMEDIATE")
            now = self._on_disk()
            if now == self._file:
                return db
            db.execute("ROLLBACK")
            if now is None:
                raise StoreError(f"{self.path} is gone: someone has removed it")

    @contextmanager
    def _locked(self, done: str) -> Iterator[None]:
        if self._pid != os.getpid() and self.path != ":memory:":  # we are a fork
            self._start()
        with self._lock, self._typed(done):
            yield

    @contextmanager
    def _typed(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            raise StoreError(f"{self.path} cannot be {done}: {error}") from error

    def __getstate__(self) -> dict[str, Any]:
        if self.path == ":memory:":
            raise TypeError("A store in memory cannot go to another process; give it a path")
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]
