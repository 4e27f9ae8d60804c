"""The command `omnimodal places`: import OpenStreetMap files, ask and show what is in a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnimodal.encoders.place.ask import ask, show

if TYPE_CHECKING:
    from collections import Counter

    from omnimodal.encoders.place.osm import Report

app = typer.Typer(no_args_is_help=True, help="Places of OpenStreetMap: import files, ask questions.")
app.add_typer(ask, name="ask")
app.command()(show)
SHOWN = 25  # classes in the table after an import


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="OpenStreetMap files: .osm.pbf, .osm, .osm.gz, .osm.bz2.")],
    store: Annotated[
        str,
        typer.Option("--store", envvar="OMNIMODAL_PLACES", help="Where to: a file, or postgresql://… for PostGIS."),
    ] = "places.sqlite",
    languages: Annotated[
        str | None, typer.Option(help="Names in these languages only, as en,de,zh-Hant; all where not given.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--everything", help="Keep all that has a tag, as for maps and checks: several times as much."),
    ] = False,
) -> None:
    """Import OpenStreetMap files into a store; a file that was imported before is replaced, whole or not at all.

    Example: omnimodal places import liechtenstein.osm.pbf --store places.sqlite --languages en,de
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from omnimodal.encoders.place.osm import import_osm
    from omnimodal.errors import OmnimodalError

    if store == "default":
        raise OmnimodalError("--store default is what ships with the package: give a file to write")
    chosen = None if languages is None else [language.strip() for language in languages.split(",")]
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        total = 0

        def progress(what: str, done: int) -> None:
            nonlocal total
            writing = what.startswith("writing")
            total = total if writing else max(total, done)
            bar.update(task, description=what, completed=done, total=total if writing else None)

        report = import_osm(files, store, chosen, progress, everything)
    _print(report, store)


def _print(report: Report, store: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=f"{', '.join(report.files)} → {store}", title_justify="left")
    table.add_column("class")
    table.add_column("records", justify="right")
    common = [(kind or "(named, of no class)", n) for kind, n in report.kinds.most_common(SHOWN)]
    rest = sum(report.kinds.values()) - sum(n for _, n in common)
    if rest:
        common.append((f"{len(report.kinds) - len(common)} other classes", rest))
    for kind, n in common:
        table.add_row(kind, f"{n:,}")
    table.add_section()
    table.add_row("all", f"{report.records:,}")
    console.print(table)
    console.print(f"Geometries: {_counts(report.statuses)}")
    console.print(f"Nearest parent: {_counts(report.parents)}")
    console.print(
        f"Merged: {report.joined:,} segments into their streets, {report.united:,} place nodes into their boundaries, "
        f"{report.twice:,} objects that came twice"
    )
    console.print(f"{report.seconds:.1f} s")


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in counts.most_common()) or "none"
