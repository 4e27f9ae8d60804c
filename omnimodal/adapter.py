"""Adapter folders: what was trained, and all that is needed to put it together again. Strict, and never pickle.

adapter.json          format, base model with its fingerprint, encoders, projector, checksum of the weights
adapter.safetensors   encoders, projectors and boundary tokens
peft/                 a PEFT adapter of the language model, where one was trained
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from omnimodal.errors import AdapterError
from omnimodal.llm import fingerprint
from omnimodal.paths import written_whole

if TYPE_CHECKING:
    from omnimodal.model import OmniModel

FORMAT = 1
CONFIG, WEIGHTS, PEFT = "adapter.json", "adapter.safetensors", "peft"


def weights(model: OmniModel) -> dict[str, Tensor]:
    """Everything of a model but its language model, by name."""
    return {name: value for name, value in model.state_dict().items() if not name.startswith("llm.")}


def describe(model: OmniModel) -> dict[str, Any]:
    """The adapter's configuration as JSON."""
    encoders = {
        name: {
            "class": f"{type(e).__module__}:{type(e).__qualname__}",
            "fingerprint": e.fingerprint,
            "config": e.config,
        }
        for name, e in model.encoders.items()
    }
    try:
        made_by = version("omnimodal")
    except PackageNotFoundError:  # a bare checkout
        made_by = "checkout"
    return {
        "format": FORMAT,
        "omnimodal": made_by,
        "base": {**model.base, "fingerprint": fingerprint(model.llm)},
        "encoders": encoders,
        "projector": dict(model.projector),
        "tokens": model.k,
        "surface": model.reader.surface,
        "pooling": model.pooling,
        "max_depth": model.reader.max_depth,
        "lora": model.lora,
    }


def save(model: OmniModel, folder: Path) -> None:
    """Write the folder, whole or not at all; one that stands there already is replaced if it is an adapter.

    Raises AdapterError for a folder with anything else in it.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / CONFIG).exists():
        raise AdapterError(f"{folder} is not empty and is no adapter; choose another folder")
    with written_whole(folder) as fresh:
        fresh.mkdir()
        save_file({name: value.contiguous() for name, value in weights(model).items()}, fresh / WEIGHTS)
        config = {**describe(model), "sha256": _sha256(fresh / WEIGHTS)}
        (fresh / CONFIG).write_text(json.dumps(config, indent=2, default=str) + "\n", "utf-8")
        if model.lora:
            model.llm.save_pretrained(fresh / PEFT)


def load(cls: type[OmniModel], folder: Path, overrides: dict[str, Any]) -> OmniModel:
    """The model that was saved in a folder, with some constructor arguments changed. Raises AdapterError."""
    config = read(folder)
    try:
        given = {
            "base": {key: value for key, value in config["base"].items() if key != "fingerprint"},
            "encoders": {name: encoder["config"] for name, encoder in config["encoders"].items()},
            **{key: config[key] for key in ("projector", "tokens", "surface", "pooling", "max_depth", "lora")},
        }
        base, encoders = config["base"]["fingerprint"], config["encoders"]
    except (KeyError, TypeError, AttributeError) as error:
        raise AdapterError(f"{folder / CONFIG} lacks {error}") from error
    model = cls(**{**given, **overrides})
    if (found := fingerprint(model.llm)) != base:
        raise AdapterError(
            f"{folder} was made for the base model {config['base'].get('name')!r} (fingerprint {base}); "
            f"{model.base.get('name')!r} ({found}) is another one"
        )
    for name, encoder in model.encoders.items():
        if name in encoders and encoder.fingerprint != encoders[name]["fingerprint"]:
            raise AdapterError(
                f"{folder}: the features of this version are not those it was trained with ({encoders[name]['class']})",
                encoder=name,
            )
    restore(model, folder)
    return model


def restore(model: OmniModel, folder: Path) -> None:
    """Read the folder's weights into a model of the same configuration. Raises AdapterError, naming what differs."""
    config, path = read(folder), folder / WEIGHTS
    if not path.exists():
        raise AdapterError(f"{folder} has no {WEIGHTS}")
    if _sha256(path) != config.get("sha256"):
        raise AdapterError(f"{path} is truncated or was changed: its checksum is not the one in {CONFIG}")
    try:
        saved = load_file(path)
    except SafetensorError as error:
        raise AdapterError(f"{path} cannot be read: {error}") from error
    mine = weights(model)
    if saved.keys() != mine.keys():
        raise AdapterError(f"{path} and the model differ in {', '.join(sorted(saved.keys() ^ mine.keys())[:5])}, …")
    for name, value in mine.items():
        if value.shape != saved[name].shape:
            raise AdapterError(f"{path}: {name} is {list(saved[name].shape)}, the model has {list(value.shape)}")
    for name, value in mine.items():
        value.copy_(saved[name])
    if model.lora:
        from peft import set_peft_model_state_dict

        set_peft_model_state_dict(model.llm, load_file(folder / PEFT / "adapter_model.safetensors"))


def read(folder: Path) -> dict[str, Any]:
    """The configuration of an adapter folder. Raises AdapterError."""
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AdapterError(f"{folder} is no adapter folder, or its {CONFIG} is damaged: {error}") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise AdapterError(f"{folder / CONFIG} has a format this version cannot read (it reads {FORMAT})")
    return config


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
