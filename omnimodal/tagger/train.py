"""One training run: mix the data by the schedule, train, fit probabilities on dev, measure on test, write it down."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import Progress
from safetensors.torch import load_file, save_file

from omnimodal.errors import OmnimodalError
from omnimodal.paths import written_whole
from omnimodal.tagger.base import load_encoder
from omnimodal.tagger.calibrate import calibrate
from omnimodal.tagger.data import Learned, data_of, learned
from omnimodal.tagger.folder import read_weights, weights
from omnimodal.tagger.model import Tagger
from omnimodal.tagger.schedule import Origin, Pick, Schedule, plan
from omnimodal.tagger.score import score
from omnimodal.tagger.settings import check
from omnimodal.tagger.window import collate, targets

CHECKPOINT = "checkpoint"


def build(cfg: Any, labels: Sequence[str]) -> Tagger:
    """The untrained tagger that a composed configuration describes. Raises ModelError."""
    from omegaconf import OmegaConf

    encoder: Any = (
        OmegaConf.to_container(cfg.encoder, resolve=True) if not isinstance(cfg.encoder, str) else cfg.encoder
    )
    options: Any = OmegaConf.to_container(cfg.tagger, resolve=True)
    return Tagger(*load_encoder(encoder), labels, **options)


def run(cfg: Any, folder: Path) -> dict[str, Any]:
    """Train as configured and write tagger/ and results.json to `folder`. Returns what results.json says.

    Raises OmnimodalError for a setting that cannot be, naming it, and for data that do not suffice.
    """
    start = time.perf_counter()
    check(cfg)
    schedule = Schedule(cfg.schedule, k=cfg.k, n=cfg.n)
    data = data_of(cfg.data, cfg.seed)
    torch.manual_seed(cfg.seed)
    tagger = build(cfg, data.labels).to("cuda" if torch.cuda.is_available() else "cpu")
    decks: dict[Origin, list[Learned]] = {
        "original": learned(data.original, tagger),
        "distilled": learned(data.distilled, tagger),
    }
    sizes = {name: len(deck) for name, deck in decks.items()}
    total = cfg.train.windows or sum(sizes.values())
    epochs = plan(schedule, **sizes, size=total, epochs=cfg.train.epochs, seed=cfg.seed)
    losses = Loop(tagger, decks, epochs, cfg.train, cfg.seed).train(folder, cfg.resume)
    trained = time.perf_counter() - start
    on_dev = calibrate(tagger, data.dev)
    tagger.save(folder / "tagger")
    summary = {
        "schedule": schedule.name,
        "k": cfg.k if schedule.name == "sigmoid" else None,
        "n": cfg.n if schedule.name == "power" else None,
        "seed": cfg.seed,
        "shares": [round(sum(name == "distilled" for name, _ in epoch) / len(epoch), 4) for epoch in epochs],
        "windows": sizes,
        "data": data.notes,
        "losses": losses,
        "threshold": tagger.threshold,
        "seconds": {"training": round(trained, 1), "all": round(time.perf_counter() - start, 1)},
        "dev": on_dev,
        "test": score(data.test, tagger.spans([s.text for s in data.test]), data.labels),
    }
    with written_whole(folder / "results.json") as fresh:
        fresh.write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
    shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)  # the run is done and its tagger saved
    return summary


class Loop:
    """A plain training loop, since each epoch has data of its own. All chance comes from (seed, epoch), so that a
    resumed run is the same as one that was never stopped."""

    def __init__(
        self,
        tagger: Tagger,
        decks: dict[Origin, list[Learned]],
        epochs: list[list[Pick]],
        settings: Any,
        seed: int,
    ):
        self.tagger, self.decks, self.epochs, self.settings, self.seed = tagger, decks, epochs, settings, seed
        self.per_epoch = [-(-len(epoch) // settings.batch_size) for epoch in epochs]
        self.steps = sum(self.per_epoch)
        self.rates = (settings.learning_rate, settings.head_learning_rate)
        groups = [{"params": list(tagger.encoder.parameters())}, {"params": list(tagger.pointer.parameters())}]
        decay = settings.weight_decay
        self.optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=decay, fused=True)

    def train(self, folder: Path, resume: str | None) -> list[float]:
        """The mean loss of each epoch. Checkpoints go to `folder`; `resume` is the folder of the run to go on with.

        Raises OmnimodalError for a loss that is no number.
        """
        losses = self._restore(Path(resume) / CHECKPOINT) if resume else []
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task("training", total=self.steps, completed=sum(self.per_epoch[: len(losses)]))
            for t in range(len(losses), len(self.epochs)):
                torch.manual_seed(1_000_003 * self.seed + t)
                self.tagger.train()
                total = 0.0
                for i in range(self.per_epoch[t]):
                    loss = self._step(t, i)
                    if loss != loss or loss == float("inf"):
                        raise OmnimodalError(f"The loss is {loss} in epoch {t}, step {i}; lower the learning rates")
                    total += loss
                    told = f"epoch {t + 1}/{len(self.epochs)} loss {total / (i + 1):.4f}"
                    progress.update(bar, advance=1, description=told)
                losses.append(round(total / self.per_epoch[t], 5))
                if self.settings.checkpoint and t + 1 < len(self.epochs):
                    self._save(folder / CHECKPOINT, losses)
        self.tagger.eval()
        return losses

    def _step(self, t: int, i: int) -> float:
        size = self.settings.batch_size
        picked = [self.decks[name][j] for name, j in self.epochs[t][i * size : (i + 1) * size]]
        batch = collate([window for window, _ in picked], self.tagger.pad)
        gold = targets(batch, [cells for _, cells in picked], len(self.tagger.labels)).to(self.tagger.device)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * self._speed(sum(self.per_epoch[:t]) + i)
        with self._precision():
            loss = self.tagger.loss(batch.to(self.tagger.device), gold)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.tagger.parameters(), self.settings.clip)
        self.optimizer.step()
        return loss.item()

    def _speed(self, step: int) -> float:
        """Warm up, then fall to zero, both in a straight line."""
        warm = max(1.0, self.settings.warmup * self.steps)
        return min((step + 1) / warm, (self.steps - step) / max(1.0, self.steps - warm))

    def _precision(self) -> AbstractContextManager[Any]:
        enabled = self.settings.precision == "bfloat16"
        return torch.autocast(self.tagger.device.type, dtype=torch.bfloat16, enabled=enabled)

    def _fingerprint(self) -> str:
        """Tells whether a checkpoint was made for the same training."""
        texts = [window.ids for deck in self.decks.values() for window, _ in deck]
        gold = [cells for deck in self.decks.values() for _, cells in deck]
        names = ("batch_size", "learning_rate", "head_learning_rate", "warmup", "weight_decay", "clip", "precision")
        what = [self.epochs, self.seed, texts, gold, [str(self.settings[name]) for name in names]]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()

    def _save(self, folder: Path, losses: list[float]) -> None:
        """Weights and the optimizer's state as safetensors, and where it is; whole or not at all."""
        state = self.optimizer.state_dict()["state"]
        moments = {f"{i}.{name}": value.cpu().clone() for i, each in state.items() for name, value in each.items()}
        with written_whole(folder) as fresh:
            fresh.mkdir()
            save_file(weights(self.tagger), fresh / "tagger.safetensors")
            save_file(moments, fresh / "optimizer.safetensors")
            state_json = {"fingerprint": self._fingerprint(), "losses": losses}
            (fresh / "state.json").write_text(json.dumps(state_json) + "\n", "utf-8")

    def _restore(self, folder: Path) -> list[float]:
        """The losses of the epochs that are done. Raises OmnimodalError for a checkpoint of other settings or data."""
        try:
            state = json.loads((folder / "state.json").read_text("utf-8"))
            moments = load_file(folder / "optimizer.safetensors")
        except (OSError, ValueError) as error:
            raise OmnimodalError(f"resume: there is no usable checkpoint in {folder.parent}: {error}") from error
        if state.get("fingerprint") != self._fingerprint():
            raise OmnimodalError(f"resume: the checkpoint in {folder.parent} is of other data or settings")
        read_weights(folder / "tagger.safetensors", self.tagger)
        whole = self.optimizer.state_dict()
        for key, value in moments.items():
            i, _, name = key.partition(".")
            whole["state"].setdefault(int(i), {})[name] = value
        self.optimizer.load_state_dict(whole)
        return list(state["losses"])
