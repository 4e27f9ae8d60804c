"""The corporation encoder: features, nested entities, and its tasks."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from omnimodal import registry
from omnimodal.encode import encode
from omnimodal.encoders.corporation import Corporation, CorporationEncoder
from omnimodal.encoders.corporation import tasks as corporation_tasks
from omnimodal.entity import Link
from omnimodal.errors import InvalidEntityError
from omnimodal.store.base import Record
from omnimodal.store.sqlite import SQLiteStore
from omnimodal.train.task import Task, split_of

TASKS = [task for task in vars(corporation_tasks).values() if isinstance(task, type) and issubclass(task, Task)][1:]


@pytest.fixture(scope="module")
def encoders():
    torch.manual_seed(0)
    return {name: registry.get(name)(dim=32).eval() for name in ("corporation", "date", "number")}


def vectors(corporations, encoders, store=None):
    with torch.no_grad():
        return encode(corporations, encoders, store)["corporation"]


def test_featurize_has_one_slot_for_each_text_field():
    features = CorporationEncoder().featurize(
        [Corporation(name="Apple", sector="Energy", founded=1976), Corporation(name="€")]
    )
    assert features["roles"].shape == (2, 16)
    assert features["words"].shape == (2, 16, 24)
    assert (features["roles"] > 0).sum(1).tolist() == [2, 1]
    assert (features["words"] > 0).sum((1, 2)).tolist() == [3, 1]  # "energy" and its stem
    assert CorporationEncoder().featurize([])["words"].shape == (0, 16, 24)


def test_a_long_text_goes_on_in_the_next_slot():
    long = Corporation(name="X", description=" ".join(f"w{i}" for i in range(40)))
    features = CorporationEncoder(words=16).featurize([long])
    assert (features["words"][0] > 0).sum(1).tolist()[:5] == [1, 16, 16, 8, 0]
    assert features["roles"][0, 1:4].unique().numel() == 1


def test_no_text_is_dropped_silently():
    with pytest.raises(InvalidEntityError, match=r"shorten 'description'.*slots=17"):
        CorporationEncoder().featurize([Corporation(name="X", description="word " * 16 * 24)])


def test_every_field_changes_the_vector(encoders):
    base = {"name": "X", "sector": "Energy", "founded": "1976", "revenue": 5, "figures": {"stores": 3}, "tag": "a"}
    changes = [
        {"name": "Y"}, {"sector": "Utilities"}, {"founded": "1977"}, {"revenue": 6}, {"figures": {"stores": 4}},
        {"figures": {"shops": 3}}, {"tag": None}, {"extra": 5},
    ]  # fmt: skip
    out = vectors([Corporation(**{**base, **change}) for change in [{}, *changes]], encoders)
    assert out.shape == (9, 2, 32)
    assert torch.cdist(out.flatten(1), out.flatten(1)).add(torch.eye(9)).min() > 1e-3


def test_rows_do_not_depend_on_the_batch(encoders):
    small, large = Corporation(name="A"), Corporation(name="B", founded=1976, description="long " * 50, revenue=5)
    together = vectors([small, large], encoders)
    torch.testing.assert_close(together[0], vectors([small], encoders)[0])
    torch.testing.assert_close(together[1], vectors([large], encoders)[0])


def test_many_children_and_the_order_of_fields(encoders):
    fields = {f"figure{i}": i for i in range(100)}
    backwards = dict(reversed(fields.items()))
    one, two = vectors([Corporation("X", fields), Corporation("X", {**backwards, "figure7": 7})], encoders)
    torch.testing.assert_close(one, two)


def test_cycles_through_links(encoders):
    """Alphabet → Google → YouTube and back, as the records that ship have it."""
    encoder, store = encoders["corporation"], SQLiteStore()
    known = {record.id: encoder.from_record(record).replace(headquarters=None) for record in encoder.records()}
    store.put(Record("corporation", id, entity.name, entity.content()) for id, entity in known.items())
    google = encoder.from_record(store.get("corporation", "company:google"))
    assert encoder.children(google)["parent"] == [Link("corporation", "company:alphabet")]
    poorer = google.replace(parent=None)
    assert vectors([google, poorer], encoders, store).flatten(1).diff(dim=0).abs().max() > 1e-3


def test_gradients_reach_all_parameters(encoders):
    encoder = CorporationEncoder(dim=32)
    modules = {**encoders, "corporation": encoder}
    encode([Corporation(name="X", founded=1976, sector="Energy")], modules)["corporation"].square().sum().backward()
    assert [name for name, p in encoder.named_parameters() if p.grad is None] == []


def test_size():
    assert sum(p.numel() for p in CorporationEncoder().parameters()) < 1_600_000


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_tasks(task):
    examples = task().generate(150, "test", 0)
    assert examples == task().generate(150, "test", 0)
    answers = Counter(example.answer for example in examples)
    assert set(answers) == set(examples[0].choices)
    assert max(answers.values()) < 4 * min(answers.values())
    for example in examples:
        assert example.answer in example.choices
        assert all(split_of(entity) == "test" for entity in example.entities)
        said = " ".join(part if isinstance(part, str) else part.surface for part in example.parts).lower()
        assert example.task == "corporation/larger" or example.answer.strip().lower() not in said
