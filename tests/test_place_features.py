"""What the features of a place promise: exactness, invariance, no seam, no pole; and the encoder on top of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import affinity

from omnimodal.encoders.place import Place, PlaceEncoder
from omnimodal.encoders.place.geometry import simple_parts
from omnimodal.encoders.place.shape import (
    CANONICAL,
    DIRECTIONS,
    MOMENTS,
    PIECE,
    POSITION,
    RINGS,
    SHAPE,
    Edges,
    Frame,
    one_piece,
    shape_features,
)
from omnimodal.encoders.place.sphere import POINT, harmonics, point_features, unit_vectors
from omnimodal.encoders.place.tasks import Containment, Continent, Direction, Distance, star

WAVES = np.array([[0.3, 0.0], [0.0, 0.4], [0.7, -0.5], [1.3, 1.1], [0.01, 0.02]])
HOLED = shapely.Polygon([(0, 0), (3, 0), (3, 1), (2, 3), (0, 2)], [[(1, 0.5), (1, 1.5), (2, 1)]])
TWO = shapely.union_all([HOLED, shapely.Polygon([(4, 0), (5, 0.3), (4.5, 2)])])


def array(*geometries):
    return np.array(geometries, dtype=object)


@st.composite
def stars(draw):
    """A star-shaped polygon of 3 to 20 vertices and about 10° across, in a quarter of the cases with a hole."""
    n = draw(st.integers(3, 20))
    reach = np.array(draw(st.lists(st.floats(1, 5), min_size=n, max_size=n)))
    turn = 2 * np.pi * np.arange(n) / n + draw(st.floats(0, 1))
    spokes = reach[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    centre = np.array([draw(st.floats(-150, 150)), draw(st.floats(-60, 60))])
    return shapely.Polygon(centre + spokes, [centre + spokes / 3] if draw(st.integers(0, 3)) == 0 else [])


@pytest.mark.parametrize("shape", [HOLED, TWO, shapely.reverse(TWO)])
def test_the_transform_is_the_integral_over_the_area(shape):
    step = 0.004
    x, y = np.meshgrid(np.arange(-0.5, 5.5, step) + step / 2, np.arange(-0.5, 3.5, step) + step / 2)
    inside = shapely.contains_xy(shape, x, y)
    points = np.stack([x[inside], y[inside]], axis=1)
    on_grid = np.exp(-2j * np.pi * points @ WAVES.T).sum(0) * step**2
    assert Edges.of(array(shape)).transform(WAVES)[0] == pytest.approx(on_grid, abs=2e-3 * shape.area)


def test_the_transform_of_a_square_is_a_product_of_sinc():
    square = shapely.box(-0.5, -0.5, 0.5, 0.5)
    expected = np.sinc(WAVES[:, 0]) * np.sinc(WAVES[:, 1])
    assert Edges.of(array(square)).transform(WAVES)[0] == pytest.approx(expected, abs=1e-12)


def test_the_transform_of_lines_and_points_is_their_sum():
    line = shapely.LineString([(0, 0), (3, 1), (2, 2)])
    on_line = np.array([(p.x, p.y) for p in line.interpolate((np.arange(20_000) + 0.5) / 20_000, normalized=True)])
    points = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, -1.0]])
    both = Edges.of(array(line, shapely.MultiPoint(points))).transform(WAVES)
    assert both[0] == pytest.approx(line.length * np.exp(-2j * np.pi * on_line @ WAVES.T).mean(0), abs=1e-6)
    assert both[1] == pytest.approx(np.exp(-2j * np.pi * points @ WAVES.T).sum(0), abs=1e-12)


@pytest.mark.parametrize(("p", "q"), [(0, 0), (1, 0), *MOMENTS])
def test_moments_are_the_integrals(p, q):
    # ∫∫ over a triangle by a fine barycentric grid
    triangle = np.array([[0.2, 0.1], [2.0, 0.4], [0.9, 1.7]])
    k = 600
    i, j = (v[np.add.outer(range(k), range(k)) < k] for v in np.mgrid[:k, :k])
    u, v = (i + 1 / 3) / k, (j + 1 / 3) / k
    x, y = (triangle[0, c] + u * (triangle[1] - triangle[0])[c] + v * (triangle[2] - triangle[0])[c] for c in (0, 1))
    area = shapely.Polygon(triangle).area
    assert Edges.of(array(shapely.Polygon(triangle))).moments((p, q))[0, 0] == pytest.approx(
        (x**p * y**q).mean() * area, rel=5e-3
    )


@st.composite
def archipelagos(draw):
    """One to four such polygons side by side, as a polygon or a multipolygon, some of them with two holes."""
    parts, east = [], 0.0
    for _ in range(draw(st.integers(1, 4))):
        part = draw(stars())
        if draw(st.booleans()):
            centre = shapely.get_coordinates(part.exterior)[:-1].mean(axis=0)
            holes = [shapely.Point(centre + at).buffer(0.1, quad_segs=2).exterior for at in ((-0.2, 0), (0.2, 0.1))]
            whole = shapely.Polygon(part.exterior)
            part = shapely.Polygon(part.exterior, [h for h in holes if whole.contains_properly(shapely.Polygon(h))])
        west, south, *_ = part.bounds
        parts.append(affinity.translate(part, east - west, -south))
        east += part.bounds[2] - west + draw(st.floats(0.01, 2))
    whole = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    centre = draw(st.floats(-150, 110)), draw(st.floats(-60, 50))
    return affinity.translate(whole, *centre)


def same_features(one, other):
    return np.abs(shape_features([one]) - shape_features([other])).max() < 1e-6


def rings_changed(shape, change):
    """The same shape, every ring's vertices [n, 2], without the last that closes it, changed."""
    polygons = [
        shapely.Polygon(
            *(lambda shell, *holes: (shell, holes))(*(change(shapely.get_coordinates(r)[:-1]) for r in rings))
        )
        for rings in (shapely.get_rings(part) for part in shapely.get_parts(shape))
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


@given(archipelagos(), st.floats(0.01, 1))
@settings(max_examples=60)
def test_added_vertices_change_nothing(shape, most):
    assert same_features(shapely.segmentize(shape, most), shape)


@given(archipelagos(), st.integers(0, 50))
@settings(max_examples=60)
def test_the_starting_vertex_changes_nothing(shape, start):
    assert same_features(rings_changed(shape, lambda ring: np.roll(ring, start, axis=0)), shape)


@given(archipelagos())
@settings(max_examples=60)
def test_the_direction_of_rings_changes_nothing(shape):
    assert same_features(rings_changed(shape, lambda ring: ring[::-1]), shape)


@pytest.mark.parametrize("corners", [5, 9, 15])
@pytest.mark.parametrize("turn", [0, 0.1, 0.5])
def test_nor_does_it_where_nothing_but_rounding_tells_north_from_south(corners, turn):
    angles = 2 * np.pi * np.arange(corners) / corners + turn
    shape = shapely.Polygon(np.stack([1 + np.cos(angles), 1 + np.sin(angles)], axis=1))
    assert same_features(shapely.reverse(shape), shape)


@given(archipelagos(), st.randoms())
@settings(max_examples=60)
def test_the_order_of_parts_and_holes_changes_nothing(shape, random):
    parts = [
        shapely.Polygon(p.exterior, random.sample(list(p.interiors), len(p.interiors))) for p in simple_parts(shape)
    ]
    random.shuffle(parts)
    assert same_features(shapely.MultiPolygon(parts), shape)


@given(st.lists(archipelagos(), min_size=1, max_size=5), st.randoms())
@settings(max_examples=30)
def test_a_batch_gives_what_each_alone_gives(shapes, random):
    mixed = [*shapes, shapely.Point(3, 4), shapely.LineString([(0, 0), (1, 2)])]
    random.shuffle(mixed)
    together = shape_features(mixed)
    for row, shape in zip(together, mixed, strict=True):
        assert np.abs(row - shape_features([shape])[0]).max() < 1e-9


@given(archipelagos())
@settings(max_examples=60)
def test_a_hole_is_what_it_takes_away(shape):
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(shape) for ring in part.interiors]
    filled = [shapely.Polygon(part.exterior) for part in shapely.get_parts(shape)]
    wave = lambda some: Edges.of(array(*some)).transform(WAVES / 10).sum(axis=0)  # noqa: E731
    assert wave([shape]) == pytest.approx(wave(filled) - (wave(holes) if holes else 0), abs=1e-9 * shape.area + 1e-10)


