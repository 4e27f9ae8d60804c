"""A small map of a place as SVG: its outline or point, what lies around it, names, a scale and the source."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import shapely
from shapely import Geometry, affinity

from omnimodal.encoders.place.geometry import contiguous

WIDTH, HEIGHT, MARGIN = 720, 480, 24
LETTER = 6.2  # pixels that a letter takes at the font size of a label, about
# What is drawn in which colours, (fill, line, width), by the key or the class of a record; the first that fits.
STYLES: tuple[tuple[tuple[str, ...], tuple[str, str, float]], ...] = (
    (("natural=water", "natural=bay", "waterway", "water"), ("#a9cfe8", "#6ea6cf", 1.2)),
    (("natural=wood", "landuse=forest", "natural", "leisure", "landuse"), ("#cfe3c0", "#b2cf9d", 0.6)),
    (("boundary", "place"), ("none", "#a48cb5", 1.0)),
    (("railway", "route"), ("none", "#77797d", 1.0)),
    (("highway",), ("none", "#d9b98c", 1.4)),
    (("building", "amenity", "shop", "tourism", "office", "historic"), ("#d9cdc3", "#b3a495", 0.8)),
)
OTHER = ("#e2e2e2", "#9a9a9a", 0.8)
GROUND, CHOSEN = (
    ("#d4584a2a", "none", 0.0),
    ("none", "#b8352a", 2.2),
)  # an area under what lies in it, its border over that
SMALLEST = 8  # pixels that a line or area takes, or it is not drawn
CLOSE, NOTABLE = 5, 0.25  # metres in a pixel below which all points are drawn; the weight from which they always are
SCALES = [m * 10**e for e in range(0, 8) for m in (1, 2, 5)]


@dataclass(frozen=True)
class Shape:
    """Something to draw: its geometry in WGS84, its class, the name beside it, and how much that name matters."""

    geometry: Geometry
    kind: str = ""
    label: str = ""
    weight: float = 0.0


class View:
    """From degrees to pixels around a place: equirectangular, true to scale in the middle of the picture."""

    def __init__(self, box: Sequence[float]):
        west, south, east, north = box
        self.middle = (west + east) / 2, (south + north) / 2
        self.narrow = max(math.cos(math.radians(self.middle[1])), 1e-3)
        wide, high = max((east - west) * self.narrow, 1e-5), max(north - south, 1e-5)
        self.pixels = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)  # a degree of latitude
        half = WIDTH / 2 / self.pixels / self.narrow, HEIGHT / 2 / self.pixels
        (x, y), (w, h) = self.middle, half
        self.frame = shapely.box(x - w, y - h, x + w, y + h)

    def __call__(self, geometry: Geometry) -> Geometry:
        """What of a geometry is in the frame, in pixels, without what no eye could see."""
        lon, lat = self.middle
        scale = np.array([self.narrow * self.pixels, -self.pixels])
        whole = shapely.make_valid(geometry)
        turns = [t for t in (-360, 0, 360) if shapely.intersects(self.frame, shapely.box(t - 180, -90, t + 180, 90))]
        clipped = [shapely.intersection(affinity.translate(whole, t), self.frame) for t in turns]
        placed = shapely.transform(
            shapely.union_all(clipped), lambda xy: (xy - (lon, lat)) * scale + (WIDTH / 2, HEIGHT / 2)
        )
        return shapely.simplify(placed, 0.3)

    def shows(self, shape: Shape) -> bool:
        """Whether a shape is large enough to be seen; points are, where the picture is small or they matter."""
        west, south, east, north = shape.geometry.bounds
        if west == east and south == north:
            return self.metres < CLOSE or shape.weight > NOTABLE
        return max((east - west) * self.narrow, north - south) * self.pixels > SMALLEST

    @property
    def metres(self) -> float:
        """Metres in a pixel, in the middle of the picture; a degree of latitude has 111,195 m on the mean sphere."""
        return 111_195 / self.pixels


def draw(chosen: Shape, around: Iterable[Shape], sources: Sequence[str] = ()) -> str:
    """The map of a place among others as an SVG document of WIDTH × HEIGHT pixels, `sources` named in its corner."""
    view = View(_box(chosen.geometry))
    seen = [shape for shape in around if view.shows(shape)]
    areas_first = sorted(seen, key=lambda s: (-shapely.get_dimensions(s.geometry), -shapely.area(s.geometry)))
    ground = [_drawn(view(chosen.geometry), GROUND)] if shapely.get_dimensions(chosen.geometry) == 2 else []
    parts = ground + [_drawn(view(shape.geometry), _style(shape.kind)) for shape in areas_first]
    parts.append(_drawn(view(chosen.geometry), CHOSEN))
    parts += _labels(view, [chosen, *sorted(seen, key=lambda shape: -shape.weight)])
    parts.append(_scale(view.metres))
    if sources:
        parts.append(
            f'<text x="{WIDTH - 8}" y="{HEIGHT - 8}" text-anchor="end" class="small">{_text("; ".join(sources))}</text>'
        )
    title = f"<title>{_text(chosen.label or chosen.kind or 'map')}</title>"
    return "\n".join(
        [_HEAD, title, '<rect width="100%" height="100%" fill="#f7f5f0"/>', *filter(None, parts), "</svg>\n"]
    )


def box_around(geometry: Geometry) -> tuple[float, float, float, float]:
    """The box that the map of a geometry shows, in degrees: what is worth asking a store for."""
    return View(_box(geometry)).frame.bounds


_HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">
<style>text{{font:11px system-ui,sans-serif;fill:#333;paint-order:stroke;stroke:#f7f5f0;stroke-width:3px}}
.main{{font-weight:600;font-size:14px}} .small{{font-size:9px;fill:#777}}</style>"""


