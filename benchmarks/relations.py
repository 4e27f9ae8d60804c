"""How do two outlines lie to each other? Six relations; features of each alone, one identical head for all.

    python benchmarks/relations.py          # some minutes on one core; outlines from OMNIMODAL_REAL_DATA

The outlines are real: countries, and OpenStreetMap's buildings, woods, lakes and districts of Liechtenstein, Monaco and
Andorra; those of the test are none of the training. Two are turned, scaled and put next to each other so that they are
disjoint (near, their boxes often overlapping), touch, contain one another, lie within, overlap, or are equal (drawn
with other vertices), each as often. A model that sees only one of the two must be at chance: for every relation the
middle size of a pair, its position and its outlines are drawn alike. (On all pairs it cannot be exactly: of two that
contain each other one is larger, so the largest of all are never within another. The last line leaves out the ends of
the range, where nothing but that can tell.) The head sees the features of both, their difference and their product.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely
import torch
from rich.console import Console
from rich.table import Table
from shapely import affinity
from torch import nn

from omnimodal.encoders.place.shape import DIRECTIONS, PERIODS, POSITION, Edges, shape_features

RELATIONS = ("disjoint", "touches", "contains", "within", "overlaps", "equals")
SIZES = (0.1, 15.0)  # degrees: the square root of a pair's mean area
RATIOS = (1.4, 3.5)  # of the sizes of two that are not equal
DATA = Path(os.environ.get("OMNIMODAL_REAL_DATA") or Path(__file__).parents[1] / "../shared/data")


def outlines(limit: int, rng: np.random.Generator) -> list[shapely.Geometry]:
    """Real polygons of 8 vertices and more, centred and of unit area: each country, and as many of OSM's."""
    import osmium

    countries = json.loads((DATA / "countries" / "countries.geo.json").read_text("utf-8"))["features"]
    found = [shapely.from_geojson(json.dumps(c["geometry"])) for c in countries]
    found = [max(shapely.get_parts(shapely.make_valid(g)), key=shapely.area) for g in found]
    wkb, areas = osmium.geom.WKBFactory(), []
    for file in sorted((DATA / "osm").iterdir()):
        for o in osmium.FileProcessor(str(file)).with_areas():
            if o.is_area():
                areas.append(wkb.create_multipolygon(o))
    osm = shapely.from_wkb(areas)
    osm = osm[shapely.is_valid(osm) & (shapely.get_num_coordinates(osm) > 8) & (shapely.area(osm) > 0)]
    found += list(osm[rng.permutation(len(osm))[: limit - len(found)]])
    return [_unit(g) for g in found]


def _unit(shape: shapely.Geometry) -> shapely.Geometry:
    """Centred, of unit area, true to scale at its latitude, with at most some hundred vertices."""
    east = np.cos(np.radians(shape.centroid.y))
    flat = affinity.scale(affinity.translate(shape, -shape.centroid.x, -shape.centroid.y), east, 1, origin=(0, 0))
    size = flat.area**-0.5
    unit = affinity.scale(flat, size, size, origin=(0, 0))
    return unit if shapely.get_num_coordinates(unit) < 200 else unit.simplify(0.01).buffer(0)


def pairs(n: int, pool: list, rng: np.random.Generator) -> tuple[list, list, torch.Tensor]:
    """n pairs of placed outlines and the relation of the first to the second; every two outlines in all relations."""
    first, second, labels = [], [], []
    while len(labels) < n:
        a, b = (affinity.rotate(pool[rng.integers(len(pool))], rng.uniform(0, 360), origin=(0, 0)) for _ in "ab")
        placed = [place(a, b, relation, rng) for relation in RELATIONS]
        if any(pair is None for pair in placed):
            continue
        size = np.exp(rng.uniform(*np.log(SIZES)))
        where = rng.uniform(-150, 150), rng.uniform(-40, 40)
        for label, pair in enumerate(placed):
            scale = size / (pair[0].area * pair[1].area) ** 0.25
            middle = shapely.get_coordinates(shapely.centroid(pair)).mean(0)
            put = [shapely.transform(g, lambda v, m=middle, s=scale, w=where: (v - m) * s + w) for g in pair]
            first.append(put[0])
            second.append(put[1])
            labels.append(label)
    return first, second, torch.tensor(labels)


