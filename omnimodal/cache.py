"""Features are computed once: rows by (encoder fingerprint, content key), in memory and, where asked for, on disk."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from omnimodal.encoder import Encoder, Features
from omnimodal.entity import Entity
from omnimodal.errors import EncodingError, OmnimodalError, StoreError

Row = dict[str, Tensor]
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS row(encoder TEXT, key TEXT, data BLOB, PRIMARY KEY(encoder, key)) WITHOUT ROWID"""
)
PLAIN = ""  # the name of a row that is one tensor, not a dict of them


class FeatureCache:
    """Least recently used rows in memory (`size` of them), and all rows in an SQLite file where `path` is given."""

    def __init__(self, path: str | Path | None = None, size: int = 200_000):
        self.path, self.size = path, size
        self.hits = self.misses = 0
        self._rows: OrderedDict[tuple[str, str], Row] = OrderedDict()
        self._lock = threading.RLock()
        self._db = None
        if path is not None:
            try:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(path, check_same_thread=False)
                self._db.execute(SCHEMA)
            except sqlite3.Error as error:
                raise StoreError(f"{path} is no feature cache: {error}") from error

    def features(self, encoder: Encoder, entities: Sequence[Entity]) -> Features:
        """`encoder.featurize(entities)`, computed only for the entities not yet known."""
        keys = [(encoder.fingerprint, entity.key) for entity in entities]
        with self._lock:
            rows: dict[tuple[str, str], Row] = {}
            for key in keys:
                if key not in rows and (row := self._find(key)) is not None:
                    rows[key] = row
            missing = {key: entity for key, entity in zip(keys, entities, strict=True) if key not in rows}
            self.misses += len(missing)
            self.hits += len(keys) - len(missing)
            if missing:
                fresh = dict(zip(missing, _rows(encoder, list(missing.values())), strict=True))
                self._keep(fresh)
                rows.update(fresh)
        columns = {name: torch.stack([rows[key][name] for key in keys]) for name in rows[keys[0]]}
        return columns.get(PLAIN, columns)

    def _find(self, key: tuple[str, str]) -> Row | None:
        if key in self._rows:
            self._rows.move_to_end(key)
            return self._rows[key]
        if self._db is None:
            return None
        found = self._db.execute("SELECT data FROM row WHERE encoder = ? AND key = ?", key).fetchone()
        if found is None:
            return None
        try:
            row = self._rows[key] = load(found[0])
        except SafetensorError as error:
            raise StoreError(
                f"{self.path} has a damaged row {key}; delete the file, it is made again: {error}"
            ) from error
        return row

    def _keep(self, fresh: dict[tuple[str, str], Row]) -> None:
        self._rows.update(fresh)
        while len(self._rows) > self.size:
            self._rows.popitem(last=False)
        if self._db is not None:
            data = [(*key, save({k: v.contiguous() for k, v in row.items()})) for key, row in fresh.items()]
            with self._db as db:
                db.executemany("REPLACE INTO row VALUES (?, ?, ?)", data)


def _rows(encoder: Encoder, entities: list[Entity]) -> list[Row]:
    """The checked features of entities, row by row."""
    name = encoder.modality
    try:
        features = encoder.featurize(entities)
    except OmnimodalError as error:
        error.at(encoder=name)
        raise
    except Exception as error:
        raise EncodingError(f"featurize failed on {entities[0]!r:.80}…: {error}", encoder=name) from error
    columns = features if isinstance(features, dict) else {PLAIN: features}
    for key, column in columns.items():
        what = f"featurize gave {key or 'a tensor'}"
        if not isinstance(column, Tensor) or column.dim() == 0 or len(column) != len(entities):
            got = list(column.shape) if isinstance(column, Tensor) else type(column).__name__
            raise EncodingError(f"{what} of {got} for {len(entities)} entities", encoder=name)
        if column.is_floating_point() and not column.isfinite().all():
            bad = entities[int((~column.isfinite()).flatten(1).any(1).nonzero()[0]) if column.dim() > 1 else 0]
            raise EncodingError(f"{what} with NaN or infinity for {bad!r:.80}", encoder=name)
    parts = {key: column.detach().unbind(0) for key, column in columns.items()}
    return [{key: part[i] for key, part in parts.items()} for i in range(len(entities))]
