"""Text in one language → its date expressions: rules where they match, then the joints between neighbours.

The mirror of compose.py for what translate.py reads. Linear in the text: every pattern has a bounded length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from omnimodal.encoders.date.expressions.found import Found, standing, within
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.reading import Reading
from omnimodal.encoders.date.expressions.translate import Language, Leads, meaning

_WIDE = 40  # how far before an expression its "before", "early", "from" is looked for
_GAP = 24  # between the parts of one expression
_SENTENCE = re.compile(r"(?:^|[.!?:\n]['\"»“)]?\s+['\"«„(]?)$")

_YEAR = 0.9  # as sure as "in 1957"
_CAPITAL_BEFORE = re.compile(r"(?<!\w)([A-ZÄÖÜ][^\W\d_]*)[ \u00a0]$")


@dataclass(frozen=True)
class Phrase:
    """`text[start:end]` says `english`, which the English grammar reads as `reading`; ends as of Found."""

    start: int
    end: int
    english: str
    reading: Reading
    ends: tuple[Found, ...] = ()

    @property
    def found(self) -> Found:
        return Found(self.start, self.end, self.reading, self.ends)


@dataclass(frozen=True)
class Text:
    """A stretch of a text, and the same in small letters (`translate.small`); offsets are those of the whole."""

    whole: str
    low: str
    start: int
    end: int


Joint = Callable[[Language, Text, Phrase, Phrase, Setting], Phrase | None]


def phrases(lang: Language, text: Text, given: Iterable[Found], s: Setting) -> list[Phrase]:
    """The date expressions of a text in one language, left to right, not overlapping.

    given: what was found there that needs no language: years, ISO dates, "14:50".
    """
    figures = [f for f in given if not _no_year(lang, text, f)]
    others = [Phrase(f.start, f.end, text.whole[f.start : f.end], _year(lang, text, f)) for f in figures]
    atoms = _longest([*_atoms(lang, text, s), *others])
    atoms = _led(lang.parts, text, _joined(lang, text, atoms, _timed, s), s)
    atoms = _joined(lang, text, _joined(lang, text, atoms, _ranged, s), _timed, s)  # "every day" + "from 9 to 18"
    return [_bounding(p, bounded) for p, bounded in zip(atoms, _led(lang.bounds, text, atoms, s), strict=True)]


def plain(lang: Language, text: Text, s: Setting) -> Iterator[tuple[Phrase, re.Match[str]]]:
    """Days of months and months of years, which say by themselves that they are dates; each with its match."""
    yield from _matches(lang, text, s, lang.plain, lang.any_plain)


def _atoms(lang: Language, text: Text, s: Setting) -> Iterator[Phrase]:
    for phrase, _ in _matches(lang, text, s, lang.rules, lang.any):
        yield phrase


def _matches(
    lang: Language,
    text: Text,
    s: Setting,
    rules: list[tuple[re.Pattern[str], str, dict[str, str]]],
    any_: re.Pattern[str],
) -> Iterator[tuple[Phrase, re.Match[str]]]:
    at, low = text.start, text.low
    while where := any_.search(low, at, text.end):
        best: tuple[Phrase, re.Match[str]] | None = None
        at = where.start() + 1
        for regex, says, slots in rules:
            match = regex.match(low, where.start(), text.end)
            if not match or match.end() <= (best[0].end if best else where.start()):
                continue
            at = max(at, match.end())  # 30 February is no date, nor is its February
            english = lang.says(match, says, slots)
            reading = meaning(english, s)
            if reading and _written(lang, text, match, says):
                best = Phrase(match.start(), _without_stop(lang, match), english, reading), match
        if best:
            at = best[0].end
            yield best


def _without_stop(lang: Language, match: re.Match[str]) -> int:
    """A sentence's full stop belongs to the sentence, those of "v. Chr.", "a. C." and "Jh." to the date."""
    return match.end() - (match[0].endswith(".") and not lang.stops.search(match[0]))


def _written(lang: Language, text: Text, match: re.Match[str], says: str) -> bool:
    """Whether a bare month, weekday or the like is written as such: not the planet "Mars" in French, nor German "mai".

    An amount of time is a duration where it is nobody's age.
    """
    if says == "{amount}":
        since = max(text.start, match.start() - _WIDE)
        aged = lang.age_before.search(text.low, since, match.start()) or lang.age_after.match(
            text.low, match.end(), text.end
        )
        unit = match[0].rfind(" ") + 1 + match.start()
        named = not lang.lexicon.capital and text.whole[unit].isupper() and text.whole[unit + 1].islower()
        return not (aged or named)  # "la guerre de Sept Ans"
    if says.startswith("{holiday}") and not lang.lexicon.capital and not match["year"]:
        return not _capital(text.whole, match.end())  # Noël Coward
    bare = says in ("{month}", "{weekday}")
    upper = text.whole[match.start()].isupper()
    if not bare and not lang.small.fullmatch(match[0]):
        return upper or not lang.large.fullmatch(match[0])
    if bare and lang.lexicon.capital:
        return upper and not (says == "{month}" and _in_name(lang, text, match))
    return not upper or (
        says != "{month}" and bool(_SENTENCE.search(text.whole, max(0, match.start() - 4), match.start()))
    )


