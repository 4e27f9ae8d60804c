"""What is understood of a text, for people to look at."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from omnimodal.document import Document
from omnimodal.encode import nested
from omnimodal.entity import Alternative, Child, Entity, Link, Mention
from omnimodal.model import OmniModel
from omnimodal.read import Reader

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
WHOLE = {"span", "modality", "source", "p"}  # columns that are never wrapped
# Nothing in a text tells the terminal what to do: a control character is shown, as one character, so that spans fit.
SEEN = {c: 0x2400 + c for c in range(32)} | {127: 0x2421} | dict.fromkeys(range(128, 160), 0xFFFD)
SEEN |= {9: 9, 10: 10, 13: ord(" ")}
AROUND = 3  # names of what an entity lies in that are shown behind it: the nearest ones, and the outermost


def show(
    text: str,
    model: OmniModel,
    reference: str | None = None,
    console: Console | None = None,
    locale: str | None = None,
) -> None:
    """Print the text with its spans marked, a table of the mentions, why each was linked as it was and what else it may
    mean, what is nested in each, and the tokens spent.

    A mention inside another, a town in a company's name, stands indented below it. Of what is nested, an entity that
    stands higher up is only named.
    """
    console = console or Console()
    mentions = model.detect(text, reference=reference, locale=locale)
    rows = list(_rows(mentions))
    colour = {m: COLOURS[i % len(COLOURS)] for i, m in enumerate(sorted({x.modality for x, _ in rows}))}
    marked = _text(text)
    for mention in mentions:
        marked.stylize(f"bold {colour[mention.modality]} underline", *mention.span)
    console.print(marked)
    console.print(_mentions(rows, colour, model.reader) if rows else "No entities.")
    readings = _readings(rows, model.reader)
    if readings.row_count:
        console.print(readings)
    for tree in _trees(rows, model.reader):
        console.print(tree)
    [row] = replace(model.reader, limit=sys.maxsize).rows([Document(text)], [mentions])
    words, whole, limit = sum(isinstance(part, int) for part in row.parts), row.width(model.k), model.reader.limit
    of = f"{len(row.mentions)} entities ({model.k} soft, 2 boundaries each)"
    console.print(f"{words} tokens of text + {whole - words} of {of}")
    if whole > limit:
        console.print(f"The model has {limit} positions, so that this text is too long to be read at once.")


def _rows(mentions: Sequence[Mention], depth: int = 0) -> Iterator[tuple[Mention, int]]:
    """The mentions and those inside them, with how deep they stand."""
    for mention in mentions:
        yield mention, depth
        yield from _rows(mention.children, depth + 1)


def _mentions(rows: Sequence[tuple[Mention, int]], colour: dict[str, str], reader: Reader) -> Table:
    table = _table("span", "text", "modality", "entity", "source", "p")
    for m, depth in rows:
        table.add_row(
            f"{m.start}–{m.end}",
            _text(f"{'  ' * depth}{m.text}", "" if depth else "bold"),
            _text(m.modality, colour[m.modality]),
            _entity(m, reader),
            _text(m.source),
            _odds(m.score if m.probability is None else m.probability),
        )
    return table


def _readings(rows: Sequence[tuple[Mention, int]], reader: Reader) -> Table:
    """Why each mention was read as it was, and what else it may mean."""
    table = _table("text", "p", "reading", "why", title="Why, and what else")
    for m, _ in rows:
        looked_up = m.modality in reader.encoders and reader.encoders[m.modality].linked
        if not m.alternatives and (not looked_up or not m.why or m.source == "markup"):
            continue
        said = [_entity(m, reader), *(_alternative(other, reader) for other in m.alternatives)]
        names = [reading.plain for reading in said]
        records = [m.record, *(other.record for other in m.alternatives)]
        for reading, record in zip(said, records, strict=True):
            if record is not None:
                reading.append(f" ({_told(record, reader, alike=names.count(reading.plain) > 1)})", "dim")
        table.add_row(_text(m.text, "bold"), _odds(m.probability), said[0], _text(m.why))
        for other, reading in zip(m.alternatives, said[1:], strict=True):
            why = other.why if other.why != m.why else '"'
            table.add_row("", _odds(other.probability), reading, _text(why, "dim"))
    return table


def _told(record: Link, reader: Reader, alike: bool) -> str:
    """A record's id, with its kind where others are described alike: "osm:n1, railway=station"."""
    store = reader.opened_store()
    kind = store.get(record.modality, record.id).kind if alike and store is not None else ""
    return f"{record.id}, {kind}" if kind else record.id


