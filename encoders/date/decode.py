"""Vectors → dates: field-wise classes, and the most probable day that the calendar has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from omnimodal.encoders.date.calendar import civil_from_days, days_from_civil, format_year, weekday
from omnimodal.encoders.date.entity import Date
from omnimodal.errors import InvalidEntityError

DIGITS = 6  # of the year: ±999,999
GRAINS = ("year", "month", "day")
_FIELDS = {"granularity": len(GRAINS), "sign": 2, "month": 12, "day": 31, "weekday": 7}
IGNORED = -100  # a field that a coarser date does not have


class DateDecoder(nn.Module):
    """[n, dim] → granularity (year, month, day), sign and six digits of the year, month, day and weekday classes.

    `loss` is the mean cross-entropy over the fields that a date has; `decode` takes the best year, and within it the
    month and day whose joint probability with their weekday is highest, so that 30 February cannot come out.
    """

    def __init__(self, dim: int = 256, hidden: int = 256):
        super().__init__()
        self.sizes = {**_FIELDS, **{f"digit{k}": 10 for k in range(DIGITS)}}
        self.net = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, sum(self.sizes.values())))

    def forward(self, vectors: Tensor) -> dict[str, Tensor]:
        """[n, dim] → log-probabilities by field, each [n, classes]."""
        parts = self.net(vectors).split(list(self.sizes.values()), dim=-1)
        return {name: F.log_softmax(part, dim=-1) for name, part in zip(self.sizes, parts, strict=True)}

    def loss(self, vectors: Tensor, dates: Sequence[Date]) -> Tensor:
        """Raises InvalidEntityError for a date without a start, or with a year of more than six digits."""
        aims = torch.tensor([_classes(date) for date in dates], device=vectors.device)  # [n, fields]
        losses = [
            F.nll_loss(scores, aim, ignore_index=IGNORED)
            for scores, aim in zip(self(vectors).values(), aims.T, strict=True)
            if bool((aim != IGNORED).any())
        ]
        return torch.stack(losses).mean()

    @torch.no_grad()
    def decode(self, vectors: Tensor) -> list[Date]:
        """n dates, each of the calendar."""
        scores = {name: part.double().cpu().numpy() for name, part in self(vectors).items()}
        year = sum(scores[f"digit{k}"].argmax(1) * 10**k for k in range(DIGITS))
        year = np.where(scores["sign"].argmax(1) == 1, -year, year).astype(np.int64)
        months, days = np.arange(1, 13)[None, :, None], np.arange(1, 32)[None, None, :]
        at = days_from_civil(year[:, None, None], months, days)  # [n, 12, 31]
        wday = np.take_along_axis(scores["weekday"], weekday(at).reshape(len(year), -1), axis=1).reshape(at.shape)
        joint = scores["month"][:, :, None] + scores["day"][:, None, :] + wday
        joint[civil_from_days(at)[1] != np.broadcast_to(months, at.shape)] = -np.inf  # 30 February runs into March
        best = joint.reshape(len(year), -1).argmax(1)
        grain = scores["granularity"].argmax(1)
        month = np.where(grain == 1, scores["month"].argmax(1), best // 31) + 1
        rows = zip(year, month, best % 31 + 1, grain, strict=True)
        return [_date(*(int(v) for v in row)) for row in rows]


def _classes(date: Date) -> list[int]:
    start = date.interval[0]
    if start is None or date.clock:
        raise InvalidEntityError(f"{date.surface!r} has no start on the time line, so no classes", encoder="date")
    year, month, day = civil_from_days(start // 86_400)
    if abs(year) >= 10**DIGITS:
        raise InvalidEntityError(f"year {year} has more than {DIGITS} digits", encoder="date")
    grain = "day" if "day" in date.known else "month" if "month" in date.known else "year"
    fields = (
        GRAINS.index(grain),
        int(year < 0),
        month - 1 if grain != "year" else IGNORED,
        day - 1 if grain == "day" else IGNORED,
        int(weekday(start // 86_400)) if grain == "day" else IGNORED,
    )
    return [*fields, *(abs(year) // 10**k % 10 for k in range(DIGITS))]


def _date(year: int, month: int, day: int, grain: int) -> Date:
    text = format_year(year) if abs(year) <= 9999 else f"Y{year}"
    return Date(text + (f"-{month:02}" if grain else "") + (f"-{day:02}" if grain == 2 else ""))
