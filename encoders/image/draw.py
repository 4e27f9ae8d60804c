"""Pictures that the project draws: shapes, digits, clock faces and maps, each with what it shows.

Every function takes a `random.Random` and the attributes to show, and returns an RGB picture of 64 × 64 pixels; the
rest (place, size, turn, shade, background) is drawn by chance. Drawn at twice the size and halved, for soft edges.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache
from typing import Any

from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

Picture = Pictures.Image
Point = tuple[float, float]
Colour = tuple[int, int, int]

SIZE = 64
CANVAS = 2 * SIZE
COUNTS = ("one", "two", "three", "four", "five", "six")
HOURS = (*COUNTS, "seven", "eight", "nine", "ten", "eleven", "twelve")
DIGITS = tuple("0123456789")
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")
COLOURS: dict[str, Colour] = {
    "red": (215, 35, 40),
    "orange": (250, 140, 20),
    "yellow": (245, 220, 40),
    "green": (40, 160, 65),
    "blue": (40, 90, 215),
    "purple": (125, 45, 165),
    "pink": (250, 150, 190),
    "brown": (120, 75, 35),
}


def _ring(n: int, radius: Callable[[int], float]) -> list[Point]:
    """n points around the origin, the first straight up, y downwards."""
    return [(radius(i) * math.sin(2 * math.pi * i / n), -radius(i) * math.cos(2 * math.pi * i / n)) for i in range(n)]


def _heart(n: int = 24) -> list[Point]:
    turns = [2 * math.pi * i / n for i in range(n)]
    return [
        (math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16)
        for t in turns
    ]


# Outlines within the unit circle. A ring is a circle with a hole, see `shapes`.
OUTLINES: dict[str, list[Point]] = {
    "circle": _ring(24, lambda i: 1.0),
    "ring": _ring(24, lambda i: 1.0),
    "square": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
    "triangle": _ring(3, lambda i: 1.0),
    "star": _ring(10, lambda i: 0.42 if i % 2 else 1.0),
    "cross": [(x * s, y * t) for x, y, s, t in (
        (0.3, 1, -1, -1), (0.3, 1, 1, -1), (0.3, 0.3, 1, -1), (1, 0.3, 1, -1), (1, 0.3, 1, 1), (0.3, 0.3, 1, 1),
        (0.3, 1, 1, 1), (0.3, 1, -1, 1), (0.3, 0.3, -1, 1), (1, 0.3, -1, 1), (1, 0.3, -1, -1), (0.3, 0.3, -1, -1),
    )],
    "heart": _heart(),
    "arrow": [(0, -1), (0.75, -0.1), (0.28, -0.1), (0.28, 1), (-0.28, 1), (-0.28, -0.1), (-0.75, -0.1)],
}  # fmt: skip
SHAPES = tuple(OUTLINES)


def shapes(rng: random.Random, *, shape: str, colour: str, count: str) -> Picture:
    """`count` equal shapes of one colour, apart from each other."""
    ground = _ground(rng)
    picture, pen = _canvas(ground)
    fill = _shade(rng, COLOURS[colour])
    for x, y, radius in _places(rng, 1 + COUNTS.index(count)):
        turn = math.radians(rng.uniform(-30, 30))
        pen.polygon(_moved(OUTLINES[shape], x, y, radius, turn), fill=fill)
        if shape == "ring":
            pen.polygon(_moved(OUTLINES["circle"], x, y, 0.55 * radius, 0), fill=ground)
    return picture.reduce(2)


def digit(rng: random.Random, *, digit: str, corner: str) -> Picture:
    """One digit of any colour in a corner of the picture."""
    picture, _ = _canvas(_ground(rng))
    size = rng.randrange(44, 84, 4)
    stencil = Pictures.new("L", (size, size))
    ImageDraw.Draw(stencil).text((size / 2, size / 2), digit, fill=255, font=_font(size), anchor="mm")
    stencil = stencil.rotate(rng.uniform(-15, 15), Pictures.Resampling.BILINEAR)
    vertical, horizontal = corner.split("-")
    across, down = rng.uniform(0.2, 0.45), rng.uniform(0.2, 0.45)
    x = CANVAS * (across if horizontal == "left" else 1 - across) - size / 2
    y = CANVAS * (down if vertical == "top" else 1 - down) - size / 2
    place = tuple(round(min(max(v, 0), CANVAS - size)) for v in (x, y))
    picture.paste(_shade(rng, rng.choice(list(COLOURS.values()))), (place[0], place[1]), stencil)
    return picture.reduce(2)


def clock(rng: random.Random, *, hour: str) -> Picture:
    """A clock face at a quarter of an hour past `hour`; its hour hand stands between two hours, as it does."""
    ground = _ground(rng)
    picture, pen = _canvas(ground)
    radius = rng.uniform(44, 60)
    x, y = (rng.uniform(radius + 2, CANVAS - radius - 2) for _ in range(2))
    ink, face = (COLOURS["brown"], (250, 250, 245)) if rng.random() < 0.5 else ((25, 25, 30), (225, 230, 240))
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=face, outline=ink, width=4)
    for tick in range(12):
        inner = 0.72 if tick % 3 == 0 else 0.82
        pen.line((*_hand(x, y, inner * radius, tick / 12), *_hand(x, y, 0.9 * radius, tick / 12)), fill=ink, width=3)
    minute = rng.choice((0, 15, 30, 45))
    pen.line((x, y, *_hand(x, y, 0.8 * radius, minute / 60)), fill=ink, width=3)
    pen.line((x, y, *_hand(x, y, 0.5 * radius, (1 + HOURS.index(hour) + minute / 60) / 12)), fill=ink, width=8)
    return picture.reduce(2)


def country(rng: random.Random, *, regions: str) -> Picture:
    """A map: an island cut into polygons, each in its own tint, with its borders and a letter."""
    picture, pen = _canvas(_shade(rng, (150, 195, 225)))
    island = _moved(_ring(11, lambda i: rng.uniform(0.8, 1.05)), CANVAS / 2, CANVAS / 2, 0.45 * CANVAS, 0)
    pieces = [island]
    while len(pieces) <= COUNTS.index(regions):
        pieces.sort(key=_area)
        pieces += _cut(pieces.pop(), rng.uniform(0, math.pi))
    for tint, piece in zip(rng.sample(list(COLOURS.values()), len(pieces)), pieces, strict=True):
        pen.polygon(piece, fill=_shade(rng, tint), outline=(60, 60, 60), width=2)
        pen.text(_middle(piece), rng.choice("ABCDEFGHKLMNPRSTUVXYZ"), fill=(20, 20, 20), font=_font(16), anchor="mm")
    return picture.reduce(2)


# What a picture can be asked: its kind, and the values of the attribute.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "shape": SHAPES,
    "colour": tuple(COLOURS),
    "count": COUNTS,
    "digit": DIGITS,
    "corner": CORNERS,
    "hour": HOURS,
    "regions": COUNTS,
}
KINDS: dict[Callable[..., Picture], tuple[str, ...]] = {
    shapes: ("shape", "colour", "count"),
    digit: ("digit", "corner"),
    clock: ("hour",),
    country: ("regions",),
}


def any_picture(rng: random.Random, weights: tuple[float, ...] = (4, 2, 3, 1)) -> tuple[Picture, dict[str, str]]:
    """A picture of a kind drawn by chance with `weights`, and what it shows: {attribute: value}."""
    (kind,) = rng.choices(list(KINDS), weights)
    shown = {name: rng.choice(ATTRIBUTES[name]) for name in KINDS[kind]}
    return kind(rng, **shown), shown


def _canvas(ground: Colour) -> tuple[Picture, Any]:
    picture = Pictures.new("RGB", (CANVAS, CANVAS), ground)
    return picture, ImageDraw.Draw(picture)


def _ground(rng: random.Random) -> Colour:
    """A background: pale or dark grey with a faint tint."""
    grey = rng.choice((250, 225, 195, 60, 30))
    return _shade(rng, (grey, grey, grey), 8)


def _shade(rng: random.Random, colour: Colour, spread: int = 14) -> Colour:
    r, g, b = (min(max(c + rng.randint(-spread, spread), 0), 255) for c in colour)
    return r, g, b


def _places(rng: random.Random, count: int) -> list[tuple[float, float, float]]:
    """`count` circles (x, y, radius) that do not touch: one at large, or several in cells of a 3 × 3 grid."""
    if count == 1:
        radius = rng.uniform(14, 44)
        return [(rng.uniform(radius, CANVAS - radius), rng.uniform(radius, CANVAS - radius), radius)]
    cell = CANVAS / 3
    radius = rng.uniform(0.3, 0.45) * cell
    slack = cell / 2 - radius
    return [
        (cell * (i % 3 + 0.5) + rng.uniform(-slack, slack), cell * (i // 3 + 0.5) + rng.uniform(-slack, slack), radius)
        for i in rng.sample(range(9), count)
    ]


def _moved(points: list[Point], x: float, y: float, scale: float, turn: float) -> list[Point]:
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    return [(x + c * u - s * v, y + s * u + c * v) for u, v in points]


def _hand(x: float, y: float, length: float, turn: float) -> Point:
    """The end of a hand from (x, y), `turn` of a full turn clockwise from noon."""
    return x + length * math.sin(2 * math.pi * turn), y - length * math.cos(2 * math.pi * turn)


def _middle(piece: list[Point]) -> Point:
    return sum(x for x, _ in piece) / len(piece), sum(y for _, y in piece) / len(piece)


def _area(piece: list[Point]) -> float:
    pairs = zip(piece, piece[1:] + piece[:1], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _cut(piece: list[Point], turn: float) -> list[list[Point]]:
    """A nearly convex polygon in two, by a line through its middle."""
    (mx, my), normal = _middle(piece), (math.sin(turn), math.cos(turn))
    sides: tuple[list[Point], list[Point]] = ([], [])
    for (x0, y0), (x1, y1) in zip(piece, piece[1:] + piece[:1], strict=True):
        a, b = ((x - mx) * normal[0] + (y - my) * normal[1] for x, y in ((x0, y0), (x1, y1)))
        sides[a < 0].append((x0, y0))
        if (a < 0) != (b < 0):
            crossing = (x0 + (x1 - x0) * a / (a - b), y0 + (y1 - y0) * a / (a - b))
            sides[0].append(crossing)
            sides[1].append(crossing)
    return [*sides]


@cache
def _font(size: int) -> Any:
    return ImageFont.load_default(size)
