"""The pages that teach do what they say: code runs, outputs are real, files are quoted as they are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "omnimodal-formula"
PAGE = (ROOT / "docs" / "write-an-encoder.md").read_text("utf-8")


def blocks_of(page):
    return re.findall(r'^```(\w+)(?: title="(.+?)")?\n(.*?)^```$', page, re.MULTILINE | re.DOTALL)


BLOCKS = blocks_of(PAGE)
MARK = "--- end of block ---\n"


@pytest.mark.slow
@pytest.mark.parametrize("page", ["write-an-encoder.md", "places.md"])
def test_code_prints_what_is_shown_under_it(tmp_path, page):
    blocks = blocks_of((ROOT / "docs" / page).read_text("utf-8"))
    (tmp_path / "data").symlink_to(ROOT / "data")
    code = [body for kind, _, body in blocks if kind == "python"]
    shown = [
        after[2] if after[0] == "text" else ""
        for block, after in zip(blocks, [*blocks[1:], ("", "", "")], strict=True)
        if block[0] == "python"
    ]
    script = tmp_path / "page.py"
    script.write_text("".join(f"{body}\nprint({MARK.strip()!r})\n" for body in code), "utf-8")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "OMNIMODAL_CACHE": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split(MARK)[:-1] == shown


def test_files_are_quoted_as_they_are():
    quoted = [(title, body) for _, title, body in BLOCKS if title]
    assert len(quoted) == 7
    for title, body in quoted:
        assert body in (EXAMPLE / title).read_text("utf-8"), f"{title} says something else"


def test_commands_are_those_that_the_test_of_the_example_runs():
    readme = (EXAMPLE / "README.md").read_text("utf-8")
    commands = [line for kind, _, body in BLOCKS if kind == "bash" for line in body.splitlines()]
    assert commands
    assert all(f"    {line}\n" in readme for line in commands)
