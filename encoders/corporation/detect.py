"""Names that end in a legal form: "Foo Widgets Inc.", "Bar & Söhne GmbH", "Baz plc"."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files

from omnimodal.link.lexicon import lexicon

LONGEST = 80  # characters looked at before a legal form: the work per form is bounded
WORDS = 8
# What stands before these inside a name; elsewhere they join it to what it belongs to: "der Vorstand der BMW AG".
_joined: dict[str, Callable[[str], bool]] = {
    "of": lambda before: before == "bank",
    "der": lambda before: before in ("van", "von") or before.endswith(("verein", "verband")),
    "von": lambda before: before in lexicon().given_names,
}
_token = re.compile(r"[^\s,;:()\[\]{}<>\"“”„«»|]+")
_abbreviation = re.compile(r"(?:\w\.)+|(?:St|Dr|Mr|Mt|Bros|Gebr|Intl|Int)\.")


@cache
def _words(of: str) -> frozenset[str]:
    """Of data/corporation/words.json `inside`, small words in a name, or `openers`, of which a capital says nothing."""
    said = json.loads(files("omnimodal.data").joinpath("corporation/words.json").read_text("utf-8"))
    return frozenset(said[of].split())


@cache
def legal_forms() -> dict[str, str]:
    """Every spelling of a legal form, with the spelling that is kept for it."""
    lines = files("omnimodal.data").joinpath("corporation/legal_forms.txt").read_text("utf-8").splitlines()
    rows = [line.split("|") for line in lines if line and not line.startswith("#")]
    return {spelling: row[0] for row in rows for spelling in row}


def spellings(form: str) -> list[str]:
    """All spellings of a legal form, that one first: "Corporation" → Corporation, Corp., Corp; of "" none."""
    kept = legal_forms().get(form, form)
    same = [spelling for spelling, other in legal_forms().items() if other == kept]
    return list(dict.fromkeys([form, *same])) if form else []


@cache
def _form() -> re.Pattern[str]:
    """A legal form after a blank, or after a comma where it cannot be the code of a state ("Las Vegas, NV")."""
    longest_first = sorted(legal_forms(), key=len, reverse=True)
    after_comma = [form for form in longest_first if not re.fullmatch("[A-Z]{2}", form)]
    any_of = lambda forms: "|".join(map(re.escape, forms))  # noqa: E731
    return re.compile(rf"(?:(?<=[^\s,] )(?:{any_of(longest_first)})|(?<=[^\s,], )(?:{any_of(after_comma)}))(?![\w&])")


def split_legal_form(text: str) -> tuple[str, str] | None:
    """("Foo Widgets", "Inc.") of "Foo Widgets, Inc"; None without a legal form at the end, or a name before it."""
    for match in _form().finditer(text):
        if match.end() == len(text) and (name := " ".join(text[: match.start()].split()).rstrip(", ")):
            return name, legal_forms()[match[0]]
    return None


def find_named(text: str) -> Iterator[tuple[int, int]]:
    """Half-open spans of capitalised names with their legal form, in time linear in the length of the text."""
    done = 0
    for match in _form().finditer(text):
        if (start := _name_start(text, done, match.start())) is not None:
            yield start, (done := match.end())


def _name_start(text: str, done: int, end: int) -> int | None:
    """Where the name before `end` begins: the words before it, one blank apart, back to one that is not of a name."""
    low = max(done, end - LONGEST)
    if low > done and not text[low - 1].isspace():
        low = next((i for i in range(low, end) if text[i].isspace()), end)  # not in the middle of a word
    name: list[re.Match[str]] = []
    gap = end
    gaps: tuple[str, ...] = (" ", ", ")
    for word in reversed([*_token.finditer(text, low, end)][-WORDS:]):
        if text[word.end() : gap] not in gaps or not _belongs(word[0], text, word.start(), last=not name):
            break
        name.insert(0, word)
        gap, gaps = word.start(), (" ",)
    while name and (name[0][0].lower() in _words("openers") or not _capital(name[0][0])):
        name.pop(0)
    return name[0].start() if any(any(map(str.isalpha, word[0])) for word in name) else None


def _belongs(word: str, text: str, start: int, last: bool) -> bool:
    if word[-1] in ".!?" and not last and not _abbreviation.fullmatch(word):
        return False  # a sentence ends here
    if _capital(word):
        return True
    if last or word not in _words("inside"):
        return False
    if word not in _joined:
        return True
    before = text[max(0, start - LONGEST) : start].split()
    return bool(before) and _joined[word](before[-1].lower())


def _capital(word: str) -> bool:
    """Begins with a capital, a digit, or a letter of a script without case."""
    return word[0].isalnum() and not word[0].islower()
