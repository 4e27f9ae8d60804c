"""What is around: how many things of each class are in each cell of the map, by geohash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from omnimodal.store.base import Record

LEVEL = 6  # characters: cells of 1.2 km × 0.6 km at the equator
_digits = np.array(list("0123456789bcdefghjkmnpqrstuvwxyz"))


def geohashes(points: NDArray[np.float64], level: int = LEVEL) -> NDArray[Any]:
    """[n, 2] longitudes and latitudes → [n] geohashes of `level` characters (Niemeyer 2008)."""
    bits = 5 * level
    lon = np.clip((points[:, 0] + 180) / 360 * (1 << (bits + 1) // 2), 0, (1 << (bits + 1) // 2) - 1).astype(np.int64)
    lat = np.clip((points[:, 1] + 90) / 180 * (1 << bits // 2), 0, (1 << bits // 2) - 1).astype(np.int64)
    code = np.zeros(len(points), np.int64)
    for bit in range(bits):  # longitude first, from the top
        source, at = (lon, (bits + 1) // 2 - 1 - bit // 2) if bit % 2 == 0 else (lat, bits // 2 - 1 - bit // 2)
        code = code << 1 | (source >> at & 1)
    characters = np.stack([_digits[code >> 5 * (level - 1 - i) & 31] for i in range(level)], axis=1)
    return np.ascontiguousarray(characters).view(f"<U{level}").ravel()


def boxes(hashes: Sequence[str]) -> NDArray[np.float64]:
    """[n, 4]: west, south, east, north of cells of one level."""
    value = {str(digit): number for number, digit in enumerate(_digits)}
    code = np.zeros(len(hashes), np.int64)
    for characters in zip(*hashes, strict=True):
        code = code << 5 | np.array([value[c] for c in characters])
    bits = 5 * len(hashes[0])
    lon, lat = np.zeros_like(code), np.zeros_like(code)
    for bit in range(bits):
        side = lon if bit % 2 == 0 else lat
        side <<= 1
        side |= code >> (bits - 1 - bit) & 1
    wide, high = 360 / (1 << (bits + 1) // 2), 180 / (1 << bits // 2)
    west, south = lon * wide - 180, lat * high - 90
    return np.column_stack([west, south, west + wide, south + high])


def cells(hashes: NDArray[Any], kind: NDArray[np.int64], names: Sequence[str], source: str = "") -> Iterator[Record]:
    """n geohashes and numbers of classes → a record for each cell: data["counts"] = {class: how many}."""
    if not len(hashes):
        return
    places, cell = np.unique(hashes, return_inverse=True)
    both, count = np.unique(cell * len(names) + kind, return_counts=True)
    counts: dict[int, dict[str, int]] = {}
    for pair, n in zip(both.tolist(), count.tolist(), strict=True):
        counts.setdefault(pair // len(names), {})[names[pair % len(names)]] = n
    sides = boxes(places.tolist())
    squares = shapely.to_wkb(shapely.box(*sides.T), byte_order=1)
    middles = ((sides[:, :2] + sides[:, 2:]) / 2).tolist()
    for at, found in counts.items():
        yield Record(
            "place",
            f"geohash:{places[at]}",
            "",
            {"counts": found},
            kind="cell",
            detectable=False,
            geometry=squares[at],
            point=tuple(middles[at]),
            source=source,
        )


def added(record: Record, others: Mapping[str, Mapping[str, int]]) -> Record:
    """A cell that other sources have counted in as well: their counts and its own, and the sums of them."""
    counts = Counter(record.data["counts"])
    for found in others.values():
        counts.update(found)
    return replace(record, data={"counts": dict(counts), "by_source": {**others, record.source: record.data["counts"]}})
