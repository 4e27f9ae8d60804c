"""The features of one reading of a mention: of a record it may mean, and of its meaning none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from omnimodal.link.candidates import Option
from omnimodal.link.context import Around
from omnimodal.link.known import Key, Known, kilometres
from omnimodal.link.lexicon import Cues, lexicon
from omnimodal.link.lookalikes import NO_LOOKALIKES, OF_BOTH, OF_LOOKALIKES, in_headline, of_lookalikes
from omnimodal.link.roles import NO_ROLES, OF_ROLES, Role, of_roles

#: Of a record. The last ones, from `same` on, look at the other entities of the document.
OF_RECORD = (
    *("prior", "first", "written", "stripped", "acronym", "part", "within", "like"),
    *("sounds", "similar", "cover", "covered"),
    *("last_word", "first_word", "fame", "faint", "unweighted", "whole_in_document", "context", "kind_beside"),
    *("name_near", "name_in_document", "encloses_next", "elsewhere", "encloses_beside", "encloses_in_document"),
    *("parent_of_previous", "cue_before", "cue_after", "topic", "listed"),
    *("same", "same_name", "tied", "near", "said_near", "nearby", "shared", "inside"),
)
COHERENCE = OF_RECORD.index("same")
#: Of "none of them".
OF_NONE = (
    *("none", "no_name", "left_capital", "right_capital", "given_name", "title", "plain_phrase", "small", "opens"),
    *("one_word", "hyphen", "right_small", "short_capitals", "given_itself", "several", "inside_name"),
    *("other_elsewhere", "capital_elsewhere", "counted", "person_after", "cited", "headline"),
    *OF_LOOKALIKES,
    *OF_ROLES,
)
FEATURES = (*OF_RECORD, *OF_NONE)
#: These speak for their reading or say nothing; a negative weight would be an accident of the data.
POSITIVE = (frozenset(OF_RECORD) | frozenset(OF_LOOKALIKES)) - {
    *("stripped", "acronym", "part", "within", "like", "unweighted", "faint", "elsewhere"),
    *OF_BOTH,
}
NEAR = 150.0  # kilometres
AT_ITS_MIDDLE = 50.0  # kilometres
ANCHORS = 12  # other entities that are looked at
NO_CUES = Cues()
NO_ROLE = Role()
_small_words = lexicon().openers | {"am", "be", "been", "being", "were", "went", "goes", "had"}


@dataclass
class Setting:
    """A document's other entities: the folded names that occur in it, and the anchors, records linked with confidence.

    words: all its words; named: records whose whole name stands in it; others: names that a longer name, as of a
    person, has somewhere in it; longer: those with a capitalised word right before them somewhere; people: given names
    that somewhere in it are a person's; roles: what each name does; anchors in order of their place in the text,
    said_near: the places of those that the text says to be near; seated: of those of another sentence that have a seat
    and no place, as companies have: they are spoken of anywhere.
    """

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    longer: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    named: frozenset[Key] = frozenset()
    roles: dict[str, Role] = field(default_factory=dict)
    anchors: list[tuple[int, str, Known]] = field(default_factory=list)
    said_near: frozenset[int] = frozenset()
    seated: frozenset[int] = frozenset()


def of_record(
    option: Option,
    around: Around,
    setting: Setting,
    previous: frozenset[Key],
    beside: frozenset[str],
    unweighted: bool,
    regions: tuple[Known, ...],
    peers: frozenset[Key],
) -> list[float]:
    """The features of OF_RECORD up to COHERENCE. previous: what the name before a comma may lie in; beside: the names
    near by; unweighted: no option has fame; regions: what the name behind a comma may be that things lie in; peers: the
    `kind_of` of what stands beside it in a list."""
    known, how = option.known, option.how
    cues = lexicon().cues.get(known.key[0], NO_CUES)
    exact = option.exact
    more = known.name_words - around.own  # words of its name that the mention lacks
    return [
        math.log(max(option.prior, 1e-4)) if exact or option.prior else 0.0,
        float(exact and option.rank == 0),
        float(exact and option.written),
        float(how == "stripped"),
        float(how == "acronym"),
        float(how == "part"),
        float(how == "within"),
        float(how == "like"),
        min(option.sounds, 6) / 6,
        0.0 if exact else option.similarity,
        0.0 if exact else option.cover[0],
        0.0 if exact else option.cover[1],
        float(not exact and option.last),
        float(not exact and option.first),
        known.fame / 6,
        option.faint / 6,
        float(unweighted),
        float(how in ("part", "acronym") and known.key in setting.named),
        min(len(known.words & around.wide), 4) / 4,
        float(bool(known.kinds & around.near)),
        len(more & around.wide) / len(more) if more else 0.0,
        len(more & setting.words) / len(more) if more else 0.0,
        float(not known.ancestor_names.isdisjoint(around.encloses)),
        float(bool(regions and known.ancestors) and not any(_lies_in(known, region) for region in regions)),
        float(not known.ancestor_names.isdisjoint(beside)),
        float(not known.ancestor_names.isdisjoint(setting.names)),
        float(known.key in previous),
        float(around.left in cues.before and (around.before[0].islower() or around.left in lexicon().openers)),
        float(around.right in cues.after and not around.right_capital),
        min(len(cues.around & around.wide), 3) / 3 if cues.around else 0.0,
        float(bool(peers) and kind_of(known) in peers),
    ]


def kind_of(known: Known) -> Key:
    """Modality, and the kind where that is one of regions: what may stand in one list."""
    return known.key[0], min(known.kinds & lexicon().regions, default="")


def _lies_in(known: Known, region: Known) -> bool:
    """Whether it lies in a region, is it, or is one itself; or so near its middle that it may: Bath is run apart from
    Somerset."""
    if known.key == region.key or region.key in known.ancestors or known.kinds & lexicon().regions:
        return True
    points = known.point, region.point
    return points[0] is not None and points[1] is not None and kilometres(points[0], points[1]) < AT_ITS_MIDDLE


def of_coherence(option: Option, at: int, name: str, setting: Setting) -> list[float]:
    """The features of OF_RECORD from COHERENCE on: how a record sits with the anchors around, other names' ones."""
    me = option.known
    others = [(n, k) for place, n, k in setting.anchors if place != at]
    same = any(k.key == me.key and n != name for n, k in others)
    same_name = any(k.key == me.key and n == name for n, k in others)
    others = [(n, k) for n, k in others if n != name and k.key != me.key]
    if not others:
        return [float(same), float(same_name), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    tied = any(k.key in me.links or me.key in k.links for _, k in others)
    inside = any(me.key in k.ancestors or k.key in me.ancestors for _, k in others)
    shared = sum(bool(me.ancestors & (k.ancestors | {k.key})) for _, k in others) / len(others)
    near = said_near = nearby = 0.0
    if me.point is not None:
        placed = [k for place, n, k in setting.anchors if place not in setting.seated and n != name and k.key != me.key]
        apart = [kilometres(me.point, k.point) for k in placed if k.point is not None]
        if apart:
            near = math.exp(-min(apart) / NEAR)
            nearby = sum(d < 1000 for d in apart) / len(apart)
        said = [k.point for place, _, k in setting.anchors if place in setting.said_near and k.point is not None]
        said_near = max((math.exp(-kilometres(me.point, point) / NEAR) for point in said), default=0.0)
    return [float(same), float(same_name), float(tied), near, said_near, nearby, shared, float(inside)]


def of_none(
    options: Sequence[Option], around: Around, name: str, setting: Setting, inside_name: bool, found: bool
) -> list[float]:
    """The features of OF_NONE. inside_name: the mention lies in a longer one. found: it was found by the store's names
    alone, so that it may be a part of another name, or a word; what markup or a tagger gives is a name as it stands."""
    words, text = lexicon(), around.text
    right, left = around.right, around.left
    modalities = {o.known.key[0] for o in options} & words.cues.keys()
    acts = around.after[:1].islower() and (right in words.verbs or right.endswith("ed"))
    cued = not around.right_capital and any(right in words.cues[modality].after for modality in modalities)
    small_after = around.after[:1].islower() and right not in _small_words
    given = around.before[:1].isupper() and left in words.given_names and left not in words.openers
    title = left.rstrip(".") in words.titles and around.before[:1].isupper()
    longer = around.goes_on
    own = text.casefold()
    seen = [
        1.0,
        float(not any(option.exact for option in options)),
        float(around.left_capital and not given and not title),
        float(longer),
        float(given),
        float(title),
        float(right in words.plain.get(own, ())),
        float(text.islower()),
        float(around.opens),
        float(" " not in text),
        float(around.hyphen),
        float(small_after and not cued),
        float(text.isupper() and len(text) <= 4),
        float(own in words.given_names and (longer or title or in_headline(around))),
        math.log(max(len(options), 1)) / 3,
        float(inside_name),
        float(name in setting.others and not given and not title),
        float(name in setting.longer and not around.left_capital),
        float(left in words.counts),
        float(right in words.person_after),
        float(around.cited),
        float(around.headline),
    ]
    if not found or not modalities:  # records of other modalities may well be persons, and works
        return seen + NO_LOOKALIKES + NO_ROLES
    before = (not around.before[:1].isupper() or around.opens) and any(
        left in words.cues[modality].before for modality in modalities
    )
    articled = any(f"the {name}" in option.known.names for option in options)  # "the Nile"
    looks = of_lookalikes(around, name, setting.people, setting.names, before, cued, small_after, acts, articled)
    return seen + looks + of_roles(around, name, options, setting.roles.get(name, NO_ROLE), name in setting.longer)


def of_person(around: Around) -> bool:
    """Whether a given name or a title stands right before it."""
    words = lexicon()
    return around.before[:1].isupper() and (around.left in words.given_names or around.left.rstrip(".") in words.titles)
