"""Text → date expressions: rules at the tokens they begin with, then the joints between neighbours.

Linear in the text: one pass over its tokens, a bounded look from each, one pass over what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from omnimodal.encoders.date import words
from omnimodal.encoders.date.grammar import Setting, kinds, rules
from omnimodal.encoders.date.reading import Reading, at_time, between, bounded, part, template
from omnimodal.errors import InvalidEntityError

_TOKEN = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Found:
    """`text[start:end]` says `reading`."""

    start: int
    end: int
    reading: Reading


def find(text: str, setting: Setting) -> list[Found]:
    """The date expressions of a text, left to right, not overlapping, each as long as it can be."""
    found = list(_atoms(text, setting))
    for joint in (_join_times, _join_ranges):
        found = _joined(text, found, joint, setting)
    return [_with_prefix(text, f, found[i - 1].end if i else 0) for i, f in enumerate(found)]


def _atoms(text: str, setting: Setting) -> Iterator[Found]:
    by_kind, by_word, done = rules(), kinds(), 0
    for token in _TOKEN.finditer(text):
        start = token.start()
        if start < done or (start and (text[start - 1].isalnum() or text[start - 1] == "_")):
            continue
        word = token[0]
        names = ("digits",) if word[0].isdigit() else by_word.get(word.lower(), ())
        if not names:
            continue
        if word[0].isdigit() and start > 1 and text[start - 1] in ".,:-" and text[start - 2].isdigit():
            continue  # inside a number, a version or a telephone number
        best: Found | None = None
        for rule in (rule for name in names for rule in by_kind[name]):
            match = rule.regex.match(text, start)
            if match and match.end() > (best.end if best else start):
                try:
                    reading = rule.build(match, setting)
                except InvalidEntityError:
                    continue  # 30 February in a running text is no date
                best = Found(start, match.end(), reading) if reading else best
        if best:
            # A sentence's full stop belongs to the sentence, that of "Jan." or "p.m." within it too.
            end = best.end - (
                text[best.end - 1] == "."
                and not re.search(r"[ap]\.\s?m\.$|B\.C\.(E\.)?$|A\.D\.$", text[start : best.end], re.I)
            )
            yield Found(start, end, best.reading)
            done = best.end


def _joined(text: str, found: list[Found], joint, setting: Setting) -> list[Found]:  # type: ignore[no-untyped-def]
    out: list[Found] = []
    for right in found:
        while out and right.start - out[-1].end <= 20:
            try:
                both = joint(text, out[-1], right, setting)
            except InvalidEntityError:
                both = None
            if both is None:
                break
            out.pop()
            right = both
        out.append(right)
    return out


_DAY_TO_TIME = re.compile(r"(?:,?\s{1,2}|,)(?:(?:at|in the|in|around|from|@)\s{1,2})?(?:about\s)?|\s?@\s?", re.I)
_TIME_TO_DAY = re.compile(r",?\s{1,2}(?:(?:on|of|in)\s(?:the\s)?)?", re.I)


def _join_times(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """ "Tuesday" + "4 July", "4 July" + "at 3 pm", "3 pm" + "on 4 July"."""
    gap, x, y = text[a.end : b.start], a.reading, b.reading
    if x.recurrence or y.recurrence:
        return None
    if x.fields and y.fields and x.fields.weekday is not None and x.timex.startswith("XXXX-WXX") and y.fields.day:
        if re.fullmatch(r",?\s{1,2}(?:the\s)?", gap) and x.fields.hour is None and y.is_date:
            return Found(a.start, b.end, y)
    if x.is_date and y.clock and _DAY_TO_TIME.fullmatch(gap):
        return Found(a.start, b.end, at_time(x, y, s.now))
    if x.clock and y.is_date and _TIME_TO_DAY.fullmatch(gap):
        return Found(a.start, b.end, at_time(y, x, s.now))
    if x.clock and y.clock and y.granularity == "daypart" and x.fields and re.fullmatch(r"\s(?:in the\s)?|\s", gap):
        hour = x.fields.hour or 0  # "7 o'clock in the evening"
        late = y.timex in ("TAF", "TEV", "TNI") and hour < 12
        return Found(a.start, b.end, template(x.fields._replace(hour=hour + 12 if late else hour), s.now))
    return None


_TO = re.compile(r"\s?(?:-|–|—)\s?|\s{1,2}(?:to|until|till|through|thru)\s{1,2}(?:the\s)?", re.I)
_AND = re.compile(r"\s{1,2}and\s{1,2}(?:the\s)?", re.I)
_BETWEEN = re.compile(r"between\s{1,2}(?:the\s)?$", re.I)
_FROM = re.compile(r"from\s{1,2}(?:the\s)?$", re.I)


def _join_ranges(text: str, a: Found, b: Found, s: Setting) -> Found | None:
    """ "[from] 1914 to 1918", "between May and July"."""
    gap, before = text[a.end : b.start], text[max(0, a.start - 14) : a.start]
    opening = _BETWEEN.search(before)
    if not (_TO.fullmatch(gap) or (opening and _AND.fullmatch(gap))):
        return None
    opening = opening or _FROM.search(before)
    reading = between(a.reading, b.reading, s.now)
    return reading and Found(a.start - (len(opening[0]) if opening else 0), b.end, reading)


@cache
def _prefix() -> re.Pattern[str]:
    t = words.table()
    names = {"bounds": t["bounds"], "parts": t["parts"], "approximations": t["approximations"]}
    choices = "|".join(rf"(?P<{name}>{words.any_of(table)})" for name, table in names.items())
    return re.compile(rf"(?<!\w)(?:{choices})[\s-]{{0,2}}(?:the\s)?$", re.I)


def _with_prefix(text: str, found: Found, since: int) -> Found:
    """ "before", "early", "around" and the like in front, several of them too ("before early 1914")."""
    start, reading = found.start, found.reading
    for _ in range(3):
        match = _prefix().search(text, max(since, start - 28), start)
        if (
            not match
            or reading.recurrence
            or (not text[match.end() - 1].isspace() and match.end() and text[match.end() - 1] not in "-.")
        ):
            break
        if reading.modifier in ("before", "until", "since", "after"):
            break
        word = match[0].strip().lower()
        if match["approximations"]:
            reading = reading.but(approximate=True)
        elif match["parts"]:
            if reading.clock or reading.modifier:
                break
            reading = part(words.look_up("parts", match["parts"]), reading)
        else:
            if reading.prior < 0.7 and reading.granularity == "daypart" and word == "after":
                break
            reading = bounded(words.look_up("bounds", match["bounds"]), reading)
        start = match.start()
    return Found(start, found.end, reading) if start != found.start else found
