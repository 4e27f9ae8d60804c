"""How often the answer is right, on entities never seen in training, beside the controls that tell why.

An answer is scored with the question read once: a closed question by the choice whose first token is most likely, an
open one (or one whose choices begin with the same token) by whether every token of the answer is the most likely one,
which is what greedy generation would write.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from omnimodal.model import OmniModel
from omnimodal.splice import IGNORED, Row
from omnimodal.train.data import row_of
from omnimodal.train.task import Example


@dataclass(frozen=True)
class Result:
    """Accuracies of one task on n held-out questions, each in [0, 1].

    entities: the soft tokens in place of the text. both: behind the text. shuffled: the soft tokens of another question
    in place of the text. text: the plain language model on the text alone. chance: the commonest training answer.
    """

    task: str
    n: int
    chance: float
    text: float
    shuffled: float
    entities: float
    both: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(model: OmniModel, train: Sequence[Example], test: Sequence[Example], batch_size: int = 16) -> list[Result]:
    """A Result per task of the test questions, in their order."""
    names = list(dict.fromkeys(example.task for example in test))
    scores = {
        "text": score(model, test, [row_of(e, model.reader, "keep", text_only=True) for e in test], batch_size),
        "shuffled": score(model, test, [row_of(e, model.reader, "replace") for e in shuffled(test)], batch_size),
        "entities": score(model, test, [row_of(e, model.reader, "replace") for e in test], batch_size),
        "both": score(model, test, [row_of(e, model.reader, "keep") for e in test], batch_size),
    }
    results = []
    for name in sorted(names):
        mine = [i for i, example in enumerate(test) if example.task == name]
        common = Counter(e.answer for e in train if e.task == name).most_common(1)
        chance = sum(test[i].answer == common[0][0] for i in mine) / len(mine) if common else 0.0
        shares = {kind: sum(right[i] for i in mine) / len(mine) for kind, right in scores.items()}
        results.append(Result(name, len(mine), chance=chance, **shares))
    return results


def shuffled(examples: Sequence[Example], seed: int = 0) -> list[Example]:
    """Each question with the entities of another one of its task; texts, choices and answers stay."""
    mixed = list(examples)
    for task in {example.task for example in examples}:
        ids = [i for i, example in enumerate(examples) if example.task == task]
        donors = ids[1:] + ids[:1]
        random.Random(f"{task}/{seed}").shuffle(ids)
        for i, donor in zip(ids, donors, strict=True):
            theirs = iter(examples[donor].entities)
            mine = examples[i].parts
            if len(examples[donor].entities) == len(examples[i].entities):
                mixed[i] = replace(examples[i], parts=tuple(p if isinstance(p, str) else next(theirs) for p in mine))
    return mixed


@torch.no_grad()
def score(model: OmniModel, examples: Sequence[Example], rows: Sequence[Row], batch_size: int = 16) -> list[bool]:
    """Whether each answer is right, see the module's docstring."""
    first = {choice: _first_token(model, choice) for choice in {c for e in examples for c in e.choices}}
    by_length = sorted(range(len(rows)), key=lambda i: rows[i].width(model.k))
    right = [False] * len(rows)
    for ids in (by_length[i : i + batch_size] for i in range(0, len(rows), batch_size)):
        given = model.to_device(model.reader.collate([rows[i] for i in ids], side="left"))
        labels = given.pop("labels")
        logits = model(**given).logits[:, :-1]
        labels = labels[:, -logits.shape[1] :]
        for i, scores, wanted in zip(ids, logits, labels, strict=True):
            answer = scores[wanted != IGNORED]  # [answer, vocabulary]
            choices = examples[i].choices
            if len(options := {first[choice] for choice in choices}) == len(choices) > 0:
                right[i] = first[examples[i].answer] == max(options, key=answer[0].__getitem__)
            else:
                right[i] = bool((answer.argmax(dim=-1) == wanted[wanted != IGNORED]).all())
    return right


def _first_token(model: OmniModel, text: str) -> int:
    return model.tokenizer(text, add_special_tokens=False)["input_ids"][0]
