"""Results as a table to look at and a file to read."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from omnimodal.evaluate.score import Result

COLUMNS = ("commonest", "text", "shuffled", "entities", "both")


def mean(results: Sequence[Result]) -> dict[str, float]:
    """The mean over tasks of each accuracy."""
    return {c: sum(getattr(r, c) for r in results) / len(results) for c in COLUMNS} if results else {}


def write_csv(path: Path, results: Sequence[Result]) -> None:
    """One line per task."""
    write_rows(path, [result.as_dict() for result in results])


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """A CSV file with the union of the rows' columns, in the order they first appear."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def print_report(results: Sequence[Result], summary: Mapping[str, Any], folder: Path) -> None:
    """The table of one run: accuracy on held-out entities beside its controls."""
    table = Table(title="accuracy on held-out entities", caption="shuffled: the soft tokens of another question")
    for name in ("task", "n", *COLUMNS):
        table.add_column(name, justify="left" if name == "task" else "right")
    for result in results:
        table.add_row(result.task, str(result.n), *(f"{getattr(result, c):.2f}" for c in COLUMNS))
    table.add_section()
    table.add_row("mean", str(sum(r.n for r in results)), *(f"{value:.2f}" for value in mean(results).values()))
    console = Console()
    console.print(table)
    loss = summary["loss"]
    fell = f"loss {loss['first']:.2f} → {loss['last']:.2f}, " if loss else ""
    console.print(f"{fell}{summary['steps']} steps, {summary['seconds']:.0f} s; adapter, results and log in {folder}")
