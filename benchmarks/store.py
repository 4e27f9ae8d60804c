"""How fast is a store of places? Medians of look-ups in 250,000 made-up ones, beside what one would write without it.

    python benchmarks/store.py                       # about two minutes on one core
    source .ci/postgis && python benchmarks/store.py # with PostGIS beside it

A third of the places are points, a third areas, a third lines, in 500 towns; names have one to three words, and a
quarter of the places share theirs with others. Peers: a plain SQLite table (index on the name; all rows read and
measured on a sphere for the nearest), and shapely's STRtree in memory (planar degrees, no records).
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from rich.console import Console
from rich.table import Table

from omnimodal.store import Alias, Edge, Record, Source, open_store

KINDS = [f"amenity=a{i}" for i in range(60)] + [f"shop=s{i}" for i in range(100)] + ["highway=road"] * 80
RING = np.stack([f(np.linspace(0, 2 * np.pi, 12, endpoint=False)) for f in (np.cos, np.sin)], axis=1) * 5e-4


def made(count: int, seed: int = 0) -> Iterator[Record]:
    """The places, always the same ones."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("aeioumnrstlkbdg"))
    words = ["".join(rng.choice(letters, n)).title() for n in rng.integers(3, 10, 30_000)]
    towns = np.stack([rng.uniform(-175, 175, 500), rng.uniform(-60, 70, 500)], axis=1)
    for start in range(0, count, 5_000):
        some = min(5_000, count - start)
        at = towns[rng.integers(500, size=some)] + rng.normal(0, 0.2, (some, 2))
        picks = rng.integers(30_000, size=(some, 3)).tolist()
        shapes = [(shapely.points, shapely.polygons, shapely.linestrings)[i % 3] for i in range(3)]
        geometries = [shapes[i % 3](xy if i % 3 == 0 else RING + xy) for i, xy in enumerate(at)]
        for i, (wkb, xy, pick) in enumerate(zip(shapely.to_wkb(geometries), at.tolist(), picks, strict=True)):
            number = start + i
            name = " ".join(words[p] for p in (pick[: 1 + i % 3] if i % 4 else [pick[0] % 3_000]))
            aliases = (Alias(name, 1.0 + i % 9), Alias(f"{name} {words[pick[1]]}", 0.5, "fr", "alt_name"))[: 1 + i % 2]
            data = {"name": name, "tags": {"operator": words[pick[2]], "wheelchair": "yes"}, "parents": []}
            edges = (Edge("parent", "place", f"osm:n{number // 100}", 0, "contained"),)
            yield Record("place", f"osm:n{number}", name, data, aliases, i % 5 == 0, KINDS[number % len(KINDS)], wkb,
                         (xy[0], xy[1]), edges)  # fmt: skip


def median(ask: Callable[..., object], questions: Sequence[tuple[Any, ...]]) -> float:
    """Seconds of the median question, after as many others have been asked."""
    half, times = len(questions) // 2, []
    for i, question in enumerate(questions):
        start = time.perf_counter()
        ask(*question)
        times.append(time.perf_counter() - start)
        if i == half - 1:
            times.clear()
    return statistics.median(times)


def asked(records: list[Record]) -> dict[str, tuple[str, list[tuple[Any, ...]], dict[str, Any]]]:
    """What is asked: title → (method, questions, options)."""
    typo = [(r.name[:2] + "x" + r.name[3:],) for r in records if len(r.name) > 4]
    beside = [(r.point[0] + 0.003, r.point[1]) for r in records if r.point]
    return {
        "get": ("get", [("place", r.id) for r in records], {}),
        "find": ("find", [(r.name,) for r in records], {}),
        "search, misspelt": ("search", typo, {}),
        "near, 1 of all": ("near", beside, {"limit": 1}),
        "near, 1 of a class": ("near", beside, {"kinds": ["amenity=a7"], "limit": 1}),
        "near, 10 of all": ("near", beside, {}),
        "near, 10 of a class": ("near", beside, {"kinds": ["amenity=a7"]}),
        "near, 10 of a key": ("near", beside, {"kinds": ["shop"]}),
        "overlapping a point": ("overlapping", [(shapely.Point(p),) for p in beside], {}),
        "overlapping, of a key": ("overlapping", [(shapely.Point(p),) for p in beside], {"kinds": ["highway"]}),
        "referrers": ("referrers", [("place", r.id) for r in records], {}),
    }


