"""Training a tagger by schedule: runs, their data, resuming, sweeps; on a tiny random encoder over bytes."""

from __future__ import annotations

import importlib.util
import json
import math
import signal
import subprocess
import sys
import time

import pytest
import torch
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf
from safetensors.torch import load_file
from test_tagger import TINY, sentence

from omnimodal.errors import OmnimodalError
from omnimodal.tagger.base import source_of
from omnimodal.tagger.data import data_of
from omnimodal.tagger.model import Tagger
from omnimodal.tagger.report import print_run, report, summarise
from omnimodal.tagger.sample import read_samples
from omnimodal.tagger.settings import SETTINGS, check
from omnimodal.tagger.train import Loop, build, run
from omnimodal.tagger.window import cut


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "d.jsonl"
    path.write_text("".join(json.dumps(sentence(i).as_dict()) + "\n" for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)))
    return path


def configured(file, *overrides):
    small = [
        f"data.file={file}",
        "data.labels=null",
        "data.sizes={original: 3, distilled: 5, dev: 2, test: 2}",
        "tagger.modalities={}",
        "tagger.window=64",
        "encoder.package=null",
        "encoder.hub_id=null",
        f"encoder.random={json.dumps(TINY).replace(chr(34), '')}",
        "train.epochs=3",
        "train.batch_size=4",
        "train.learning_rate=1e-3",
    ]
    with initialize_config_module("omnimodal.conf", version_base="1.3"):
        return compose("tagger", [*small, *overrides])


@pytest.mark.slow
def test_a_run_trains_measures_and_leaves_a_tagger(file, tmp_path):
    summary = run(configured(file, "schedule=simple", "train.epochs=4"), tmp_path)
    assert summary["shares"] == [1, 1, 0, 0]
    assert summary["losses"][-1] < summary["losses"][0]
    assert summary["data"]["documents"] == {"distilled": 5, "original": 3, "dev": 2, "test": 2}
    assert summary == json.loads((tmp_path / "results.json").read_text())
    assert Tagger.load(tmp_path / "tagger").labels == ["where", "who"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.json", "tagger"]


def test_no_text_that_is_measured_on_is_learned_from(file):
    data = data_of(configured(file).data, 0)
    held = {s.text for s in (*data.dev, *data.test)}
    assert not held & {s.text for s in (*data.original, *data.distilled)}
    plain = {s.text: s for s in read_samples(file)}
    assert [plain[s.text] for s in data.original] == data.original
    assert [plain[s.text] for s in data.distilled] != data.distilled, "the simulated annotator makes mistakes"
    data = data_of(configured(file, f"data.distilled={file}").data, 0)  # all of it, the held-out texts too
    assert held == {s.text for s in (*data.dev, *data.test)}
    assert not held & {s.text for s in data.distilled}
    assert len(data.distilled) == 5
    assert data.notes["left out, being in another part"] == 7


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("data.labels=[who, colour]", "has no colour; its labels are where, who"),
        ("data.sizes.test=0", "data.sizes.test is a whole number from 1, not 0"),
        ("data.sizes.original=50", "cannot be split"),
        ("data.file=nowhere.jsonl", "nowhere.jsonl"),
        ("schedule=sometimes", "schedule is one of pure_distilled, .*, not 'sometimes'"),
        ("train.precision=int3", "train.precision is one of float32, bfloat16, not 'int3'"),
        ("k=abc", "k is a number above 0, not 'abc'"),
        ("k=0", "k is a number above 0, not 0"),
        ("n=nan", "n is a number above 0, not nan"),
        ("seed=null", "seed is a whole number from 0, not None"),
        ("train.epochs=0", "train.epochs is a whole number from 1, not 0"),
        ("train.epochs=2.5", "train.epochs is a whole number from 1, not 2.5"),
        ("train.epochs=true", "train.epochs is a whole number"),
        ("train.windows=0", "train.windows is a whole number from 1, or null, not 0"),
        ("train.batch_size=-1", "train.batch_size is a whole number from 1, not -1"),
        ("train.learning_rate=fast", "train.learning_rate is a number above 0, not 'fast'"),
        ("train.warmup=1.5", "train.warmup is a number from 0 to 1, not 1.5"),
        ("train.clip=inf", "train.clip is a number above 0, not inf"),
        ("train.checkpoint=7", "train.checkpoint is true or false, not 7"),
        ("+train.epoch=3", "no setting train.epoch, .*; did you mean train.epochs"),
        ("~train.epochs", "There is no train.epochs"),
        ("tagger.dropout=1", "tagger.dropout is a number from 0 to 1, less than 1, not 1"),
        ("tagger.size=7", "tagger.size is an even number from 2, not 7"),
        ("tagger.overlap=64", "tagger.overlap is less than tagger.window, 64, not 64"),
        ("tagger.modalities=null", "tagger.modalities is a mapping of labels"),
        ("data.labels=who", r"data.labels is a list of different labels, like \[person, place\], or null, not 'who'"),
        ("data.labels=[]", "data.labels is a list"),
        ("data.noise.drop=2", "data.noise.drop is a number from 0 to 1, not 2"),
        ("data.noise=null", "data.noise has settings of its own, drop, shift, confuse, invent; it is not None"),
        ("data.file=[a]", r"data.file is a text, not \['a'\]"),
        ("resume=nowhere", "no usable checkpoint"),
    ],
)
def test_a_run_that_cannot_be_says_why(file, tmp_path, override, told):
    with pytest.raises(OmnimodalError, match=told):
        run(configured(file, override), tmp_path)