def place(a: shapely.Geometry, b: shapely.Geometry, relation: str, rng: np.random.Generator) -> tuple | None:
    """The two outlines, one of them moved and scaled, in that relation; None where 200 tries fail."""
    if relation == "within":
        swapped = place(b, a, "contains", rng)
        return swapped and swapped[::-1]
    if relation == "equals":
        return a, shapely.segmentize(a, 0.2)
    west, south, east, north = a.bounds
    for _ in range(200):
        log_ratio = rng.uniform(*np.log(RATIOS))
        ratio = np.exp(-log_ratio if relation == "contains" else log_ratio * rng.choice([-1, 1]))
        reach = 0.0 if relation == "contains" else 0.7 * ratio
        spot = rng.uniform([west - reach, south - reach], [east + reach, north + reach])
        moved = affinity.translate(affinity.scale(b, ratio, ratio, origin=(0, 0)), *spot)
        if relation == "contains":
            if a.contains_properly(moved):
                return a, moved
            continue
        less = min(a.area, moved.area)
        shared = a.intersection(moved).area / less
        if relation == "overlaps" and 0.1 < shared < 0.9:
            return a, moved
        if relation == "disjoint" and shared == 0 and 0.05 < a.distance(moved) / less**0.5 < 1:
            return a, moved
        if relation == "touches" and shared == 0 and a.distance(moved) / less**0.5 < 1:
            return _slide(a, moved)
    return None


def _slide(a: shapely.Geometry, b: shapely.Geometry) -> tuple:
    """b moved straight towards its nearest point of a until they meet."""
    one, other = shapely.get_coordinates(shapely.shortest_line(a, b))
    return a, affinity.translate(b, *(one - other))


def six(shapes: list) -> np.ndarray:
    g = np.array(shapes, dtype=object)
    return np.concatenate([shapely.get_coordinates(shapely.centroid(g)), shapely.bounds(g)], axis=1)


