"""Names of modalities: taken ones raise, unknown ones list the known, plug-ins come in by the same door."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import ColourEncoder

import omnimodal
from omnimodal import Encoder, register, registry
from omnimodal.errors import DuplicateNameError, UnknownNameError

BUILT_IN = {"corporation", "date", "image", "number", "place"}


@pytest.fixture
def unregister():
    before = dict(registry._registered)
    yield
    registry._registered.clear()
    registry._registered.update(before)


def encoder_class(module="here", name="X"):
    return type(
        name, (Encoder,), {"__module__": module, "featurize": lambda self, entities: torch.zeros(len(entities), 1)}
    )


def test_a_class_is_found_by_its_name():
    assert registry.get("colour") is ColourEncoder
    assert ColourEncoder.modality == "colour"
    assert {"colour", "thing"} | BUILT_IN <= set(registry.names())
    assert registry.names() == sorted(registry.names())


def test_an_unknown_name_lists_the_known_and_the_nearest():
    with pytest.raises(UnknownNameError, match=r"'color'; known: .*colour, .*thing.*Did you mean 'colour'\?"):
        registry.get("color")
    with pytest.raises(UnknownNameError, match=r"'qqqq'; known: .*number[^?]*$"):
        registry.get("qqqq")
    with pytest.raises(UnknownNameError, match="Did you mean 'Number'"):
        registry.entity_class("Nmber")


def test_a_taken_name_raises_and_names_both_classes(unregister):
    with pytest.raises(DuplicateNameError, match=r"'colour' is taken by conftest:ColourEncoder; here:X"):
        register("colour")(encoder_class())
    assert registry.get("colour") is ColourEncoder


def test_a_built_in_name_is_taken_before_it_is_loaded(unregister):
    for module in ("here", "omni", "omnimodalx.encoders"):  # the beginning of a name is another package
        registry._registered.pop("number", None)
        with pytest.raises(DuplicateNameError, match=r"taken by omnimodal\.encoders\.number:NumberEncoder"):
            register("number")(encoder_class(module, "NumberEncoder"))


def test_the_same_class_again_replaces_it(unregister):
    one, two = encoder_class(), encoder_class()
    register("again")(one)
    register("again")(two)  # a notebook cell that was run twice
    assert registry.get("again") is two


@pytest.mark.parametrize("name", ["", "Colour", "a b", "1a", "a-b", "é", "<|a|>"])
def test_a_name_is_a_lower_case_identifier(name):
    with pytest.raises(ValueError, match="named by lower-case"):
        register(name)


def test_what_is_no_encoder_is_refused():
    with pytest.raises(TypeError, match=r"subclass omnimodal\.Encoder"):
        register("list")(list)  # type: ignore[type-var]


PLUGIN = """
import torch
from dataclasses import dataclass
from omnimodal import Encoder, Entity, register

@dataclass(frozen=True)
class Isbn(Entity):
    modality = "isbn"
    digits: str

@register("isbn")
class IsbnEncoder(Encoder):
    entity = Isbn
    def featurize(self, entities): return torch.zeros(len(entities), 1)
    def forward(self, features, nested): return features[:, None].expand(-1, 1, self.dim)
"""


def distribution(folder: Path, name: str, **entry_points: str) -> None:
    """A distribution as pip would leave it, of one package `name`."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "".join(f"{key} = {value}\n" for key, value in entry_points.items())
    (info / "entry_points.txt").write_text(f"[omnimodal.encoders]\n{lines}")


def python(folder: Path, code: str) -> str:
    """What a fresh process prints that finds `folder` on its path."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import omnimodal; from omnimodal import registry; {code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_installed_package_brings_an_encoder(tmp_path):
    distribution(tmp_path, "isbns", isbn="isbns.api:IsbnEncoder")
    package = tmp_path / "isbns"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "impl.py").write_text(PLUGIN)
    (package / "api.py").write_text("from isbns.impl import IsbnEncoder")  # re-exported from where it is written
    out = python(tmp_path, "print('isbn' in registry.names(), 'isbns' in sys.modules, registry.get('isbn').__module__)")
    assert out == "True False isbns.impl"


def test_a_broken_plug_in_is_named_and_harms_no_other(tmp_path):
    distribution(tmp_path, "broken", isbn="broken:X", issn="missing:X", doi="broken_not:X")
    (tmp_path / "broken.py").write_text("1 / 0")
    (tmp_path / "broken_not.py").write_text("class X: pass")
    tries = """
from omnimodal.errors import UnknownNameError
for name in ("isbn", "issn", "doi"):
    try: registry.get(name)
    except UnknownNameError as error: print(error)
print(len(registry.names()))"""
    isbn, issn, doi, count = python(tmp_path, f"exec({tries!r})").splitlines()
    assert isbn == "Plug-in 'isbn' (broken:X) cannot be loaded: division by zero"
    assert issn == "Plug-in 'issn' (missing:X) cannot be loaded: No module named 'missing'"
    assert doi == "Entry point 'doi' loads broken_not:X, which is not decorated @register('doi')"
    assert int(count) == len(BUILT_IN) + 3


def test_two_packages_that_claim_one_name_are_both_named(tmp_path):
    distribution(tmp_path, "one", isbn="one:X")
    distribution(tmp_path, "two", isbn="two:Y")
    code = "\ntry: registry.names()\nexcept omnimodal.OmnimodalError as error: print(error)"
    out = python(tmp_path, f"exec({code!r})")
    assert "'isbn' is claimed by both" in out
    assert "one:X" in out
    assert "two:Y" in out


def test_listing_names_imports_nothing():
    loaded = "[m for m in sys.modules if m.startswith('omnimodal.encoders')]"
    code = f"registry.names(); registry.entity_names(); dir(omnimodal); print({loaded})"
    assert python(Path(), code) == "[]"


def test_entity_types_come_from_the_package_itself():
    assert set(registry.entity_names()) <= set(dir(omnimodal))
    for name in registry.entity_names():
        assert getattr(omnimodal, name) is registry.entity_class(name)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = omnimodal.Nothing
    assert not hasattr(importlib.import_module("omnimodal"), "__wrapped__")
