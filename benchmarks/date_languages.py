"""Dates in running text of other languages, against sentences written before any code read them.

    python benchmarks/date_languages.py            # tests/date_languages.tsv; --errors lists what is wrong

A mention counts where its span is exact ("spans"), and where it also means what was written ("meanings"). "Exact" are
the sentences with all mentions right and no others. Read against 15 May 2024, with and without the locale given.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from omnimodal import context
from omnimodal.encoders.date import Date, DateEncoder

GOLD = Path(__file__).parents[1] / "tests" / "date_languages.tsv"
REFERENCE = datetime(2024, 5, 15, 12)
Mentions = dict[tuple[int, int], Date]


def read(path: Path = GOLD) -> Iterator[tuple[str, str, Mentions]]:
    """(language, text, its mentions) of each line "de<TAB>Am [3. Mai|3 May] …"."""
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            language, marked = line.split("\t")
            text, gold = "", {}
            for plain, span, meaning in re.findall(r"([^\[]*)(?:\[([^|\]]*)\|([^\]]*)\]|$)", marked):
                text += plain
                if span:
                    gold[len(text), len(text) + len(span)] = Date(meaning)
                    text += span
            yield language, text, gold


def says(date: Date) -> tuple[object, ...]:
    """What has to agree; of what has no ends, the TIMEX3 value."""
    ends = date.interval if date.interval != (None, None) else date.timex
    return ends, date.modifier, date.approximate, date.recurrence


def main(errors: bool, path: Path) -> None:
    table = Table(title="Dates of other languages, %")
    for column in ("", "sentences", "spans F1", "meanings F1", "exact", "exact, locale given"):
        table.add_column(column, justify="right" if column else "left")
    encoder, counts = DateEncoder(), defaultdict(lambda: defaultdict(int))
    with context.reading(context.Context(REFERENCE)):
        cases = list(read(path))
    for language, text, gold in cases:
        c = counts[language]
        for locale in ("en", language):
            with context.reading(context.Context(REFERENCE, locale)):
                found = {m.span: m.entity for m in encoder.detect(text)}
            right = {s for s in gold.keys() & found.keys() if says(gold[s]) == says(found[s])}
            exact = len(right) == len(gold) == len(found)
            if locale == "en":
                c["n"] += 1
                c["gold"], c["found"] = c["gold"] + len(gold), c["found"] + len(found)
                c["spans"], c["right"] = c["spans"] + len(gold.keys() & found.keys()), c["right"] + len(right)
            c[f"exact {locale == 'en'}"] += exact
            if errors and not exact:
                print(f"{language} {locale} {text}")
                for s in sorted(gold.keys() | found.keys()):
                    if s not in right:
                        a, b = (f"{d[s].timex} {d[s].start}" if s in d else "-" for d in (gold, found))
                        print(f"     {text[s[0] : s[1]]!r}: {a} / {b}")
    for language, c in counts.items():
        f1 = [200 * c[k] / max(c["gold"] + c["found"], 1) for k in ("spans", "right")]
        exact = [100 * c[f"exact {k}"] / c["n"] for k in (True, False)]
        table.add_row(language, str(c["n"]), *(f"{v:.1f}" for v in (*f1, *exact)))
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--gold", type=Path, default=GOLD)
    given = parser.parse_args()
    main(given.errors, given.gold)
