"""The encoder a tagger stands on: any Hugging Face one, by folder, hub id, installed package, or random for tests."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from omnimodal.errors import ModelError
from omnimodal.llm import byte_tokenizer


def load_encoder(spec: str | Mapping[str, Any]) -> tuple[nn.Module, Any]:
    """A trainable encoder and its fast tokenizer.

    spec: a folder, a hub id, or a mapping with `folder`, with `package` and `subfolder` (weights inside an installed
    package; `hub_id` where it is not installed), with `hub_id` and `revision`, or with `random`, a configuration of
    randomly initialised weights over bytes. Only safetensors are read. Raises ModelError.
    """
    spec = {"folder" if Path(spec).is_dir() else "hub_id": spec} if isinstance(spec, str) else dict(spec)
    if spec.get("random"):
        return _random(spec["random"])
    from transformers import AutoModel, AutoTokenizer

    source = source_of(spec)
    options = {"revision": spec["revision"]} if spec.get("revision") else {}
    try:
        encoder = AutoModel.from_pretrained(source, use_safetensors=True, **options)
        tokenizer = AutoTokenizer.from_pretrained(source, **options)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"The encoder of a tagger cannot be loaded from {source}: {error}") from error
    if not tokenizer.is_fast:
        raise ModelError(f"The tokenizer of {source} gives no offsets: a fast one (tokenizer.json) is needed")
    return encoder.float(), tokenizer


def source_of(spec: Mapping[str, Any]) -> str:
    """What `from_pretrained` is given: a folder or a hub id."""
    if spec.get("folder"):
        if not Path(spec["folder"]).is_dir():
            raise ModelError(f"There is no folder {spec['folder']} to load a tagger's encoder from")
        return str(spec["folder"])
    package = spec.get("package")
    installed = importlib.util.find_spec(package) if package else None  # not imported: only its files are wanted
    if installed and installed.submodule_search_locations:
        return str(Path(installed.submodule_search_locations[0]) / spec.get("subfolder", ""))
    if spec.get("hub_id"):
        return str(spec["hub_id"])
    raise ModelError(f"The encoder of a tagger needs a folder, a hub_id or an installed package, not {dict(spec)}")


def _random(config: Mapping[str, Any]) -> tuple[nn.Module, Any]:
    import torch
    from transformers import AutoConfig, AutoModel

    tokenizer = byte_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return AutoModel.from_config(AutoConfig.for_model(vocab_size=len(tokenizer), **config)), tokenizer
