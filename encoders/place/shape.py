"""What a geometry looks like, in 127 numbers: where it lies and reaches, its size, and its exact Fourier transform.

Everything is a sum over edges, so holes and multipolygons need no triangulation and a whole batch is one array of
edges. Edges are straight in longitude and latitude, which is what GeoJSON means by them; hence a vertex added on an
edge changes nothing. An edge has the vector L and the midpoint m, and the transform at frequency k is (Green's theorem)

    polygons  F(k) = i / (2π|k|²) · Σ (L_y k_x − L_x k_y) · sinc(k·L) · exp(−2πi k·m)      F(0) = area
    lines     F(k) = Σ |L| · sinc(k·L) · exp(−2πi k·m)                                     F(0) = length
    points    F(k) = Σ exp(−2πi k·m)                                                       F(0) = count

with outer rings counter-clockwise, holes clockwise, and sinc(x) = sin(πx)/(πx).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import torch
from numpy.typing import NDArray
from shapely import Geometry

from omnimodal.encoders.place.geometry import Array, contiguous, of_highest_dimension

# Frequencies, in cycles per root-mean-square radius of the shape.
RINGS = np.linspace(0.15, 1.2, 8)
RING_ANGLES = 8  # over a half turn: |F(−k)| = |F(k)|
_turns = np.pi * np.arange(RING_ANGLES) / RING_ANGLES
_ring_k = RINGS[:, None, None] * np.stack([np.cos(_turns), np.sin(_turns)], axis=-1)  # [8, 8, 2]
_grid = [(x, y) for x in range(-2, 4) for y in range(5) if y > 0 or x > 0]
CANONICAL = 0.22 * np.array(sorted(_grid, key=lambda k: (np.hypot(*k), k))[:24], dtype=float)  # [24, 2], a half plane
_gain = 3 * (1 + (2.2 * np.hypot(*CANONICAL.T)) ** 1.5)  # a shape's transform falls as |k|^-1.5

_angles = 2 * np.pi * np.arange(16) / 16
DIRECTIONS = np.stack([np.cos(_angles), np.sin(_angles)], axis=1)  # [16, 2], of the support function

_nodes, _weights = np.polynomial.legendre.leggauss(3)  # exact for polynomials up to degree 5 along an edge
NODES, WEIGHTS = _nodes / 2, _weights / 2
CHUNK = 1 << 11  # edges transformed at once, and
PIECE = 1 << 15  # edges integrated over at once, which bounds the memory that a huge polygon needs
EQUATOR, ECCENTRICITY2 = 6_378_137.0, 0.00669437999014  # of WGS84, metres


@dataclass(frozen=True)
class Edges:
    """The edges of n geometries in one array: a → b [e, 2], the row each belongs to [e] ascending, dimension [n].

    Points are edges of no length.
    """

    a: Array
    b: Array
    row: NDArray[np.int64]
    dimension: NDArray[np.int64]

    @classmethod
    def of(cls, geometries: NDArray[np.object_]) -> Edges:
        """The edges of polygons, lines and points and their multis, each row of one dimension."""
        dimension = shapely.get_dimensions(geometries).astype(np.int64)
        parts, owner = shapely.get_parts(shapely.orient_polygons(geometries), return_index=True)
        area = shapely.get_dimensions(parts) == 2
        rings, ring_part = shapely.get_rings(parts[area], return_index=True)
        lines = np.concatenate([rings, parts[~area]])
        rows = np.concatenate([owner[area][ring_part], owner[~area]])
        xy, line = shapely.get_coordinates(lines, return_index=True)
        joined = np.flatnonzero(line[1:] == line[:-1])
        single = np.flatnonzero(shapely.get_dimensions(lines)[line] == 0)
        start, end = np.concatenate([joined, single]), np.concatenate([joined + 1, single])
        row = rows[line[start]]
        order = np.argsort(row, kind="stable")
        return cls(xy[start[order]], xy[end[order]], row[order], dimension)

    @property
    def vector(self) -> Array:
        return self.b - self.a

    @property
    def middle(self) -> Array:
        return (self.a + self.b) / 2

    def sum(self, values: Array) -> Array:
        """[e] → [n]: the sum over each row's edges."""
        return np.bincount(self.row, values, minlength=len(self.dimension)).astype(float)

    def pieces(self) -> Iterator[Edges]:
        """The same edges, at most PIECE at a time."""
        for at in range(0, len(self.row), PIECE):
            some = slice(at, at + PIECE)
            yield Edges(self.a[some], self.b[some], self.row[some], self.dimension)

    def moved(self, origin: Array, axes: Array) -> Edges:
        """In each row's own frame: subtract `origin` [n, 2], then multiply by `axes` [n or 1, 2, 2]."""
        o, m = origin[self.row], np.broadcast_to(axes, (len(origin), 2, 2))[self.row]
        a, b = (np.einsum("eij,ej->ei", m, v - o) for v in (self.a, self.b))
        return Edges(a, b, self.row, self.dimension)

    def moments(self, *orders: tuple[int, int]) -> Array:
        """[orders, n]: ∫ x^p y^q over the area, along the line, or summed over the points; exact for p + q ≤ 4."""
        return sum((piece._moments(orders) for piece in self.pieces()), np.zeros((len(orders), len(self.dimension))))

    def _moments(self, orders: Sequence[tuple[int, int]]) -> Array:
        l, m, kind = self.vector, self.middle, self.dimension[self.row]
        nodes = m[:, :, None] + l[:, :, None] * NODES  # [e, 2, 3]
        power = [np.ones_like(nodes)]
        for _ in range(5):
            power.append(power[-1] * nodes)
        area = kind == 2
        weight = np.where(area, l[:, 1], np.where(kind == 1, np.hypot(*l.T), 1.0))
        # ∫∫ x^p y^q = ∮ x^(p+1) y^q / (p+1) dy
        raised = [np.where(area[:, None], power[p + 1][:, 0] / (p + 1), power[p][:, 0]) for p in range(5)]
        return np.stack([self.sum((raised[p] * power[q][:, 1]) @ WEIGHTS * weight) for p, q in orders])

    def support(self) -> Array:
        """[n, directions]: how far each row reaches in DIRECTIONS, from the origin of the coordinates."""
        out = np.full((len(self.dimension), len(DIRECTIONS)), -np.inf)
        for piece in self.pieces():
            first = np.flatnonzero(np.diff(piece.row, prepend=-1))
            reach = np.maximum(piece.a @ DIRECTIONS.T, piece.b @ DIRECTIONS.T)
            rows = piece.row[first]
            out[rows] = np.maximum(out[rows], np.maximum.reduceat(reach, first, axis=0))
        return out

    def transform(self, k: Array) -> NDArray[np.complex128]:
        """[n, f]: the Fourier transform of each row at the frequencies k [f, 2], none of them zero."""
        out = np.zeros((len(self.dimension), len(k)), dtype=complex)
        k_across = k[:, ::-1] * (-1, 1) / (2 * np.pi * (k**2).sum(1, keepdims=True))  # L · this = L×k / 2π|k|²
        for at in range(0, len(self.row), CHUNK):
            row, a, b = (values[at : at + CHUNK] for values in (self.row, self.a, self.b))
            l, kind = b - a, self.dimension[row]
            area = (kind == 2)[:, None]
            size = np.where(kind == 1, np.hypot(*l.T), 1.0)[:, None]
            strength = torch.from_numpy((l * area) @ k_across.T + size * ~area)
            phase = torch.from_numpy(-np.pi * (a + b) @ k.T)
            wave = torch.polar(strength * torch.sinc(torch.from_numpy(l @ k.T)), phase).numpy()
            first = np.flatnonzero(np.diff(row, prepend=-1))
            out[row[first]] += np.add.reduceat(wave, first, axis=0)
        out[self.dimension == 2] *= 1j
        return out

    def on_ellipsoid(self) -> tuple[Array, Array]:
        """Area in m² and length in m, each [n], of edges in degrees on WGS84; straight in longitude and latitude.

        Geodesics (`Place.area`, `Place.length`) differ a little on long edges, and would move with added vertices.
        """
        area, length = sum((piece._on_ellipsoid() for piece in self.pieces()), np.zeros((2, len(self.dimension))))
        return area, length

    def _on_ellipsoid(self) -> Array:
        lon, lat = np.radians(self.vector[:, 0]), np.radians(self.vector[:, 1])
        sin = np.sin(np.radians(self.middle[:, 1, None] + self.vector[:, 1, None] * NODES))  # [e, 3]
        e = np.sqrt(ECCENTRICITY2)
        w = 1 - ECCENTRICITY2 * sin**2
        below = EQUATOR**2 * (1 - ECCENTRICITY2) / 2 * (sin / w + np.arctanh(e * sin) / e)  # ∫ area per longitude
        east, north = np.sqrt((1 - sin**2) / w) * lon[:, None], (1 - ECCENTRICITY2) / w**1.5 * lat[:, None]
        area = np.where(self.dimension == 2, -self.sum(below @ WEIGHTS * lon), 0.0)
        return np.stack([area, self.sum(EQUATOR * np.hypot(east, north) @ WEIGHTS)])


