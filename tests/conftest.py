"""A small modality and a small nested one that the core's tests use: hex colours, and things that link to things."""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from omnimodal import Encoder, Entity, register
from omnimodal.entity import Link
from omnimodal.layers import MLP, Fuse
from omnimodal.store import open_store

torch.set_num_threads(2)
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
settings.register_profile("steady", untimed, derandomize=True)  # what passed once passes again
settings.register_profile("fuzz", untimed, max_examples=3000)  # `make fuzz` looks further
settings.load_profile("steady")


@dataclass(frozen=True)
class Colour(Entity):
    modality = "colour"
    code: str  # "#rrggbb"

    @property
    def surface(self) -> str:
        return self.code


@register("colour")
class ColourEncoder(Encoder):
    entity = Colour

    def __init__(self, dim: int = 32):
        super().__init__(dim)
        self.net = MLP(3, dim, hidden=32)

    def detect(self, text):
        for match in re.finditer(r"#[0-9a-f]{6}\b", text):
            yield self.mention(text, *match.span(), Colour(match.group()))

    def featurize(self, entities):
        return torch.tensor([[int(e.code[i : i + 2], 16) / 127.5 - 1 for i in (1, 3, 5)] for e in entities])

    def forward(self, features, nested):
        return self.net(features)[:, None]


@dataclass(frozen=True)
class Thing(Entity):
    """Something with a name and parts, which may be links to records."""

    modality = "thing"
    name: str
    parts: tuple[Entity | Link, ...] = ()


@register("thing")
class ThingEncoder(Encoder):
    entity = Thing
    compound = True
    tokens = 2

    def __init__(self, dim: int = 32):
        super().__init__(dim)
        self.net = MLP(26, 2 * dim, hidden=32)
        self.fuse = Fuse(dim, heads=2)
        self.calls = 0

    def children(self, entity):
        return {"part": entity.parts}

    def featurize(self, entities):
        return {
            "letters": torch.tensor([[e.name.lower().count(chr(97 + i)) for i in range(26)] for e in entities]).float()
        }

    def forward(self, features, nested):
        self.calls += 1
        return self.fuse(self.net(features["letters"]).view(-1, 2, self.dim), nested)


@pytest.fixture
def encoders():
    torch.manual_seed(0)
    return {"colour": ColourEncoder(), "thing": ThingEncoder()}


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files, see README; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("OMNIMODAL_REAL_DATA") or Path(__file__).parents[1] / "../shared/data")
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set OMNIMODAL_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def shipped_places():
    """A store of the places that ship, and of nothing else; it is only read."""
    from omnimodal.encoders.place import PlaceEncoder

    store = open_store(":memory:")
    store.put(PlaceEncoder.records())
    yield store
    store.close()


@pytest.fixture
def postgis():
    """The address of an empty schema in the PostgreSQL that OMNIMODAL_POSTGIS names; .ci/postgis starts one."""
    server = os.environ.get("OMNIMODAL_POSTGIS")
    if not server:
        pytest.skip("no PostGIS: set OMNIMODAL_POSTGIS, or run `source .ci/postgis`")
    import psycopg

    name = f"test_{uuid.uuid4().hex}"
    yield f"{server}{'&' if '?' in server else '?'}schema={name}"
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")


@pytest.fixture(params=["memory", "file", "postgis"])
def store(request, tmp_path):
    """An empty store of each kind."""
    match request.param:
        case "memory":
            store = open_store(":memory:")
        case "file":
            store = open_store(tmp_path / "store.sqlite")
        case _:
            store = open_store(request.getfixturevalue("postgis"))
    yield store
    store.close()
