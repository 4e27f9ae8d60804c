"""What is understood of a text, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from omnimodal.document import Document
from omnimodal.encode import nested
from omnimodal.entity import Entity, Mention
from omnimodal.model import OmniModel
from omnimodal.read import Reader

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


def show(
    text: str, model: OmniModel, reference: str | None = None, console: Console | None = None, locale: str | None = None
) -> None:
    """Print the text with its spans marked, a table of the mentions, what is nested in each, and the tokens spent."""
    console = console or Console()
    mentions = model.detect(text, reference=reference, locale=locale)
    colour = {m: COLOURS[i % len(COLOURS)] for i, m in enumerate(sorted({x.modality for x in mentions}))}
    marked = Text(text)
    for mention in mentions:
        marked.stylize(f"bold {colour[mention.modality]} underline", *mention.span)
    console.print(marked)
    table = Table()
    for column in ("span", "text", "modality", "entity", "source", "probability"):
        table.add_column(column)
    for m in mentions:
        cells = (
            f"{m.start}–{m.end}",
            m.text,
            Text(m.modality, colour[m.modality]),
            _entity(m),
            m.source,
            "" if m.probability is None else f"{m.probability:.2f}",
        )
        table.add_row(*cells)
    console.print(table if mentions else "No entities.")
    for mention in mentions:
        _nested(mention, model, console)
    _readings(mentions, console)
    row = model.reader.rows([Document(text)], [mentions])[0]
    words = sum(isinstance(part, int) for part in row.parts)
    soft = row.width(model.k) - words
    console.print(
        f"{words} tokens of text + {soft} of {len(row.mentions)} entities ({model.k} soft, 2 boundaries each)"
    )


def _readings(mentions: Iterable[Mention], console: Console) -> None:
    """Why each linked mention was read as it was, and what else it may mean."""
    table = Table(title="Why, and what else", title_justify="left")
    for column in ("text", "record", "probability", "why"):
        table.add_column(column)
    for m in mentions:
        if not m.why or (m.record is None and m.entity is not None):
            continue
        record = m.record.id if m.record is not None else "none of the store"
        table.add_row(Text(m.text, "bold"), Text(record), f"{m.probability or 0:.2f}", Text(m.why))
        for other in m.alternatives:
            what = Text(f"{other.record.id} ({other.name})" if other.record is not None else other.name, "dim")
            table.add_row("", what, f"{other.probability or 0:.2f}", Text(other.why, "dim"))
    if table.row_count:
        console.print(table)


def _entity(mention: Mention) -> Text:
    """What the mention was read as: its surface, or its first fields where that only repeats the words."""
    if mention.entity is None:
        return Text("(not found)")
    return Text(mention.entity.label)


def _nested(mention: Mention, model: OmniModel, console: Console) -> None:
    if mention.entity is None:
        return
    tree = Tree(Text(f"{mention.text}", "bold"))
    _grow(tree, mention.entity, model.reader, {mention.entity.key})
    for child in mention.children:
        tree.add(f"inside the span: {child.text} ({child.modality})")
    if tree.children:
        console.print(tree)


def _grow(tree: Tree, entity: Entity, reader: Reader, above: set[str]) -> None:
    if len(above) > reader.max_depth:
        return
    for role, child in nested(entity, reader.encoders, reader.opened_store()):
        if child.key in above:
            tree.add(f"{role}: {child.surface or child} [dim]({child.modality}, closes a cycle: cut)[/dim]")
        else:
            branch = tree.add(f"{role}: {child.surface or child} [dim]({child.modality})[/dim]")
            _grow(branch, child, reader, above | {child.key})
