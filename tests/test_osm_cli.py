"""The command `omnimodal places import`, and how the core comes by it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from osm_files import node, osm
from typer.testing import CliRunner

from omnimodal import registry
from omnimodal.cli import app
from omnimodal.errors import StoreError, UnknownNameError
from omnimodal.store import open_store


@pytest.fixture
def village(tmp_path):
    return osm(
        tmp_path / "village.osm",
        node(1, 9.5, 47.1, name="Balzers", place="village", name__de="Balzers", name__fr="Balzers-le-Haut"),
        node(2, 9.51, 47.1, amenity="cafe", name="Café Post"),
        node(3, 99.0, 99.0, amenity="cafe", name="Nowhere"),
    )


def test_import_prints_what_it_did(village, tmp_path):
    store = tmp_path / "places.sqlite"
    done = CliRunner().invoke(app, ["places", "import", str(village), "--store", str(store), "--languages", "de"])
    assert done.exit_code == 0, done.output
    for said in ("place=village", "amenity=cafe", "2 ok, 1 rejected", "1 nearest"):
        assert said in " ".join(done.output.split()), done.output
    assert {a.name for a in open_store(store).get("place", "osm:n1").aliases} == {"Balzers"}


def test_everything_can_be_asked_for(tmp_path):
    trees = osm(tmp_path / "trees.osm", node(1, 9.5, 47.1, natural="tree"), node(2, 9.5, 47.1))
    for option, ids in (([], []), (["--everything"], ["osm:n1"])):
        store = tmp_path / f"{len(option)}.sqlite"
        done = CliRunner().invoke(app, ["places", "import", str(trees), "--store", str(store), *option])
        assert done.exit_code == 0, done.output
        assert [record.id for record in open_store(store).records() if record.kind != "cell"] == ids


def test_a_bad_file_is_an_error_of_one_line(tmp_path):
    done = CliRunner().invoke(app, ["places", "import", str(tmp_path / "none.osm"), "--store", str(tmp_path / "p")])
    assert isinstance(done.exception, StoreError)
    assert "none.osm" in str(done.exception)


def test_commands_are_loaded_when_they_are_used():
    assert "places" in registry.command_names()
    with pytest.raises(UnknownNameError, match="places"):
        registry.command("place")
    code = "import sys; from omnimodal.cli import app; from typer.testing import CliRunner as R\n"
    code += "print(R().invoke(app, ['--help']).output); print({'torch', 'shapely', 'osmium'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Places of OpenStreetMap" in done.stdout
    assert done.stdout.strip().endswith("set()")


def test_an_import_needs_no_torch():
    code = "import sys; from omnimodal.encoders.place.osm import import_osm; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
