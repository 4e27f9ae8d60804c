"""Dates of other languages in running text: which language a stretch is in, and what is found there beside English.

A language is looked for where its words speak for it, or the locale of the context does; a month beside a number ("14
juillet 1789") speaks for itself. An English text costs one look whether it has any such word at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from omnimodal import context
from omnimodal.encoders.date.calendar import MONTH_NAMES, WEEKDAYS
from omnimodal.encoders.date.expressions import words
from omnimodal.encoders.date.expressions.compose import find
from omnimodal.encoders.date.expressions.found import Found
from omnimodal.encoders.date.expressions.lexicon import LANGUAGES, lexicon
from omnimodal.encoders.date.expressions.meaning import Setting
from omnimodal.encoders.date.expressions.phrases import Phrase, Text, phrases, plain
from omnimodal.encoders.date.expressions.reading import Reading
from omnimodal.encoders.date.expressions.translate import Language, language, small

_NAMED = re.compile(rf"\b(?:{'|'.join((*MONTH_NAMES, *WEEKDAYS))})\b")
_SENTENCE_END = re.compile(r"[^\W\d_]{3}\s?[.!?]\s")  # not "3. Mai", "av. J.-C."
_LINES_END = re.compile(r"(?:(?<!\d)\.|[!?:;)\]\"'”“»…])\s?\n+|\n\n+")  # not "3.", with the month in the next line
_WORD = re.compile(r"[^\W\d_]+")
_SHORT = 200  # characters of a text that is looked at word by word at once
_BLOCK = 800  # what is longer than this is cut into several stretches, at the end of a sentence if it can be
_HOME = 2  # what the locale counts, in words
_FEW = 6  # words that one of a language may speak for
_CLOSE = 1.5  # words by which a language may be behind and yet be meant, if it reads more
_SURE = 0.5  # below it a reading is a number as likely


def add(text: str, english: list[Found], s: Setting) -> list[Found]:
    """The date expressions of a text: `english`, what the English grammar found, and those of other languages.

    Where a stretch is in another language, only what needs none is kept of the English ones: years, ISO dates, times.
    """
    home = _home()
    low, out, i = small(text), [], 0
    for start, end in _stretches(text):
        inside = []
        while i < len(english) and english[i].start < end:
            inside.append(english[i])
            i += 1
        out += _of_stretch(Text(text, low, start, end), inside, home, s)
    return out


def read(text: str, s: Setting) -> Reading | None:
    """What a whole expression says in the locale's language, or the first other one that has it."""
    home, low = _home(), small(text)
    given = _neutral(text, find(text, s))
    for code in dict.fromkeys([*([home] if home else []), *LANGUAGES]):
        for start in {0, _article(language(code), low)}:
            found = phrases(language(code), Text(text, low, start, len(text)), given, s)
            if len(found) == 1 and found[0].start == start and found[0].end == len(text):
                return found[0].reading
    return None


def _neutral(text: str, english: list[Found]) -> list[Found]:
    """What needs no language: years, ISO dates, times."""
    return [f for f in english if f.reading.prior >= _SURE and not any(map(str.islower, text[f.start : f.end]))]


def _article(lang: Language, low: str) -> int:
    led = lang.led.match(low)
    return led.end() if led else 0


def _home() -> str | None:
    code = re.split("[-_]", context.current().locale.lower())[0]
    return code if code in LANGUAGES else None


def _of_stretch(text: Text, english: list[Found], home: str | None, s: Setting) -> list[Found]:
    written = text.whole[text.start : text.end]
    if home is None and len(written) > _SHORT and _english(written.split()):
        return english
    said = _WORD.findall(written.lower() if written.isupper() else written)
    said[:1] = [w if w in _evidence() else w.lower() for w in said[:1]]
    votes, against = _votes(said)
    if home:
        votes[home] += _HOME
    most = max(votes.values())
    if most > against and (most > 1 or len(said) < _FEW or not against):
        close = [c for c in LANGUAGES if votes[c] and votes[c] >= most - _CLOSE]
        return _in_language(text, english, {c: votes[c] + 0.1 * (c == home) for c in close}, s)
    told = [c for c in LANGUAGES if not lexicon(c).months.isdisjoint(map(str.lower, said))]
    found = [p for c in told for p in _plain(language(c), text, s, against)]
    return _merged(english, found) if found else english


