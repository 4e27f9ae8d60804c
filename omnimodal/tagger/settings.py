"""What the settings of conf/tagger.yaml may be: each is checked before anything is read or trained, and named."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from omnimodal.errors import OmnimodalError
from omnimodal.tagger.schedule import SHARES

PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Wanted:
    """What a setting is, in words, and whether a value is that."""

    told: str
    fits: Callable[[Any], bool]

    def or_null(self) -> Wanted:
        return Wanted(f"{self.told}, or null", lambda value: value is None or self.fits(value))


def whole(least: int) -> Wanted:
    return Wanted(f"a whole number from {least}", lambda v: type(v) is int and v >= least)


def real(low: float, high: float = math.inf, *, above: bool = False, below: bool = False) -> Wanted:
    """A finite number from low to high; above, below: these themselves are too small or large."""
    told = f"{'above' if above else 'from'} {low:g}" + ("" if high == math.inf else f" to {high:g}")
    told += f", less than {high:g}" if below else ""

    def fits(v: Any) -> bool:
        if isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v):
            return False
        return (low < v if above else low <= v) and (v < high if below else v <= high)

    return Wanted(f"a number {told}", fits)


def one_of(*names: str) -> Wanted:
    return Wanted(f"one of {', '.join(names)}", lambda v: v in names)


def list_of_text(v: Any) -> bool:
    return isinstance(v, list) and bool(v) and all(map(TEXT.fits, v)) and len(set(v)) == len(v)


BOOL = Wanted("true or false", lambda v: isinstance(v, bool))
TEXT = Wanted("a text", lambda v: isinstance(v, str) and bool(v.strip()))
LABELS = Wanted("a list of different labels, like [person, place]", list_of_text)
NAMES = Wanted(
    "a mapping of labels to encoders, like {organization: corporation}",
    lambda v: isinstance(v, dict) and all(TEXT.fits(k) and TEXT.fits(name) for k, name in v.items()),
)
CONFIG = Wanted("a configuration, like {model_type: bert, …}", lambda v: isinstance(v, dict) and "model_type" in v)

SETTINGS: dict[str, Any] = {
    "schedule": one_of(*SHARES),
    "k": real(0, above=True),
    "n": real(0, above=True),
    "seed": whole(0),
    "resume": TEXT.or_null(),
    "encoder": {
        **dict.fromkeys(("package", "subfolder", "hub_id", "revision", "folder"), TEXT.or_null()),
        "random": CONFIG.or_null(),
    },
    "tagger": {
        "window": whole(8),
        "overlap": whole(0),
        "size": Wanted("an even number from 2", lambda v: type(v) is int and v >= 2 and v % 2 == 0),
        "dropout": real(0, 1, below=True),
        "crossing": BOOL,
        "modalities": NAMES,
    },
    "data": {
        "file": TEXT,
        "labels": LABELS.or_null(),
        "sizes": {"original": whole(1), "distilled": whole(0), "dev": whole(1), "test": whole(1)},
        "seed": whole(0),
        "distilled": TEXT.or_null(),
        "noise": dict.fromkeys(("drop", "shift", "confuse", "invent"), real(0, 1)),
    },
    "train": {
        "epochs": whole(1),
        "windows": whole(1).or_null(),
        "batch_size": whole(1),
        "learning_rate": real(0, above=True),
        "head_learning_rate": real(0, above=True),
        "warmup": real(0, 1),
        "weight_decay": real(0),
        "clip": real(0, above=True),
        "precision": one_of(*PRECISIONS),
        "checkpoint": BOOL,
    },
}


def check(cfg: Any) -> None:
    """Raise OmnimodalError, naming the setting and what it may be, for a configuration that cannot be run."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        given: Any = OmegaConf.to_container(cfg, resolve=True) if OmegaConf.is_config(cfg) else cfg
    except OmegaConfBaseException as error:
        raise OmnimodalError(f"The settings of a tagger cannot be read: {error}") from error
    encoder = {} if isinstance(given.get("encoder"), str) else given.get("encoder")  # a text is a folder or a hub id
    if isinstance(encoder, dict):  # says where it comes from in one way, and need not deny the others
        given = {**given, "encoder": {**dict.fromkeys(SETTINGS["encoder"]), **encoder}}
    _check(given, SETTINGS, "")
    window, overlap = given["tagger"]["window"], given["tagger"]["overlap"]
    if overlap >= window:
        raise OmnimodalError(f"tagger.overlap is less than tagger.window, {window}, not {overlap}")


def _check(given: Mapping[str, Any], wanted: Mapping[str, Any], path: str) -> None:
    for name, value in given.items():
        if name not in wanted and path:  # beside them stand hydra's own
            near = difflib.get_close_matches(str(name), wanted, n=1)
            hint = f"; did you mean {path}{near[0]}?" if near else ""
            raise OmnimodalError(f"There is no setting {path}{name}, known are {', '.join(wanted)}{hint}")
        if name not in wanted:
            continue
        rule = wanted[name]
        if isinstance(rule, Wanted):
            if not rule.fits(value):
                raise OmnimodalError(f"{path}{name} is {rule.told}, not {value!r:.80}")
        elif isinstance(value, Mapping):
            _check(value, rule, f"{path}{name}.")
        else:
            raise OmnimodalError(f"{path}{name} has settings of its own, {', '.join(rule)}; it is not {value!r:.80}")
    if lacking := [name for name in wanted if name not in given]:
        raise OmnimodalError(f"There is no {path}{lacking[0]}: every setting of conf/tagger.yaml needs a value")
