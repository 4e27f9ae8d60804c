"""Small random models of many families, saved to disk as a hub would serve them."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

from omnimodal.llm import byte_tokenizer

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
GROUPED = {**SMALL, "num_key_value_heads": 2, "head_dim": 8}

# name: (model type, settings, BOS before every text, tied embeddings)
FAMILIES = {
    "llama": ("llama", GROUPED, True, False),
    "llama-tied": ("llama", GROUPED, False, True),
    "qwen3": ("qwen3", GROUPED, False, True),
    "gemma3": ("gemma3_text", {**GROUPED, "sliding_window": 64}, True, True),
    "mistral": ("mistral", GROUPED, True, False),
    "phi": ("phi", SMALL, False, False),
    "gpt2": ("gpt2", {"n_embd": 32, "n_layer": 2, "n_head": 4}, False, True),
    "opt": ("opt", {**SMALL, "ffn_dim": 64, "word_embed_proj_dim": 16}, True, True),
    "gpt_neox": ("gpt_neox", SMALL, False, False),
    "bert": ("bert", SMALL, True, True),
}
CAUSAL = [name for name in FAMILIES if name != "bert"]


def save(name: str, folder: Path) -> Path:
    """Write the model and its tokenizer to `folder`."""
    kind, settings, bos, tied = FAMILIES[name]
    tokenizer = byte_tokenizer(bos)
    ids = {"bos_token_id": 1, "eos_token_id": 0, "pad_token_id": 0}
    config = AutoConfig.for_model(kind, vocab_size=len(tokenizer), tie_word_embeddings=tied, **ids, **settings)
    torch.manual_seed(1)
    model = (AutoModelForCausalLM if name in CAUSAL else AutoModel).from_config(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
