"""A simulated annotator: it knows the right answer and makes the mistakes a language model makes, at given rates.

It stands in for `omnimodal.tagger.annotate.Annotator` where schedules are compared: same method, known noise.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from omnimodal.errors import OmnimodalError
from omnimodal.tagger.sample import Sample, Span

_word = re.compile(r"\S+")


class NoisyAnnotator:
    """Drops spans, moves their edges by a word, gives them other labels, and invents some.

    drop, shift, confuse: the chance per span, in this order; invent: spans made up per span that was kept. Counts of
    what was done are in `counts`. Raises OmnimodalError for rates outside [0, 1].
    """

    def __init__(
        self,
        labels: Sequence[str],
        *,
        drop: float = 0.0,
        shift: float = 0.0,
        confuse: float = 0.0,
        invent: float = 0.0,
        seed: int = 0,
    ):
        rates = {"drop": drop, "shift": shift, "confuse": confuse, "invent": invent}
        if wrong := {name: rate for name, rate in rates.items() if not 0 <= rate <= 1}:
            raise OmnimodalError(f"Rates of noise are between 0 and 1, not {wrong}")
        self.labels, self.rates, self.seed = list(labels), rates, seed
        self.counts: Counter[str] = Counter()

    def annotate(self, samples: Sequence[Sample]) -> list[Sample]:
        """The samples with faulty spans; for the same seed and text the same faults."""
        return [self._annotate(sample) for sample in samples]

    def _annotate(self, sample: Sample) -> Sample:
        rng = random.Random(f"noise/{self.seed}/{sample.doc}")
        words = [match.span() for match in _word.finditer(sample.text)]
        spans = {self._blurred(span, words, rng) for span in sample.spans if not self._happens("drop", rng)}
        for _ in range(len(spans) if words else 0):
            if self._happens("invent", rng):
                first = rng.randrange(len(words))
                last = min(len(words) - 1, first + rng.randrange(3))
                spans.add(Span(words[first][0], words[last][1], rng.choice(self.labels)))
        return Sample(sample.doc, sample.text, tuple(sorted(spans)))

    def _blurred(self, span: Span, words: Sequence[tuple[int, int]], rng: random.Random) -> Span:
        start, end, label = span.start, span.end, span.label
        if self._happens("shift", rng):
            first, last = _at(words, start), _at(words, end - 1)
            moves = [(first - 1, last), (first, last + 1), (first + 1, last), (first, last - 1)]
            able = [(a, b) for a, b in moves if 0 <= a <= b < len(words)]
            if able:
                a, b = rng.choice(able)
                start, end = words[a][0], words[b][1]
        others = [other for other in self.labels if other != label]
        if self._happens("confuse", rng) and others:
            label = rng.choice(others)
        return Span(start, end, label)

    def _happens(self, what: str, rng: random.Random) -> bool:
        happens = rng.random() < self.rates[what]
        self.counts[what] += happens
        return happens


def _at(words: Sequence[tuple[int, int]], offset: int) -> int:
    """The word in which, or behind which, a character stands."""
    return max(0, bisect_right(words, (offset, 1 << 62)) - 1)
