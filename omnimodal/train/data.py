"""Questions → training rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.progress import track
from torch.utils.data import Dataset

from omnimodal.document import join
from omnimodal.read import Reader
from omnimodal.splice import Row, Surface
from omnimodal.train.task import Example, Split, Task


def generate(tasks: Sequence[Task], n: int, split: Split, seed: int) -> list[Example]:
    """n questions, spread evenly over the tasks and mixed. Entities of the two splits are disjoint."""
    share = [n // len(tasks) + (i < n % len(tasks)) for i in range(len(tasks))]
    examples = [e for task, k in zip(tasks, share, strict=True) for e in task.generate(k, split, seed)]
    random.Random(seed).shuffle(examples)
    return examples


def row_of(example: Example, reader: Reader, surface: Surface, text_only: bool = False) -> Row:
    """The question's row with its answer behind it, ended by the tokenizer's end of text.

    text_only leaves the entities out and their text in.
    """
    document = join(example.parts)
    mentions = () if text_only else document.mentions
    room = reader.tokenizer(example.answer, add_special_tokens=False)["input_ids"]
    answer = (*room, reader.tokenizer.eos_token_id)
    row = reader.rows([document], [mentions], surface, reserve=len(answer))[0]
    return replace(row, answer=answer)


class Questions(Dataset):
    """Rows in the order to learn them; the mentions of a share of the questions (`hide_text`) lose their text."""

    def __init__(self, examples: Sequence[Example], reader: Reader, hide_text: float = 0.0, batch_size: int = 1):
        hidden = [random.Random(i).random() < hide_text for i in range(len(examples))]
        surfaces: list[Surface] = ["replace" if hide else reader.surface for hide in hidden]
        asked = track(list(zip(examples, surfaces, strict=True)), "questions", disable=len(examples) < 1000)
        rows = [row_of(example, reader, surface) for example, surface in asked]
        self.rows = by_length(rows, reader.k, batch_size)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Row:
        return self.rows[i]


def by_length(rows: Sequence[Row], k: int, batch_size: int, batches: int = 4) -> list[Row]:
    """The rows with those of like length side by side, so that little is padded: sorted among every few batches, which
    are then shuffled. Tasks stay mixed over a few steps.
    """
    ordered: list[Row] = []
    for i in range(0, len(rows), batches * batch_size):
        some = sorted(rows[i : i + batches * batch_size], key=lambda row: row.width(k))
        parts = [some[j : j + batch_size] for j in range(0, len(some), batch_size)]
        random.Random(i).shuffle(parts)
        parts.sort(key=len, reverse=True)  # a last, smaller one stays last
        ordered += [row for part in parts for row in part]
    return ordered


@dataclass
class Collator:
    """Rows → the arguments of OmniModel.forward; answers stand at the end of left-padded rows."""

    reader: Reader

    def __call__(self, rows: Sequence[Row]) -> dict[str, Any]:
        return self.reader.collate(rows, side="left")