def _box(geometry: Geometry) -> tuple[float, float, float, float]:
    """The bounds with some room: of a point, about 400 m to each side."""
    west, south, east, north = contiguous(geometry).bounds
    room = max(0.15 * max(east - west, north - south), 0.0036)
    return west - room, south - room, east + room, north + room


def _drawn(geometry: Geometry, style: tuple[str, str, float]) -> str:
    if geometry.is_empty:
        return ""
    fill, line, width = style
    points = [part for part in shapely.get_parts(geometry) if part.geom_type == "Point"]
    spots = [f'<circle cx="{p.x:.1f}" cy="{p.y:.1f}" r="{2 + width:.1f}" fill="{line}"/>' for p in points]
    rings = [_path(part) for part in shapely.get_parts(geometry) if part.geom_type != "Point"]
    path = f'<path d="{"".join(rings)}" fill="{fill}" stroke="{line}" stroke-width="{width}" fill-rule="evenodd"/>'
    if geometry.geom_type.endswith("LineString"):
        path = path.replace(f'fill="{fill}"', 'fill="none"')
    return "".join([path if rings else "", *spots])


def _path(part: Any) -> str:
    lines = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
    close = "Z" if part.geom_type == "Polygon" else ""
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line.coords) + close for line in lines)


def _labels(view: View, shapes: Sequence[Shape]) -> list[str]:
    """The names that fit without covering one another, the chosen place's first, then those that matter most."""
    taken: list[tuple[float, float, float, float]] = []
    parts, said = [], set()
    for number, shape in enumerate(shapes):
        seen = view(shape.geometry)
        if not shape.label or seen.is_empty or shape.label in said:
            continue
        point = shapely.point_on_surface(seen)
        wide, high = LETTER * len(shape.label) * (1.25 if number == 0 else 1), 16
        box = point.x - wide / 2, point.y - high - 4, point.x + wide / 2, point.y - 4
        inside = box[0] > 0 and box[1] > 0 and box[2] < WIDTH and box[3] < HEIGHT - 24
        if number and (not inside or any(_cross(box, other) for other in taken)):
            continue
        taken.append(box)
        said.add(shape.label)
        main = ' class="main"' if number == 0 else ""
        parts.append(
            f'<text x="{point.x:.1f}" y="{point.y - 7:.1f}" text-anchor="middle"{main}>{_text(shape.label)}</text>'
        )
    return parts


def _cross(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale(metres: float) -> str:
    """A bar of a round number of metres, a quarter of the picture wide at most."""
    long = max((m for m in SCALES if m / metres <= WIDTH / 4), default=SCALES[0])
    name = f"{long // 1000:,} km" if long >= 1000 else f"{long} m"
    y = HEIGHT - 12
    bar = f'<path d="M8 {y - 4}V{y}H{8 + long / metres:.1f}V{y - 4}" fill="none" stroke="#555"/>'
    return f'{bar}<text x="12" y="{y - 4}" class="small">{name}</text>'


def _style(kind: str) -> tuple[str, str, float]:
    key = kind.partition("=")[0]
    return next((style for kinds, style in STYLES if kind in kinds or key in kinds), OTHER)


def _text(text: str) -> str:
    """Safe in XML: escaped, and without the control characters that it forbids."""
    return escape("".join(c for c in text if c.isprintable()))