def test_every_setting_that_ships_is_known_and_may_be_what_it_is(file):
    cfg = configured(file)
    check(cfg)

    def keys(mapping, path=""):
        for name, value in mapping.items():
            yield from keys(value, f"{path}{name}.") if isinstance(value, dict) else [f"{path}{name}"]

    shipped = OmegaConf.to_container(cfg)
    for name in ("random", "modalities"):  # a mapping that is a value
        shipped["encoder" if name == "random" else "tagger"][name] = None
    assert sorted(keys(shipped)) == sorted(keys(SETTINGS))
    cfg.encoder = "a/hub-id"
    check(cfg)
    cfg.encoder = {"folder": "nowhere"}
    check(cfg)
    cfg.encoder = {"foldr": "nowhere"}
    with pytest.raises(OmnimodalError, match=r"no setting encoder\.foldr, .* mean encoder\.folder"):
        check(cfg)
    with pytest.raises(OmnimodalError, match="There is no folder nowhere"):
        source_of({"folder": "nowhere"})


@pytest.mark.slow
def test_a_stopped_run_goes_on_as_if_it_had_not_been(file, tmp_path, monkeypatch):
    run(configured(file, "schedule=cosine"), tmp_path / "whole")
    save = Loop._save

    def save_and_stop(self, folder, losses):
        save(self, folder, losses)
        if len(losses) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Loop, "_save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        run(configured(file, "schedule=cosine"), tmp_path / "stopped")
    monkeypatch.undo()
    assert not (tmp_path / "stopped" / "results.json").exists()
    stopped = f"resume={tmp_path / 'stopped'}"
    with pytest.raises(OmnimodalError, match="other data or settings"):
        run(configured(file, "schedule=cosine", stopped, "seed=5"), tmp_path / "other")
    run(configured(file, "schedule=cosine", stopped), tmp_path / "resumed")
    one, two = (load_file(tmp_path / name / "tagger" / "tagger.safetensors") for name in ("whole", "resumed"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_loss_that_is_no_number_stops_the_run(file, tmp_path):
    with pytest.raises(OmnimodalError, match="loss is"):
        run(configured(file, "train.learning_rate=1e30", "train.clip=1e30", "train.warmup=0"), tmp_path)


@pytest.mark.slow
def test_an_interrupted_command_says_how_it_goes_on(file, tmp_path):
    random = json.dumps(TINY).replace('"', "")
    command = [sys.executable, "-m", "omnimodal", "train-tagger", f"data.file={file}", "data.labels=null"]
    command += ["data.sizes={original: 3, distilled: 5, dev: 2, test: 2}", f"encoder.random={random}"]
    command += ["tagger.window=64", "train.epochs=100000", f"hydra.run.dir={tmp_path / 'run'}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        while not (tmp_path / "run" / "checkpoint").exists() and child.poll() is None:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        assert child.wait() == 130
        assert f"Interrupted: the same with resume={tmp_path / 'run'} goes on" in child.stderr.read()


def test_a_sweep_is_told_by_schedule_with_its_deviation(tmp_path, capsys):
    def a_run(schedule, seed, value, k=None):
        scores = {"f1": value}
        both = {"overall": scores, "where": scores}
        return {"schedule": schedule, "k": k, "seed": seed, "test": both, "dev": both, "seconds": {"all": 1}}

    runs = [a_run("simple", 1, 0.5), a_run("simple", 2, 0.7), a_run("sigmoid", 1, 0.4, 8), a_run("sigmoid", 1, 0.3, 2)]
    rows = {row["schedule"]: row for row in summarise(runs)}
    assert rows["simple"]["overall"] == pytest.approx(0.6)
    assert rows["simple"]["overall/sd"] == pytest.approx(math.sqrt(0.02))
    assert rows["sigmoid k=8"]["overall/sd"] == 0
    for i, each in enumerate(runs):
        (tmp_path / str(i)).mkdir()
        (tmp_path / str(i) / "results.json").write_text(json.dumps(each))
    assert len(report(tmp_path)) == 3
    assert "60.0 ±14.1" in capsys.readouterr().out
    assert (tmp_path / "results.csv").read_text().startswith("schedule,seeds,overall,overall/sd,where")
    with pytest.raises(OmnimodalError, match="no finished run"):
        report(tmp_path / "0")


def test_runs_of_other_settings_are_not_mixed_up(tmp_path, capsys):
    settings = [("1e-3", "[a]"), ("1e-3", "[a]"), ("1e-4", "[a]"), ("1e-4", "[b]")]
    for i, (rate, labels) in enumerate(settings):
        (tmp_path / str(i) / ".hydra").mkdir(parents=True)
        told = [
            "schedule=simple",
            f"seed={i}",
            f"train.learning_rate={rate}",
            f"data.labels={labels}",
            "train.epochs=9",
        ]
        (tmp_path / str(i) / ".hydra" / "overrides.yaml").write_text(json.dumps(told))
        scores = {"overall": {"f1": i / 10}, labels[1]: {"f1": i / 10}}
        results = {"schedule": "simple", "seed": i, "test": scores, "dev": scores, "seconds": {"all": 1}}
        (tmp_path / str(i) / "results.json").write_text(json.dumps(results))
    rows = {row["schedule"]: (row["seeds"], row["overall"], "b" in row) for row in report(tmp_path)}
    assert rows == {
        "simple train.learning_rate=1e-3 data.labels=[a]": (2, 0.05, False),
        "simple train.learning_rate=1e-4 data.labels=[a]": (1, 0.2, False),
        "simple train.learning_rate=1e-4 data.labels=[b]": (1, 0.3, True),
    }
    assert "data.labels=[a]" in capsys.readouterr().out
    scores = {"[/misc]": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "wanted": 2}}
    print_run({"schedule": "all", "test": scores}, tmp_path / "[b]")  # labels are as people write them
    assert "[/misc]" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_trains_and_sweeps(file, tmp_path):
    command = [sys.executable, "-m", "omnimodal", "train-tagger", "-m", "schedule=simple,all", "seed=1,2"]
    random = json.dumps(TINY).replace('"', "")
    command += [f"data.file={file}", "data.labels=null", "data.sizes={original: 3, distilled: 5, dev: 2, test: 2}"]
    command += ["encoder.package=null", f"encoder.random={random}", "tagger.window=64", "train.epochs=2"]
    done = subprocess.run([*command, f"hydra.sweep.dir={tmp_path}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "exact F1 on test, 4 runs" in done.stdout
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 3
    wrong = subprocess.run([*command[:4], "schedule=never"], capture_output=True, text=True)
    assert wrong.returncode == 1
    assert "Error:" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_the_default_configuration_is_built(file):
    with initialize_config_module("omnimodal.conf", version_base="1.3"):
        cfg = compose("tagger")
    assert set(cfg.tagger.modalities) <= set(cfg.data.labels)
    if not importlib.util.find_spec(cfg.encoder.package):
        pytest.skip(f"the package {cfg.encoder.package} is not installed")
    tagger = build(cfg, cfg.data.labels)
    text = "In 2009 the banks of North and South Korea met in Łódź – twice."
    assert sum(p.numel() for p in tagger.encoder.parameters()) > 20e6
    (windows,) = cut([text], tagger.tokenizer, 128, 32)
    assert [text[slice(*o)] for o in windows[0].offsets if o][:4] == ["In", "2009", "the", "banks"]
    tagger.threshold = 0.0
    assert all(m.text.strip() == m.text and text[m.start : m.end] == m.text for m in tagger.detect([text])[0])
