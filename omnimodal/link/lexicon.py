"""The words that linking knows: given names, titles, openers of sentences, phrases that only look like a name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from omnimodal.fold import fold

WORD = re.compile(r"[^\W_]+")
NO_LIST = ("plain", "cues")  # of the fields of Lexicon


@dataclass(frozen=True)
class Cues:
    """Words that stand before, after, or somewhere around names of a modality more often than elsewhere."""

    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lexicon:
    """Folded words. `seldom_given`: given names that are rather something else where they stand alone; `surnames`:
    those that places have too; `counts`: what stands before a plural; `person_after`: after a person; `saying`: on
    either side of one; `heads`: what a longer name ends in ("Times", "University"); `heads_of_names`: what one begins
    with, before "of"; `other_kinds`: what says that a name is another thing's ("album"); `sports`: beside a team;
    `verbs`: of what a name does, beside those in -ed; `ordinary`: names that are words as well; `locating`: before a
    place alone; `deeds`: what persons do, beside verbs in -ed; `persons_have`, `places_have`: behind a genitive;
    `suffered`: what persons alone are ("shot"); `endings`: legal forms, which a name may lack; `dwelling`, `settling`:
    before "in" and before "of" a town, "_" for a blank; `nearness`: between the names of what lies near each other;
    `defining`: beside a short name in parentheses; `abroad`: of other languages that have a word "a";
    `regions`: kinds that are named after what lies in them; `plain`: what a name is no name before ("apple" → "pie").
    """

    openers: frozenset[str]
    given_names: frozenset[str]
    seldom_given: frozenset[str]
    surnames: frozenset[str]
    titles: frozenset[str]
    counts: frozenset[str]
    person_after: frozenset[str]
    saying: frozenset[str]
    heads: frozenset[str]
    heads_of_names: frozenset[str]
    other_kinds: frozenset[str]
    sports: frozenset[str]
    verbs: frozenset[str]
    ordinary: frozenset[str]
    endings: frozenset[str]
    dwelling: frozenset[str]
    settling: frozenset[str]
    suffered: frozenset[str]
    nearness: frozenset[str]
    locating: frozenset[str]
    defining: frozenset[str]
    abroad: frozenset[str]
    deeds: frozenset[str]
    persons_have: frozenset[str]
    places_have: frozenset[str]
    regions: frozenset[str]
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
        name: Cues(**{side: frozenset(listed.split()) for side, listed in cue.items()})
        for name, cue in said["cues"].items()
    }
    lists = {field.name: frozenset(said[field.name].split()) for field in fields(Lexicon) if field.name not in NO_LIST}
    return Lexicon(plain={name: frozenset(rest) for name, rest in plain.items()}, cues=cues, **lists)


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return WORD.findall(fold(text))


def initials(text: str) -> str:
    """ "United States of America" → "usa": the first letters, without those of short lower-case words."""
    bare = text.partition(" (")[0]
    return "".join(word[0] for word in WORD.findall(bare) if not (word.islower() and len(word) <= 3)).casefold()
