"""Questions → training rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

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


@dataclass
class Questions(Dataset):
    """Rows for the trainer; the mentions of a share of them (`hide_text`) lose their text."""

    examples: Sequence[Example]
    reader: Reader
    hide_text: float = 0.0

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, i: int) -> Row:
        hidden = random.Random(i).random() < self.hide_text
        return row_of(self.examples[i], self.reader, "replace" if hidden else self.reader.surface)


@dataclass
class Collator:
    """Rows → the arguments of OmniModel.forward; answers stand at the end of left-padded rows."""

    reader: Reader

    def __call__(self, rows: Sequence[Row]) -> dict[str, Any]:
        return self.reader.collate(rows, side="left")
