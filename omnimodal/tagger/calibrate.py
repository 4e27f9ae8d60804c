"""Scores → probabilities, and the probability from which on a span is given; both fitted on held-out texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F

from omnimodal.tagger.model import Tagger
from omnimodal.tagger.sample import Sample
from omnimodal.tagger.score import score
from omnimodal.tagger.window import cells, collate, cut, targets

FLOOR = -8.0  # lower scores say "nothing" for sure, and there are millions of them
THRESHOLDS = [i / 100 for i in range(15, 75, 5)]


def calibrate(tagger: Tagger, dev: Sequence[Sample]) -> dict[str, Any]:
    """Set the tagger's scale, shift (Platt 1999) and the threshold of the best F1 on `dev`; return the scores there."""
    scores, right = _scores(tagger, dev)
    if right.any() and not right.all():
        tagger.scale, tagger.shift = platt(scores, right)
    tagger.threshold = THRESHOLDS[0]
    found = tagger.spans([sample.text for sample in dev])
    kept = {t: [[s for s, p in spans.items() if p >= t] for spans in found] for t in THRESHOLDS}
    scored = {t: score(dev, spans, tagger.labels) for t, spans in kept.items()}
    tagger.threshold = max(scored, key=lambda t: (scored[t]["overall"]["f1"], -abs(t - 0.5)))
    return scored[tagger.threshold]


def platt(scores: torch.Tensor, right: torch.Tensor) -> tuple[float, float]:
    """(scale, shift) of the logistic curve that says best how often a score is right. scores, right [n]."""
    x, y = scores.double(), right.double()
    log_scale = torch.zeros((), dtype=torch.double, requires_grad=True)  # positive: a higher score is never less likely
    shift = torch.zeros((), dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale, shift], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(x * log_scale.exp() + shift, y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return log_scale.exp().item(), shift.item()


@torch.no_grad()
def _scores(tagger: Tagger, dev: Sequence[Sample], size: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    """The scores [n] above FLOOR in the windows of the texts, and which of them are right."""
    tagger.eval()
    cuts = cut([sample.text for sample in dev], tagger.tokenizer, tagger.window, tagger.overlap)
    rows = [(w, cells(w, sample, tagger.labels)) for sample, windows in zip(dev, cuts, strict=True) for w in windows]
    kept, right = [torch.zeros(0)], [torch.zeros(0, dtype=torch.bool)]
    for i in range(0, len(rows), size):
        batch = collate([window for window, _ in rows[i : i + size]], tagger.pad)
        gold = targets(batch, [found for _, found in rows[i : i + size]], len(tagger.labels))
        scores = tagger(batch.to(tagger.device)).cpu()
        kept.append(scores[scores > FLOOR])
        right.append(gold[scores > FLOOR])
    return torch.cat(kept), torch.cat(right)
