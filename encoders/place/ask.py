"""The commands `omnimodal places ask …` and `omnimodal places show`: questions to a store, answered as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from omnimodal.encoders.place.atlas import Atlas
    from omnimodal.store import Near, Record

ask = typer.Typer(no_args_is_help=True, help="Ask a store of places a question; each answer is a table.")

Store = Annotated[
    str, typer.Option("--store", envvar="OMNIMODAL_PLACES", help="The store: a file, postgresql://…, or default.")
]
Limit = Annotated[int, typer.Option(help="How many at most.", min=1)]
Radius = Annotated[float, typer.Option(help="Metres.", min=0)]
Name = Annotated[str, typer.Argument(help="A place: its name in any language, or its id, as osm:r1155955.")]
Kind = Annotated[str, typer.Argument(help="A class: cafe, amenity=cafe, or a key: amenity.")]
MAPPED = ("boundary", "place", "natural", "waterway", "water", "leisure", "landuse", "highway", "railway", "tourism")


@ask.command()
def find(
    name: Annotated[
        str, typer.Argument(help="A name, in any language, with or without accents; misspelled if need be.")
    ],
    kind: Annotated[str, typer.Option(help="Only this class, as city or amenity=cafe.")] = "",
    limit: Limit = 10,
    store: Store = "places.sqlite",
) -> None:
    """Places of that name, or of the most similar ones.

    Example: omnimodal places ask find Zurich --store places.sqlite
    """
    from omnimodal.fold import fold

    atlas = _atlas(store)
    found = atlas.find(name, kind, limit)
    exact = any(fold(alias.name) == fold(name) for record in found for alias in record.aliases)
    title = f"Places called {name!r}" if exact else f"No place is called {name!r}; the most similar"
    _table(title, _HEAD, (_row(atlas, record) for record in found))


@ask.command()
def nearest(kind: Kind, place: Name, limit: Limit = 5, store: Store = "places.sqlite") -> None:
    """The nearest places of a class.

    Example: omnimodal places ask nearest pharmacy Vaduz
    """
    atlas = _atlas(store)
    _near(atlas, f"Nearest {kind} to {place}", atlas.nearest(kind, place, limit))


@ask.command()
def around(
    place: Name,
    radius: Radius = 500.0,
    kind: Annotated[str, typer.Option(help="List the places of this class, instead of counts by class.")] = "",
    store: Store = "places.sqlite",
) -> None:
    """What is around a place: how many of each class within a radius, or the places of one class.

    Example: omnimodal places ask around Vaduz --radius 1000
    """
    atlas = _atlas(store)
    title = f"Within {_metres(radius)} of {place}"
    if kind:
        return _near(atlas, title, atlas.around(place, radius, kind))
    _table(title, ("class", "number"), ((k, str(n)) for k, n in atlas.classes_around(place, radius).most_common()))


@ask.command()
def within(kind: Kind, area: Name, limit: Limit = 50, store: Store = "places.sqlite") -> None:
    """The places of a class that lie in an area.

    Example: omnimodal places ask within school Vaduz
    """
    atlas = _atlas(store)
    found = atlas.within(area, kind)
    title = f"{len(found)} {kind} in {area}" + (f", the first {limit}" if len(found) > limit else "")
    _table(title, _HEAD, (_row(atlas, record) for record in found[:limit]))


@ask.command()
def contains(
    place: Name,
    kind: Annotated[str, typer.Option(help="Only areas of this class.")] = "",
    store: Store = "places.sqlite",
) -> None:
    """The areas that a place lies in, the smallest first.

    Example: omnimodal places ask contains "Schloss Vaduz"
    """
    atlas = _atlas(store)
    _table(f"{place} lies in", _HEAD, (_row(atlas, record) for record in atlas.contains(place, kind)))


@ask.command()
def neighbours(area: Name, store: Store = "places.sqlite") -> None:
    """The areas that share a border with an area.

    Example: omnimodal places ask neighbours Vaduz
    """
    atlas = _atlas(store)
    _table(f"Neighbours of {area}", _HEAD, (_row(atlas, record) for record in atlas.neighbours(area)))


@ask.command()
def distance(one: Name, other: Name, store: Store = "places.sqlite") -> None:
    """How far apart two places are, and in which direction the second lies.

    Example: omnimodal places ask distance Vaduz Schaan
    """
    found = _atlas(store).distance(one, other)
    rows = [
        ("between their points", _metres(found.points)),
        ("between their boundaries", _metres(found.boundaries)),
        ("direction", f"{found.direction} ({found.bearing:.0f}°)"),
    ]
    _table(f"From {one} to {other}", ("", ""), rows)


@ask.command()
def routes(
    start: Name,
    goal: Annotated[str | None, typer.Argument(help="Where to; without it, the routes that stop at the first.")] = None,
    changes: Annotated[int, typer.Option(help="How many changes at most.", min=0)] = 3,
    limit: Limit = 3,
    store: Store = "places.sqlite",
) -> None:
    """Public transport at a place, or between two of them with the number of changes (no timetable is known).

    Example: omnimodal places ask routes Vaduz Schaan
    """
    atlas = _atlas(store)
    if goal is None:
        return _table(f"Routes at {start}", _HEAD, (_row(atlas, record) for record in atlas.routes(start)))
    found = atlas.trips(start, goal, changes, limit)
    rows = [
        (str(number), str(trip.changes), leg.route.name, leg.start.name, leg.goal.name, str(leg.stops))
        for number, trip in enumerate(found, start=1)
        for leg in trip.legs
    ]
    _table(f"From {start} to {goal}", ("trip", "changes", "route", "from", "to", "stops"), rows)


@ask.command()
def natural(place: Name, radius: Radius = 2000.0, limit: Limit = 20, store: Store = "places.sqlite") -> None:
    """Natural features in or around a place: waters, peaks, woods.

    Example: omnimodal places ask natural Vaduz
    """
    atlas = _atlas(store)
    _near(atlas, f"Natural features of {place}", atlas.natural(place, radius)[:limit])


def show(
    name: Name,
    store: Store = "places.sqlite",
    map: Annotated[Path | None, typer.Option(help="Where to draw a small map, an .svg file.")] = None,
) -> None:
    """All that a store knows of a place: names, facts, hierarchy, surroundings; and a map.

    Example: omnimodal places show Vaduz --map vaduz.svg
    """
    from rich.console import Console
    from rich.tree import Tree

    from omnimodal.errors import OmnimodalError
    from omnimodal.paths import written_whole

    if map is not None and map.suffix != ".svg":
        raise OmnimodalError(f"--map {map}: maps are drawn as .svg")
    atlas = _atlas(store)
    record = atlas.place(name)
    if map is not None:
        with written_whole(map) as fresh:
            fresh.write_text(_map(atlas, record), "utf-8")
        typer.echo(f"Map in {map}", err=True)
    _table(f"{record.name or record.id} ({record.kind or record.modality})", ("", ""), _facts(atlas, record))
    tree = Tree("Hierarchy")
    branch: Any = tree
    for ancestor in reversed(atlas.hierarchy(record)):
        how = f"[dim]{ancestor.method} {ancestor.level}[/dim]"
        branch = branch.add(f"{_plain(ancestor.record.name or ancestor.record.id)} {how}")
    branch.add(f"[bold]{_plain(record.name or record.id)}[/bold]")
    Console().print(tree)


def _atlas(store: str) -> Atlas:
    from omnimodal.encoders.place.atlas import Atlas
    from omnimodal.resolve import opened

    return Atlas(opened(store))


_HEAD = ("name", "class", "in", "id")


def _row(atlas: Atlas, record: Record) -> tuple[str, ...]:
    inside = ", ".join(ancestor.record.name for ancestor in atlas.hierarchy(record)[:3])
    return record.name, record.kind, inside, record.id


def _near(atlas: Atlas, title: str, found: Sequence[Near]) -> None:
    rows = ((near.record.name, near.record.kind, _metres(near.metres), near.record.id) for near in found)
    _table(title, ("name", "class", "distance", "id"), rows)


def _facts(atlas: Atlas, record: Record) -> Iterable[tuple[str, str]]:
    from omnimodal.encoders.place.atlas import point_of

    facts = dict(record.data.get("osm", {}))
    names = [f"{a.name} ({', '.join(filter(None, (a.kind, a.language)))})" for a in record.aliases[:20]]
    yield "id", record.id
    yield "names", "\n".join(dict.fromkeys(names))
    placed = record.point is not None or record.geometry is not None
    yield "point", "{1:.5f}, {0:.5f}".format(*point_of(record)) if placed else "nobody knows where it is"
    for key in ("population", "elevation"):
        if key in record.data:
            yield key, f"{record.data[key]:,}"
    if area := facts.pop("area_m2", None):
        yield "area", f"{area / 1e6:,.2f} km²" if area >= 1e5 else f"{area:,.0f} m²"
    if length := facts.pop("length_m", None):
        yield "length", _metres(length)
    for key, value in facts.items():
        if value and key not in ("type", "id"):
            yield key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    yield "tags", "\n".join(f"{key}={value}" for key, value in record.data.get("tags", ()) if "name" not in key)
    for role in ("natural", "neighbour", "stop"):
        edges = [edge for edge in record.edges if edge.role == role]
        if edges:
            found = atlas.store.get_many([(edge.modality, edge.id) for edge in edges])
            yield role, ", ".join(other.name or other.id for other in found)
    if routes := atlas.store.referrers(record.modality, record.id, "stop"):
        yield "routes", "\n".join(dict.fromkeys(route.name for route, _ in routes))
    if placed:
        counts = atlas.classes_around(record).most_common(12)
        yield "within 500 m", ", ".join(f"{n} {k}" for k, n in counts)
    yield "source", record.source


def _map(atlas: Atlas, record: Record) -> str:
    import shapely

    from omnimodal.encoders.place.atlas import geometry_of, importance
    from omnimodal.encoders.place.svg import Shape, box_around, draw

    chosen = geometry_of(record)
    found = atlas.store.overlapping(shapely.box(*box_around(chosen)), record.modality, MAPPED)
    around = [
        Shape(geometry_of(other), other.kind, other.name, importance(other)) for other in found if other.id != record.id
    ]
    used = {other.source for other in [record, *found]}
    sources = dict.fromkeys(source.licence for source in atlas.store.sources() if source.name in used)
    return draw(Shape(chosen, record.kind, record.name), around, [*filter(None, sources)])


def _metres(metres: float) -> str:
    return f"{metres:,.0f} m" if metres < 10_000 else f"{metres / 1000:,.1f} km"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(_printed(text))


def _printed(text: str) -> str:
    """A text of the map without what would speak to the terminal: control characters, marks that turn the direction."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), show_header=any(columns), title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_printed(cell)) for cell in row))
    if table.row_count:
        Console().print(table)
    else:
        typer.echo(f"{title}: nothing found")