@dataclass(frozen=True)
class Frame:
    """Edges in each row's canonical frame, and where that frame lies.

    centroid [n, 2] in degrees; scale [n], the root-mean-square radius in degrees of arc, 0 for a single point; axis
    [n, 2], cosine and sine of twice the major axis's angle, times its anisotropy.
    """

    edges: Edges
    size: Array
    centroid: Array
    scale: Array
    axis: Array

    @classmethod
    def of(cls, edges: Edges, near: Array) -> Frame:
        """Centre, scale to unit root-mean-square radius and turn onto the principal axes; shapes are never mirrored.

        `edges` are in degrees and `near` [n, 2] is a point near each. Of the two half turns the one is taken in which
        the third moments lean to the positive side. A shape without a major axis is left unturned.
        """
        east = np.maximum(np.cos(np.radians(near[:, 1])), 0.01)
        flat = edges.moved(near, _matrix(east, 0, 0, 1))  # plate carrée, true to scale at the middle
        size, *first = flat.moments((0, 0), (1, 0), (0, 1))
        mean = np.stack(first, 1) / size[:, None]
        flat = flat.moved(mean, np.eye(2))
        xx, xy, yy = flat.moments((2, 0), (1, 1), (0, 2)) / size
        scale = np.sqrt(np.maximum(xx + yy, 0))
        scale[scale < 1e-9] = 0.0
        unit = np.where(scale > 0, scale, 1.0)
        double = np.stack([xx - yy, 2 * xy], 1) / unit[:, None] ** 2
        double[np.abs(double) < 1e-9] = 0.0  # rounding is not to tell a major axis to the north from one to the south
        angle = np.where(np.hypot(*double.T) > 1e-6, np.arctan2(double[:, 1], double[:, 0]) / 2, 0.0)
        cos, sin = np.cos(angle) / unit, np.sin(angle) / unit
        turned = flat.moved(np.zeros_like(mean), _matrix(cos, sin, -sin, cos))
        total, xxx, yyy = turned.moments((0, 0), (3, 0), (0, 3))
        sign = np.where(xxx + yyy / 2 < -1e-9 * total, -1.0, 1.0)
        turned = turned.moved(np.zeros_like(mean), _matrix(sign, 0, 0, sign))
        return cls(
            turned, size / unit**edges.dimension, near + mean / np.stack([east, np.ones_like(east)], 1), scale, double
        )


