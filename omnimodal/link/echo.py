"""What a text names beyond what was found: short names that it goes on to use, "Foo Widgets Inc. (FWI)", and later
"Foo Widgets" or "FWI"; and names that are words, where it says that they are names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from omnimodal.encoder import Encoder
from omnimodal.entity import Entity, Link, Mention
from omnimodal.fold import fold
from omnimodal.link.lexicon import initials, lexicon, words
from omnimodal.link.quiet import quiet_names
from omnimodal.store.base import Store
from omnimodal.store.gazetteer import Gazetteer

SURE = 0.6  # the probability, or the score of what was not looked up, from which a name is echoed
ECHO = 0.9  # how sure it is that the short name means the same
DEFINED = 0.99  # the same where the text says so: ("Foo")
SHORTEST = 3  # letters of a short name
_defined = re.compile(r"\s?\(\s?[\"“'‘]?([^\W_a-z][\w&.-]{1,11})[\"”'’]?\s?\)")
_parenthesis = re.compile(r"\s?\(([^()]{3,100})\)")
_quoted = re.compile(r"[\"“”„«‘'](?:(?:the|The)\s)?([^\W_a-z][\w&.’'-]*(?:\s(?:[^\W_a-z][\w&.’'-]*|&)){0,3})[\"“”»’']")


def echoes(text: str, found: Sequence[Mention], encoders: Mapping[str, Encoder], store: Store | None) -> list[Mention]:
    """Mentions of what `found` names in full, by short names behind it; each has the record or entity of the full one.

    Short names are those that the encoder tells (`Encoder.short_names`), and in parentheses right behind initials, and
    what is said to be one: ("Foo"), (hereinafter the "Foo Group"). Also the names that `quiet_names` finds.
    """
    quiet = [] if store is None else [m for m in quiet_names(text, found, store) if m.modality in encoders]
    return [*quiet, *_echoes(text, found, encoders, store)]


def _echoes(text: str, found: Sequence[Mention], encoders: Mapping[str, Encoder], store: Store | None) -> list[Mention]:
    shorts: dict[str, tuple[str, Mention, bool]] = {}
    for m in sorted(found, key=lambda m: m.span):
        if m.modality not in encoders or (m.score if m.record is None else m.probability or 0.0) < SURE:
            continue
        for short in _short_names(text, m, encoders[m.modality]):
            if len(short) >= SHORTEST and short != m.text:
                shorts.setdefault(fold(short), (short, m, False))
        shorts.update((fold(short), (short, m, True)) for short in _defined_names(text, m))
    if not shorts:
        return []
    names = Gazetteer.of((key, short, m.modality, 1.0) for key, (short, m, _) in shorts.items())
    taken: dict[tuple[int, int], set[Link | None]] = {}
    for m in found:
        taken.setdefault(m.span, set()).add(m.record)
    made: list[Mention] = []
    entities: dict[str, Entity | None] = {}
    for match in names.scan(text):
        written = text[match.start : match.end]
        short, full, defined = shorts[fold(written)]
        others = taken.get((match.start, match.end), ())
        # What the text itself defines may be another thing than the store's of that name.
        is_taken = full.record in others if defined and full.record is not None else others and not defined
        if written == short and match.start >= full.end and not is_taken:
            if short not in entities:
                read = full.record is None
                entities[short] = encoders[full.modality].resolve(full, store) if read else None
            made.append(_echo(written, match.start, full, entities[short], defined))
    return made


def _short_names(text: str, full: Mention, encoder: Encoder) -> Iterable[str]:
    yield from encoder.short_names(full.text)
    defined = _defined.match(text, full.end)
    if defined and fold(defined[1]).replace(".", "") in (
        initials(full.text),
        *map(initials, encoder.short_names(full.text)),
    ):
        yield defined[1]


def _defined_names(text: str, full: Mention) -> Iterable[str]:
    """The names in quotation marks in the parentheses behind it, where nothing else is said there: ("Foo")."""
    inside = _parenthesis.match(text, full.end)
    if inside is None or not lexicon().defining.issuperset(words(_quoted.sub(" ", inside[1]))):
        return
    for quoted in _quoted.finditer(inside[1]):
        if len(quoted[1]) >= SHORTEST:
            yield quoted[1]


def _echo(written: str, start: int, full: Mention, entity: Entity | None, defined: bool) -> Mention:
    sure = full.score if full.record is None or full.probability is None else full.probability
    probability = (DEFINED if defined else ECHO) * sure
    return Mention(
        start,
        start + len(written),
        full.modality,
        written,
        DEFINED if defined else ECHO * full.score,
        "rule",
        entity=entity,
        record=full.record,
        probability=probability,
        margin=max(0.0, 2 * probability - 1),
        why=f"short for {full.text!r}",
    )
