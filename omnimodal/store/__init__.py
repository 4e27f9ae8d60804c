"""Stores of records. `open_store` opens one; the default one is filled from what ships with the encoders."""

from __future__ import annotations

from pathlib import Path

from omnimodal.store.base import Alias, Candidate, Edge, Match, Near, Record, Source, Store
from omnimodal.store.sqlite import SQLiteStore

__all__ = ["Alias", "Candidate", "Edge", "Match", "Near", "Record", "SQLiteStore", "Source", "Store", "open_store"]


def open_store(path: str | Path) -> Store:
    """Open the store at `path`, or make an empty one there. Raises StoreError.

    path: a file, ":memory:" to keep it in memory, or "postgresql://user@host/database?schema=name" for PostGIS.
    """
    if str(path).startswith(("postgresql://", "postgres://")):
        from omnimodal.store.postgis import PostGISStore

        return PostGISStore(str(path))
    return SQLiteStore(path)