@given(archipelagos())
@settings(max_examples=60)
def test_the_support_is_that_of_the_hull(shape):
    hull = shapely.get_coordinates(shape.convex_hull)
    assert Edges.of(array(shape)).support()[0] == pytest.approx((hull @ DIRECTIONS.T).max(axis=0), abs=1e-9)


def test_an_edge_costs_the_same_however_many_there_are():
    """Of a shape with k times the vertices, k times the edges are taken, in pieces that do not grow."""
    for n in (1_000, 100_000):
        t = np.linspace(0, 2 * np.pi, n, endpoint=False)
        edges = Edges.of(array(shapely.Polygon(np.stack([np.cos(t), np.sin(t)], axis=1))))
        assert len(edges.row) == n
        assert max(len(piece.row) for piece in edges.pieces()) <= PIECE
        assert sum(len(piece.row) for piece in edges.pieces()) == n


@given(stars(), st.floats(0, 360), st.floats(0.1, 3))
@settings(max_examples=60, deadline=None)
def test_ring_power_does_not_turn_or_grow_with_the_shape(shape, degrees, factor):
    flat = affinity.translate(shape, -shape.centroid.x, -shape.centroid.y)
    turned = affinity.scale(affinity.rotate(flat, degrees, origin=(0, 0)), factor, factor, origin=(0, 0))
    one, other = shape_features([flat, turned])[:, -len(RINGS) :]
    assert one == pytest.approx(
        other, abs=2e-2
    )  # the frame may jump to the other half turn; the sampled ring then errs


