"""Geometries as people give them, made clean: WGS84 degrees, valid, cut at the antimeridian, in normal form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from omnimodal.errors import InvalidEntityError

Array = NDArray[np.float64]
DECIMALS = 7  # of a degree: about a centimetre
WORLD = (-180, -90, 180, 90)


def to_geometry(value: Any) -> Geometry:
    """A clean geometry from a shapely geometry, WKT, WKB, GeoJSON (mapping or text; a Feature too) or (lon, lat).

    Points, lines, polygons and their multis; of a GeometryCollection all parts are kept. Coordinates are degrees,
    longitude first, in [-180, 180] and [-90, 90], and are rounded to 1e-7°; a third dimension is dropped. Invalid
    polygons are repaired (make_valid), an edge spanning more than 180° of longitude is taken the short way round and
    cut at the antimeridian (RFC 7946, 3.1.9), and the result is in normal form, so that equal shapes are equal
    whatever their starting vertex, direction and order of parts. Raises InvalidEntityError.
    """
    return clean(parse(value), value)


def parse(value: Any) -> BaseGeometry:
    """Any accepted form as a shapely geometry, unchecked. Raises InvalidEntityError."""
    try:
        match value:
            case BaseGeometry():
                return value
            case bytes():
                return shapely.from_wkb(value)
            case str() if value.lstrip().startswith("{"):
                return parse(json.loads(value))
            case str():
                return shapely.from_wkt(value)
            case {"type": "Feature", "geometry": Mapping() as inner}:
                return parse(inner)
            case Mapping():
                return shapely.from_geojson(json.dumps(value))
            case (Real() as lon, Real() as lat):
                return shapely.Point(lon, lat)
    except (ShapelyError, ValueError, TypeError, RecursionError) as error:
        raise _invalid(value, f"cannot be read: {error}") from error
    raise _invalid(value, "is neither shapely, WKT, WKB, GeoJSON nor (lon, lat)")


def clean(geometry: BaseGeometry, value: Any = None) -> Geometry:
    """The geometry checked, repaired and in normal form, see `to_geometry`; `value` is what to name in errors."""
    value = geometry if value is None else value
    xy = shapely.get_coordinates(geometry)
    if not len(xy):
        raise _invalid(value, "is empty")
    if not np.isfinite(xy).all():
        raise _invalid(value, "has a coordinate that is no finite number")
    worst = xy[np.abs(xy / (180, 90)).max(axis=1).argmax()]
    if abs(worst[0]) > 180 or abs(worst[1]) > 90:
        raise _invalid(value, f"has longitude {worst[0]}, latitude {worst[1]}; they end at ±180° and ±90°")
    geometry = shapely.transform(shapely.force_2d(geometry), lambda c: np.round(c, DECIMALS) + 0.0)  # + 0.0: no -0.0
    if geometry.geom_type == "Point":
        return geometry
    parts = [_valid(cut, value) for part in simple_parts(geometry) for cut in _cut(part)]
    whole = collect(parts)
    return shapely.normalize(whole if whole.is_valid else shapely.union_all(parts))  # parts of a multi may overlap


def simple_parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The points, lines and polygons that a geometry consists of; rings are lines; empty parts are left out."""
    parts, todo = [], [geometry]
    while todo:
        part = todo.pop()
        if part.is_empty:
            continue
        if hasattr(part, "geoms"):
            todo.extend(part.geoms)
        else:
            parts.append(shapely.LineString(part) if part.geom_type == "LinearRing" else part)
    return parts


def collect(parts: list[BaseGeometry]) -> Geometry:
    """One geometry of several: a part alone, a multi where all are of one kind, else a collection."""
    flat = [p for part in parts for p in simple_parts(part)]
    if len(flat) == 1:
        return flat[0]
    kinds = {part.geom_type for part in flat}
    make = {"Point": shapely.multipoints, "LineString": shapely.multilinestrings, "Polygon": shapely.multipolygons}
    return make[kinds.pop()](flat) if len(kinds) == 1 else shapely.geometrycollections(flat)


