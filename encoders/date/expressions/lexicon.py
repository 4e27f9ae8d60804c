"""The words of a language that dates are written with, data/date/<language>.json, and those that it is known by."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

_FOLDER = resources.files("omnimodal.data") / "date"
# Every file of a language is one, beside English: de.json, fr.json, …
LANGUAGES = tuple(sorted(f.name[:2] for f in _FOLDER.iterdir() if re.fullmatch(r"(?!en)[a-z]{2}\.json", f.name)))


class Lexicon:
    """Tables of words and phrases of one language; what a word says in English stands beside it.

    months: their full names, in small letters. doubtful: those that are something else elsewhere, as "mars".
    capital: whether months and weekdays are written with a capital.
    own_words: words, as they are written, that show that a text may be in the language, for English has none of them;
    "Le" and "Der" within a sentence are of a title or a name, and not among them.
    shared_words: words of the language that English has too, as "die" and "on".
    """

    def __init__(self, code: str, data: dict[str, Any]):
        self.code, self.data, self.words = code, data, data["words"]
        self.capital: bool = data["capital"]
        self.doubtful = re.compile(data["doubtful"])
        self.months = frozenset(name for key in self.words["month"] for name in key.split("|"))
        self.shared_words = frozenset(data["shared_words"].split())
        own = set(data["function_words"].split())
        tables = {"month": self.capital, "weekday": self.capital, "near": False}
        if self.capital:  # elsewhere a holiday alone is a name as well, "Natale", "Noël"
            tables["holiday"] = True
        for table, capital in tables.items():
            for key, says in self.words[table].items():
                names = {w for w in key.split("|") if w.isalpha() and w != says.lower()}
                own |= {w.capitalize() if capital else w for w in names if not self.doubtful.fullmatch(w)}
        self.own_words = frozenset(own)


@cache
def lexicon(code: str) -> Lexicon:
    """The lexicon of one of LANGUAGES."""
    return Lexicon(code, json.loads((_FOLDER / f"{code}.json").read_text("utf-8")))
