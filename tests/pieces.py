"""A source of mentions for tests."""

from __future__ import annotations

from omnimodal import Mention


class Pieces:
    """A source that finds the given pieces of every text."""

    name = "pieces"

    def __init__(self, *pieces, modality="person", score=0.9):
        self.pieces, self.modality, self.score, self.asked = pieces, modality, score, []

    def detect(self, texts):
        self.asked.append(list(texts))
        return [[self._mention(text, piece) for piece in self.pieces if piece in text] for text in texts]

    def _mention(self, text, piece):
        start = text.index(piece)
        return Mention(start, start + len(piece), self.modality, piece, self.score, "tagger")
