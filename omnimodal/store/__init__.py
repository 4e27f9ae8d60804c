"""Stores of records. `open_store` opens one; the default one is filled from what ships with the encoders."""

from __future__ import annotations

from pathlib import Path

from omnimodal.errors import StoreError
from omnimodal.store.base import Alias, Candidate, Edge, Match, Near, Record, Source, Store
from omnimodal.store.sqlite import SQLiteStore

__all__ = ["Alias", "Candidate", "Edge", "Match", "Near", "Record", "SQLiteStore", "Source", "Store", "open_store"]


def open_store(path: str | Path) -> Store:
    """Open the store at `path`, or make an empty one there. Raises StoreError.

    path: a file, ":memory:" to keep it in memory, or "postgresql://user@host/database?schema=name" for PostGIS.
    "default" is none of these: everywhere else it means the records that ship, which are not to be written to.
    """
    if str(path) == "default":
        what = "'default' is the store that ships: `default_store()` of omnimodal.resolve opens it for reading"
        raise StoreError(f"{what}; a store of your own needs another name")
    if str(path).startswith(("postgresql://", "postgres://")):
        from omnimodal.store.postgis import PostGISStore

        return PostGISStore(str(path))
    return SQLiteStore(path)
