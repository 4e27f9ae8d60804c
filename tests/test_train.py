"""Training, sweeps and evaluation, on the random tiny model."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys

import pytest
from conftest import Colour
from hydra import compose, initialize_config_module
from hydra.utils import get_class, instantiate

from omnimodal import OmniModel, registry
from omnimodal.evaluate.score import evaluate, shuffled
from omnimodal.evaluate.sweep import find_runs
from omnimodal.llm import spec_of
from omnimodal.project import Projector
from omnimodal.train.data import Questions, generate, row_of
from omnimodal.train.run import run, tasks_of
from omnimodal.train.task import Example, Task, drawing_from, split_of

SMALL = ["llm=tiny", "encoder=[number]", "task=[number]", "store=null", "train.examples=64", "train.test_examples=4"]


class Dominant(Task):
    """Which channel of a colour is the strongest."""

    name = "colour/dominant"

    def example(self, rng, draw):
        strong = rng.randrange(3)
        colour = draw(
            lambda: Colour(
                "#" + "".join(f"{rng.randrange(160, 256) if i == strong else rng.randrange(90):02x}" for i in range(3))
            )
        )
        answers = ("red", "green", "blue")
        return Example(self.name, (colour, " is"), answers[strong], answers)


def composed(*overrides):
    with initialize_config_module("omnimodal.conf", version_base="1.3"):
        return compose("train", [*SMALL, *overrides])


def test_every_config_is_composed_and_its_parts_exist():
    from importlib.resources import files

    conf = files("omnimodal") / "conf"
    groups = {
        group: sorted(p.name[:-5] for p in (conf / group).iterdir() if p.name.endswith(".yaml"))
        for group in ("llm", "encoder", "projector", "task", "train")
    }
    assert (
        sum(map(len, groups.values()))
        == len([p for p in conf.rglob("*.yaml") if p.parent.name not in ("conf", "for_llm")])
        >= 16
    )
    for name in groups["llm"]:
        assert composed(f"llm={name}").llm.name == spec_of(name)["name"] == name
    for name in groups["encoder"]:
        given = composed(f"encoder=[{name}]").encoder[name]
        assert registry.get(name)(**given).config == dict(given)
    for name in groups["projector"]:
        assert issubclass(get_class(composed(f"projector={name}").projector._target_), Projector)
    for name in groups["task"]:
        tasks = tasks_of(composed(f"task=[{name}]"))
        assert all(isinstance(task, Task) and task.name.startswith(f"{name}/") for task in tasks)
    for path in conf.rglob("*.yaml"):
        assert "omnimodal train" in path.read_text("utf-8")[:120], f"{path} begins with the command that runs it"


@pytest.mark.parametrize("name", ["number", "date", "place", "corporation", "image"])
def test_tasks_keep_training_and_test_entities_apart(name):
    for task in tasks_of(composed(f"task=[{name}]")):
        train, test = task.generate(20, "train", 3), task.generate(20, "test", 3)
        assert train == task.generate(20, "train", 3), "the same seed makes the same questions"
        assert {split_of(e) for x in train for e in x.entities} == {"train"}
        assert {split_of(e) for x in test for e in x.entities} == {"test"}
        for example in train + test:
            assert example.task == task.name
            assert example.entities
            assert not example.choices or example.answer in example.choices


def test_a_split_that_gives_no_entity_is_told():
    colour = Colour("#000000")
    other = "train" if split_of(colour) == "test" else "test"
    with pytest.raises(ValueError, match=f"no entity of the {other} split"):
        drawing_from(other)(lambda: colour)


def test_shuffling_moves_every_entity_and_leaves_the_question():
    examples = Dominant().generate(10, "test", 0)
    mixed = shuffled(examples)
    assert sorted(e.entities[0].key for e in mixed) == sorted(e.entities[0].key for e in examples)
    for before, after in zip(examples, mixed, strict=True):
        assert (before.answer, before.parts[1]) == (after.answer, after.parts[1])
    assert any(a.entities != b.entities for a, b in zip(examples, mixed, strict=True))


@pytest.fixture
def model():
    return OmniModel("tiny", encoders=["colour"], projector="linear", tokens=2, store=None)


def test_the_answer_stands_behind_the_question_and_alone_is_learned(model):
    example = Dominant().generate(1, "train", 0)[0]
    row = row_of(example, model.reader, "replace")
    ids = model.tokenizer(example.answer)["input_ids"]
    assert row.answer == (*ids, model.tokenizer.eos_token_id)
    given = model.reader.collate([row], side="left")
    assert given["labels"][0, -len(row.answer) :].tolist() == list(row.answer)
    assert (given["labels"][0, : -len(row.answer)] == -100).all()


def test_training_on_soft_tokens_generalises_to_new_entities_and_the_control_fails(model, tmp_path):
    from omegaconf import OmegaConf

    from omnimodal.train.trainer import trainer

    settings = OmegaConf.create(
        {
            "epochs": 1,
            "batch_size": 32,
            "learning_rate": 5e-3,
            "warmup": 0.1,
            "weight_decay": 0.0,
            "clip": 1.0,
            "checkpoints": 0,
            "activation_checkpointing": False,
        }
    )
    train, test = generate([Dominant()], 1600, "train", 0), generate([Dominant()], 60, "test", 0)
    trainer(model, Questions(train, model.reader, hide_text=1.0), tmp_path, settings, 0).train()
    result = evaluate(model.eval(), train, test)[0]
    assert result.entities > 0.9, result
    assert result.shuffled < 0.6, result
    assert result.text < 0.6, result


def test_a_run_writes_its_adapter_and_results_and_can_be_resumed(tmp_path):
    whole = run(composed("train.checkpoints=2"), tmp_path / "one")
    summary = json.loads((tmp_path / "one/results.json").read_text())
    assert summary["steps"] == 4
    assert math.isfinite(summary["loss"]["last"])
    assert (tmp_path / "one/results.svg").stat().st_size > 1000
    with (tmp_path / "one/results.csv").open() as file:
        assert [row["task"] for row in csv.DictReader(file)] == [result.task for result in whole]
    half = tmp_path / "half" / "checkpoints"
    half.mkdir(parents=True)
    (tmp_path / "one/checkpoints/checkpoint-2").rename(half / "checkpoint-2")
    run(composed("train.checkpoints=2", f"resume={tmp_path / 'half'}"), tmp_path / "two")
    one, two = (OmniModel.from_pretrained(tmp_path / name / "adapter", store=None) for name in ("one", "two"))
    for (name, a), (_, b) in zip(one.boundary.items(), two.boundary.items(), strict=True):
        assert (a - b).abs().max() < 1e-5, name
    texts = ["There are 7 of 12.", "None."]
    assert (one.embed(texts).vector - two.embed(texts).vector).abs().max() < 1e-4


@pytest.mark.slow
def test_a_sweep_leaves_one_table(tmp_path):
    sweep = ["projector=linear,mlp", "projector.tokens=1,2", "seed=1", f"hydra.sweep.dir={tmp_path}"]
    command = [sys.executable, "-m", "omnimodal.train", "-m", *SMALL, *sweep]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    with (tmp_path / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["projector"], row["projector.tokens"]) for row in rows] == [
        ("linear", "1"),
        ("linear", "2"),
        ("mlp", "1"),
        ("mlp", "2"),
    ]
    assert all(0 <= float(row["mean/entities"]) <= 1 for row in rows)
    assert len(find_runs(tmp_path)) == 4
    assert "4 runs" in done.stdout


def test_the_same_seed_makes_the_same_questions_in_another_process():
    get = "Compare().generate(1, 'test', 5)[0].entities[0].key"
    code = f"from omnimodal.encoders.number.tasks import Compare; print({get})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    task = instantiate({"_target_": "omnimodal.encoders.number.tasks.Compare"})
    assert task.generate(1, "test", 5)[0].entities[0].key == found


def test_rows_of_like_length_stand_together_and_none_is_lost():
    from omnimodal.splice import Row
    from omnimodal.train.data import by_length

    rows = [Row(tuple(range(n % 13 + 1))) for n in range(70)]
    ordered = by_length(rows, 4, batch_size=8)
    assert sorted(map(id, ordered)) == sorted(map(id, rows))

    def padding(some):
        batches = [some[i : i + 8] for i in range(0, 70, 8)]
        return sum(
            max(row.width(4) for row in batch) * len(batch) - sum(r.width(4) for r in batch) for batch in batches
        )

    assert padding(ordered) < padding(rows) / 2
