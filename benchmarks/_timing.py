"""Interleaved timing: each round runs every contestant once, and the table shows medians and ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.progress import track
from rich.table import Table


def compare(
    title: str, contestants: Mapping[str, Callable[[], object]], reference: str, rounds: int = 7
) -> dict[str, float]:
    """Print and return each contestant's ratio to the reference: the median over rounds of the ratio in that round."""
    for run in contestants.values():
        run()  # warm up
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in track(range(rounds), title, transient=True):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    table = Table(title=title)
    for column in ("", "median ms", "ratio"):
        table.add_column(column, justify="right" if column else "left")
    ratios = {}
    for name, mine in times.items():
        ratios[name] = statistics.median(a / b for a, b in zip(mine, times[reference], strict=True))
        table.add_row(name, f"{1e3 * statistics.median(mine):.2f}", f"{ratios[name]:.2f}")
    Console().print(table)
    return ratios
