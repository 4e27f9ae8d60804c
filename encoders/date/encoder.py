"""The date encoder: finds dates, reads them, and turns them into one vector each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from omnimodal.encoder import Encoder, Nested
from omnimodal.encoders.date import features
from omnimodal.encoders.date.entity import Date
from omnimodal.encoders.date.expressions import languages
from omnimodal.encoders.date.expressions.compose import find
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.narrative import narrate
from omnimodal.encoders.date.expressions.reading import settled
from omnimodal.encoders.date.expressions.tense import asked
from omnimodal.encoders.date.read import setting
from omnimodal.entity import Entity, Mention
from omnimodal.errors import InvalidEntityError
from omnimodal.layers import MLP
from omnimodal.registry import register
from omnimodal.store.base import Store

THRESHOLD = 0.5  # a bare "morning" is less likely to be a date than that: Morning Herald, opening night


@register("date")
class DateEncoder(Encoder):
    """Dates, times and periods in English and six other languages, ISO 8601, EDTF or TIMEX3 → [n, 1, dim]."""

    entity = Date
    linked = False
    version = 1

    def __init__(self, dim: int = 256, hidden: int = 512):
        super().__init__(dim)
        self.net = MLP(features.WIDTH, dim, hidden)

    def detect(self, text: str) -> Iterator[Mention]:
        against = setting()
        english = narrate(text, find(text, against), against)
        for found in languages.add(text, english, against):
            if found.reading.prior < THRESHOLD:
                continue
            try:
                date = Date.of(found.reading, text[found.start : found.end])
            except InvalidEntityError:
                continue  # "6 May to 1 May" is not a range; in a running text that is no error
            ends = [self._end(text, end, found.reading.prior) for end in found.ends]
            # What is asked for is the range; a story's dates stand alone, and a language model reads "from" and "to".
            score, joined = found.reading.prior, bool(ends) and not asked(text, found.start, found.end)
            yield self.mention(text, found.start, found.end, date, score=score, children=tuple(ends), joined=joined)

    def _end(self, text: str, end: Found, score: float) -> Mention:
        """An end of a range, which is as sure to be a date as the range is."""
        date = Date.of(settled(end.reading), text[end.start : end.end])
        return self.mention(text, end.start, end.end, date, score=max(score, end.reading.prior))

    def resolve(self, mention: Mention, store: Store | None) -> Entity | None:
        """Raises InvalidEntityError for marked-up text that is no date."""
        return mention.entity or Date(mention.text)

    def featurize(self, entities: Sequence[Date]) -> Tensor:
        return features.featurize(entities)

    def forward(self, features: Tensor, nested: Nested) -> Tensor:
        return self.net(features).unsqueeze(1)  # [n, 1, dim]
