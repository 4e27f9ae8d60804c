"""One table for a sweep, printed and written when its last run is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf


class SweepTable(Callback):
    """Hydra callback: gathers results.json of every run below the sweep's folder into results.csv there."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        from omnimodal.evaluate.report import COLUMNS, write_rows

        folder = Path(config.hydra.sweep.dir)
        rows = [_row(path) for path in find_runs(folder)]
        if not rows:
            return
        write_rows(folder / "results.csv", rows)
        table = Table(title=f"{len(rows)} runs", caption=f"every column and task: {folder / 'results.csv'}")
        names = [name for name in rows[0] if "/" not in name and len({row.get(name) for row in rows}) > 1]
        names += [f"mean/{kind}" for kind in COLUMNS]
        for name in names:
            number = isinstance(rows[0].get(name), float)
            table.add_column(Text(name.removeprefix("mean/")), justify="right" if number else "left", overflow="fold")
        for row in sorted(rows, key=lambda row: -row["mean/entities"]):
            values = (row.get(name, "") for name in names)
            table.add_row(*(Text(f"{v:.2f}" if isinstance(v, float) else str(v)) for v in values))
        Console().print(table)


def find_runs(folder: Path) -> list[Path]:
    """The results.json of every run that finished, in the order of the runs."""
    return sorted(folder.glob("*/results.json"), key=lambda path: (len(path.parent.name), path))


def _row(path: Path) -> dict[str, Any]:
    from omnimodal.evaluate.report import mean
    from omnimodal.evaluate.score import Result

    found = json.loads(path.read_text("utf-8"))
    overrides = OmegaConf.load(path.parent / ".hydra" / "overrides.yaml")
    results = [Result(**result) for result in found["results"]]
    each = {
        f"{r.task}/{kind}": value for r in results for kind, value in r.as_dict().items() if isinstance(value, float)
    }
    return {
        "run": path.parent.name,
        **dict(str(override).lstrip("+").split("=", 1) for override in overrides),
        "loss": found["loss"].get("last"),
        "seconds": found["seconds"],
        **{f"mean/{kind}": value for kind, value in mean(results).items()},
        **each,
    }
