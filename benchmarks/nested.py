"""Encoding nested entities: companies with six children each (dates and numbers), all in one call.

python benchmarks/nested.py     Target: forward calls grow with depth only; 10,000 companies in seconds, under 2 GB.
"""

from __future__ import annotations

import random
import resource
import time

import torch
from rich.console import Console
from rich.table import Table

from omnimodal import registry
from omnimodal.encode import plan, run
from omnimodal.encoders.corporation.tasks import founding, invent, some_size


def companies(n: int) -> list:
    """Invented companies with six nested entities each."""
    rng = random.Random(0)

    def fields() -> dict:
        years = [rng.randrange(1900, 2020) for _ in range(3)]
        sizes = [some_size(rng) for _ in range(3)]
        dates = {"founded": founding(rng, years[0]), "revenue_year": years[1], "employees_year": years[2]}
        return {**dates, "employees": sizes[0], "revenue": sizes[1] * 10**5, "market_value": sizes[2] * 10**6}

    return [invent(rng, fields()) for _ in range(n)]


def main() -> None:
    torch.set_num_threads(1)
    encoders = {name: registry.get(name)() for name in ("corporation", "date", "number")}
    table = Table(title="companies with six children each, one thread")
    for column in ("companies", "entities", "plan and features s", "forward s", "forward calls", "peak memory MB"):
        table.add_column(column, justify="right")
    for n in (100, 1_000, 10_000):
        records = companies(n)
        with torch.no_grad():
            start = time.perf_counter()
            todo = plan(records, encoders)
            middle = time.perf_counter()
            run(todo, encoders)
            end = time.perf_counter()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        entities = sum(len(group.children) for group in todo.groups)
        row = (
            f"{n:,}",
            f"{entities:,}",
            f"{middle - start:.2f}",
            f"{end - middle:.2f}",
            str(len(todo.groups)),
            f"{memory:.0f}",
        )
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
