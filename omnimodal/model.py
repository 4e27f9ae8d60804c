"""OmniModel: a frozen language model that reads entities."""

from __future__ import annotations

import hashlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from omnimodal import adapter, encode, llm, registry
from omnimodal.cache import FeatureCache
from omnimodal.document import Document, documents
from omnimodal.encoder import Encoder
from omnimodal.entity import Entity
from omnimodal.errors import ContextOverflowError, ModelError, UnknownNameError
from omnimodal.pool import POOLINGS, pool
from omnimodal.project import Projector
from omnimodal.read import Reader
from omnimodal.registry import unknown
from omnimodal.splice import Overflow, Row, Surface, gather, splice
from omnimodal.standardize import fitting
from omnimodal.store import Store

CHAT_TEXT = "\ufdd0text\ufdd0"  # stands for the text in a rendered chat template; noncharacters are in no text


def _no_empty(rows: Sequence[Row]) -> None:
    for i, row in enumerate(rows):
        if not row.parts:
            raise ValueError(f"Text {i} of {len(rows)} is empty")


@dataclass(frozen=True)
class Embedding:
    """What `embed` gives. For one text `vector` is [d] and `mentions` a list; for n texts [n, d] and a list of lists.

    `inputs_embeds` [n, l, width] and `attention_mask` [n, l] are what the language model read; `dropped` are mentions
    that did not fit into the context. `np.asarray(embedding)` is the vector.
    """

    vector: Tensor
    inputs_embeds: Tensor
    attention_mask: Tensor
    mentions: list[Any]
    dropped: list[Any] = field(default_factory=list)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.vector.numpy(), dtype=dtype)


def _projector_path(name: str) -> str:
    """The class of a projector by its short name, as in conf/projector."""
    known = {cls.__name__.lower(): cls for cls in Projector.__subclasses__() if cls.__module__ == Projector.__module__}
    if name not in known:
        raise UnknownNameError(unknown("projector", name, sorted(known)))
    return f"{known[name].__module__}.{known[name].__qualname__}"