def peers(records: Sequence[Record], questions: Sequence[Record]) -> dict[str, dict[str, float]]:
    """Medians of a plain table and of an STRtree."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE place(name TEXT, lon REAL, lat REAL)")
    db.executemany("INSERT INTO place VALUES (?, ?, ?)", ((r.name, *(r.point or (0, 0))) for r in records))
    db.execute("CREATE INDEX place_name ON place(name)")

    def named(name: str) -> list[Any]:
        return db.execute("SELECT * FROM place WHERE name = ?", (name,)).fetchall()

    def nearest(lon: float, lat: float) -> list[Any]:
        def haversine(x: float, y: float) -> float:
            a, b = math.radians(lat), math.radians(y)
            turn = math.sin(math.radians(x - lon) / 2)
            return math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * turn**2

        return sorted(db.execute("SELECT lon, lat, name FROM place"), key=lambda row: haversine(*row[:2]))[:10]

    shapes = shapely.from_wkb([r.geometry for r in records])
    tree = shapely.STRtree(shapes)
    points = [(r.point[0] + 0.003, r.point[1]) for r in questions if r.point]
    return {
        "plain table": {
            "find": median(named, [(r.name,) for r in questions]),
            "near, 10 of all": median(nearest, points[:6]),
        },
        "STRtree": {
            "near, 10 of all": median(lambda x, y: tree.query_nearest(shapely.Point(x, y)), points),  # the nearest one
            "overlapping a point": median(lambda x, y: tree.query(shapely.Point(x, y), "intersects"), points),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=250_000)
    parser.add_argument("--questions", type=int, default=400)
    args = parser.parse_args()
    records = list(made(args.places))
    chosen = np.random.default_rng(1).choice(args.places, args.questions, replace=False)
    questions = [records[i] for i in chosen]
    columns = peers(records, questions)
    del records
    start = time.process_time()
    for _ in made(args.places):
        pass
    making = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        stores = {"SQLite": str(Path(folder) / "store.sqlite")}
        if server := os.environ.get("OMNIMODAL_POSTGIS"):
            stores["PostGIS"] = f"{server}?schema=benchmark"
        for name, path in stores.items():
            start, wall = time.process_time(), time.perf_counter()
            open_store(path).replace(Source("made"), made(args.places))
            cpu, wall = time.process_time() - start - making, time.perf_counter() - wall - making
            print(f"{name}: written in {cpu:.1f} CPU s here, {wall:.1f} s; {cpu / args.places * 1e6:.0f} µs a place")
            columns[name] = {"open": median(lambda p=path: open_store(p).close(), [()] * 20)}
            store = open_store(path)
            for title, (method, some, options) in asked(questions).items():
                columns[name][title] = median(partial(getattr(store, method), **options), some)
            text = ", ".join(r.name for r in questions[:50])
            columns[name][f"scan {len(text):,} characters"] = median(lambda t, s=store: list(s.scan(t)), [(text,)] * 40)
            if name == "SQLite":
                print(f"{Path(path).stat().st_size / 1e6:.0f} MB")
    if server:
        import psycopg

        with psycopg.connect(server, autocommit=True) as db:
            db.execute("DROP SCHEMA benchmark CASCADE")
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, most of it for the peers")
    table = Table("median µs", *columns, title=f"{args.places:,} places")
    for title in columns["SQLite"]:
        table.add_row(title, *(f"{1e6 * c[title]:,.0f}" if title in c else "" for c in columns.values()))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