def test_a_turned_shape_has_the_same_canonical_transform():
    flat = affinity.translate(TWO, -TWO.centroid.x, -TWO.centroid.y)
    turned = affinity.rotate(flat, 123, origin=(0, 0))
    frames = Frame.of(Edges.of(array(flat, turned)), np.zeros((2, 2)))
    one, other = frames.edges.transform(CANONICAL)
    assert one == pytest.approx(other, abs=1e-9)


def test_size_on_the_ellipsoid_agrees_with_geodesics():
    shape = shapely.segmentize(affinity.translate(TWO, 10, 45), 0.01)
    area, length = Edges.of(array(shape)).on_ellipsoid()
    geod = Geod(ellps="WGS84")
    assert area[0] == pytest.approx(geod.geometry_area_perimeter(shapely.orient_polygons(shape))[0], rel=1e-6)
    assert length[0] == pytest.approx(geod.geometry_length(shape.boundary), rel=1e-6)


def test_the_antimeridian_is_no_edge_of_a_shape():
    here, there = (
        Place(geometry=affinity.translate(TWO, 20, 5)),
        Place(geometry=run_over(affinity.translate(TWO, 178, 5))),
    )
    assert there.geometry.bounds[0] == -180
    one, other = shape_features([here.geometry, there.geometry])
    assert one[POSITION:] == pytest.approx(other[POSITION:], abs=1e-5)


def run_over(shape):
    return shapely.transform(shape, lambda c: np.column_stack([(c[:, 0] + 180) % 360 - 180, c[:, 1]]))


@pytest.mark.slow
def test_a_million_vertices():
    def coast(n):
        t = np.linspace(0, 2 * np.pi, n, endpoint=False)
        reach = 5 + 0.5 * np.sin(40 * t)
        return shapely.Polygon(np.stack([reach * np.cos(t), reach * np.sin(t)], axis=1))

    encoder, place = PlaceEncoder(dim=8), Place(geometry=coast(1_000_000))
    features = encoder.featurize([place])["shape"]
    assert place.area == pytest.approx(np.pi * 25.125 * 111.0e3**2, rel=0.01)
    few = encoder.featurize([Place(geometry=coast(100_000))])["shape"]
    assert features == pytest.approx(few, abs=1e-4)


def test_harmonics_are_orthonormal_on_the_sphere():
    z, weight = np.polynomial.legendre.leggauss(24)
    lon = np.arange(48) * 7.5 - 180
    grid = np.array([(x, y) for y in np.degrees(np.arcsin(z)) for x in lon])
    y = harmonics(grid)
    gram = y.T @ (y * np.repeat(weight / 2, 48)[:, None] / 48)
    assert np.abs(gram - np.eye(441)).max() < 1e-12


def test_the_first_harmonics_are_the_unit_vector():
    where = np.array([[12.0, 50.0], [-170.0, -3.0], [0.0, 90.0]])
    assert harmonics(where, 1)[:, 1:] == pytest.approx(np.sqrt(3) * unit_vectors(where)[:, [1, 2, 0]])


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-180, 180))
def test_points_have_no_seam_and_no_pole(lat, a, b):
    seam = point_features([[180.0, lat], [-180.0, lat]])
    assert np.abs(seam[0] - seam[1]).max() < 1e-9
    pole = point_features([[a, 90.0], [b, 90.0]])
    assert np.abs(pole[0] - pole[1]).max() < 1e-9


