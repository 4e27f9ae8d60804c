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

        from omnimodal.evaluate.report import COLUMNS, write_rows

        folder = Path(config.hydra.sweep.dir)
        rows = [_row(path) for path in find_runs(folder)]
        if not rows:
            return
        write_rows(folder / "results.csv", rows)
        names = list(dict.fromkeys(name for row in rows for name in row if "/" not in name or name.startswith("mean/")))
        table = Table(title=f"{len(rows)} runs", caption=f"every task: {folder / 'results.csv'}")
        for name in names:
            table.add_column(name.removeprefix("mean/"), justify="right" if name.startswith("mean/") else "left")
        for row in sorted(rows, key=lambda row: -row[f"mean/{COLUMNS[-2]}"]):
            table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v) for v in (row.get(n, "") for n in names)))
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
