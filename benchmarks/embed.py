"""Embedding texts with entities: ours beside the frozen model alone on inputs of the same length.

python benchmarks/embed.py [model]     Target: at most 1.10 × with features cached, at most 1.25 × cold.
"""

from __future__ import annotations

import sys

import torch
from _timing import compare

import omnimodal
from omnimodal.cache import FeatureCache

TEXTS = [
    "Apple was founded on April 1, 1976 in Cupertino and earned $391 billion in 2024, more than Siemens of Munich.",
    "The Eiffel Tower in Paris is 330 m high and was finished on 31 March 1889, two years after work began.",
    "Between 1914 and 1918 the price of bread in Vienna rose by 350 percent, while wages rose by 40 percent.",
    "Nestlé of Switzerland bought 12 factories in Brazil for €1.3 billion between May 2019 and Q3 2021.",
    "A marathon of 42.195 km was run in Tokyo in 2 hours and 5 minutes on a cold morning in March 2017.",
    "Toyota sold 10.3 million cars in 2023; its plants in Nagoya and Kentucky employ more than 70,000 people.",
    "In the winter of 1941 some 2,300 men crossed the frozen lake near Saint Petersburg in four nights.",
    "The bridge from Malmö to Copenhagen, 7,845 metres long, was opened on 1 July 2000 by two queens.",
] * 2


def main() -> None:
    model = omnimodal.load(sys.argv[1] if len(sys.argv) > 1 else "smollm2_135m")
    found = model.embed(TEXTS)
    print(f"{len(TEXTS)} texts, {int(found.attention_mask.sum())} positions, {sum(map(len, found.mentions))} entities")

    @torch.no_grad()
    def plain() -> object:
        return model.hidden_states(found.inputs_embeds, found.attention_mask)

    def cold() -> object:
        model.reader.cache = FeatureCache()
        return model.embed(TEXTS)

    contestants = {
        "frozen model alone": plain,
        "embed, features cached": lambda: model.embed(TEXTS),
        "embed, cold": cold,
    }
    compare(f"embed {len(TEXTS)} texts", contestants, "frozen model alone", rounds=5)


if __name__ == "__main__":
    main()