def test_featurize_is_pure_finite_and_of_unit_size():
    rng = np.random.default_rng(0)
    shapes = [
        shapely.Point(rng.uniform(-180, 180), rng.uniform(-90, 90)).buffer(rng.uniform(1e-4, 5)) for _ in range(50)
    ]
    odd = [
        Place("no geometry"),
        Place(geometry=(0, 90)),
        Place(geometry="LINESTRING (0 0, 0 1)"),
        Place(geometry="MULTIPOINT ((1 1), (2 2))"),
        Place(geometry=shapely.box(-180, -90, 180, 90)),
        Place("long " * 100, (1, 1), elevation=8848, area_km2=17e6, tags={f"k{i}": "v" for i in range(99)}),
    ]
    places = odd + [Place(geometry=s.intersection(shapely.box(-180, -90, 180, 90))) for s in shapes]
    encoder = PlaceEncoder()
    together = encoder.featurize(places)
    assert {k: tuple(v.shape[1:]) for k, v in together.items()} == {
        "point": (POINT,),
        "shape": (SHAPE,),
        "facts": (7,),
        "counts": (128,),
        "tags": (24,),
        "name": (40,),
    }
    for key, rows in together.items():
        assert torch.isfinite(rows).all(), key
        if rows.is_floating_point():
            assert rows.abs().max() < 25, key
        for i in (0, 3, 20):
            torch.testing.assert_close(encoder.featurize([places[i]])[key][0], rows[i], atol=1e-5, rtol=0)
    assert all(len(rows) == 0 for rows in encoder.featurize([]).values())


def test_forward_gives_two_vectors_each_and_is_trainable():
    encoder = PlaceEncoder(dim=32)
    places = [Place("Paris", (2.35, 48.85)), Place(geometry=shapely.box(0, 0, 1, 1)), Place("nowhere")]
    out = encoder(encoder.featurize(places), encoder.no_children(3))
    assert out.shape == (3, 2, 32)
    out.square().sum().backward()
    assert all(p.grad is not None for name, p in encoder.named_parameters() if not name.startswith("fuse"))
    assert sum(p.numel() for p in PlaceEncoder().parameters()) < 1.5e6


@pytest.mark.parametrize("task", [Distance(), Direction(), Containment(), Continent()])
def test_tasks_are_answerable_balanced_and_disjoint(task):
    train, test = (task.generate(240, split, seed=1) for split in ("train", "test"))
    assert train == task.generate(240, "train", seed=1)
    assert not {e.key for x in train for e in x.entities} & {e.key for x in test for e in x.entities}
    for example in train + test:
        assert example.answer in example.choices
    for choice in train[0].choices:
        share = sum(x.answer == choice for x in train) / len(train)
        assert share == pytest.approx(1 / len(train[0].choices), abs=0.1)


def test_answers_of_tasks_are_true():
    for x in Containment().generate(50, "train", 2):
        area, point = x.entities
        assert (x.answer == " yes") == area.geometry.contains(point.geometry)
    for x in Distance().generate(50, "train", 2):
        km = x.entities[0].distance(x.entities[1]) / 1000
        assert x.answer == (" near" if km < 750 else " far" if km > 4900 else " medium")
    for x in Direction().generate(50, "train", 2):
        bearing = x.entities[0].bearing(x.entities[1])
        assert x.answer == (" north", " east", " south", " west")[round(bearing / 90) % 4]


def test_stars_are_places_of_their_own():
    import random

    rng = random.Random(0)
    assert len({star(rng).key for _ in range(50)}) == 50


@pytest.fixture(scope="module")
def countries(real_data):
    path = real_data / "countries" / "countries.geo.json"
    if not path.exists():
        pytest.skip(f"no country outlines at {path}")
    return {f["properties"]["name"]: f for f in json.loads(path.read_text("utf-8"))["features"]}


def test_country_outlines(countries):
    places = {name: Place(name, feature) for name, feature in countries.items()}
    areas = {"France": 551, "Brazil": 8_515, "Russia": 17_098, "Fiji": 18.3, "Lesotho": 30.4}  # 1000 km², as published
    for name, area in areas.items():
        assert places[name].area / 1e9 == pytest.approx(area, rel=0.1), name
    assert places["Lesotho"].geometry.within(shapely.box(*places["South Africa"].geometry.bounds))
    assert torch.isfinite(PlaceEncoder(dim=8).featurize(list(places.values()))["shape"]).all()


@pytest.mark.parametrize("name", ["Russia", "Fiji"])
def test_countries_over_the_antimeridian_are_whole(countries, name):
    """Moved to where no seam is, the same country has the same area, size and form."""
    place = Place(name, countries[name])
    assert place.geometry.bounds[0] == -180
    (whole,) = one_piece([place.geometry])[0]
    west, _, east, _ = whole.bounds
    assert east - west < 180
    away = Place(geometry=affinity.translate(whole, -(west + east) / 2))
    assert place.area == pytest.approx(away.area, rel=1e-3)
    here, there = shape_features([place.geometry, away.geometry])
    assert here[POSITION:] == pytest.approx(there[POSITION:], abs=1e-4)
    assert abs(place.point.x) <= 180
    assert place.geometry.covers(place.point)
