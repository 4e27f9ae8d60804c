"""A tagger on disk: described by itself, strict, and never pickle.

tagger.json           format, labels, their modalities, windows, threshold, checksum of the weights
tagger.safetensors    encoder and head
config.json           the encoder's configuration, as transformers writes it
tokenizer.json …      its tokenizer
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from omnimodal.errors import ModelError
from omnimodal.paths import written_whole

Tagger = Any  # omnimodal.tagger.model.Tagger, which is built on this module and so cannot be imported by it

FORMAT = 1
CONFIG, WEIGHTS = "tagger.json", "tagger.safetensors"
KEPT = ("labels", "modalities", "window", "overlap", "scale", "shift", "threshold", "crossing")


def save(tagger: Tagger, folder: Path) -> None:
    """Write the folder, whole or not at all; a tagger that stands there already is replaced.

    Raises ModelError for a folder of other things.
    """
    if folder.exists() and not (folder / CONFIG).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder} is no tagger, but holds other things; choose another folder")
    with written_whole(folder) as fresh:
        fresh.mkdir()
        tagger.encoder.config.save_pretrained(fresh)
        tagger.tokenizer.save_pretrained(fresh)
        save_file(weights(tagger), fresh / WEIGHTS)
        config = {
            "format": FORMAT,
            **{name: getattr(tagger, name) for name in KEPT},
            "size": tagger.pointer.size,
            "dropout": tagger.dropout.p,
            "sha256": _sha256(fresh / WEIGHTS),
        }
        (fresh / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8")


def weights(module: nn.Module) -> dict[str, Tensor]:
    """The module's values on the CPU, as copies, since safetensors refuses tensors that share memory."""
    return {name: value.detach().cpu().clone().contiguous() for name, value in module.state_dict().items()}


def read_weights(path: Path, module: nn.Module) -> None:
    """Read a file of weights into a module. Raises ModelError where names or shapes differ, or the file is damaged."""
    try:
        module.load_state_dict(load_file(path), strict=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError(f"{path} does not hold the weights of this tagger: {str(error)[:300]}") from error


def load(cls: Any, folder: Path) -> Tagger:
    """The tagger in a folder. Raises ModelError, naming the file, where something is missing, damaged or changed."""
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    config = read(folder)
    fingerprint = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    path = folder / WEIGHTS
    if not path.is_file() or _sha256(path) != config.pop("sha256", None):
        raise ModelError(f"{path} is missing, truncated or changed: its checksum is not the one in {CONFIG}")
    try:
        encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder))
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder} lacks a usable encoder configuration or tokenizer: {error}") from error
    try:
        tagger = cls(encoder, tokenizer, config.pop("labels"), **config)
    except (TypeError, KeyError) as error:
        raise ModelError(f"{folder / CONFIG} does not fit this version: {error}") from error
    read_weights(path, tagger)
    tagger.fingerprint = fingerprint
    return tagger.eval()


def read(folder: Path) -> dict[str, Any]:
    """What tagger.json says, without the format. Raises ModelError."""
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} is no folder of a tagger, or its {CONFIG} is damaged: {error}") from error
    if not isinstance(config, dict) or config.pop("format", None) != FORMAT:
        raise ModelError(f"{folder / CONFIG} has a format this version cannot read (it reads {FORMAT})")
    return config


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
