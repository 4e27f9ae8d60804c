"""Detection as a whole: rules, names and links, on real text and on what could make it slow.

    python benchmarks/detect.py            # real text from OMNIMODAL_REAL_DATA (default ../shared/data)
    python benchmarks/detect.py --fuzz     # texts of one thing repeated, at a quarter, half and one million characters

Speed is in thousand characters a second of process time, on one core. Growth is the time of a million characters over
that of half of them: 2 is linear, 4 quadratic.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

import omnimodal
from omnimodal import registry
from omnimodal.resolve import default_store

REAL = Path(os.environ.get("OMNIMODAL_REAL_DATA") or Path(__file__).parents[1] / "../shared/data")
UNITS = {
    "digits": "1", "digits, blanks": "1 2 ", "letters": "a", "capitals": "A", "the the": "the ",
    "brackets": "([{<)]}>", "opening brackets": "(", "combining marks": "\u0301",
    "letters with marks": "a\u0301", "emoji": "😀", "dots": ".", "dashes": "-", "quotes": "'\"",
    "backticks": "`", "versions": "1.1.", "fractions": "1/2 ", "years": "2020-", "months": "May ",
    "commas": "1,", "degrees": "1°", "pairs": "(1.1234, 2.1234", "literals": "POINT(", "prices": "€5 ",
    "ranges": "1-", "betweens": "between 1 and ", "number words": "twenty ", "ordinals": "first of ",
    "dates": "12 May 2020, ", "Paris": "Paris ", "Paris, Texas": "Paris, Texas, ",
    "Springfields": "Springfield, ", "legal forms": "Inc. ", "companies": "Foo Inc. ",
    "addresses": "http://", "mails": "a@", "calls": "a(", "lines": "a = {\n", "full width": "１",
    "Arabic": "ال ", "Devanagari": "दि", "Chinese": "中国", "tabs": "\t", "new lines": "\n", "NUL": "\0",
}  # fmt: skip


def timed(run: Callable[[], object], rounds: int = 1) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return sorted(times)[len(times) // 2]


def real() -> None:
    lines = (REAL / "text" / "gum.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    size = sum(map(len, texts))
    store = default_store()
    encoders = {name: registry.get(name)() for name in registry.names()}
    omnimodal.detect(texts[:2])  # tables are read
    table = Table(title=f"{len(texts)} real documents, {size:,} characters")
    for column in ("", "kchar/s"):
        table.add_column(column, justify="right" if column else "left")
    for name, encoder in encoders.items():
        seconds = timed(lambda encoder=encoder: [list(encoder.detect(text)) for text in texts], 3)  # type: ignore[misc]
        table.add_row(f"rules of {name}", f"{size / seconds / 1e3:,.0f}" if seconds > 1e-3 else "")
    table.add_row("names", f"{size / timed(lambda: [list(store.scan(t)) for t in texts], 3) / 1e3:,.0f}")
    for mode in ("flat", "nested", "all"):
        seconds = timed(lambda mode=mode: omnimodal.detect(texts, overlaps=mode), 3)  # type: ignore[misc]
        table.add_row(f"all, {mode}, with their links", f"{size / seconds / 1e3:,.0f}")
    whole = " ".join(texts)
    table.add_row("all, flat, as one text", f"{size / timed(lambda: omnimodal.detect(whole), 3) / 1e3:,.0f}")
    Console().print(table)


def fuzz(only: list[str]) -> None:
    table = Table(title="One thing repeated: kchar/s")
    for column in ("", "0.25 M", "0.5 M", "1 M", "growth"):
        table.add_column(column, justify="right" if column else "left")
    omnimodal.detect("Paris, 12 May 2020, 5 km, Foo Inc.")
    slowest, steepest = float("inf"), 0.0
    for name, unit in UNITS.items():
        if only and name not in only:
            continue
        text = unit * (1_000_000 // len(unit))
        seconds = [timed(partial(omnimodal.detect, text[:n])) for n in (250_000, 500_000, 1_000_000)]
        speeds = [n / s / 1e3 for n, s in zip((250_000, 500_000, 1_000_000), seconds, strict=True)]
        slowest, steepest = min(slowest, speeds[-1]), max(steepest, seconds[2] / seconds[1])
        table.add_row(name, *(f"{speed:,.0f}" for speed in speeds), f"{seconds[2] / seconds[1]:.2f}")
    Console().print(table)
    print(f"slowest at 1 M: {slowest:,.0f} kchar/s; steepest growth: {steepest:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fuzz", nargs="*", metavar="NAME", help="all, or those of these names")
    given = parser.parse_args()
    if given.fuzz is None:
        real()
    else:
        fuzz(given.fuzz)