def probe(a: np.ndarray, b: np.ndarray, labels: torch.Tensor, train: int, steps: int, seed: int = 0) -> float:
    """Test accuracy of one head, the same for all: standardise, 256 hidden units twice, Adam."""
    torch.manual_seed(seed)
    both = np.stack([a, b])
    both = (both - both[:, :train].mean((0, 1))) / (both[:, :train].std((0, 1)) + 1e-9)
    x = np.concatenate([*both, both[0] - both[1], both[0] * both[1]], axis=1)
    x = (x - x[:train].mean(0)) / (x[:train].std(0) + 1e-9)
    inputs = torch.from_numpy(x).float()
    head = nn.Sequential(
        nn.Linear(x.shape[1], 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, len(RELATIONS))
    )
    adam = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, 2e-3, total_steps=steps)
    for _ in range(steps):
        rows = torch.randint(train, (256,))
        loss = nn.functional.cross_entropy(head(inputs[rows]), labels[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
    with torch.no_grad():
        return (head(inputs[train:]).argmax(1) == labels[train:]).float().mean().item()


def raw_vertices(shapes: list) -> np.ndarray:
    """32 points evenly along the outline, in degrees."""
    rings = shapely.get_exterior_ring([max(shapely.get_parts(g), key=shapely.area) for g in shapes])
    points = shapely.line_interpolate_point(rings[:, None], np.arange(32) / 32, normalized=True)
    return shapely.get_coordinates(points).reshape(len(shapes), -1)


def poly2vec(shapes: list) -> np.ndarray:
    """Magnitude and phase of the Fourier transform in world coordinates, at geometric frequencies."""
    k = _fan(np.geomspace(1 / 360, 1, 8), 8)
    f = Edges.of(np.array(shapes, dtype=object)).transform(k)
    return np.concatenate([np.log(np.abs(f) + 1e-12), np.angle(f) / np.pi], axis=1)


def nuft(shapes: list) -> np.ndarray:
    """The Fourier transform in world coordinates on a square lattice."""
    k = np.array([(x, y) for x in range(-5, 6) for y in range(6) if y > 0 or x > 0]) / 180
    f = Edges.of(np.array(shapes, dtype=object)).transform(k)
    return np.concatenate([f.real, f.imag], axis=1)


def _fan(radii: np.ndarray, directions: int) -> np.ndarray:
    turns = np.pi * np.arange(directions) / directions
    return (radii[:, None, None] * np.stack([np.cos(turns), np.sin(turns)], axis=-1)).reshape(-1, 2)


def six_and_size(shapes: list) -> np.ndarray:
    return np.column_stack([six(shapes), np.log(shapely.area(np.array(shapes, dtype=object)))])


def relational(shapes: list) -> np.ndarray:
    """Of our features those that tell where a shape reaches: centroid, support function twice, and sizes."""
    both = shape_features(shapes)
    periods = slice(2 + len(DIRECTIONS), 2 + len(DIRECTIONS) + 4 * len(PERIODS))
    return np.concatenate(
        [np.delete(both[:, :POSITION], periods, axis=1), both[:, POSITION + 3 : POSITION + 10]], axis=1
    )


def middle(shapes: list, labels: torch.Tensor, train: int, steps: int) -> float:
    """What the six numbers and the area of one outline tell alone, where its size could be of any of the relations."""
    x = six_and_size(shapes)
    low, high = 2 * np.log(SIZES) + np.array([1, -1]) * 2 * np.log(RATIOS[1])
    inside = (x[:, -1] > low) & (x[:, -1] < high)
    return probe(x[inside], np.zeros_like(x[inside]), labels[inside], int(inside[:train].sum()), steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=int, default=60_000)
    parser.add_argument("--test", type=int, default=4_200)
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--outlines", type=int, default=2_000)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    pool = outlines(args.outlines, rng)
    order = rng.permutation(len(pool))
    seen, unseen = ([pool[i] for i in some] for some in np.split(order, [int(0.8 * len(pool))]))
    train, test = pairs(args.train, seen, rng), pairs(args.test, unseen, rng)
    first, second, labels = train[0] + test[0], train[1] + test[1], torch.cat([train[2], test[2]])
    size = len(train[0])
    peers: dict[str, Callable[[list], np.ndarray]] = {
        "six: centroid, box": six,
        "six and log area": six_and_size,
        "raw vertices": raw_vertices,
        "Poly2Vec-style": poly2vec,
        "NUFT-style": nuft,
        "omnimodal": shape_features,
        "omnimodal, of them those of reach and size": relational,
    }
    title = f"six relations of outlines not seen, chance {1 / len(RELATIONS):.3f}, {size:,} pairs to learn from"
    table = Table("features", "numbers", "both", "first alone", "second alone", title=title)
    for name, features in peers.items():
        a, b = features(first), features(second)
        nothing = np.zeros_like(a)
        alone = [probe(*pair, labels, size, args.steps // 3) for pair in ((a, nothing), (nothing, b))]
        scores = [probe(a, b, labels, size, args.steps), *alone]
        table.add_row(name, str(a.shape[1]), *(f"{score:.3f}" for score in scores))
    alone = [middle(shapes, labels, size, args.steps // 3) for shapes in (first, second)]
    console = Console(width=120)
    console.print(table)
    console.print("Alone, without the ends of the range of sizes: first {:.3f}, second {:.3f}".format(*alone))


if __name__ == "__main__":
    main()
