"""Which features tell shapes apart? Eight shapes, turned, scaled and moved at random; one identical head for all.

    python benchmarks/polygon.py            # about two minutes on one core

The shapes are blobs whose outlines have the same harmonics and differ in their phases alone, so that size, elongation
and roughness do not tell them apart. The peers' features are re-implemented: raw vertices (evenly resampled, as they
stand, and centred and scaled), Poly2Vec-style (Fourier transform at geometric frequencies, magnitude and phase) and
NUFT-style (transform on a square lattice), both in world coordinates as published and, to be fair, in the shape's own
box; and simple moments (area, perimeter, bounding box, second and third moments, in world axes).

The second table is of time: all features of real OpenStreetMap polygons (from OMNIMODAL_REAL_DATA, where there are
some), from geometries as a file has them, and of one coastline with more and more vertices.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import shapely
import torch
from rich.console import Console
from rich.table import Table
from torch import nn

from omnimodal.cache import FeatureCache
from omnimodal.encoders.place import Place, PlaceEncoder
from omnimodal.encoders.place.shape import Edges, shape_features

DATA = Path(os.environ.get("OMNIMODAL_REAL_DATA") or Path(__file__).parents[1] / "../shared/data")
SHAPES = 8
THETA = 2 * np.pi * np.arange(50) / 50


def sample(n: int, rng: np.random.Generator) -> tuple[list[shapely.Polygon], torch.Tensor]:
    """n polygons of 50 vertices, jittered, and which of the shapes each is."""
    harmonics = np.arange(2, 7)
    phases = rng.uniform(0, 2 * np.pi, (SHAPES, len(harmonics)))
    labels = rng.integers(SHAPES, size=n)
    polygons = []
    for label in labels:
        reach = 1 + 0.13 * np.cos(harmonics[:, None] * THETA + phases[label][:, None]).sum(0) + rng.normal(0, 0.02, 50)
        turn, start = rng.uniform(0, 2 * np.pi), rng.integers(50)
        ring = reach[:, None] * np.stack([np.cos(THETA + turn), np.sin(THETA + turn)], axis=1)
        place = np.array([rng.uniform(-170, 170), rng.uniform(-20, 20)])
        polygons.append(shapely.Polygon(place + 10 ** rng.uniform(-1, 0.3) * np.roll(ring, start, axis=0)))
    return polygons, torch.from_numpy(labels)


def own_box(polygons: list[shapely.Polygon]) -> list[shapely.Polygon]:
    """Each polygon moved and scaled, not turned, into [-1, 1]²."""
    west, south, east, north = shapely.bounds(np.array(polygons, dtype=object)).T
    centre, half = np.stack([west + east, south + north], 1) / 2, np.maximum(east - west, north - south) / 2
    return [
        shapely.transform(p, lambda v, c=c, h=h: (v - c) / h) for p, c, h in zip(polygons, centre, half, strict=True)
    ]


def world(polygons: list[shapely.Polygon]) -> list[shapely.Polygon]:
    return [shapely.transform(p, lambda v: v / 180) for p in polygons]


def raw_vertices(polygons: list[shapely.Polygon]) -> np.ndarray:
    t = np.arange(64) / 64
    rings = shapely.get_exterior_ring(np.array(polygons, dtype=object))
    return shapely.get_coordinates(shapely.line_interpolate_point(rings[:, None], t, normalized=True)).reshape(-1, 128)


def poly2vec(polygons: list[shapely.Polygon]) -> np.ndarray:
    turns = np.arange(8) * np.pi / 8
    k = np.array([(r * np.cos(a), r * np.sin(a)) for r in 0.1 * 1.6 ** np.arange(8) for a in turns])
    f = Edges.of(np.array(polygons, dtype=object)).transform(k)
    return np.concatenate([np.log(np.abs(f) + 1e-12), np.angle(f) / np.pi], axis=1)


def nuft(polygons: list[shapely.Polygon]) -> np.ndarray:
    k = np.array([(x, y) for x in range(-5, 6) for y in range(6) if y > 0 or x > 0]) / 2
    f = Edges.of(np.array(polygons, dtype=object)).transform(k)
    return np.concatenate([f.real, f.imag], axis=1)


def simple_moments(polygons: list[shapely.Polygon]) -> np.ndarray:
    array = np.array(polygons, dtype=object)
    centre = shapely.get_coordinates(shapely.centroid(array))
    edges = Edges.of(array).moved(centre, np.eye(2)[None])
    area, *others = edges.moments((0, 0), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3))
    moments = [m / area**power for m, power in zip(others, [2] * 3 + [2.5] * 4, strict=True)]
    box = shapely.bounds(array) - np.tile(centre, 2)
    return np.column_stack([np.log(area), np.log(shapely.length(array)), box, *moments])


def probe(x: np.ndarray, labels: torch.Tensor, train: int, steps: int) -> float:
    """Test accuracy of one head, the same for all: standardise, 128 hidden units, Adam."""
    torch.manual_seed(0)
    x = (x - x[:train].mean(0)) / (x[:train].std(0) + 1e-12)
    inputs = torch.from_numpy(x).float()
    head = nn.Sequential(nn.Linear(x.shape[1], 128), nn.GELU(), nn.Linear(128, SHAPES))
    adam = torch.optim.AdamW(head.parameters(), lr=3e-3, weight_decay=0.01)
    for _ in range(steps):
        rows = torch.randint(train, (128,))
        loss = nn.functional.cross_entropy(head(inputs[rows]), labels[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
    return (head(inputs[train:]).argmax(1) == labels[train:]).float().mean().item()


def timing(n: int) -> Table:
    """CPU seconds of n real polygons, and of coastlines, on one thread; and the most memory used up to then."""
    table = Table(title="CPU seconds on one thread")
    for column in ("what", "polygons", "vertices", "Place", "features", "cached", "peak MB"):
        table.add_column(column, justify="right")
    real = real_polygons(DATA / "osm" / "liechtenstein.osm.pbf", n)
    for name, shapes in [("OpenStreetMap", real), *(("coastline", [coast(k)]) for k in (1_000, 100_000, 1_000_000))]:
        if not shapes:
            continue
        encoder, cache, clock = PlaceEncoder(), FeatureCache(), time.process_time
        began = clock()
        places = [Place(geometry=shape) for shape in shapes]
        made = clock()
        cache.features(encoder, places)
        done = clock()
        cache.features(encoder, places)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        vertices = f"{shapely.get_num_coordinates(shapes).sum():,}"
        seconds = (f"{s:.2f}" for s in (made - began, done - made, clock() - done))
        table.add_row(name, f"{len(shapes):,}", vertices, *seconds, f"{memory:.0f}")
    return table


def real_polygons(file: Path, n: int) -> list[shapely.Geometry]:
    """The first n areas of an OpenStreetMap file that have tags; none where it is absent."""
    import osmium

    if not file.exists():
        return []
    wkb = osmium.geom.WKBFactory()
    areas = (o for o in osmium.FileProcessor(str(file)).with_areas() if o.is_area() and len(o.tags))
    found = [wkb.create_multipolygon(o) for o in islice(areas, n)]
    return list(shapely.from_wkb(found))


def coast(n: int) -> shapely.Polygon:
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    reach = 5 + 0.5 * np.sin(40 * t)
    return shapely.Polygon(np.stack([reach * np.cos(t), reach * np.sin(t)], axis=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=int, default=4_000)
    parser.add_argument("--test", type=int, default=1_000)
    parser.add_argument("--steps", type=int, default=1_500)
    parser.add_argument("--speed", type=int, default=10_000, help="real polygons of the timing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    polygons, labels = sample(args.train + args.test, rng)
    peers: dict[str, Callable[[list[shapely.Polygon]], np.ndarray]] = {
        "raw vertices": raw_vertices,
        "raw vertices, own box": lambda p: raw_vertices(own_box(p)),
        "Poly2Vec-style": lambda p: poly2vec(world(p)),
        "Poly2Vec-style, own box": lambda p: poly2vec(own_box(p)),
        "NUFT-style": lambda p: nuft(world(p)),
        "NUFT-style, own box": lambda p: nuft(own_box(p)),
        "simple moments": simple_moments,
        "omnimodal": lambda p: shape_features(p),
    }
    sizes = [n for n in (50, 400) if n < args.train] + [args.train]
    title = "8 turned shapes, chance .125: accuracy by how many there are to learn from"
    table = Table("features", "numbers", *map(str, sizes), title=title)
    for name, features in peers.items():
        x = features(polygons)
        scores = []
        for n in sizes:
            rows = [*range(n), *range(args.train, len(x))]
            scores.append(probe(x[rows], labels[rows], n, args.steps if n == args.train else args.steps // 2))
        table.add_row(name, str(x.shape[1]), *(f"{score:.3f}" for score in scores))
    console = Console()
    console.print(table)
    console.print(timing(args.speed))


if __name__ == "__main__":
    main()
