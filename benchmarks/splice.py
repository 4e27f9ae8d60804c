"""Splicing soft tokens: ours beside a bare index_copy and LLaVA's loop over rows.     python benchmarks/splice.py

16 rows of 512 positions, 16 entities a row, 4 soft tokens and 2 boundary tokens each, width 576. The text is embedded
beforehand in all of them. Target: at most 1.1 × the index_copy, at least 4 × faster than the loop.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from _timing import compare
from torch import Tensor

from omnimodal.splice import gather, splice

ROWS, LENGTH, SPANS, SOFT, WIDTH, VOCABULARY = 16, 512, 16, 6, 576, 49152  # SOFT: the boundary tokens too
PLACEHOLDER = -200


def llava(embedded: list[Tensor], ids: list[Tensor], soft: Tensor, rows: int) -> tuple[Tensor, Tensor]:
    """`prepare_inputs_labels_for_multimodal` of LLaVA (Liu et al. 2023), its steps written anew: every row is split at
    its placeholders, joined again piece by piece with the soft tokens between, and padded to the longest.
    """
    done, used = [], 0
    for i in range(rows):
        cuts = [-1, *(ids[i] == PLACEHOLDER).nonzero()[:, 0].tolist(), len(ids[i])]
        pieces = torch.split(embedded[i], [b - a - 1 for a, b in pairwise(cuts)])
        parts = []
        for k, piece in enumerate(pieces):
            parts.append(piece)
            if k < len(pieces) - 1:
                parts.append(soft[used])
                used += 1
        done.append(torch.cat(parts))
    longest = max(len(row) for row in done)
    padded, mask = [], torch.zeros(rows, longest, dtype=torch.bool)
    for i, row in enumerate(done):
        padded.append(torch.cat([row, torch.zeros(longest - len(row), row.shape[1])]))
        mask[i, : len(row)] = True
    return torch.stack(padded), mask


def main() -> None:
    torch.manual_seed(0)
    table = torch.nn.Embedding(VOCABULARY, WIDTH)
    table.weight.requires_grad_(False)
    words = LENGTH - SPANS * SOFT
    places = [sorted(torch.randperm(words)[:SPANS].tolist()) for _ in range(ROWS)]
    rows, flat, positions, tokens = (
        [],
        torch.zeros(ROWS, LENGTH, dtype=torch.long),
        [],
        torch.randint(VOCABULARY, (ROWS, words)),
    )
    for i in range(ROWS):
        line, at = [], 0
        for n, token in enumerate(tokens[i].tolist()):
            if n in places[i]:
                positions += range(i * LENGTH + at, i * LENGTH + at + SOFT)
                line.append(PLACEHOLDER)
                at += SOFT
            flat[i, at], at = token, at + 1
            line.append(token)
        rows.append(torch.tensor(line))
    at = torch.tensor(positions)
    soft = torch.randn(ROWS * SPANS, SOFT, WIDTH, requires_grad=True)
    embeds, embedded = table(flat), [table(row[row != PLACEHOLDER]) for row in rows]
    loop = llava(embedded, rows, soft, ROWS)[0]
    assert torch.equal(loop, splice(embeds, at, soft.flatten(0, 1))), "the two must agree"
    # As the model does it: rows of boundary tokens, and of soft tokens in one block per modality.
    boundary, which = torch.randn(10, WIDTH, requires_grad=True), torch.randint(10, (2 * ROWS * SPANS,))
    blocks = [block.detach().requires_grad_() for block in soft[:, 1:-1].chunk(5)]
    contestants = {
        "bare index_copy": lambda: embeds.flatten(0, 1).index_copy(0, at, soft.flatten(0, 1)),
        "ours: splice": lambda: splice(embeds, at, soft.flatten(0, 1)),
        "ours: gather and splice": lambda: splice(embeds, at, gather(boundary, blocks, which, None)),
        "LLaVA's loop": lambda: llava(embedded, rows, soft, ROWS),
    }
    title = f"splice {ROWS} × {LENGTH}, {SPANS} × {SOFT} a row"
    compare(title, contestants, "bare index_copy", rounds=101)


if __name__ == "__main__":
    main()
