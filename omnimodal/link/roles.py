"""What a name does in its text: whether things are in it or near it, or it does what persons do.

A town that is named twice is mostly once behind "in", "to" or "from"; a person never is, and says, wants and loses
things. What one mention tells is true of all of that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from omnimodal.link.candidates import Option
from omnimodal.link.context import Around
from omnimodal.link.lexicon import lexicon
from omnimodal.link.lookalikes import of_someone

OF_ROLES = (
    "acts_personal",
    "acts_other",
    "acts_elsewhere",
    "placed_somewhere",
    "never_placed",
    "person_around",
    "longer_elsewhere",
)
NO_ROLES = [0.0] * len(OF_ROLES)
MANY = 4  # mentions of a name that are as telling as more
PRONOUNS = frozenset(("he", "she", "his", "her", "him", "hers"))


@dataclass
class Role:
    """Of a name: how often it stands in the text, in how many places things are in it, come from it or go to it, and in
    how many it does what persons do."""

    mentions: int = 0
    placed: int = 0
    approached: int = 0
    acts: int = 0


def roles(mentions: Iterable[tuple[str, Around, Sequence[Option]]]) -> dict[str, Role]:
    """The role of each name in a text; parts of longer names say nothing."""
    found: dict[str, Role] = {}
    for name, around, options in mentions:
        if around.left_capital or around.goes_on:
            continue
        role = found.setdefault(name, Role())
        role.mentions += 1
        role.placed += placed(around, options)
        role.approached += approached(around, options)
        role.acts += acts(around)
    return found


def of_roles(around: Around, name: str, options: Sequence[Option], role: Role, longer: bool) -> list[float]:
    """The features of OF_ROLES. longer: a capitalised word stands before the name somewhere."""
    words = lexicon()
    personal = name in words.given_names or name in words.surnames
    # Countries and firms do things.
    doer = any(o.known.kinds & words.regions or not _is_whereabouts(o) for o in options)
    acting, here = acts(around), placed(around, options) or approached(around, options)
    free = not (role.placed or here)
    often = (min(max(role.mentions, 1), MANY) - 1) / (MANY - 1)
    seen = {
        "acts_personal": personal and acting and not here,
        "acts_other": not (personal or doer) and acting and not here,
        "acts_elsewhere": (role.acts - acting) / max(role.mentions - 1, 1) if free and (personal or not doer) else 0,
        "placed_somewhere": role.placed > 0,
        "never_placed": often if (personal or not doer) and not (role.placed or role.approached) else 0,
        "person_around": personal and free and not PRONOUNS.isdisjoint(around.wide),
        "longer_elsewhere": longer and not (around.left_capital or role.placed or doer),
    }
    return [float(seen[feature]) for feature in OF_ROLES]


def _is_whereabouts(option: Option) -> bool:
    """Whether things are in what is of its modality."""
    cues = lexicon().cues.get(option.known.key[0])
    return cues is not None and "in" in cues.before


def placed(around: Around, options: Sequence[Option]) -> bool:
    """Whether something is in it or near it, what it lies in is named behind it, or it has what places have."""
    words = lexicon()
    if around.left in words.locating and (around.before[:1].islower() or around.left in words.openers):
        return True
    if around.encloses and any(not o.known.ancestor_names.isdisjoint(around.encloses) for o in options):
        return True
    beside = (around.right, around.owned)
    return not words.places_have.isdisjoint(beside) and not around.right_capital


def approached(around: Around, options: Sequence[Option]) -> bool:
    """Whether a word stands before it that stands before names of its modality, be it before others as well."""
    cues = lexicon().cues
    return around.before[:1].islower() and any(
        around.left in cues[modality].before for modality in {o.known.key[0] for o in options} & cues.keys()
    )


def acts(around: Around) -> bool:
    """Whether it does, has or suffers what persons do: "Houston led them", "Houston's voice", "Houston smiled. He"."""
    words = lexicon()
    if around.goes_on or around.left_capital or around.headline:
        return False
    does = around.deed in words.deeds or around.deed.endswith("ed")
    deed = does and around.deed not in words.sports  # those teams do
    has = around.owned in words.persons_have
    return deed or has or around.hers or around.followed_by_person or around.had_done or of_someone(around)
