"""Dates → floats: what calendars and clocks show, exactly, for any year.

Layout of the row, 163 floats: granularity 16 · missing fields 7 · flags 8 · modifier 7 · year digits 4 × 10 (aligned
at the units) · month 12 · day of month 4 + 10 · weekday 7 · hour 24 · cycles 8 × (sin, cos) · time since 2000 at 6
scales · year, span and recurrence (signed logs) 3 · offset to the reference 3.

Order extrapolates because time since 2000 enters as asinh(t / scale): linear within the scale, logarithmic beyond.
Weekday and month need no extrapolation: their one-hots are computed, not learned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from omnimodal.encoders.date.calendar import DAY, SECONDS, civil_from_days, days_from_civil, read_instant, weekday
from omnimodal.encoders.date.entity import FIELDS, MODIFIERS, Date
from omnimodal.encoders.date.expressions.reading import DURATION, GRANULARITIES, LETTER_UNITS, amount

Array = np.ndarray[Any, Any]
SCALES = (1, 30, 365, 3652, 36_524, 365_242)  # days: a day, a month, a year, a decade, a century, a millennium
YEAR = 365.2425
_SIZE = re.compile(r"([-+]?)P(T?)(\d+(?:\.\d+)?)([A-Z]{1,2})")
_LENGTHS = SECONDS | {"weekend": 2 * DAY, "month": YEAR / 12 * DAY, "season": YEAR / 4 * DAY, "quarter": YEAR / 4 * DAY}
_LENGTHS |= {
    "year": YEAR * DAY,
    "decade": 10 * YEAR * DAY,
    "century": 100 * YEAR * DAY,
    "millennium": 1000 * YEAR * DAY,
}


def featurize(dates: Sequence[Date]) -> Tensor:
    """n dates → [n, 163] float32, of about unit size."""
    rows = [_row(date) for date in dates]
    columns = np.array([r[0] for r in rows], dtype=np.int64).reshape(len(rows), 12).T
    grain, flags, modifier, days, seconds, year, month, day, wday, hour, minute, second = columns
    offset, span, period = np.array([r[1] for r in rows], dtype=np.float64).reshape(len(rows), 3).T
    known = np.stack([year, month, day, hour, minute, second, wday]) != MISSING
    placed = (flags & PLACED) > 0
    has = dict(zip((*FIELDS, "weekday"), known | placed, strict=True))

    years, months, of_month = civil_from_days(days)
    number = np.abs(years)
    start_of_year, next_year = days_from_civil(years, 1, 1), days_from_civil(years + 1, 1, 1)
    start_of_month = days_from_civil(years, months, 1)
    month_days = days_from_civil(years + months // 12, months % 12 + 1, 1) - start_of_month
    fraction = seconds / DAY
    of_year = (days - start_of_year + fraction) / (next_year - start_of_year)
    cycles = [
        (seconds % 3600 / 3600, has["minute"]),
        (fraction, has["hour"]),
        ((weekday(days) + fraction) / 7, has["weekday"]),
        ((of_month - 1 + fraction) / month_days, has["day"]),
        (of_year, has["month"]),
        *(((years % n + of_year) / n, placed) for n in (4, 100, 400)),
    ]
    time = (days + fraction) * placed
    blocks = [
        _one_hot(grain, len(GRANULARITIES)),
        1.0 - known.T,
        (flags[:, None] >> np.arange(8)) & 1,
        _one_hot(modifier, len(MODIFIERS)),
        *(_one_hot(np.where(placed, number // 10**k % 10, MISSING), 10) for k in range(4)),
        _one_hot(np.where(known[1], month - 1, MISSING), 12),
        _one_hot(np.where(known[2], day // 10, MISSING), 4),
        _one_hot(np.where(known[2], day % 10, MISSING), 10),
        _one_hot(wday, 7),
        _one_hot(np.where(known[3], hour % 24, MISSING), 24),
        *(np.stack([f(2 * np.pi * phase) * there for f in (np.sin, np.cos)], 1) for phase, there in cycles),
        *((np.arcsinh(time / scale) / (1 + np.arcsinh(SCALES[-1] / scale)))[:, None] for scale in SCALES),
        *(_signed_log(v)[:, None] for v in (years * placed, span, period)),
        *(
            v[:, None]
            for v in (~np.isnan(offset), _signed_log(np.nan_to_num(offset)), np.tanh(np.nan_to_num(offset) / 365))
        ),
    ]
    return torch.from_numpy(np.concatenate(blocks, axis=1).astype(np.float32))


MISSING = -(2**62)
APPROXIMATE, RECURRING, CLOCK, PLACED, OPEN_START, OPEN_END, RELATIVE, BCE = (1 << k for k in range(8))


def _row(date: Date) -> tuple[tuple[int, ...], tuple[float, float, float]]:
    """The integers and the (offset to the reference, span, period in days) that the features are made of."""
    start, end = date.interval
    known, clock = date.known, date.clock
    anchor = start if start is not None else end
    placed = anchor is not None and not clock
    if anchor is None or clock:
        # A template without a year: any date that shows its fields will do for the cycles.
        day = known.get("day", 1) if "weekday" not in known else 3 + known["weekday"]  # 2000-01-03 was a Monday
        clock_time = known.get("hour", 0) * 3600 + known.get("minute", 0) * 60 + known.get("second", 0)
        anchor = int(days_from_civil(2000, known.get("month", 1), day)) * DAY + (
            anchor if anchor is not None else clock_time
        )
    days, seconds = divmod(anchor, DAY)
    bits = (
        (APPROXIMATE, date.approximate or date.uncertain),
        (RECURRING, date.recurrence),
        (CLOCK, clock),
        (PLACED, placed),
        (OPEN_START, (start is None and end is not None) or date.modifier == "less"),
        (OPEN_END, (end is None and start is not None) or date.modifier == "more"),
        (RELATIVE, date.reference or "PRESENT_REF" in str(date.timex)),
        (BCE, placed and known.get("year", 1) < 1),
    )
    flags = sum(bit for bit, on in bits if on)
    grain = MISSING if date.granularity == DURATION else GRANULARITIES.index(str(date.granularity))
    modifier = MODIFIERS.index(date.modifier) if date.modifier in MODIFIERS else MISSING
    fields = [known.get(name, MISSING) for name in ("year", "month", "day", "weekday", "hour", "minute", "second")]
    span = 0.0 if start is None or end is None else (end - start) / DAY
    if date.granularity == DURATION:
        months, rest = amount(str(date.timex))
        span = months * YEAR / 12 + rest / DAY
    floats = (_offset(date, anchor), span, _duration(date.recurrence or "") / DAY)
    return (grain, flags, modifier, days, seconds, *fields), floats


def _offset(date: Date, anchor: int) -> float:
    """Days from the reference; NaN where it played no part."""
    if date.reference:
        return (anchor - read_instant(date.reference, "reference")[0]) / DAY
    return _duration(date.timex or "") / DAY if "PRESENT_REF" in str(date.timex) else float("nan")


def _duration(text: str) -> float:
    """Seconds of the first "P2W", "+PT3H", … in a text; 0 where there is none."""
    m = _SIZE.search(text)
    if not m:
        return 0.0
    unit = "minute" if m[2] and m[4] == "M" else LETTER_UNITS.get(m[4], "day")
    return float(m[3]) * _LENGTHS[unit] * (-1 if m[1] == "-" else 1)


def _one_hot(index: Array, size: int) -> Array:
    """[n, size]; all zero for indices outside."""
    return index[:, None] == np.arange(size)


def _signed_log(x: Array) -> Array:
    return np.sign(x) * np.log1p(np.abs(x)) / 10


WIDTH = featurize([Date("2000-01-01")]).shape[1]
