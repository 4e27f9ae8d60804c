"""Who answers an annotator's prompts: a causal language model on this machine, or an OpenAI-compatible endpoint."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import urlsplit

from omnimodal.errors import ContextOverflowError, ModelError

BUSY = {408, 409, 425, 429, 500, 502, 503, 504}  # worth another try
LARGEST = 10_000_000  # bytes of a response
LONGEST = 300.0  # seconds to wait for a server that is busy


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
    that is busy, fails or does not answer is asked `retries` times more, after 1, 2, 4, … times `pause` seconds or when
    it says, within `LONGEST` seconds. Redirects are not followed, so that the key goes nowhere else; it is in no error
    either, even where the server repeats it. Raises ModelError, naming the URL.
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
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ModelError(f"An endpoint is a URL like http://localhost:8000/v1, not {_public(url)!r}")
        if parts.username or parts.password:
            raise ModelError(f"No passwords in a URL: {_public(url)} is enough, the key is given beside it")
        self._key = (key or "").strip()
        if not (self._key.isascii() and self._key.isprintable()):
            raise ModelError(f"The key for {url} has characters that none has: letters with accents, or line breaks")
        self.url, self.name = url.rstrip("/") + "/chat/completions", model
        self.max_new_tokens, self.timeout, self.retries = max_new_tokens, timeout, retries
        self.parallel, self.pause = parallel, pause
        bearer = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._headers = {"Content-Type": "application/json", **bearer}
        self._open = urllib.request.build_opener(_NoRedirect).open

    def answer(self, prompts: Sequence[str], stop: str) -> list[str]:
        """Asks `parallel` prompts at a time; the answers come in the prompts' order. Where one fails, or the user
        interrupts, the others are given up."""
        given_up = threading.Event()
        pool = ThreadPoolExecutor(max(1, self.parallel))
        try:
            asked = [pool.submit(self._answer, prompt, stop, given_up) for prompt in prompts]
            done, _ = wait(asked, return_when=FIRST_EXCEPTION)
            if error := next((e for answer in asked if answer in done and (e := answer.exception())), None):
                raise error
            return [answer.result() for answer in asked]
        finally:
            given_up.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, prompt: str, stop: str, given_up: threading.Event) -> str:
        body = {
            "model": self.name,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": self.max_new_tokens,
            "stop": [stop],
        }
        request = urllib.request.Request(self.url, json.dumps(body).encode(), self._headers, method="POST")
        told, turn = "was not asked", -1
        for turn in range(self.retries + 1):
            pause = self.pause * 2**turn
            try:
                with self._open(request, timeout=self.timeout) as response:
                    return self._text(_whole(response))
            except urllib.error.HTTPError as error:
                told = f"answered with status {error.code}: {self._hidden(_told(error))}"
                if error.code not in BUSY:
                    raise ModelError(f"{self.url} {told}") from None
                pause = _asked_for(error.headers, pause)
            except (OSError, HTTPException) as error:  # refused, reset, timed out, cut off
                told = f"gave no answer ({type(error).__name__}: {self._hidden(str(error))})"
            if turn < self.retries and (pause > LONGEST or given_up.wait(pause)):
                told += f"; it asks to wait {pause:.0f} seconds" if pause > LONGEST else "; given up"
                break
        raise ModelError(f"{self.url} {told}; tried {turn + 1} of {self.retries + 1} times")

    def _text(self, body: bytes) -> str:
        try:
            if len(body) > LARGEST:
                raise ValueError(f"more than {LARGEST} bytes")
            content = json.loads(body)["choices"][0]["message"]["content"]
            if isinstance(content, list):  # in parts, as some servers give it
                content = "".join(part["text"] for part in content if part.get("type") == "text")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            said = self._hidden(body[:200].decode("utf-8", "replace"))
            raise ModelError(f"{self.url} answered with what is no chat completion: {said!r}") from error
        return content if isinstance(content, str) else ""  # a refusal has none

    def _hidden(self, text: str) -> str:
        """A text without the key."""
        return text.replace(self._key, "(key)") if self._key else text


def _whole(response: Any) -> bytes:
    """Raises ConnectionError where the connection breaks before the end."""
    body: bytes = response.read(LARGEST + 1)
    length = response.headers.get("Content-Length") or ""
    if length.isdecimal() and len(body) < min(int(length), LARGEST):
        raise ConnectionError(f"cut off after {len(body)} of {length} bytes")
    return body


def _told(error: urllib.error.HTTPError) -> str:
    """What a server says of an error, as far as it comes through."""
    try:
        return error.read(300).decode("utf-8", "replace")
    except (OSError, HTTPException) as cut:
        return f"({type(cut).__name__})"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _public(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _asked_for(headers: Message, otherwise: float) -> float:
    """The seconds that a server asks for, by Retry-After: a number of them, or a date."""
    asked = (headers.get("Retry-After") or "").strip() if headers else ""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?", asked):
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        return otherwise
