"""Which record a gold mention means: the linker beside the prior alone, each document by weights learned without it.

    python benchmarks/link.py                 # needs OMNIMODAL_REAL_DATA (default ../shared/data)
    python benchmarks/link.py folds=10        # settings of conf/link.yaml

titles: the corpus's gold spans that are written like names, of all types or of places and organizations only, against a
store that holds nothing but the names of its titles; a span without a title means none of them. store: names of the
default store in the corpus, as far as the gold spans tell what they mean. made: documents made of the default store's
records. prior alone takes the heaviest record of exactly that name; one pass leaves out the other entities of the text.

accuracy: of all mentions; linkable: of those whose record is in the store; ceiling: the share of these whose record is
among the options; NIL F1: of "none of them".
"""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random

import numpy as np
from rich.console import Console
from rich.table import Table

from omnimodal.link import corpus
from omnimodal.link.features import FEATURES
from omnimodal.link.fit import Score, learn, score
from omnimodal.link.learn import corpus_path, examples, settings
from omnimodal.link.linker import Linker
from omnimodal.link.ranker import Ranker
from omnimodal.resolve import default_store
from omnimodal.store import open_store

WAYS = ("prior alone", "one pass", "two passes")


def main() -> None:
    conf = settings(sys.argv[1:], __doc__ or "")
    zero = np.zeros(len(FEATURES))
    linker = Linker(default_store(), Ranker(zero, zero))
    sets = examples(conf, linker)
    documents = corpus.read(corpus_path(conf.corpus))
    Random(conf.seed).shuffle(documents)  # as `examples` does
    titles = open_store(":memory:")
    titles.put(corpus.title_records(documents, conf.modality))
    of_titles = Linker(titles, linker.ranker)
    some = [
        [corpus.of_titles(d, of_titles, conf.modality, conf.types) for d in documents[i :: conf.folds]]
        for i in range(conf.folds)
    ]
    scored = {
        "titles": sets["titles"],
        f"titles: {', '.join(conf.types)}": some,
        "store": sets["store"],
        "made": sets["made"],
    }
    scores: dict[tuple[str, str], list[Score]] = {}
    for i in range(conf.folds):
        seen = [d for folds in sets.values() for j, fold in enumerate(folds) if j != i for d in fold]
        ranker = replace(learn(seen, linker, conf.l2), threshold=conf.threshold)
        first = replace(ranker, second=ranker.first)
        for name, folds in scored.items():
            for way, used in zip(WAYS, (ranker, first, ranker), strict=True):
                done = score(folds[i], used, linker, prior_only=way == WAYS[0])
                scores.setdefault((name, way), []).append(done)
    table = Table(title=f"{len(documents)} documents, {conf.folds} folds")
    for column in ("", "", "mentions", "accuracy", "linkable", "ceiling", "NIL F1"):
        table.add_column(column, justify="right" if column else "left")
    for (name, way), parts in scores.items():
        s = Score.sum(parts).rounded()
        figures = [f"{s[key]:.3f}" for key in ("accuracy", "accuracy_of_linkable", "ceiling_of_linkable", "nil_f1")]
        table.add_row(name if way == WAYS[0] else "", way, f"{s['mentions']:,}", *figures, end_section=way == WAYS[-1])
    Console().print(table)


if __name__ == "__main__":
    main()
