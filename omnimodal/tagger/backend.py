"""Who answers an annotator's prompts: a causal language model on this machine, or an OpenAI-compatible endpoint."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from typing import Any, Protocol
from urllib.parse import urlsplit

from omnimodal.errors import ContextOverflowError, ModelError

BUSY = {408, 409, 425, 429, 500, 502, 503, 504}  # worth another try
LARGEST = 10_000_000  # bytes of a response


class Backend(Protocol):
    """Answers prompts; `name` says who it is."""

    name: str

    def answer(self, prompts: Sequence[str], stop: str) -> list[str]:
        """One answer for each prompt, which may end before or behind `stop`."""


class CausalLM:
    """A causal language model by name (see conf/llm), folder or hub id; answers greedily, in one batch.

    A prompt is a text to go on with; `chat` puts it into the model's chat template instead, where it has one. Raises
    ModelError for a model that cannot generate.
    """

    def __init__(self, model: str, max_new_tokens: int = 512, chat: bool = False):
        from omnimodal.llm import load_llm

        loaded, self.tokenizer, spec = load_llm(model)
        self.model: Any = loaded
        if not getattr(loaded, "can_generate", bool)():
            raise ModelError(f"{spec['name']!r} is no causal language model: it cannot answer")
        self.name, self.max_new_tokens, self.chat = str(spec["name"]), max_new_tokens, chat

    def answer(self, prompts: Sequence[str], stop: str) -> list[str]:
        """Raises ContextOverflowError for a prompt that leaves no room for the answer."""
        import torch

        rows = [self._ids(prompt) for prompt in prompts]
        longest = max(map(len, rows), default=0)
        room = getattr(self.model.config, "max_position_embeddings", None)
        if room and longest + self.max_new_tokens > room:
            raise ContextOverflowError(
                f"A prompt of {longest} tokens and an answer of {self.max_new_tokens} do not fit the {room} of "
                f"{self.name!r}; use smaller chunks, fewer examples or shorter answers"
            )
        pad = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else self.tokenizer.eos_token_id
        ids = torch.tensor([[pad] * (longest - len(row)) + row for row in rows])
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
        device = next(self.model.parameters()).device
        with torch.inference_mode():
            out = self.model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                max_new_tokens=self.max_new_tokens,
                do_sample=False,
                stop_strings=[stop],
                tokenizer=self.tokenizer,
                pad_token_id=pad,
            )
        return self.tokenizer.batch_decode(out[:, longest:].tolist(), skip_special_tokens=True)

    def _ids(self, prompt: str) -> list[int]:
        if self.chat and getattr(self.tokenizer, "chat_template", None):
            messages = [{"role": "user", "content": prompt}]
            prompt = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
            return list(self.tokenizer(prompt, add_special_tokens=False)["input_ids"])
        return list(self.tokenizer(prompt)["input_ids"])


class Endpoint:
    """An OpenAI-compatible server: POST {url}/chat/completions.

    `url` ends before /chat/completions, as in http://localhost:8000/v1. timeout is in seconds, for each try; a server
    that is busy, fails or does not answer is asked `retries` times more, after 1, 2, 4, … times `pause` seconds or what
    it asks for. Redirects are not followed, so that the key goes nowhere else. Raises ModelError, naming the URL.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        max_new_tokens: int = 512,
        timeout: float = 60.0,
        retries: int = 4,
        parallel: int = 4,
        pause: float = 1.0,
    ):
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ModelError(f"An endpoint is a URL like http://localhost:8000/v1, not {url!r}")
        self.url, self.name = url.rstrip("/") + "/chat/completions", model
        self.max_new_tokens, self.timeout, self.retries = max_new_tokens, timeout, retries
        self.parallel, self.pause = parallel, pause
        self._headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        self._open = urllib.request.build_opener(_NoRedirect).open

    def answer(self, prompts: Sequence[str], stop: str) -> list[str]:
        """Asks `parallel` prompts at a time; the answers come in the prompts' order."""
        with ThreadPoolExecutor(max(1, self.parallel)) as pool:
            return list(pool.map(lambda prompt: self._answer(prompt, stop), prompts))

    def _answer(self, prompt: str, stop: str) -> str:
        body = {
            "model": self.name,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": self.max_new_tokens,
            "stop": [stop],
        }
        request = urllib.request.Request(self.url, json.dumps(body).encode(), self._headers, method="POST")
        for turn in range(self.retries + 1):
            try:
                with self._open(request, timeout=self.timeout) as response:
                    return self._text(response.read(LARGEST + 1))
            except urllib.error.HTTPError as error:
                told = f"status {error.code}: {error.read(300).decode('utf-8', 'replace')}"
                if error.code not in BUSY or turn == self.retries:
                    raise ModelError(f"{self.url} answered with {told}") from error
                time.sleep(_wait(error.headers, self.pause * 2**turn))
            except OSError as error:  # refused, reset, timed out
                if turn == self.retries:
                    raise ModelError(f"{self.url} gave no answer in {turn + 1} tries: {error}") from error
                time.sleep(self.pause * 2**turn)
        raise ModelError(f"{self.url}: retries is {self.retries}, so it was not asked")

    def _text(self, body: bytes) -> str:
        try:
            if len(body) > LARGEST:
                raise ValueError(f"more than {LARGEST} bytes")
            content = json.loads(body)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError) as error:
            raise ModelError(
                f"{self.url} answered with what is no chat completion: {error!r}: {body[:200]!r}"
            ) from error
        return content if isinstance(content, str) else ""  # a refusal has none


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _wait(headers: Message, otherwise: float) -> float:
    """The seconds a server asks for, at most a minute."""
    asked = headers.get("Retry-After", "") if headers else ""
    return min(60.0, float(asked)) if asked.isdigit() else otherwise