def of_highest_dimension(geometry: BaseGeometry) -> BaseGeometry:
    """The polygons of a collection, else its lines, else its points; other geometries as they are."""
    if geometry.geom_type != "GeometryCollection":
        return geometry
    parts = simple_parts(geometry)
    dimension = max(map(shapely.get_dimensions, parts))
    return collect([part for part in parts if shapely.get_dimensions(part) == dimension])


def contiguous(geometry: BaseGeometry) -> BaseGeometry:
    """A geometry cut at the antimeridian joined again, its longitudes running on beyond ±180° if need be."""
    west, _, east, _ = geometry.bounds
    if east - west <= 180 or len(parts := simple_parts(geometry)) == 1:
        return geometry
    weight = np.array([part.area or part.length or 1.0 for part in parts])
    lon = np.array([part.centroid.x for part in parts])
    middle = np.degrees(np.angle((weight * np.exp(1j * np.radians(lon))).sum()))
    turns = np.round((middle - lon) / 360) * 360
    if not turns.any():
        return geometry
    moved = [_shift(part, turn) for part, turn in zip(parts, turns, strict=True)]
    return shapely.union_all(moved) if shapely.get_dimensions(geometry) == 2 else collect(moved)


def _valid(part: BaseGeometry, value: Any) -> BaseGeometry:
    if part.is_valid:
        return shapely.remove_repeated_points(part)
    repaired = shapely.make_valid(part)
    same = [p for p in simple_parts(repaired) if shapely.get_dimensions(p) == shapely.get_dimensions(part)]
    if not same:
        raise _invalid(value, f"has a {part.geom_type} that cannot be repaired: {shapely.is_valid_reason(part)}")
    return collect(same)


def _cut(part: BaseGeometry) -> list[BaseGeometry]:
    """A simple part as parts within [-180, 180]: edges of more than 180° go the short way round."""
    west, _, east, _ = part.bounds
    if east - west <= 180 or not _jumps(xy := shapely.get_coordinates(part)).any():
        return [part]
    if part.geom_type == "LineString":
        run: BaseGeometry = shapely.LineString(_unwrap(xy))
    else:
        rings = [_ring(shapely.get_coordinates(r), hole=i > 0) for i, r in enumerate(shapely.get_rings(part))]
        shell, *holes = rings
        middle = shell[:, 0].mean()
        holes = [h - (np.round((h[:, 0].mean() - middle) / 360) * 360, 0) for h in holes]
        run = shapely.make_valid(shapely.Polygon(shell, holes))
    west, _, east, _ = run.bounds
    cuts = []
    for turn in range(round(west / 360), round(east / 360) + 1):
        inside = shapely.intersection(_shift(run, -360 * turn), shapely.box(*WORLD))
        dimension = shapely.get_dimensions(part)
        pieces = [p for p in simple_parts(inside) if shapely.get_dimensions(p) == dimension]
        cuts += [shapely.transform(p, lambda c: np.round(c, DECIMALS) + 0.0) for p in pieces]
    return cuts


def _jumps(xy: Array) -> Array:
    """The turns to add along a line so that no edge spans more than 180°; edges from -180 to 180 are cut already."""
    step = np.diff(xy[:, 0])
    return np.where((np.abs(step) > 180) & (np.abs(step) < 360), -360 * np.sign(step), 0.0)


def _unwrap(xy: Array) -> Array:
    turns = np.concatenate([[0.0], np.cumsum(_jumps(xy))])
    return np.column_stack([xy[:, 0] + turns, xy[:, 1]])


def _ring(xy: Array, hole: bool) -> Array:
    """An unwrapped ring; one that goes round a pole is closed through the nearer pole."""
    run = _unwrap(xy)
    if run[-1, 0] == run[0, 0] or hole:
        return run
    pole = 90.0 if run[:, 1].mean() > 0 else -90.0
    return np.concatenate([run, [[run[-1, 0], pole], [run[0, 0], pole], run[0]]])


def _shift(part: BaseGeometry, degrees: float) -> BaseGeometry:
    return shapely.transform(part, lambda c: c + np.array([degrees, 0.0]))


def _invalid(value: Any, what: str) -> InvalidEntityError:
    shown = value.hex() if isinstance(value, bytes) else str(value)
    return InvalidEntityError(f"geometry {shown[:80] + '…' * (len(shown) > 80)!r} {what}", encoder="place")
