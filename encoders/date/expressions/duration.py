"""How long: "three weeks", "1 hour and 30 minutes", "one and a half hours"; and what is that far from somewhere."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from itertools import pairwise

from omnimodal.encoders.date.calendar import MONTHS, SECONDS, shift
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.meaning import Setting, previous_word, unit_of
from omnimodal.encoders.date.expressions.reading import DURATION, FINE, UNIT_LETTERS, WEAK, Amount, Reading

_AS_WHOLE = {"fortnight": (2, "week"), "night": (1, "day")}


@cache
def _parts() -> re.Pattern[str]:
    half = words.any_of(words.table()["fractions"])
    return words.expand(
        rf"(?:(?P<half>{half})\s?|(?P<decimal>\d+\.\d+)[\s-]?|(?P<count>\d+|<count>)(?P<more>\s?½|[\s-]and[\s-](?:an?[\s-])?half)?[\s-]?)"
        r"(?P<unit><unit>|h\b)(?P<after>\sand\s(?:an?\s)?half\b)?"
    )


def parse(text: str) -> Amount:
    """ "1 hour and 30 minutes" → ((1, "hour"), (30, "minute"))."""
    if whole := unit_of(text):
        return ((Fraction(1), whole),)
    out = []
    for m in _parts().finditer(text):
        n = (
            Fraction(words.look_up("fractions", m["half"]))
            if m["half"]
            else Fraction(m["decimal"] or words.number(m["count"]))
        )
        if m["more"] or m["after"]:
            n += Fraction(1, 2)
        unit = unit_of(m["unit"])
        factor, unit = _AS_WHOLE.get(unit, (1, unit))
        out.append((n * factor, unit))
    return tuple(out)


def timex(amount: Amount) -> str:
    """ "P1Y6M", "PT1H30M", "PT1.5H", "P3WE"."""
    texts: dict[bool, str] = {False: "", True: ""}
    for n, unit in amount:
        texts[unit in FINE] += f"{int(n) if n.denominator == 1 else float(n)}{UNIT_LETTERS[unit]}"
    return "P" + texts[False] + ("T" + texts[True] if texts[True] else "")


def moved(time: int, amount: Amount, sign: int = 1) -> int:
    """`time` moved by an amount; of months and years whole ones, and the rest in seconds."""
    for n, unit in amount:
        n, unit = (n, "week") if unit == "weekend" else (n, unit)
        if n.denominator == 1:
            time = shift(time, unit, sign * int(n))
        elif unit in SECONDS:
            time += sign * int(n * SECONDS[unit])
        else:
            time = shift(time, "month", sign * int(n * MONTHS[unit]))
    return time


def point_unit(amount: Amount) -> str:
    """How finely one says where an amount leads: hours to the second, anything longer to the day."""
    return "second" if any(unit in FINE for _, unit in amount) else "day"


def lasting(m: re.Match[str], s: Setting) -> Reading | None:
    """A duration that hangs on nothing; not "a day" in "three times a day", nor an age."""
    text, amount = m["amount"].lower(), parse(m["amount"])
    sizes = [SECONDS.get(unit) or MONTHS.get(unit, 0) * SECONDS["day"] * 28 for _, unit in amount]
    listed = any(a <= b for a, b in pairwise(sizes))  # "3 days, 2 weeks" are two
    if not amount or listed or (len(amount) == 1 and amount[0][1] == "quarter"):
        return None
    if previous_word(m) in ("aged", "age") or re.search(
        r"\bage\sof\s$", m.string[max(0, m.start() - 8) : m.start()], re.I
    ):
        return None
    alone = re.match(r"(?:(an?)|one|the\swhole)\s", text) if len(amount) == 1 and amount[0][0] == 1 else None
    led = m["limit"] or previous_word(m) in words.table()["duration_cues"]
    if alone and text.endswith("second"):
        return None
    if re.match(r"[\s-](?:olds?\b|of\sage\b)", m.string[m.end() : m.end() + 8], re.IGNORECASE):
        return None
    limit = words.look_up("limits", m["limit"]) if m["limit"] else None
    prior = WEAK if alone and alone[1] and not led else PRIOR
    vague = any(re.search(rf"\b{word}\b", text) for word in words.table()["vague_counts"])
    return Reading(DURATION, timex(amount), modifier=limit, size=amount, approximate=vague, prior=prior)


# Below the 0.9 of quantities: where the number encoder reads just the same words, they stay a quantity.
PRIOR = 0.85
