"""Times of day: "14:50", "5-6 pm", "half past two", "two thirty", "between 3 and 8".

Where nothing says which half of the day is meant, the reading keeps that in mind (`half_unsaid`): the other end of a
range, "pm" after it or "in the evening" settle it, else both are alternatives. A bare number is a *weak* time, below
the threshold of detection until something beside it makes it one: a day, or the other end of a range.
"""

from __future__ import annotations

import re
from functools import cache

from omnimodal.encoders.date.calendar import DAY
from omnimodal.encoders.date.expressions import words, zones
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.reading import WEAK, Fields, Reading, later_half, template

LATE = ("TAF", "TEV", "TNI")  # parts of the day whose hours are p.m.


def time_of_day(m: re.Match[str], s: Setting) -> Reading | None:
    """ "14:50", "2:50 pm", "2 pm", "five o'clock"."""
    groups = m.groupdict()
    parts = [words.number(p) for p in re.split(r"\s?[:.]\s?", m["t"])]
    if groups.get("n"):
        parts.append(words.number(m["n"]))
    half = groups.get("half")
    if (
        half
        and half.lower() in ("a", "p")
        and len(parts) == 1
        and not _CUE.search(m.string, max(0, m.start() - 12), m.start())
    ):
        return None  # paragraph 3a
    return _time(parts, half)


def _time(parts: list[int], half: str | None = None, prior: float = 0.9) -> Reading:
    if half and parts[0] <= 12:
        parts = [parts[0] % 12 + (12 if "p" in half.lower() else 0), *parts[1:]]
    reading = template(Fields(None, None, None, None, *parts, *(None,) * (3 - len(parts))))
    return reading.but(half_unsaid=not half and 1 <= parts[0] <= 12, prior=prior)


def minutes_past(m: re.Match[str], s: Setting) -> Reading | None:
    """ "20 minutes past eight", "half past two", "a quarter to five", "ten past 8 pm"."""
    word = m["n"].lower()
    n = 30 if word == "half" else 15 if word.endswith("quarter") else words.number(word)
    hour = words.number(m["t"])
    if n >= 60 or not 1 <= hour <= 12:
        return None
    before = m["way"].lower() not in ("past", "after")
    return _time([(hour - before) or 12, 60 - n if before else n], m["half"])


def minutes_to(m: re.Match[str], s: Setting) -> Reading | None:
    """ "It was ten to four", which could be a score or a range too."""
    led = _SAID.search(m.string, max(0, m.start() - 14), m.start())
    sure = led and (m["half"] or _follows().match(m.string, m.end()))
    return minutes_past(m, s) if sure else None


def roughly(m: re.Match[str], s: Setting) -> Reading:
    """ "11ish", "noonish"."""
    word = m["t"].lower()
    hour = words.table()["moments"].get(word)
    return template(Fields(hour=words.number(word) if hour is None else hour)).but(approximate=True)


_SAID = re.compile(r"(?:\b(?:at|is|was|by|until|before|after)|['’]s)\s(?:about\s)?$", re.I)
_AT = re.compile(r"\bat\s(?:about\s)?$", re.I)
_CUE = re.compile(
    r"(?:\b(?:at|from|between|by|around|until|till|to|and|before|after|through)\s(?:about\s)?|[-–@]\s?)$", re.I
)
_OF_DAY = re.compile(r"\s(?:tonight|at\snight|in\sthe\s(?:morning|afternoon|evening|night))\b", re.I)
_RANGE = re.compile(r"\s?(?:-|–|~|\bto\b|\btill\b|\buntil\b|\band\b)\s?(?:\d|[a-z]{3})", re.I)


@cache
def _follows() -> re.Pattern[str]:
    """What may stand after a bare hour: not "at 5 places", "5%", "5.3"."""
    t = words.table()
    return re.compile(
        rf"(?!\s?(?!(?:{words.any_of([*t['after_times'], *t['weekdays']])})\b)[^\W\d_]|\s?[%°$€£]|[\w/]|[.,:]\d|\s\d)",
        re.I,
    )


def bare_time(m: re.Match[str], s: Setting) -> Reading | None:
    """ "5", "9.30", "0730", "eight", "two thirty": weak."""
    of_day = _OF_DAY.match(m.string, m.end())
    led = of_day or _CUE.search(m.string, max(0, m.start() - 14), m.start()) or _RANGE.match(m.string, m.end())
    if not led or not (_follows().match(m.string, m.end()) or zones.behind(m.string, m.end())):
        return None
    groups, text, weak = m.groupdict(), m["t"], 0.55 if of_day else WEAK
    spoken, military = groups.get("n"), re.fullmatch(r"0\d\d\d", text)
    if spoken or military:
        told = _AT.search(m.string, max(0, m.start() - 10), m.start())
        parts = [words.number(text), words.number(spoken)] if spoken else [int(text[:2]), int(text[2:])]
        return _time(parts, prior=0.6 if told else weak + 0.15)
    parts = [words.number(p) for p in text.split(".")]
    return _time(parts, prior=weak + 0.15 * (len(parts) > 1)) if parts[0] <= 24 else None


def moment(m: re.Match[str], s: Setting) -> Reading:
    """ "Noon", "12 midnight"."""
    return template(Fields(hour=words.look_up("moments", m["w"]), minute=0))


def in_part(r: Reading, code: str) -> Reading:
    """A time in a part of the day: 7 "in the evening" is 19:00."""
    if not code or not r.clock or not r.spans or not r.half_unsaid:
        return r
    noon = r.spans[0][0] is not None and r.spans[0][0] >= DAY // 2
    late = code in LATE and not (code == "TNI" and (r.spans[0][0] or 0) < DAY // 4)  # 3 at night
    turned = later_half(r) if late != noon and (late or noon) else r
    return turned.but(half_unsaid=False, prior=0.9)
