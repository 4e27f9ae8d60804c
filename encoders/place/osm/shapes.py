"""Geometries → what is measured on them, thousands at a time: representative point, geodesic area and length; repairs.

Areas and lengths are those of geodesics on the WGS84 ellipsoid. Edges of less than SHORT metres (less nearer to the
poles; of areas SHORT_OF_AREAS) are summed in closed form (below). Longer ones of lines, and areas near the poles, are
measured by Karney's method (pyproj); longer ones of areas are cut along their geodesics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from struct import pack
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Array = NDArray[np.float64]
A, F = 6_378_137.0, 1 / 298.257223563  # WGS84: semi-major axis in metres, flattening
E2 = F * (2 - F)
SHORT, SHORT_OF_AREAS = 5_000.0, 1_000.0
POLAR = math.radians(85)  # whose tangent is below 12


def measure(geometries: NDArray[Any]) -> tuple[Array, Array, Array]:
    """n shapely geometries (None where there is none) → points [n, 2] (NaN), areas [n] in m², lengths [n] in m."""
    n = len(geometries)
    dimension = np.where(shapely.is_missing(geometries), -1, shapely.get_dimensions(geometries))
    points, area, length = np.full((n, 2), np.nan), np.zeros(n), np.zeros(n)
    at = np.flatnonzero(dimension >= 0)
    points[at] = _inside(geometries[at])
    at = np.flatnonzero((dimension == 2) & np.isin(shapely.get_type_id(geometries), (3, 6)))
    if len(at):
        area[at] = areas(geometries[at])
    at = np.flatnonzero(dimension == 1)
    if len(at):
        length[at] = lengths(geometries[at])
    return points, area, length


def _inside(geometries: NDArray[Any]) -> Array:
    """[n, 2]: the point itself, the middle of a line, a point inside a polygon."""
    points = shapely.point_on_surface(geometries)
    line = shapely.get_type_id(geometries) == 1
    points[line] = shapely.line_interpolate_point(geometries[line], 0.5, normalized=True)
    empty = shapely.is_empty(points)
    points[empty] = shapely.centroid(geometries[empty])
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def areas(polygons: NDArray[Any]) -> Array:
    """Geodesic areas in m² of n polygons or multipolygons.

    An edge from (λ₁, φ₁) to (λ₂, φ₂) encloses with the equator, to the third order of its length,
    Δλ (S(φ₁) + S(φ₂)) / 2 + a² sin φ (cos² φ Δλ³ + 3 Δφ² Δλ) / 12, where S(φ) is the area of the ellipsoid between
    the equator and φ per radian of longitude; the second term is what lies between a geodesic and its chord.
    """
    _, xy, offsets = shapely.to_ragged_array(polygons)
    ring, polygon = offsets[0], offsets[1]
    lon, lat = np.radians(xy).T
    sine = np.sin(lat)
    zone = _zone(sine)
    start = np.repeat(ring[:-1], np.diff(ring))
    base = zone - zone[start]  # so that small rings lose no digits
    d_lon, d_lat = np.diff(lon), np.diff(lat)
    edge = _under(d_lon, d_lat, (sine[1:] + sine[:-1]) / 2, base[1:] + base[:-1])
    steps = np.hypot(d_lat, d_lon * np.cos(lat[1:])) * A
    edge[ring[1:-1] - 1] = steps[ring[1:-1] - 1] = 0.0  # from one ring to the next is no edge
    long = np.flatnonzero(steps > SHORT_OF_AREAS)
    if len(long):
        edge[long] = _under_long(xy[long], xy[long + 1], zone[start[long]])
    rings = np.abs(np.add.reduceat(np.append(edge, 0.0), ring[:-1]))
    rings[np.setdiff1d(np.arange(len(rings)), polygon[:-1])] *= -1  # holes
    parts = np.add.reduceat(rings, polygon[:-1])
    total = np.add.reduceat(parts, offsets[2][:-1]) if len(offsets) > 2 else parts
    polar = np.abs(lat) > POLAR
    if polar.any():
        of_ring = np.searchsorted(ring, np.flatnonzero(polar), side="right") - 1
        whole = np.searchsorted(polygon, of_ring, side="right") - 1
        whole = np.searchsorted(offsets[2], whole, side="right") - 1 if len(offsets) > 2 else whole
        for i in np.unique(whole):
            total[i] = abs(_geod().geometry_area_perimeter(shapely.orient_polygons(polygons[i]))[0])
    return total


def _under(d_lon: Array, d_lat: Array, middle: Array, zones: Array) -> Array:
    """What edges enclose with the equator: their extents, the mean of the sines of their ends, the sum of their S."""
    bent = A**2 * middle * d_lon * ((1 - middle**2) * d_lon**2 + 3 * d_lat**2) / 12
    return d_lon * zones / 2 + bent


def _under_long(start: Array, end: Array, zone: Array) -> Array:
    """The same of m long edges, [m, 2] to [m, 2] in degrees, cut along their geodesics; `zone` is S to start from."""
    azimuth, _, metres = _geod().inv(*start.T, *end.T)
    points = np.ceil(metres / SHORT_OF_AREAS).astype(int) + 1
    of = np.repeat(np.arange(len(start)), points)
    at = (np.arange(len(of)) - np.repeat(np.cumsum(points) - points, points)) / np.maximum(points[of] - 1, 1)
    lon, lat, _ = _geod().fwd(*start[of].T, azimuth[of], at * metres[of])
    lon, lat = np.radians(lon), np.radians(lat)
    sine = np.sin(lat)
    base = _zone(sine) - zone[of]
    d_lon = np.remainder(np.diff(lon) + math.pi, 2 * math.pi) - math.pi  # across the antimeridian as well
    piece = _under(d_lon, np.diff(lat), (sine[1:] + sine[:-1]) / 2, base[1:] + base[:-1])
    same = of[1:] == of[:-1]
    total: Array = np.bincount(of[1:][same], weights=piece[same], minlength=len(start)).astype(float)
    return total


def _zone(sine: Array) -> Array:
    """Area between the equator and a latitude per radian of longitude, in m² (Snyder 1987, 3-12)."""
    e = math.sqrt(E2)
    return A**2 * (1 - E2) / 2 * (sine / (1 - E2 * sine**2) + np.arctanh(e * sine) / e)


def lengths(lines: NDArray[Any]) -> Array:
    """Geodesic lengths in metres of n lines or multilines."""
    parts, line = lines, np.arange(len(lines))
    while (shapely.get_type_id(parts) > 3).any():  # a collection may hold multilines
        parts, of = shapely.get_parts(parts, return_index=True)
        line = line[of]
    xy, owner = shapely.get_coordinates(parts, return_index=True)
    lon, lat = np.radians(xy).T
    middle = (lat[1:] + lat[:-1]) / 2
    cosine = np.cos(middle)
    w = 1 - E2 * (1 - cosine * cosine)
    east, north = cosine * np.diff(lon), (1 - E2) / w * np.diff(lat)
    steps = A * np.sqrt((east * east + north * north) / w)
    within = owner[1:] == owner[:-1]
    far = np.flatnonzero(within & ((steps > SHORT / 12) | (np.abs(middle) > POLAR)))
    bent = steps[far] * np.maximum(1.0, np.abs(np.tan(middle[far])))  # the farther north, the more a geodesic bends
    far = far[(bent > SHORT) | (np.abs(middle[far]) > POLAR)]
    if len(far):
        steps[far] = _geod().inv(*xy[far].T, *xy[far + 1].T)[2]
    total: Array = np.bincount(line[owner[1:][within]], weights=steps[within], minlength=len(lines)).astype(float)
    return total


def enclosed(lines: Sequence[bytes]) -> list[tuple[bytes | None, bool]]:
    """Closed lines as valid polygons, None where one encloses nothing; and whether it was a polygon as drawn."""
    rings = shapely.from_wkb(list(lines))
    long = np.flatnonzero(shapely.get_num_coordinates(rings) > 3)
    xy, owner = shapely.get_coordinates(rings[long], return_index=True)
    found: list[tuple[bytes | None, bool]] = [(None, False)] * len(rings)
    if len(long):
        polygons = shapely.polygons(shapely.linearrings(xy, indices=owner))
        valid = shapely.is_valid(polygons)
        sound = shapely.multipolygons(polygons[valid], indices=np.arange(valid.sum())) if valid.any() else polygons[:0]
        for at, wkb in zip(long[valid].tolist(), shapely.to_wkb(sound, byte_order=1).tolist(), strict=True):
            found[at] = wkb, True
        for at, polygon in zip(long[~valid].tolist(), polygons[~valid].tolist(), strict=True):
            found[at] = _polygonal(shapely.make_valid(polygon)), False
    return found


def rings_of(lines: Sequence[bytes]) -> bytes | None:
    """Lines that do not join to proper rings as the polygons they enclose, by alternation, if any."""
    return _polygonal(shapely.build_area(shapely.node(shapely.multilinestrings(shapely.from_wkb(list(lines))))))


def _polygonal(geometry: Any) -> bytes | None:
    parts = [part for part in shapely.get_parts(geometry).tolist() if shapely.get_dimensions(part) == 2]
    parts = [polygon for part in parts for polygon in shapely.get_parts(part).tolist()]
    return shapely.to_wkb(shapely.multipolygons(parts), byte_order=1) if parts else None


def collected(lines: Sequence[bytes], points: Sequence[tuple[float, float]]) -> bytes | None:
    """Lines and points, in WKB as osmium gives them, as one geometry; None where there is nothing."""
    lines = [line for line in lines if line[1] == 2]
    parts = [pack("<BIdd", 1, 1, *point) for point in points] + list(lines)
    if len(parts) < 2:
        return parts[0] if parts else None
    kind = 7 if points and lines else 4 if points else 5
    return pack("<BII", 1, kind, len(parts)) + b"".join(parts)


@cache
def _geod() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")
