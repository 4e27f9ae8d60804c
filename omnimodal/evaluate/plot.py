"""A run at a glance: how the loss fell, and each task's accuracy beside its controls. Needs the extra `plots`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from omnimodal.evaluate.score import Result

SHOWN = {
    "text": ("text only", "#bbbbbb"),
    "shuffled": ("other entities", "#e0a080"),
    "entities": ("soft tokens", "#2a9d8f"),
}


def plot(path: Path, losses: Mapping[int, float], results: Sequence[Result]) -> None:
    """Write the picture (the suffix names the format). `losses`: step → loss."""
    from matplotlib.figure import Figure  # not pyplot: no window, and no state shared with the caller

    figure = Figure(figsize=(10, 0.28 * len(results) + 2.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.4])
    left.plot(list(losses), list(losses.values()), color="#3a7ca5")
    left.set(title="loss", xlabel="step", yscale="log")
    for i, (kind, (label, colour)) in enumerate(SHOWN.items()):
        at = [row + 0.27 * (i - 1) for row in range(len(results))]
        right.barh(at, [getattr(result, kind) for result in results], height=0.25, color=colour, label=label)
    commonest = [result.commonest for result in results]
    right.scatter(commonest, range(len(results)), marker="|", s=120, color="black", label="commonest answer", zorder=3)
    right.set(title="accuracy on entities never seen in training", xlim=(0, 1))
    right.set_yticks(range(len(results)), [result.task for result in results])
    right.invert_yaxis()
    right.legend(loc="lower right", fontsize=8)
    figure.savefig(path)
