"""Adapter folders: what was trained, and all that is needed to put it together again. Strict, and never pickle.

adapter.json          format, base model with its fingerprint, encoders, projector, checksum of the weights
adapter.safetensors   encoders, projectors and boundary tokens
peft/                 a PEFT adapter of the language model, where one was trained
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from omnimodal.errors import AdapterError
from omnimodal.paths import written_whole

OmniModel = Any  # omnimodal.model.OmniModel, which is built on this module and so cannot be imported by it

FORMAT = 1
CONFIG, WEIGHTS, PEFT = "adapter.json", "adapter.safetensors", "peft"
LORA = f"{PEFT}/adapter_model.safetensors"


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
        "base": {**model.base, "fingerprint": model.fingerprint},
        "encoders": encoders,
        "projector": dict(model.projector),
        "tokens": model.k,
        "surface": model.reader.surface,
        "pooling": model.pooling,
        "max_depth": model.reader.max_depth,
        "lora": model.lora,
    }


def save(model: OmniModel, folder: Path) -> None:
    """Write the folder, whole or not at all. Of an adapter that stands there already the files are replaced, and what
    else is in its folder (the state of a trainer) is kept.

    Raises AdapterError for a folder of other things, and for constructor arguments that JSON cannot hold.
    """
    if folder.exists() and not folder.is_dir():
        raise AdapterError(f"{folder} is a file; choose another place")
    there = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if there and (CONFIG not in there or "sha256" not in read(folder)):
        raise AdapterError(f"{folder} is no adapter, but holds {', '.join(there[:3])}; choose another folder")
    with written_whole(folder) as fresh:
        fresh.mkdir()
        for name in set(there) - {CONFIG, WEIGHTS, PEFT}:
            _carry(folder / name, fresh / name)
        # Copies, since safetensors refuses tensors that share memory.
        values = {name: value.clone(memory_format=torch.contiguous_format) for name, value in weights(model).items()}
        save_file(values, fresh / WEIGHTS)
        config = {**describe(model), "sha256": _sha256(fresh / WEIGHTS)}
        if model.lora:
            model.llm.save_pretrained(fresh / PEFT)
            config["lora_sha256"] = _sha256(fresh / LORA)
        (fresh / CONFIG).write_text(json.dumps(config, indent=2, default=_plain) + "\n", "utf-8")


def _carry(source: Path, target: Path) -> None:
    """The same file or folder at another path, without copying what is in it where the disk allows."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, copy_function=_link)
    else:
        _link(source, target)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _plain(value: Any) -> Any:
    """What JSON does not know: paths, and the mappings and lists of a hydra configuration."""
    match value:
        case PurePath():
            return str(value)
        case Mapping():
            return dict(value)
        case Sequence() if not isinstance(value, bytes):
            return list(value)
    raise AdapterError(f"The argument {value!r:.80} of type {type(value).__name__} cannot be saved with an adapter")


def load(cls: Any, folder: Path, overrides: dict[str, Any]) -> OmniModel:
    """The model that was saved in a folder, with some constructor arguments changed. Raises AdapterError."""
    config = read(folder)
    try:
        given = {
            "base": {key: value for key, value in config["base"].items() if key != "fingerprint"},
            "encoders": {name: encoder["config"] for name, encoder in config["encoders"].items()},
            **{key: config[key] for key in ("projector", "tokens", "surface", "pooling", "max_depth", "lora")},
        }
        base, trained_with = config["base"]["fingerprint"], {n: e["fingerprint"] for n, e in config["encoders"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise AdapterError(f"{folder / CONFIG} lacks {error}") from error
    try:
        model = cls(**{**given, **overrides})
    except (TypeError, KeyError, AttributeError) as error:
        raise AdapterError(f"{folder / CONFIG}, or an override of it, does not fit this version: {error}") from error
    if (found := model.fingerprint) != base:
        raise AdapterError(
            f"{folder} was made for the base model {config['base'].get('name')!r} (fingerprint {base}); "
            f"{model.base.get('name')!r} ({found}) is another one"
        )
    for name, encoder in model.encoders.items():
        if trained_with.get(name, encoder.fingerprint) != encoder.fingerprint:
            raise AdapterError(
                f"{folder} was trained with other features than those of this version of {type(encoder).__qualname__}",
                encoder=name,
            )
    restore(model, folder)
    return model


def restore(model: OmniModel, folder: Path) -> None:
    """Read the folder's weights into a model of the same configuration. Raises AdapterError, naming what differs."""
    config, mine = read(folder), weights(model)
    saved = _checked(folder / WEIGHTS, config.get("sha256"), mine)
    lora: dict[str, Tensor] = {}
    if model.lora:
        from peft import get_peft_model_state_dict, set_peft_model_state_dict

        lora = _checked(folder / LORA, config.get("lora_sha256"), get_peft_model_state_dict(model.llm))
    for name, value in mine.items():  # nothing is written before all is checked
        value.copy_(saved[name])
    if lora:
        set_peft_model_state_dict(model.llm, lora)


def _checked(path: Path, sha256: Any, mine: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors in a file, of the names and shapes of `mine`."""
    if not path.is_file():
        raise AdapterError(f"{path} is missing")
    if _sha256(path) != sha256:
        raise AdapterError(f"{path} is truncated or was changed: its checksum is not the one in {CONFIG}")
    try:
        saved = load_file(path)
    except SafetensorError as error:
        raise AdapterError(f"{path} cannot be read: {error}") from error
    if saved.keys() != mine.keys():
        raise AdapterError(f"{path} and the model differ in {', '.join(sorted(saved.keys() ^ mine.keys())[:5])}, …")
    for name, value in mine.items():
        if value.shape != saved[name].shape:
            raise AdapterError(f"{path}: {name} is {list(saved[name].shape)}, the model has {list(value.shape)}")
    return saved


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