def one_piece(geometries: Sequence[Geometry]) -> tuple[NDArray[np.object_], Edges]:
    """n geometries in one piece each, of one dimension, and their edges."""
    whole = np.empty(len(geometries), dtype=object)
    whole[:] = [contiguous(of_highest_dimension(g)) for g in geometries]
    return whole, Edges.of(whole)


def shape_features(geometries: Sequence[Geometry]) -> Array:
    """n geometries → [n, SHAPE], of about unit size: position, size, form and Fourier transform, see the module."""
    whole, edges = one_piece(geometries)
    if not len(whole):
        return np.zeros((0, SHAPE))
    frame = Frame.of(edges, shapely.get_coordinates(shapely.centroid(whole)))
    area, length = edges.on_ellipsoid()
    one = np.eye(3)[edges.dimension]
    polygon, extended = one[:, 2], (frame.scale > 0)[:, None]
    hull = shapely.area(shapely.convex_hull(whole))
    parts, owner = shapely.get_parts(whole, return_index=True)
    holes = np.bincount(owner, shapely.get_num_interior_rings(parts), minlength=len(whole))

    turns = 2 * np.pi * frame.centroid[:, :, None] / PERIODS  # [n, 2, 4]
    support = edges.support()
    reach = np.maximum(support - frame.centroid @ DIRECTIONS.T, 0)  # from the centroid
    width = reach.mean(1, keepdims=True)
    position = [
        frame.centroid / (180, 90),
        support / 180,
        _rows(np.sin(turns)),
        _rows(np.cos(turns)),
        reach / np.where(width > 1e-9, width, 1.0),
        np.log10(width + 1e-6) / 3,
    ]
    sizes = [
        np.log10(area + 1) / 6 - 1,
        np.log10(length + 1) / 3 - 1,
        np.log10(frame.scale + 1e-6) / 3,
        np.log2(shapely.get_num_geometries(whole)) / 3,
        np.log2(1 + holes) / 3,
        polygon * shapely.area(whole) / np.maximum(hull, 1e-300),
        polygon * 4 * np.pi * area / np.maximum(length, 1e-9) ** 2,
    ]
    moments = frame.edges.moments(*MOMENTS) / frame.size
    wave = frame.edges.transform(np.concatenate([CANONICAL, _ring_k.reshape(-1, 2)])) / frame.size[:, None]
    shown, ring = np.split(wave, [len(CANONICAL)], axis=1)
    power = (np.abs(ring) ** 2).reshape(len(whole), *_ring_k.shape[:2]).mean(-1)
    form = [moments.T, frame.axis, shown.real * _gain, shown.imag * _gain, np.log10(power + 1e-6) + 2]
    return np.concatenate([*position, one, np.stack(sizes, 1), *(extended * f for f in form)], axis=1)


PERIODS = 360.0 / 16.0 ** np.arange(4)  # degrees; the finest tells positions 1 km apart well apart
MOMENTS = ((2, 0), (3, 0), (2, 1), (1, 2), (0, 3), (4, 0), (2, 2), (0, 4))
POSITION = 2 + 2 * len(DIRECTIONS) + 4 * len(PERIODS) + 1
SHAPE = POSITION + 3 + 7 + len(MOMENTS) + 2 + 2 * len(CANONICAL) + len(RINGS)


def _matrix(a: Array | float, b: Array | float, c: Array | float, d: Array | float) -> Array:
    """[n, 2, 2], or [1, 2, 2] of numbers: the matrices ((a, b), (c, d))."""
    return np.stack(np.broadcast_arrays(a, b, c, d), -1).astype(float).reshape(-1, 2, 2)


def _rows(values: Array) -> Array:
    return values.reshape(len(values), -1)
