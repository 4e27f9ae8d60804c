"""Language models by name: a YAML in conf/llm, a local folder, or a hub id; frozen, and told apart by a fingerprint."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from torch import nn

from omnimodal.errors import ModelError, UnknownNameError
from omnimodal.paths import cache_dir, written_whole
from omnimodal.registry import unknown

DEFAULT = "smollm2_135m"


def names() -> list[str]:
    """The models that have a YAML in conf/llm."""
    return sorted(
        path.name[:-5] for path in (files("omnimodal") / "conf" / "llm").iterdir() if path.name.endswith(".yaml")
    )


def spec_of(name: str) -> dict[str, Any]:
    """What to load for a name: its YAML, or {"folder": …} or {"hub_id": …}. Raises UnknownNameError."""
    from omegaconf import OmegaConf

    if name in names():
        text = (files("omnimodal") / "conf" / "llm" / f"{name}.yaml").read_text("utf-8")
        spec = OmegaConf.to_container(OmegaConf.create(text))
        return dict(spec)  # type: ignore[arg-type]
    if Path(name).is_dir():
        return {"name": name, "folder": str(Path(name).resolve())}
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelError(f"There is no folder {name}")
    if name.count("/") == 1:
        return {"name": name, "hub_id": name}
    raise UnknownNameError(unknown("language model", name, names()) + "; or give a folder or a hub id like owner/name")


def load_llm(spec: str | dict[str, Any]) -> tuple[nn.Module, Any, dict[str, Any]]:
    """A frozen model, its tokenizer, and the spec that loads it again.

    A causal LM where the checkpoint is one, otherwise the bare encoder (BERT and the like, for `embed` only).
    Raises ModelError, naming the model and what to do.
    """
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoTokenizer
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as CAUSAL

    spec = spec_of(spec) if isinstance(spec, str) else dict(spec)
    if "random" in spec:
        return *_random(spec["random"]), spec
    source = _folder(spec)
    options = {"revision": spec["revision"]} if spec.get("revision") else {}
    try:
        config = AutoConfig.from_pretrained(source, **options)
        names = config.architectures or [CAUSAL.get(config.model_type, "")]
        kind = AutoModelForCausalLM if names[0] in CAUSAL.values() and "MaskedLM" not in names[0] else AutoModel
        dtype = getattr(torch, spec.get("dtype") or "float32")
        with _quiet():
            model = kind.from_pretrained(source, dtype=dtype, **options)
        tokenizer = AutoTokenizer.from_pretrained(source, **options)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"The language model {spec['name']!r} cannot be loaded from {source}: {error}") from error
    if not tokenizer.is_fast:
        raise ModelError(
            f"The tokenizer of {spec['name']!r} gives no offsets: a fast tokenizer (tokenizer.json) is needed"
        )
    return freeze(model), tokenizer, spec


def freeze(model: nn.Module) -> nn.Module:
    """No weight is trained, and dropout is off for good: a frozen model answers the same in training as in use."""
    model.requires_grad_(False).eval()
    for module in model.modules():
        for name in ("p",) if isinstance(module, nn.Dropout) else ("dropout", "attention_dropout", "layerdrop"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    return model


def fingerprint(model: Any) -> str:
    """16 hex digits that tell base models apart: names, shapes and some values of all weights, in any precision."""
    digest = hashlib.blake2b(model.config.model_type.encode(), digest_size=8)
    for name, value in sorted(model.named_parameters()):
        flat = value.detach().flatten()
        sample = flat[:: max(1, len(flat) // 64)].to("cpu", torch.bfloat16)
        digest.update(f"{name}{list(value.shape)}".encode() + sample.view(torch.int16).numpy().tobytes())
    return digest.hexdigest()


def _folder(spec: dict[str, Any]) -> str:
    """Where `from_pretrained` finds the model: a folder, weights that an installed package brings, or the hub."""
    if "folder" in spec:
        return spec["folder"]
    package: str = spec.get("package", "")
    installed = importlib.util.find_spec(package) if package else None  # not imported: only its file is wanted
    if installed and installed.submodule_search_locations:
        return str(_converted(package, Path(installed.submodule_search_locations[0]) / spec["gguf"]))
    if "hub_id" not in spec:
        raise ModelError(f"{spec['name']!r} comes in the package {package}, which is not installed: see `make setup`")
    return spec["hub_id"]


def _converted(package: str, gguf: Path) -> Path:
    """The package's GGUF file as a folder of safetensors in the user's cache, converted once (about 20 seconds)."""
    from importlib.metadata import packages_distributions, version

    distribution = packages_distributions()[package][0]
    folder = cache_dir() / "llm" / f"{distribution}-{version(distribution)}"
    if not (folder / "config.json").exists():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        loaded.config.quantization_config = None
        del loaded.config.quantization_config
        plain = type(loaded)(loaded.config)  # a loaded GGUF model refuses save_pretrained
        plain.load_state_dict(loaded.state_dict())
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        with _quiet(), written_whole(folder, replace=False) as fresh:
            plain.save_pretrained(fresh)
            tokenizer.save_pretrained(fresh)
    return folder


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars for what takes a second."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _random(config: dict[str, Any]) -> tuple[nn.Module, Any]:
    """A randomly initialised causal LM over bytes, the same for every process; for tests and dry runs."""
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = byte_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(vocab_size=len(tokenizer), **config))
    return freeze(model), tokenizer


@cache
def byte_tokenizer(bos: bool = False) -> Any:
    """A tokenizer with one token per byte, `<eos>` and `<bos>`; `bos` is put before every text if wanted."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate(["<eos>", "<bos>", *alphabet])}
    raw = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    if bos:
        raw.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<eos>", bos_token="<bos>", pad_token="<eos>")
