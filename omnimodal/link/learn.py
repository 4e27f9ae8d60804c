"""`python -m omnimodal.link.learn`: the linker's weights, learned from a corpus and from the default store's records.

Three kinds of documents: a corpus against a store of nothing but the titles in it; the same corpus against the default
store; and made ones. The figures are of documents held out in turn; the weights that are written come of all.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from omnimodal.errors import OmnimodalError, UnknownNameError
from omnimodal.link import corpus
from omnimodal.link.features import FEATURES
from omnimodal.link.fit import Labelled, Score, learn, score
from omnimodal.link.linker import Linker
from omnimodal.link.made import Maker
from omnimodal.link.ranker import FORMAT, Ranker, Vector
from omnimodal.paths import written_whole
from omnimodal.registry import unknown
from omnimodal.resolve import default_store
from omnimodal.store import open_store

Sets = dict[str, list[list[Labelled]]]  # what is scored → a list for each fold


def settings(given: Sequence[str], about: str = "") -> Any:
    """conf/link.yaml with what the command line changes. about: what --help says of the command."""
    from omegaconf import OmegaConf

    told = RawDescriptionHelpFormatter
    parser = ArgumentParser(description=about, formatter_class=told, epilog="Settings and their values: conf/link.yaml")
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="changes a setting of conf/link.yaml")
    given = parser.parse_args(list(given)).settings

    said = OmegaConf.create(files("omnimodal.conf").joinpath("link.yaml").read_text("utf-8"))
    for setting in given:
        key = setting.partition("=")[0]
        if OmegaConf.select(said, key, default=said) is said:
            raise UnknownNameError(unknown("setting", key, [str(known) for known in said]))
    return OmegaConf.merge(said, OmegaConf.from_dotlist(list(given)))


def corpus_path(given: str | None) -> Path:
    """The corpus, by default that of the real data. Raises OmnimodalError where there is none."""
    real = Path(os.environ.get("OMNIMODAL_REAL_DATA") or Path(__file__).parents[2] / "../shared/data")
    path = Path(given) if given else real / "text" / "gum.jsonl"
    if not path.exists():
        raise OmnimodalError(f"No corpus at {path}: give corpus=FILE.jsonl, or set OMNIMODAL_REAL_DATA")
    return path


def examples(conf: Any, linker: Linker) -> Sets:
    """All examples in `conf.folds` folds of documents. The ranker of `linker` is not used for them."""
    documents = corpus.read(corpus_path(conf.corpus))
    Random(conf.seed).shuffle(documents)
    titles = open_store(":memory:")
    titles.put(corpus.title_records(documents, conf.modality))
    of_titles, store = Linker(titles, linker.ranker), linker.memory.store
    weights = conf.weights
    made = list(Maker(store, linker, conf.seed).documents(conf.documents, weights.made))
    folds = range(conf.folds)
    split = [documents[i :: conf.folds] for i in folds]
    return {
        "titles": [[corpus.of_titles(d, of_titles, conf.modality, (), weights.titles) for d in part] for part in split],
        "store": [[corpus.of_store(d, linker, store, conf.types, weights.store) for d in part] for part in split],
        "made": [made[i :: conf.folds] for i in folds],
    }


def held_out(sets: Sets, linker: Linker, l2: float, threshold: float, prior_only: bool = False) -> dict[str, Score]:
    """Each fold scored by a ranker that was learned without it; the counts of the folds are added up."""
    scores: dict[str, list[Score]] = {name: [] for name in sets}
    for i in range(len(next(iter(sets.values())))):
        seen = [d for folds in sets.values() for j, fold in enumerate(folds) if j != i for d in fold]
        ranker = linker.ranker if prior_only else learn(seen, linker, l2)
        for name, folds in sets.items():
            scores[name].append(score(folds[i], replace(ranker, threshold=threshold), linker, prior_only))
    return {name: Score.sum(parts) for name, parts in scores.items()}


def said(ranker: Ranker, figures: dict[str, Any]) -> dict[str, Any]:
    """The content of the file."""
    table = lambda w: {name: round(float(v), 4) for name, v in zip(FEATURES, w, strict=True)}  # noqa: E731
    return {
        "format": FORMAT,
        "learned": datetime.now(UTC).strftime("%Y-%m-%d"),
        "by": "python -m omnimodal.link.learn",
        **figures,
        "threshold": ranker.threshold,
        "first": table(ranker.first),
        "second": table(ranker.second),
    }


def main(given: Sequence[str]) -> None:
    conf = settings(given, __doc__ or "")
    zero: Vector = np.zeros(len(FEATURES))
    linker = Linker(default_store(), Ranker(zero, zero))
    sets = examples(conf, linker)
    report = {}
    for name, prior_only in (("prior", True), ("held_out", False)):
        scores = held_out(sets, linker, conf.l2, conf.threshold, prior_only)
        report[name] = {what: s.rounded() for what, s in scores.items()}
        for what, s in scores.items():
            print(f"{name:9} {what:7} {s}")
    ranker = learn([d for folds in sets.values() for fold in folds for d in fold], linker, conf.l2)
    ranker = replace(ranker, threshold=conf.threshold)
    with written_whole(Path(conf.out)) as fresh:
        fresh.write_text(json.dumps(said(ranker, report), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