def _in_language(text: Text, english: list[Found], votes: dict[str, float], s: Setting) -> list[Found]:
    """What a stretch says in the one of these languages that more words speak for, those of its dates among them."""
    given = _neutral(text.whole, english)
    found = {code: phrases(language(code), text, given, s) for code in votes}
    # "Friday at 15:00" is three words; what is read as it stands is of no language.
    own = {code: [p.english for p in found[code] if p.english != text.whole[p.start : p.end]] for code in votes}
    best = max(votes, key=lambda code: votes[code] + sum(len(said.split()) for said in own[code]))
    kept = {f.start for f in given}
    others = (f for f in english if f.start not in kept)
    quoted = [f for f in others if _only_english(language(best), text.whole[f.start : f.end])]
    return _merged(quoted, found[best]) if quoted else [p.found for p in found[best]]


def _only_english(lang: Language, words: str) -> bool:
    """ "3 June 2020" and "Friday" in a text of another language, where a title is English; not "second"."""
    named = _NAMED.search(words)
    return named is not None and (named[0].lower() not in lang.lexicon.months or any(map(str.isdigit, words)))


def _votes(words: list[str]) -> tuple[dict[str, float], float]:
    """How many words speak for each language, a word of several divided among them, and how many for English.

    "In", "was", "die", which English has as well, count half, and only for a language that has a word of its own there.
    """
    evidence, own = _evidence(), _words()
    here = [word for word in words if word in evidence]
    likely = {code for word in here if word in own for code in evidence[word]}
    votes = dict.fromkeys(LANGUAGES, 0.0)
    for word in here if likely else ():
        codes = likely.intersection(evidence[word])
        for code in codes:
            votes[code] += (1 if word in own else 0.5) / len(codes)
    both = {word for word in here if not likely.isdisjoint(evidence[word])}
    return votes, sum(0.5 if word in both else 1 for word in words if word in _english_words())


def _english(words: list[str]) -> bool:
    """At once: no word of another language, or a name's few beside "the"; no month of one."""
    own = _words().intersection(words)
    return (not own or (len(own) < 3 and "the" in words)) and _months().isdisjoint(words)


def _plain(lang: Language, text: Text, s: Setting, against: float) -> Iterator[Phrase]:
    """Dates that say by themselves which language they are of; "mars 2020" or "12 mai" could be something else."""
    for phrase, match in plain(lang, text, s):
        groups = match.groupdict()
        day, year, name = groups.get("day"), groups.get("year"), (groups["any_month"] or "").rstrip(".")
        if (day and year) or (year and not lang.lexicon.doubtful.fullmatch(name)) or (day and not against):
            yield phrase


def _merged(english: list[Found], found: list[Phrase]) -> list[Found]:
    """Both, sorted; of two that overlap the longer one, else the English one."""
    out: list[Found] = []
    for f in sorted([*english, *(p.found for p in found)], key=lambda f: f.start):
        if not out or f.start >= out[-1].end:
            out.append(f)
        elif f.end - f.start > out[-1].end - out[-1].start:
            out[-1] = f
    return out


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """The paragraphs of a text, and lines that end as a sentence does; long ones in pieces."""
    start = 0
    while start < len(text):
        limit = start + 2 * _BLOCK
        lines = _LINES_END.search(text, start, limit) if text.find("\n", start, limit) >= 0 else None
        end = lines.end() if lines else min(limit, len(text))
        if not lines and end < len(text):
            cut = _SENTENCE_END.search(text, start + _BLOCK, end)
            end = cut.end() if cut else text.rfind(" ", start + _BLOCK, end) + 1 or end
        yield start, end
        start = end


@cache
def _evidence() -> dict[str, tuple[str, ...]]:
    """The languages that a word speaks for, by the word as it is written."""
    out: dict[str, list[str]] = {}
    for code in LANGUAGES:
        for word in {*lexicon(code).own_words, *lexicon(code).shared_words}:
            out.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in out.items()}


@cache
def _words() -> frozenset[str]:
    return frozenset().union(*(lexicon(code).own_words for code in LANGUAGES))


@cache
def _months() -> frozenset[str]:
    """Months of other languages, as they are written there and with a capital."""
    names = frozenset().union(*(lexicon(code).months for code in LANGUAGES)) - set(map(str.lower, MONTH_NAMES))
    return names | {name.capitalize() for name in names}


@cache
def _english_words() -> frozenset[str]:
    """Those that outvote a quotation's or a name's."""
    return frozenset(words.table()["function_words"].split())
