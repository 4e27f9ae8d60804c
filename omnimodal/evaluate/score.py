"""How often the answer is right, on entities never seen in training, beside the controls that tell why.

A closed question is scored by the choice whose first token is the most likely; by the whole choice's likelihood where
choices begin with the same token. An open question is right if every token of the answer is the most likely one, which
is what greedy generation would write.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor

from omnimodal.model import OmniModel
from omnimodal.splice import IGNORED, Row
from omnimodal.train.data import row_of
from omnimodal.train.task import Example


@dataclass(frozen=True)
class Result:
    """Accuracies of one task on n held-out questions, each in [0, 1].

    commonest: the commonest training answer, always given. text: the plain language model on the text alone.
    shuffled: the soft tokens of another question in place of the text. entities: the soft tokens in place of it.
    both: the soft tokens behind the text.
    """

    task: str
    n: int
    commonest: float
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
        commonest = sum(test[i].answer == common[0][0] for i in mine) / len(mine) if common else 0.0
        shares = {kind: sum(right[i] for i in mine) / len(mine) for kind, right in scores.items()}
        results.append(Result(name, len(mine), commonest=commonest, **shares))
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
    """Whether each answer is right, see the module's docstring. rows[i] asks examples[i] and ends in its answer."""
    # A closed question whose choices begin alike is asked once per choice, any other once.
    asked: list[tuple[int, str | None]] = []
    first = {choice: _ids(model, choice)[0] for choice in {c for e in examples for c in e.choices}}
    for i, example in enumerate(examples):
        alike = len({first[choice] for choice in example.choices}) < len(example.choices)
        asked += [(i, choice) for choice in example.choices] if alike else [(i, None)]
    eos = (model.tokenizer.eos_token_id,)
    given = [rows[i] if c is None else replace(rows[i], answer=(*_ids(model, c), *eos)) for i, c in asked]
    by_length = sorted(range(len(given)), key=lambda j: given[j].width(model.k))
    right = [False] * len(rows)
    likelihood: dict[int, dict[str, float]] = {}
    for ids in (by_length[j : j + batch_size] for j in range(0, len(given), batch_size)):
        for j, scores, wanted in zip(ids, *_answers(model, [given[j] for j in ids]), strict=True):
            (i, choice), example = asked[j], examples[asked[j][0]]
            if choice is not None:
                likelihood.setdefault(i, {})[choice] = float(scores.gather(1, wanted[:, None]).sum())
            elif example.choices:
                right[i] = max(example.choices, key=lambda c: scores[0, first[c]]) == example.answer
            else:
                right[i] = bool((scores.argmax(dim=-1) == wanted).all())
    for i, found in likelihood.items():
        right[i] = max(found, key=found.__getitem__) == examples[i].answer
    return right


def _answers(model: OmniModel, rows: Sequence[Row]) -> tuple[list[Tensor], list[Tensor]]:
    """For each row the log-probabilities at its answer's positions [answer, vocabulary], and the answer's ids."""
    given = model.to_device(model.reader.collate(rows, side="left"))
    labels = given.pop("labels")
    scores = model(**given).logits[:, :-1].float().log_softmax(dim=-1)
    labels = labels[:, -scores.shape[1] :]
    wanted = labels != IGNORED
    return [s[w] for s, w in zip(scores, wanted, strict=True)], [t[w] for t, w in zip(labels, wanted, strict=True)]


def _ids(model: OmniModel, text: str) -> list[int]:
    return model.tokenizer(text, add_special_tokens=False)["input_ids"]