@contextmanager
def _seeded(text: str) -> Iterator[None]:
    """Random numbers that depend on `text` alone; the generator outside is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()))
        yield


class OmniModel(nn.Module):
    """Frozen LLM + encoders + projectors + boundary tokens; the last three are trained and make up an adapter.

    base: name, folder or hub id of the language model, or a spec (see conf/llm).
    encoders: names, or {name: constructor arguments}; default all that are registered.
    projector: a name (linear, mlp, resampler), or {"_target_": class, **arguments}.
    tokens: k, the soft tokens an entity takes. surface: "keep" its text before them, or "replace" it by them.
    pooling: mean, last or weighted_mean. store, cache, max_depth: see Reader. tagger: one more source of
    mentions, or the folder of a trained tagger; not saved with the adapter.
    lora: arguments of peft.LoraConfig, to train low-rank updates of the language model as well; default none.
    """

    def __init__(
        self,
        base: str | dict[str, Any] = llm.DEFAULT,
        encoders: Sequence[str] | Mapping[str, Mapping[str, Any]] | None = None,
        projector: str | Mapping[str, Any] = "mlp",
        tokens: int = 4,
        surface: Surface = "keep",
        pooling: str = "mean",
        store: Store | str | Path | None = "default",
        cache: FeatureCache | str | Path | None = None,
        max_depth: int = 6,
        lora: Mapping[str, Any] | None = None,
        seed: int = 0,
        tagger: Any = None,
    ):
        super().__init__()
        self.llm: Any
        self.encoders: Any  # name → Encoder
        self.llm, tokenizer, self.base = llm.load_llm(base)
        self.fingerprint = llm.fingerprint(self.llm)  # of the base; before anything is put into it
        self.k, self.pooling, self.lora = tokens, pooling, dict(lora) if lora else None
        if pooling not in POOLINGS:
            raise UnknownNameError(unknown("pooling", pooling, sorted(POOLINGS)))
        named = {"_target_": _projector_path(projector)} if isinstance(projector, str) else projector
        self.projector = {key: value for key, value in named.items() if key != "tokens"}
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        self.tokenizer = tokenizer
        given = registry.names() if encoders is None else [encoders] if isinstance(encoders, str) else encoders
        configs = {name: dict(given[name] if isinstance(given, Mapping) else {}) for name in sorted(given)}
        self.encoders, self.projectors, self.boundary = nn.ModuleDict(), nn.ModuleDict(), nn.ParameterDict()
        for name, config in configs.items():
            with _seeded(f"{seed}/{name}"):  # the same in every process, whatever other encoders there are
                self.encoders[name] = registry.get(name)(**config)
                self.projectors[name] = self._projector(self.encoders[name])
                self.boundary[name] = self._boundary(name)
        if self.lora:
            import peft

            with _seeded(f"{seed}/lora"):
                self.llm = peft.get_peft_model(self.llm, peft.LoraConfig(**self.lora))
        cache = cache if isinstance(cache, FeatureCache) else FeatureCache(cache)
        limit = getattr(self.llm.config, "max_position_embeddings", None) or 1 << 30
        self.reader = Reader(tokenizer, dict(self.encoders.items()), self.k, limit, surface, store, cache, max_depth)
        if tagger is not None:
            from omnimodal.tagger.model import Tagger

            self.reader.sources = (Tagger.load(tagger) if isinstance(tagger, str | Path) else tagger,)
        self.eval()

    # parts

    def _projector(self, encoder: Encoder) -> Projector:
        cls = pkgutil.resolve_name(self.projector["_target_"])
        if not (isinstance(cls, type) and issubclass(cls, Projector)):
            raise UnknownNameError(f"{self.projector['_target_']} is no omnimodal.project.Projector")
        arguments = {key: value for key, value in self.projector.items() if key != "_target_"}
        projector = cls(encoder.dim, encoder.tokens, self.k, self.width, **arguments)
        projector.loudness.fill_(self._sample.pow(2).mean().sqrt())
        return projector

    def _boundary(self, name: str) -> nn.Parameter:
        """Two rows that begin where the modality's own name is in the embedding space: <|name|> and <|/name|>."""
        ids = self.tokenizer(name, add_special_tokens=False, return_tensors="pt")["input_ids"]
        start = self.llm.get_input_embeddings()(ids)[0].mean(dim=0).float()
        return nn.Parameter(start + 0.1 * self._sample.std() * torch.randn(2, self.width))

    @cached_property
    def _sample(self) -> Tensor:
        """Some 4,096 embeddings, as the model itself reads them: the module is asked, since Gemma's scales them."""
        table = self.llm.get_input_embeddings()
        rows = table.weight.shape[0]
        return table(torch.arange(0, rows, max(1, rows // 4096), device=table.weight.device)).float()

    @property
    def width(self) -> int:
        """Width of the input embeddings, which some models (OPT) project to another hidden size."""
        return self.llm.get_input_embeddings().weight.shape[1]

    @property
    def device(self) -> torch.device:
        return self.llm.get_input_embeddings().weight.device

    @property
    def generates(self) -> bool:
        """Whether the base is a causal language model, not a bare encoder."""
        return self.llm.get_output_embeddings() is not None

    @property
    def _plain(self) -> Any:
        return self.llm.get_base_model() if self.lora else self.llm

    @cached_property
    def _takes(self) -> set[str]:
        return set(inspect.signature(self._plain.forward).parameters)

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        if not self.lora:
            self.llm.eval()  # frozen; only layers that checkpoint must know that training is on
            for module in self.llm.modules():
                if getattr(module, "gradient_checkpointing", False):
                    module.training = mode
        return self

    def activation_checkpointing_enable(self, activation_checkpointing_kwargs: Mapping[str, Any] | None = None) -> None:
        """Trade time for memory: the language model's activations are computed again in the backward pass."""
        options = {**(activation_checkpointing_kwargs or {}), "use_reentrant": False}
        self.llm.activation_checkpointing_enable(activation_checkpointing_kwargs=options)
        self.train(self.training)

    # the way through

    def inputs_embeds(
        self,
        input_ids: Tensor,
        positions: Tensor,
        boundaries: Tensor,
        repeats: Tensor | None = None,
        plan: encode.Plan | None = None,
        **rest: Any,
    ) -> Tensor:
        """What `Reader.collate` gives → [b, l, width]: the embeddings of the tokens with all soft tokens in place."""
        embeds = self.llm.get_input_embeddings()(input_ids)
        if plan is None:
            return embeds
        vectors = encode.run(plan.to(embeds.device), self.encoders)
        soft = [self.projectors[name](vectors[name]) for name in sorted(vectors)]
        table = torch.cat([self.boundary[name] for name in sorted(self.boundary)])
        return splice(embeds, positions, gather(table, soft, boundaries, repeats))

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        positions: Tensor,
        boundaries: Tensor,
        repeats: Tensor | None = None,
        plan: encode.Plan | None = None,
        labels: Tensor | None = None,
        logits_to_keep: int = 0,
        **kwargs: Any,
    ) -> Any:
        """One pass of the causal language model over what `Reader.collate` gives; its own output object.

        `loss` is the mean over labelled positions where `labels` [b, l] are given. Logits are made for the last
        `logits_to_keep` positions only (0: all), where the model can do that. Other keywords go on to the model.
        """
        embeds = self.inputs_embeds(input_ids, positions, boundaries, repeats, plan)
        if labels is not None and self.training and (plan is None or torch.distributed.is_initialized()):
            # Parameters this batch did not use get a zero gradient, so that sharded training does not wait for them.
            embeds = embeds + 0.0 * sum(p.flatten()[0] for p in self.parameters() if p.requires_grad)
        inputs: dict[str, Any] = self._inputs(embeds, attention_mask)
        keep = logits_to_keep if "logits_to_keep" in self._takes else 0
        if keep:
            inputs["logits_to_keep"] = keep
        if labels is not None:
            inputs["labels"] = labels[:, -keep:]
        return self.llm(**inputs, **kwargs)

    @torch.no_grad()
    def standardize(self, entities: Sequence[Entity]) -> None:
        """Measure, once before training, how features and vectors of such entities vary, see `Standardize`."""
        reader = self.reader
        plan = encode.plan(entities, reader.encoders, reader.opened_store(), reader.cache, reader.max_depth)
        with fitting(self):
            for name, vectors in encode.run(plan.to(self.device), self.encoders).items():
                self.projectors[name](vectors)

    def _inputs(self, embeds: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """What the language model is called with. Positions count from the first real token of a left-padded row;
        without padding on the left the model's own default is left alone.
        """
        inputs = {"inputs_embeds": embeds, "attention_mask": mask}
        if "position_ids" in self._takes and not bool(mask[:, 0].all()):
            inputs["position_ids"] = (mask.cumsum(dim=1) - 1).clamp(min=0)
        return inputs

    def hidden_states(self, embeds: Tensor, mask: Tensor) -> Tensor:
        """Last hidden states [b, l, d] of the base, without the language model's head."""
        return self._plain.base_model(**self._inputs(embeds, mask)).last_hidden_state

    def detect(
        self, inputs: Any, entities: Sequence[Any] | None = None, *, reference: Any = None, locale: str | None = None
    ) -> list[Any]:
        """The mentions of a text, with their entities; of a list of texts, a list of them."""
        docs, batch = documents(inputs, entities)
        found = self.reader.mentions(docs, reference, locale)
        return found if batch else found[0]

    @torch.no_grad()
    def embed(
        self,
        inputs: Any,
        entities: Sequence[Any] | None = None,
        *,
        reference: Any = None,
        locale: str | None = None,
        pooling: str | None = None,
        surface: Surface | None = None,
        overflow: Overflow = "error",
        side: str = "right",
        batch_size: int = 32,
    ) -> Embedding:
        """The embedding of a text, of strings and typed parts, or of a list of these.

        entities: explicit ones as (start, end, entity); they beat detected ones. reference: the date to read "last
        Tuesday" against. locale: how numbers and dates are written, as "de". overflow: "truncate" keeps what fits and
        reports the rest.

            >>> model.embed("The tower dates from 1889.").vector.shape
            torch.Size([576])
        """
        docs, batch = documents(inputs, entities)
        if not docs:
            raise ValueError("An empty list has no embedding")
        mentions = self.reader.mentions(docs, reference, locale)
        rows = self.reader.rows(docs, mentions, surface, overflow)
        _no_empty(rows)
        by_length = sorted(range(len(rows)), key=lambda i: rows[i].width(self.k))  # similar lengths: little padding
        longest = rows[by_length[-1]].width(self.k)
        vectors: dict[int, Tensor] = {}
        kept = torch.zeros(len(rows), longest, self.width)
        masks = torch.zeros(len(rows), longest, dtype=torch.long)
        for ids in (by_length[i : i + batch_size] for i in range(0, len(rows), batch_size)):
            inputs = self.to_device(self.reader.collate([rows[i] for i in ids], side))
            embeds = self.inputs_embeds(**inputs)
            mask = inputs["attention_mask"]
            vectors.update(
                zip(ids, pool(pooling or self.pooling, self.hidden_states(embeds, mask), mask).cpu(), strict=True)
            )
            at = slice(longest - mask.shape[1], None) if side == "left" else slice(mask.shape[1])
            kept[ids, at], masks[ids, at] = embeds.float().cpu(), mask.cpu()
        vector = torch.stack([vectors[i] for i in range(len(rows))])
        dropped = [list(row.dropped) for row in rows]
        if batch:
            return Embedding(vector, kept, masks, mentions, dropped)
        return Embedding(vector[0], kept, masks, mentions[0], dropped[0])

    @torch.no_grad()
    def generate(
        self,
        inputs: Any,
        entities: Sequence[Any] | None = None,
        *,
        chat: bool = False,
        reference: Any = None,
        locale: str | None = None,
        surface: Surface | None = None,
        max_new_tokens: int = 64,
        **kwargs: Any,
    ) -> Any:
        """What the language model says after a text: a string, or a list of them for a list.

        chat=True puts each text into the model's chat template as the user's message. Other keywords go to
        `transformers` `generate` (do_sample, temperature, num_beams, …).
        """
        if not self.generates:
            raise ModelError(f"{self.base.get('name')!r} is an encoder and generates no text; use embed")
        docs, batch = documents(inputs, entities)
        if not docs:
            return []
        if not 0 < max_new_tokens < self.reader.limit:
            raise ContextOverflowError(f"max_new_tokens={max_new_tokens}; the model has {self.reader.limit} positions")
        mentions = self.reader.mentions(docs, reference, locale)
        if chat:
            docs, mentions = zip(
                *(self._as_chat(doc, found) for doc, found in zip(docs, mentions, strict=True)), strict=True
            )
        rows = self.reader.rows(docs, mentions, surface, special=not chat, reserve=max_new_tokens)
        _no_empty(rows)
        given = self.to_device(self.reader.collate(rows, side="left"))
        embeds = self.inputs_embeds(**given)
        kwargs = {"do_sample": False, "pad_token_id": self.tokenizer.pad_token_id, **kwargs}
        mask = given["attention_mask"]
        ids = self._plain.generate(inputs_embeds=embeds, attention_mask=mask, max_new_tokens=max_new_tokens, **kwargs)
        texts = self.tokenizer.batch_decode(ids, skip_special_tokens=True)
        return texts if batch else texts[0]

    def _as_chat(self, doc: Document, mentions: list[Any]) -> tuple[Document, list[Any]]:
        if self.tokenizer.chat_template is None:
            raise ModelError(f"{self.base.get('name')!r} has no chat template; call generate without chat=True")
        message = [{"role": "user", "content": CHAT_TEXT}]
        frame = self.tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        before, after = frame.split(CHAT_TEXT)
        moved = [m.replace(start=m.start + len(before), end=m.end + len(before), children=()) for m in mentions]
        return Document(before + doc.text + after), moved

    def to_device(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """What `Reader.collate` gives, where the model is."""
        return {key: value.to(self.device) if hasattr(value, "to") else value for key, value in inputs.items()}

    # on disk

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the adapter folder: all but the frozen language model. It appears whole or not at all."""
        adapter.save(self, Path(folder))

    @classmethod
    def from_pretrained(cls, folder: str | Path, **overrides: Any) -> OmniModel:
        """The model of an adapter folder; `overrides` are constructor arguments (store, cache, surface, base…).

        Raises AdapterError where the folder is damaged, or its base model or encoders are not the ones it was made for.
        """
        return adapter.load(cls, Path(folder), overrides)