def _in_name(lang: Language, text: Text, match: re.Match[str]) -> bool:
    """ "Friedrich August", "von August Wolf"; not "Im August", "Ende August", "seit August Polizist"."""
    since, start = max(text.start, match.start() - _WIDE), match.start()
    if any(p.search(text.low, since, start) for p in (lang.led_by, lang.parts.any, lang.bounds.any)):
        return False
    before = _CAPITAL_BEFORE.search(text.whole, since, start)
    if before and before[1].lower() not in lang.lexicon.own_words | lang.lexicon.shared_words:
        return True
    return _capital(text.whole, match.end())


def _capital(text: str, end: int) -> bool:
    """Whether a word with a capital follows."""
    return text[end : end + 1].isspace() and text[end + 1 : end + 2].isupper()


def _no_year(lang: Language, text: Text, f: Found) -> bool:
    """ "1500 Einwohner", "Seite 1948"; that of "30. Februar 2020", which is no date, nor is its year."""
    if f.end - f.start != 4 or not text.low[f.start : f.end].isdigit():
        return False
    before = (
        p.search(text.low, max(text.start, f.start - _WIDE), f.start) for p in (lang.no_year_before, lang.month_before)
    )
    return any(before) or lang.no_year_after.match(text.low, f.end, text.end) is not None


def _year(lang: Language, text: Text, f: Found) -> Reading:
    """What was found, and surer of it where it is a year after a word that years stand after."""
    if f.reading.granularity != "year" or not lang.year_before.search(
        text.low, max(text.start, f.start - _WIDE), f.start
    ):
        return f.reading
    noun = lang.lexicon.capital and _capital(text.whole, f.end)
    many = lang.plural.match(text.low, f.end, text.end)
    if noun or (many and many[1] not in lang.lexicon.own_words | lang.lexicon.shared_words):
        return f.reading  # "1200 Bücher", "1500 moutons"
    return f.reading.but(prior=max(f.reading.prior, _YEAR))


def _longest(atoms: list[Phrase]) -> list[Phrase]:
    """Of overlapping ones the longer, else the first given."""
    out: list[Phrase] = []
    for p in sorted(atoms, key=lambda p: (p.start, p.start - p.end)):
        if not out or p.start >= out[-1].end:
            out.append(p)
        elif p.end - p.start > out[-1].end - out[-1].start:
            out[-1] = p
    return out


def _joined(lang: Language, text: Text, atoms: list[Phrase], joint: Joint, s: Setting) -> list[Phrase]:
    out: list[Phrase] = []
    for right in atoms:
        while out and right.start - out[-1].end <= _GAP and (both := joint(lang, text, out[-1], right, s)):
            out.pop()
            right = both
        out.append(right)
    return out


def _timed(lang: Language, text: Text, a: Phrase, b: Phrase, s: Setting) -> Phrase | None:
    """ "am Freitag" + "um 15 Uhr", "à 15 heures" + "le 3 mai"."""
    x, y = a.reading, b.reading
    if x.is_date and y.clock and lang.at.fullmatch(text.low, a.end, b.start):
        english = f"{a.english} at {b.english}"
    elif x.clock and y.is_date and lang.on.fullmatch(text.low, a.end, b.start):
        english = f"{b.english} at {a.english}"
    else:
        return None
    reading = meaning(english, s)
    return Phrase(a.start, b.end, english, reading) if reading else None


def _ranged(lang: Language, text: Text, a: Phrase, b: Phrase, s: Setting) -> Phrase | None:
    """ "1914" + "bis 1918", "von 1914" + "bis 1918"."""
    for opening, gap, says in lang.ranges:
        if not gap.fullmatch(text.low, a.end, b.start):
            continue
        before = opening and opening.search(text.low, max(text.start, a.start - _WIDE), a.start)
        if opening and not before:
            continue
        english = says.format(a=a.english, b=b.english)
        if reading := meaning(english, s):
            return Phrase(before.start() if before else a.start, b.end, english, reading, standing(a.found, b.found))
    return None


def _bounding(p: Phrase, bounded: Phrase) -> Phrase:
    """ "Seit" 1998: the bound with the date in it as its end."""
    if p.start == bounded.start:
        return p
    return replace(bounded, ends=within(bounded.reading, p.ends or (p.found,)))


def _led(leads: Leads, text: Text, atoms: list[Phrase], s: Setting) -> list[Phrase]:
    """With "Anfang", "vor", "seit" and the like in front taken in."""
    out: list[Phrase] = []
    for p in atoms:
        since = max(text.start, out[-1].end if out else 0, p.start - _WIDE)
        for before, says in leads.each if leads.any.search(text.low, since, p.start) else ():
            if says.startswith("circa") and p.reading.clock:
                continue  # "um 1850" is about then, "um 8 Uhr" is at it
            if (m := before.search(text.low, since, p.start)) and (reading := meaning(says.format(x=p.english), s)):
                p = Phrase(m.start(), p.end, says.format(x=p.english), reading)
                break
        out.append(p)
    return out
