"""The words that linking knows: given names, titles, openers of sentences, phrases that only look like a name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from omnimodal.fold import fold

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Cues:
    """Words that stand before or after names of a modality more often than elsewhere."""

    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lexicon:
    """Folded words. `counts`: what stands before a plural; `person_after`: after a person; `plain`: what a name is no
    name before ("apple" → "pie").
    """

    openers: frozenset[str]
    given_names: frozenset[str]
    titles: frozenset[str]
    counts: frozenset[str]
    person_after: frozenset[str]
    plain: dict[str, frozenset[str]]
    cues: dict[str, Cues]


@cache
def lexicon() -> Lexicon:
    """The file data/link/words.json."""
    said = json.loads(files("omnimodal.data").joinpath("link/words.json").read_text("utf-8"))
    plain: dict[str, set[str]] = {}
    for phrase in said["plain"]:
        name, _, rest = phrase.partition(" ")
        plain.setdefault(name, set()).update(rest.split("|"))
    cues = {
        name: Cues(frozenset(cue["before"].split()), frozenset(cue["after"].split()))
        for name, cue in said["cues"].items()
    }
    return Lexicon(
        frozenset(said["openers"].split()),
        frozenset(said["given_names"].split()),
        frozenset(said["titles"].split()),
        frozenset(said["counts"].split()),
        frozenset(said["person_after"].split()),
        {name: frozenset(rest) for name, rest in plain.items()},
        cues,
    )


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return WORD.findall(fold(text))


def initials(text: str) -> str:
    """ "United States of America" → "usa": the first letters, without those of short lower-case words."""
    bare = text.partition(" (")[0]
    return "".join(word[0] for word in WORD.findall(bare) if not (word.islower() and len(word) <= 3)).casefold()
