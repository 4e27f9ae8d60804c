"""One training step: ours beside forward and backward of the plain model at the same length.

python benchmarks/step.py [model]     Target: at most 1.10 ×.
"""

from __future__ import annotations

import sys

import torch
from _timing import compare
from hydra.utils import instantiate
from omegaconf import OmegaConf

import omnimodal
from omnimodal.train.data import Collator, Questions, generate

TASKS = [
    "number.tasks.Compare",
    "date.tasks.Earlier",
    "place.tasks.Direction",
    "corporation.tasks.Sector",
    "image.tasks.Shape",
]


def main() -> None:
    torch.manual_seed(0)
    model = omnimodal.load(sys.argv[1] if len(sys.argv) > 1 else "smollm2_135m").train()
    tasks = [instantiate(OmegaConf.create({"_target_": f"omnimodal.encoders.{name}"})) for name in TASKS]
    questions = Questions(generate(tasks, 16, "train", 0), model.reader)
    collate = Collator(model.reader)
    given = collate([questions[i] for i in range(16)])
    embeds = model.inputs_embeds(**given).detach()
    b, l = given["input_ids"].shape
    print(f"16 questions, {b} × {l} positions")

    def plain() -> None:
        inputs = {"inputs_embeds": embeds.requires_grad_(), "attention_mask": given["attention_mask"]}
        model.llm(**inputs, labels=given["labels"]).loss.backward()

    def plain_short() -> None:
        inputs = {"inputs_embeds": embeds.requires_grad_(), "attention_mask": given["attention_mask"]}
        keep = given["logits_to_keep"]
        model.llm(**inputs, labels=given["labels"][:, -keep:], logits_to_keep=keep).loss.backward()

    def ours() -> None:
        batch = collate([questions[i] for i in range(16)])
        model(**batch).loss.backward()
        model.zero_grad()

    contestants = {
        "plain model": plain,
        "plain model, logits of the answers only": plain_short,
        "ours, collation too": ours,
    }
    compare("forward and backward", contestants, "plain model", rounds=5)


if __name__ == "__main__":
    main()
