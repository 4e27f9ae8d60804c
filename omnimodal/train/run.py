"""One training run: generate questions, train, measure on held-out entities, write everything down."""

from __future__ import annotations

import json
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from omnimodal.errors import OmnimodalError
from omnimodal.evaluate.plot import plot
from omnimodal.evaluate.report import print_report, write_csv
from omnimodal.evaluate.score import Result, evaluate
from omnimodal.model import OmniModel
from omnimodal.train.data import Questions, generate
from omnimodal.train.task import Task
from omnimodal.train.trainer import trainer


def build(cfg: Any) -> OmniModel:
    """The model that a composed configuration describes."""
    from omegaconf import OmegaConf

    plain: dict[str, Any] = OmegaConf.to_container(cfg, resolve=True)  # type: ignore[assignment]
    return OmniModel(
        base=plain["llm"],
        encoders=plain["encoder"],
        projector=plain["projector"],
        tokens=plain["projector"]["tokens"],
        surface=cfg.surface,
        store=cfg.store,
        cache=cfg.cache,
        max_depth=cfg.max_depth,
        lora=plain["lora"],
        seed=cfg.seed,
    )


def tasks_of(cfg: Any) -> list[Task]:
    """The tasks of a configuration, by name. Raises OmnimodalError where two have one name."""
    from hydra.utils import instantiate

    tasks = [instantiate(node) for node in cfg.task.values()]
    names = [task.name for task in tasks]
    if len(set(names)) < len(names) or not names:
        raise OmnimodalError(f"Tasks need different names, and at least one: {names}")
    return tasks


def run(cfg: Any, folder: Path) -> list[Result]:
    """Train as configured and write to `folder`: checkpoints/, adapter/, results.csv, results.json, and
    results.svg where matplotlib is installed (extra `plots`)."""
    import transformers

    start = time.perf_counter()
    transformers.set_seed(cfg.seed)
    model, tasks = build(cfg), tasks_of(cfg)
    train = generate(tasks, cfg.train.examples, "train", cfg.seed)
    test = generate(tasks, cfg.train.test_examples * len(tasks), "test", cfg.seed)
    if lacking := {e.modality for x in train + test for e in x.entities} - {*model.encoders}:
        raise OmnimodalError(f"The tasks ask about {', '.join(sorted(lacking))}; add that to encoder=[…]")
    if both := {e.key for x in train for e in x.entities} & {e.key for x in test for e in x.entities}:
        raise OmnimodalError(f"{len(both)} entities are in both the training and the test questions")
    if not cfg.resume:
        model.standardize([entity for example in train[:2000] for entity in example.entities])
    questions = Questions(train, model.reader, cfg.train.hide_text, cfg.train.batch_size)
    teacher = trainer(model, questions, folder / "checkpoints", cfg.train, cfg.seed)
    done = teacher.train(resume_from_checkpoint=_checkpoint(cfg.resume) if cfg.resume else None)
    model.eval()
    results = evaluate(model, train, test, cfg.train.batch_size)
    model.save_pretrained(folder / "adapter")
    history = {int(entry["step"]): float(entry["loss"]) for entry in teacher.state.log_history if "loss" in entry}
    losses = list(history.values())
    summary = {
        "loss": {"first": losses[0], "last": losses[-1]} if losses else {},
        "steps": done.global_step,
        "seconds": round(time.perf_counter() - start, 1),
        "results": [result.as_dict() for result in results],
    }
    (folder / "results.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
    write_csv(folder / "results.csv", results)
    if find_spec("matplotlib"):
        plot(folder / "results.svg", history, results)
    print_report(results, summary, folder)
    return results


def _checkpoint(folder: str) -> str:
    from transformers.trainer_utils import get_last_checkpoint

    where = Path(folder) / "checkpoints" if (Path(folder) / "checkpoints").is_dir() else Path(folder)
    found = get_last_checkpoint(str(where)) if where.is_dir() else None
    if found is None:
        raise OmnimodalError(f"resume={folder}: no checkpoint there; give the folder of a run")
    return found
