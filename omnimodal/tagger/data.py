"""A configuration's texts, by what they are for: original and distilled to learn from, dev and test to measure on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omnimodal.errors import OmnimodalError
from omnimodal.tagger.model import Tagger
from omnimodal.tagger.noise import NoisyAnnotator
from omnimodal.tagger.sample import Sample, read_samples, split
from omnimodal.tagger.window import Cell, Window, cells, cut

Learned = tuple[Window, list[Cell]]


@dataclass(frozen=True)
class Data:
    """No text of `dev` or `test` is in the others. `notes` say what was done on the way, for the report."""

    labels: list[str]
    original: list[Sample]
    distilled: list[Sample]
    dev: list[Sample]
    test: list[Sample]
    notes: dict[str, Any]


def data_of(cfg: Any, seed: int) -> Data:
    """The data that `conf/tagger.yaml` describes under `data`; `seed` is that of the simulated annotator's faults.

    The parts are the same documents whoever annotates: what is set apart for distilled data is not learned from in the
    version people annotated. Of a file of distilled data what is in another part is left out, and counted.
    Raises OmnimodalError for labels that no text has, and for parts without a text.
    """
    samples = read_samples(Path(cfg.file))
    occurring = Counter(span.label for sample in samples for span in sample.spans)
    labels = list(cfg.labels) if cfg.labels is not None else sorted(occurring)
    if lacking := [label for label in labels if not occurring[label]]:
        raise OmnimodalError(f"{cfg.file} has no {', '.join(lacking)}; its labels are {', '.join(sorted(occurring))}")
    sizes = {name: int(cfg.sizes[name]) for name in ("original", "distilled", "dev", "test")}
    parts = split([sample.only(labels) for sample in samples], sizes, cfg.seed)
    if empty := [name for name in ("original", "dev", "test") if not parts[name]]:
        raise OmnimodalError(f"data.sizes leaves no document for {', '.join(empty)}")
    if cfg.distilled is None:
        annotator = NoisyAnnotator(labels, **cfg.noise, seed=seed)
        distilled = annotator.annotate(parts["distilled"])
        notes: dict[str, Any] = {"annotator": "simulated", "noise": dict(cfg.noise), "faults": dict(annotator.counts)}
    else:
        read = [sample.only(labels) for sample in read_samples(Path(cfg.distilled))]
        used = [*parts["original"], *parts["dev"], *parts["test"]]
        known = {sample.text for sample in used} | {sample.doc for sample in used}
        distilled = [sample for sample in read if sample.text not in known and sample.doc not in known]
        notes = {"annotator": str(cfg.distilled), "left out, being in another part": len(read) - len(distilled)}
    notes["documents"] = {**{name: len(part) for name, part in parts.items()}, "distilled": len(distilled)}
    return Data(labels, parts["original"], distilled, parts["dev"], parts["test"], notes)


def learned(samples: Sequence[Sample], tagger: Tagger) -> list[Learned]:
    """The samples' windows, each token in one of them but for a few, with the cells to be learned; without the windows
    that reach into what an annotator did not read."""
    overlap = min(8, tagger.overlap)
    cuts = cut([sample.text for sample in samples], tagger.tokenizer, tagger.window, overlap)
    return [
        (window, cells(window, sample, tagger.labels))
        for sample, windows in zip(samples, cuts, strict=True)
        for window in windows
        if not any(window.low < end and start < window.high for start, end in sample.unread)
    ]
