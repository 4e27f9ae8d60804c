"""Names in running text: a million looked for at once, beside pyahocorasick, flashtext and spaCy.

    python benchmarks/gazetteer.py                # real text from OMNIMODAL_REAL_DATA (default ../shared/data)
    python benchmarks/gazetteer.py --names 100000

The names are those of the default store, and made ones of one to three of their words until there are enough. Texts:
real ones; "names", where a name stands behind every other word; and "capitals", the real ones in capitals throughout,
where every word may begin a name. pyahocorasick finds parts of words too, which are thrown out after it; flashtext
and spaCy (blank English with an EntityRuler) find only the longest of nested names. None of them minds the case, or
tells which aliases fit and to which modality they belong. Peers that are not installed are left out. Speed is the
median of the rounds, process time; memory is what the process grew by.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _suites import REAL
from rich.console import Console
from rich.table import Table

from omnimodal.fold import fold
from omnimodal.resolve import default_store
from omnimodal.store.gazetteer import Gazetteer

Scan = Callable[[str], int]


def made_names(n: int) -> list[str]:
    """n different names: those of the default store, then made of their words."""
    own = list(dict.fromkeys(alias.name for record in default_store().records() for alias in record.aliases))
    words = sorted({word for name in own for word in name.split() if word[:1].isupper()})
    names, draw = dict.fromkeys(own[:n]), random.Random(0)
    while len(names) < n:
        names[" ".join(draw.choices(words, k=draw.choice((1, 2, 2, 3))))] = None
        if len(names) > len(words):
            names[f"{draw.choice(words)} {draw.choice(words)} {draw.randrange(1000)}"] = None
    return list(names)[:n]


def texts(names: list[str]) -> dict[str, str]:
    lines = (REAL / "text" / "gum.jsonl").read_text("utf-8").splitlines()
    real = " ".join(json.loads(line)["text"] for line in lines)
    draw = random.Random(1)
    dense = " ".join(f"{word} {draw.choice(names)}" for word in real.split()[:15000])
    return {"real": real, "names": dense, "capitals": real.upper()}


def resident() -> float:
    """Megabytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def ours(names: list[str]) -> Scan:
    built = Gazetteer.of((fold(name), name, "thing", 1.0) for name in names)
    saved = Gazetteer.load(built.dump())
    assert saved is not None
    return lambda text: sum(1 for _ in saved.scan(text))


def ahocorasick_peer(names: list[str]) -> Scan:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for i, name in enumerate(names):
        automaton.add_word(fold(name), (i, len(fold(name))))
    automaton.make_automaton()

    def scan(text: str) -> int:
        found, folded = 0, fold(text)
        for last, (_, length) in automaton.iter(folded):
            start = last + 1 - length
            inside = (start > 0 and folded[start - 1].isalnum()) or folded[last + 1 : last + 2].isalnum()
            found += not inside
        return found

    return scan


def flashtext_peer(names: list[str]) -> Scan:
    from flashtext import KeywordProcessor

    processor: Any = KeywordProcessor()
    for name in names:
        processor.add_keyword(name)
    return lambda text: len(processor.extract_keywords(text))


def spacy_peer(names: list[str]) -> Scan:
    import spacy

    nlp = spacy.blank("en")
    nlp.max_length = 10**9
    ruler: Any = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    with nlp.select_pipes(disable="entity_ruler"):
        ruler.add_patterns([{"label": "THING", "pattern": name} for name in names])
    return lambda text: len(nlp(text).ents)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    names = made_names(given.names)
    said = texts(names)
    table = Table(title=f"{len(names):,} names, Mchar/s")
    for column in ("", "build s", "memory MB", *said, *(f"found in {name}" for name in said)):
        table.add_column(column, justify="right" if column else "left")
    contestants = {"omnimodal": ours}
    for module, peer in (("ahocorasick", ahocorasick_peer), ("flashtext", flashtext_peer), ("spacy", spacy_peer)):
        if importlib.util.find_spec(module):
            contestants[module] = peer
    for label, build in contestants.items():
        gc.collect()
        before, start = resident(), time.process_time()
        scan = build(names)
        took = time.process_time() - start
        gc.collect()
        row = [label, f"{took:.1f}", f"{resident() - before:.0f}"]
        counts = []
        for text in said.values():
            times = []
            for _ in range(given.rounds):
                start = time.process_time()
                found = scan(text)
                times.append(time.process_time() - start)
            row.append(f"{len(text) / statistics.median(times) / 1e6:.2f}")
            counts.append(f"{found:,}")
        table.add_row(*row, *counts)
        del scan
    Console().print(table)


if __name__ == "__main__":
    main()
