"""The example package, as its users meet it: installed into an environment of its own, and used as its README says."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "omnimodal-formula"
README = (EXAMPLE / "README.md").read_text("utf-8")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A function that runs Python in a fresh environment which has the example, and what this one has."""
    room = tmp_path_factory.mktemp("example")
    venv.create(room / "env")
    paths = {"base": str(room / "env"), "platbase": str(room / "env")}
    ours, fresh = sysconfig.get_path("purelib"), Path(sysconfig.get_path("purelib", "venv", paths))
    (fresh / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    keep = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME"}}
    environment = keep | {"OMNIMODAL_CACHE": str(room / "cache"), "PIP_NO_INDEX": "1", "COLUMNS": "160"}

    def python(*arguments):
        done = subprocess.run(
            [room / "env" / "bin" / "python", *arguments], cwd=room, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    source = shutil.copytree(EXAMPLE, room / "omnimodal-formula", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    python("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", str(source))
    shutil.rmtree(source)
    python.room = room
    return python


def omnimodal(python, command):
    """What the README's line that begins with `command` prints."""
    line = re.search(rf"^    omnimodal ({command}\b.*)$", README, re.MULTILINE)
    assert line, f"the README has no line for omnimodal {command}"
    return python("-c", "from omnimodal.cli import main; main()", *shlex.split(line[1]))


def test_the_readme_shows_what_is_printed(python):
    code, output = re.search(r"```python\n(.+?)```\s+```text\n(.+?)```", README, re.DOTALL).groups()
    assert python("-c", code) == output


def test_it_takes_part_in_embed_without_a_call_to_register(python):
    python(
        "-c",
        """
import numpy as np
import omnimodal

assert "formula" in omnimodal.registry.names()
assert omnimodal.Formula("H₂O") == omnimodal.Formula("H2O")
model = omnimodal.load("tiny", store=None)
others = [name for name in omnimodal.registry.names() if name != "formula"]
without = omnimodal.load("tiny", encoders=others, store=None)

bottles = [["A bottle of", omnimodal.Formula(text)] for text in ("H2O", "H2O2")]
water, peroxide = (model.embed(bottle, surface="replace") for bottle in bottles)
assert water.inputs_embeds.shape == peroxide.inputs_embeds.shape
assert not np.allclose(water, peroxide)
assert not np.array_equal(model.embed("It is H2O."), without.embed("It is H2O."))
assert np.array_equal(model.embed("It is water."), without.embed("It is water."))
""",
    )


def test_the_names_of_its_records_are_found_in_a_text(python):
    found = python("-c", "import omnimodal; print(omnimodal.detect('Caffeine dissolves in water.'))")
    assert "C8H10N4O2" in found
    assert "H2O" in found


def test_it_is_listed(python):
    assert "formula" in omnimodal(python, "encoders")


def test_it_takes_part_in_a_training_sweep(python):
    omnimodal(python, "train")
    (sweep,) = python.room.glob("multirun/*/*")
    with (sweep / "results.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["projector"] for row in rows] == ["linear", "mlp"]
    assert all(row["formula/heavier/both"] and row["formula/rings/both"] for row in rows)
    python("-c", f"import omnimodal; omnimodal.load({str(sweep / '1' / 'adapter')!r}).embed('H2O')")
