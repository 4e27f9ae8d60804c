"""Tables of exact F1: one for a run, and one for a sweep with mean and deviation over its seeds.

python -m omnimodal.tagger.report multirun/tagger/2026-01-31/12-00-00
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import OmegaConf
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from omnimodal.errors import OmnimodalError
from omnimodal.evaluate.report import write_rows
from omnimodal.evaluate.sweep import find_runs


class SweepTable(Callback):
    """Hydra callback: the table of a sweep, printed and written to results.csv when its last run is done."""

    def on_multirun_end(self, config: Any, **kwargs: Any) -> None:
        folder = Path(config.hydra.sweep.dir)
        if find_runs(folder):
            report(folder)


def report(folder: Path) -> list[dict[str, Any]]:
    """Print and write the table of a sweep's folder; a row per schedule, and per other setting that the runs do not
    share. Raises OmnimodalError without any run."""
    paths = find_runs(folder)
    if not paths:
        raise OmnimodalError(f"There is no finished run in {folder}")
    runs = [json.loads(path.read_text("utf-8")) for path in paths]
    for run, also in zip(runs, _differing([_settings(path.parent) for path in paths]), strict=True):
        run["also"] = also
    rows = summarise(runs)
    write_rows(folder / "results.csv", rows)
    title = f"exact F1 on test, {len(runs)} runs, n per row"
    table = Table(title=title, caption=Text(str(folder / "results.csv")), box=SIMPLE)
    labels = list(dict.fromkeys(label for run in runs for label in run["test"]))
    table.add_column("schedule", no_wrap=True)
    for name in ("n", *labels):
        table.add_column(Text(name), justify="right")
    for row in sorted(rows, key=lambda row: -row["overall"]):
        cells = (f"{100 * row[label]:.1f} ±{100 * row[f'{label}/sd']:.1f}" if label in row else "" for label in labels)
        table.add_row(Text(row["schedule"]), str(row["seeds"]), *cells)
    Console().print(table)
    return rows


def _settings(run: Path) -> list[str]:
    """What a run was told on the command line, but for what its results say themselves."""
    path = run / ".hydra" / "overrides.yaml"
    told = map(str, OmegaConf.load(path)) if path.exists() else ()
    return [setting for setting in told if setting.partition("=")[0] not in ("seed", "schedule", "k", "n")]


def _differing(settings: Sequence[Sequence[str]]) -> list[list[str]]:
    """Of each the settings that not all have."""
    shared = set(settings[0]).intersection(*settings[1:])
    return [[setting for setting in some if setting not in shared] for some in settings]


def summarise(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Per `name_of` the mean over runs of each F1 on test, and its sample deviation (0 of one run)."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        groups.setdefault(name_of(run), []).append(run)
    rows = []
    for name, some in groups.items():
        row: dict[str, Any] = {"schedule": name, "seeds": len(some)}
        for label in some[0]["test"]:
            values = [run["test"][label]["f1"] for run in some]
            row[label], row[f"{label}/sd"] = statistics.mean(values), statistics.stdev(values) if len(some) > 1 else 0.0
        row["dev"] = statistics.mean(run["dev"]["overall"]["f1"] for run in some)
        row["seconds"] = statistics.mean(run["seconds"]["all"] for run in some)
        rows.append(row)
    return rows


def name_of(run: Mapping[str, Any]) -> str:
    """A schedule with its parameter, where it has one, and with what else tells the run from others of its sweep."""
    parameters = [f"{name}={run[name]:g}" for name in ("k", "n") if run.get(name) is not None]
    return " ".join([run["schedule"], *parameters, *run.get("also", ())])


def print_run(summary: Mapping[str, Any], folder: Path) -> None:
    """The table of one run."""
    title, caption = f"{name_of(summary)}: exact match on test", f"the tagger is in {folder / 'tagger'}"
    table = Table(title=Text(title), caption=Text(caption))
    for name in ("label", "precision", "recall", "F1", "spans"):
        table.add_column(name, justify="left" if name == "label" else "right")
    for label, row in summary["test"].items():
        figures = (f"{100 * row[name]:.1f}" for name in ("precision", "recall", "f1"))
        table.add_row(Text(label), *figures, str(row["wanted"]))
    Console().print(table)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        report(Path(argument))