def _table(*columns: str, title: str | None = None) -> Table:
    """An empty table; what is read in words is wrapped where the page is narrow, all else is kept whole."""
    style: Any = {"title_justify": "left", "title_style": "bold", "padding": (0, 1, 0, 0)}
    table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, show_edge=False, **style)
    for column in columns:
        table.add_column(column, justify="right" if column == "p" else "left", overflow="fold", no_wrap=column in WHOLE)
    return table


def _text(text: str, style: str = "") -> Text:
    return Text(text.translate(SEEN), style)


def _odds(probability: float | None) -> str:
    if probability is None:
        return ""
    return f"{probability:.2f}" if probability >= 0.005 else "<.01"


def _entity(mention: Mention, reader: Reader) -> Text:
    """What the mention was read as, for a reader."""
    if mention.entity is not None:
        return _text(described(mention.entity, reader))
    if mention.modality not in reader.encoders:
        return Text("(no encoder)", "dim")
    return Text("(not in the store)" if reader.encoders[mention.modality].linked else "(not read)", "dim")


def _alternative(other: Alternative, reader: Reader) -> Text:
    entity = other.entity if other.record is None else _followed(other.record, reader)
    return _text(described(entity, reader) if entity is not None else other.name)


def described(entity: Entity, reader: Reader) -> str:
    """An entity's label with what it lies in behind it: "London, Ontario, Canada"."""
    names = [entity.label]
    for child in entity.within:
        around = _followed(child, reader)
        if around is not None and around.label and around.label != names[-1]:
            names.append(around.label)
    return ", ".join([names[0], *names[1:][1 - AROUND :]])


def _followed(child: Child, reader: Reader) -> Entity | None:
    """The entity of a link; None where its modality or the store is not loaded."""
    if isinstance(child, Entity):
        return child
    store, encoder = reader.opened_store(), reader.encoders.get(child.modality)
    if store is None or encoder is None:
        return None
    return encoder.described(store.get(child.modality, child.id))


def _trees(rows: Sequence[tuple[Mention, int]], reader: Reader) -> Iterator[Tree]:
    """What is nested in each entity, those named twice once."""
    shown: dict[str, set[str]] = {}
    for mention, _ in rows:
        if mention.entity is not None and mention.entity.key not in shown:
            tree = Tree(Text())
            said = _grow(tree, mention.entity, reader, {mention.entity.key}, shown)
            if said or tree.children:
                tree.label = _text(mention.entity.label, "bold").append(f": {said}" if said else "", "not bold")
                yield tree


def _grow(tree: Tree, entity: Entity, reader: Reader, above: set[str], shown: dict[str, set[str]]) -> str:
    """Put what is nested in an entity and has something nested itself on branches; returns the rest on one line:
    values, and what is shown elsewhere, but for what lies in another child as well (the country of a town's state).

    shown: the keys of the entities that are in some tree already, each with the keys of all that is nested in it.
    """
    shown[entity.key] = set()
    if len(above) > reader.max_depth:
        return ""
    plain: list[tuple[str, Entity, str]] = []  # role, child, and a word on it
    children, deeper = set[str](), set[str]()
    for role, child in nested(entity, reader.encoders, reader.opened_store()):
        children.add(child.key)
        if child.key in above:
            plain.append((role, child, " (closes a cycle: cut)"))
            continue
        if child.key in shown:
            plain.append((role, child, ""))
        else:
            branch = Tree(Text())
            said = _grow(branch, child, reader, above | {child.key}, shown)
            if branch.children or said:
                branch.label = Text.assemble((f"{role} ", "dim"), _text(child.label), f": {said}" if said else "")
                tree.children.append(branch)
            else:
                del shown[child.key]  # a value says all there is to say wherever it stands
                plain.append((role, child, ""))
        deeper |= shown.get(child.key, set())
    shown[entity.key] |= children | deeper
    roles: dict[str, list[str]] = {}
    for role, child, more in plain:
        if child.key not in deeper or more:
            roles.setdefault(role, []).append(child.label + more)
    return "; ".join(f"{role} {', '.join(labels)}" for role, labels in roles.items()).translate(SEEN)
