"""Names of the default store in running text, found and linked by the whole detector: benchmarks/names/*.txt.

    python benchmarks/names.py                  # the figures of all files
    python benchmarks/names.py --errors dev     # and what is wrong in one of them; never in one held out

dev.txt and held_out.txt are halves of one list; dev_more.txt and dev_third.txt were written later, when dev.txt was
used up, and were new to the linker once each. paragraphs.txt are lives, wars, sports, courts and towns in which persons
and towns share names; paragraphs_held_out.txt are more of these, only scored.

precision: of the names that were linked, those rightly; recall: of the mentions of the files, those rightly linked;
accuracy: of the mentions that were found, those rightly linked; traps: texts without any mention, left alone.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table

import omnimodal
from omnimodal.fold import fold
from omnimodal.resolve import default_store

HERE = Path(__file__).parent / "names"
LOOKED_AT = ("dev", "dev_more", "dev_third", "paragraphs")
FILES = (*LOOKED_AT, "held_out", "paragraphs_held_out")
EITHER = "~"
_marked = re.compile(r"\{([^{}|]+)(?:\|([^{}]*))?\}")


@dataclass
class Sample:
    """A text; gold: (start, end, ids of the records that are right, or None where any reading is)."""

    text: str
    gold: list[tuple[int, int, frozenset[str] | None]]


@dataclass
class Count:
    right: int = 0
    linked: int = 0
    gold: int = 0
    found: int = 0
    traps: int = 0
    left_alone: int = 0
    errors: list[str] = field(default_factory=list)

    def row(self) -> list[str]:
        precision, recall = self.right / self.linked, self.right / self.gold
        figures = [precision, recall, 2 * precision * recall / (precision + recall), self.right / self.found]
        traps = f"{self.left_alone / self.traps:.3f} of {self.traps}" if self.traps else ""
        return [str(self.gold), *(f"{f:.3f}" for f in figures), traps]


def read(path: Path) -> Iterator[Sample]:
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        text, gold, at = "", [], 0
        for m in _marked.finditer(line):
            text += line[at : m.start()]
            gold.append((len(text), len(text) + len(m[1]), meant(m[1], m[2] or "")))
            text += m[1]
            at = m.end()
        yield Sample(text + line[at:], [(s, e, ids) for s, e, ids in gold if ids != frozenset()])


@cache
def meant(name: str, what: str) -> frozenset[str] | None:
    """The record that is meant; the empty set where the store has none such."""
    if what == EITHER:
        return None
    company = what == "c" or what.startswith("=c:")
    name = what.removeprefix("=").removeprefix("c:") if what.startswith("=") else name
    name, _, outer = name.partition(", ") if what.startswith("=") else (name, "", "")
    outer = outer or (what if what and what[0] not in "=#" and not company else "")
    found = default_store().find(name, "corporation" if company else "place", limit=50)
    records = [c.record for c in found]
    if what.startswith("#"):
        records = [r for r in records if f"'{what[1:]}'" in str(r.data)]
    if outer:
        records = [r for r in records if fold(outer) in above(r)]
    return frozenset(r.id for r in records[:1])


def above(record: omnimodal.Record) -> set[str]:
    """The folded names of what a record lies in."""
    names = set()
    for edge in record.edges:
        if edge.role == "parent":
            parent = default_store().get(edge.modality, edge.id)
            names |= {fold(alias.name) for alias in parent.aliases} | above(parent)
    return names


def score(path: Path) -> Count:
    count = Count()
    samples = list(read(path))
    for sample, found in zip(samples, omnimodal.detect([s.text for s in samples]), strict=True):
        linked = [m for m in found if m.record is not None]
        wrong: list[str] = []
        seen: set[int] = set()
        free = 0
        for m in linked:
            over = [i for i, (s, e, _) in enumerate(sample.gold) if s < m.end and m.start < e]
            if any(sample.gold[i][2] is None for i in over):
                free += 1
                continue
            seen.update(over)
            if over and m.record.id in (sample.gold[over[0]][2] or ()):
                count.right += 1
            else:
                wrong.append(f"+{m.text} {m.record.id} {m.probability:.2f}")
        count.linked += len(linked) - free
        count.found += len(seen)
        sure = [i for i, g in enumerate(sample.gold) if g[2] is not None]
        count.gold += len(sure)
        wrong += [f"-{sample.text[slice(*sample.gold[i][:2])]}" for i in sure if i not in seen]
        if not sample.gold:
            count.traps += 1
            count.left_alone += not linked
        if wrong:
            count.errors.append(f"{'; '.join(wrong)}\n    {sample.text[:200]}")
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", choices=LOOKED_AT, help="print what is wrong in this file")
    asked = parser.parse_args()
    table = Table()
    for column in ("", "mentions", "precision", "recall", "F1", "accuracy", "traps left alone"):
        table.add_column(column, justify="right" if column else "left")
    for name in FILES:
        count = score(HERE / f"{name}.txt")
        table.add_row(name, *count.row())
        if name == asked.errors:
            print("\n".join(count.errors))
    Console().print(table)


if __name__ == "__main__":
    main()
