"""Features are computed once: rows by (encoder fingerprint, content key), in memory and, where asked for, on disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from omnimodal.encoder import Encoder, Features
from omnimodal.entity import Entity
from omnimodal.errors import EncodingError, OmnimodalError, StoreError
from omnimodal.store.sqlite import Database

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
            except OSError as error:
                raise StoreError(f"{path} is no feature cache: {error}") from error
            self._db = Database(path)
            with self._db.writing() as db:
                db.execute(SCHEMA)

    def features(self, encoder: Encoder, entities: Sequence[Entity]) -> Features:
        """`encoder.featurize(entities)`, computed only for the entities not yet known.

        Raises StoreError for a file that cannot be read, EncodingError for features that break the encoder's contract.
        """
        fingerprint = encoder.fingerprint
        keys = [(fingerprint, entity.key) for entity in entities]
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
            while len(self._rows) > self.size:
                self._rows.popitem(last=False)
        try:
            columns = {name: torch.stack([rows[key][name] for key in keys]) for name in rows[keys[0]]}
        except (KeyError, RuntimeError) as error:
            what = f"featurize gave rows that do not fit together: {error}"
            raise EncodingError(what, encoder=encoder.modality) from error
        return columns.get(PLAIN, columns)

    def _find(self, key: tuple[str, str]) -> Row | None:
        if key in self._rows:
            self._rows.move_to_end(key)
            return self._rows[key]
        found = self._db.all("SELECT data FROM row WHERE encoder = ? AND key = ?", key) if self._db else []
        if not found:
            return None
        try:
            row = self._rows[key] = load(found[0][0])
        except (SafetensorError, TypeError) as error:
            raise StoreError(
                f"{self.path} has a damaged row {key}; delete the file, it is made again: {error}"
            ) from error
        return row

    def _keep(self, fresh: dict[tuple[str, str], Row]) -> None:
        self._rows.update(fresh)
        if self._db:
            data = [(*key, save(row)) for key, row in fresh.items()]
            with self._db.writing() as db:
                db.executemany("REPLACE INTO row VALUES (?, ?, ?)", data)

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "size": self.size}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def _rows(encoder: Encoder, entities: list[Entity]) -> list[Row]:
    """The checked features of entities, row by row."""
    name = encoder.modality
    try:
        features = encoder.featurize(entities)
    except OmnimodalError as error:
        error.at(encoder=name)
        raise
    except Exception as error:
        what = f"featurize failed on {entities[0]!r:.80} and {len(entities) - 1} more: {type(error).__name__}: {error}"
        raise EncodingError(what, encoder=name) from error
    columns = features if isinstance(features, dict) else {PLAIN: features}
    if not columns:
        raise EncodingError("featurize gave an empty dict", encoder=name)
    for key, column in columns.items():
        what = f"featurize gave {key or 'a tensor'}"
        if not isinstance(column, Tensor) or column.dim() == 0 or len(column) != len(entities):
            got = list(column.shape) if isinstance(column, Tensor) else type(column).__name__
            raise EncodingError(f"{what} of {got} for {len(entities)} entities", encoder=name)
        if column.is_floating_point() and not column.isfinite().all():
            bad = entities[int((~column.isfinite()).flatten(1).any(1).nonzero()[0]) if column.dim() > 1 else 0]
            raise EncodingError(f"{what} with NaN or infinity for {bad!r:.80}", encoder=name)
    # Copies: a view would keep the features of the whole batch in memory for as long as one row of it is kept.
    parts = {key: column.detach().unbind(0) for key, column in columns.items()}
    return [
        {key: part[i].clone(memory_format=torch.contiguous_format) for key, part in parts.items()}
        for i in range(len(entities))
    ]
