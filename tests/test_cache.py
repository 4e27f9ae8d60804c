"""Features are computed once: in memory, and over processes on disk."""

from __future__ import annotations

import pickle
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import Colour, ColourEncoder, Thing, ThingEncoder

from omnimodal.cache import FeatureCache
from omnimodal.errors import EncodingError, StoreError

COLOURS = [Colour(f"#0000{i:02x}") for i in range(10)]


class Counting(ColourEncoder):
    """Counts what it is asked for."""

    def __init__(self, dim: int = 32):
        super().__init__(dim)
        self.asked: list[str] = []

    def featurize(self, entities):
        self.asked += [entity.code for entity in entities]
        return super().featurize(entities)


def test_rows_are_computed_once_and_come_in_the_order_asked():
    cache, encoder = FeatureCache(), Counting()
    wanted = [COLOURS[i] for i in (3, 1, 3, 2)]
    assert torch.equal(cache.features(encoder, wanted), ColourEncoder().featurize(wanted))
    assert encoder.asked == [COLOURS[i].code for i in (3, 1, 2)]
    assert (cache.hits, cache.misses) == (1, 3)
    cache.features(encoder, [Colour(COLOURS[1].code), COLOURS[5]])
    assert encoder.asked[3:] == [COLOURS[5].code]
    assert (cache.hits, cache.misses) == (2, 4)


def test_features_may_be_a_dict():
    cache, things = FeatureCache(), [Thing("abba"), Thing("cc")]
    for _ in range(2):
        found = cache.features(ThingEncoder(), things)
        assert found.keys() == {"letters"}
        assert found["letters"].sum(1).tolist() == [4, 2]


def test_what_a_caller_changes_is_not_kept():
    cache, encoder = FeatureCache(), ColourEncoder()
    first = cache.features(encoder, COLOURS)
    wanted = first.clone()
    first.zero_()
    assert torch.equal(cache.features(encoder, COLOURS), wanted)


def test_another_version_or_other_arguments_make_new_rows():
    class Newer(Counting):
        version = 2

    cache = FeatureCache()
    encoders = [Counting(), Counting(dim=16), Newer()]
    for encoder in encoders:
        cache.features(encoder, COLOURS)
        assert len(encoder.asked) == len(COLOURS)
    same = Counting(dim=16)
    cache.features(same, COLOURS)
    assert same.asked == []


def test_the_least_recently_used_rows_are_forgotten():
    cache, encoder = FeatureCache(size=3), Counting()
    cache.features(encoder, COLOURS[:3])
    cache.features(encoder, COLOURS[:1])  # used again
    cache.features(encoder, COLOURS[3:4])
    assert len(cache._rows) == 3
    encoder.asked.clear()
    cache.features(encoder, [COLOURS[0], COLOURS[1], COLOURS[3]])
    assert encoder.asked == [COLOURS[1].code]


def test_a_batch_may_be_larger_than_the_cache(tmp_path):
    for path in (None, tmp_path / "cache"):
        for _ in range(2):
            cache = FeatureCache(path, size=2)
            assert torch.equal(cache.features(ColourEncoder(), COLOURS), ColourEncoder().featurize(COLOURS))
            assert len(cache._rows) == 2


def test_a_kept_row_does_not_hold_its_batch():
    cache = FeatureCache(size=1)
    cache.features(ColourEncoder(), COLOURS)
    [row] = cache._rows.values()
    assert row[""].untyped_storage().nbytes() == 3 * 4


def test_rows_on_disk_serve_the_next_process(tmp_path):
    path = tmp_path / "new" / "cache"
    code = (
        "from conftest import *; from omnimodal.cache import FeatureCache;"
        f"FeatureCache({str(path)!r}).features(ThingEncoder(), [Thing('abba'), Thing('b')])"
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, check=True)
    cache = FeatureCache(path)
    found = cache.features(ThingEncoder(), [Thing("b"), Thing("abba")])
    assert (cache.hits, cache.misses) == (2, 0)
    assert found["letters"].sum(1).tolist() == [1, 4]


def test_two_instances_share_a_file(tmp_path):
    one, two = FeatureCache(tmp_path / "c"), FeatureCache(tmp_path / "c")
    one.features(ColourEncoder(), COLOURS[:5])
    two.features(ColourEncoder(), COLOURS)
    assert (two.hits, two.misses) == (5, 5)
    again = pickle.loads(pickle.dumps(two))
    again.features(ColourEncoder(), COLOURS)
    assert again.misses == 0


def test_columns_that_share_memory_can_be_kept(tmp_path):
    class Halves(ColourEncoder):
        def featurize(self, entities):
            both = super().featurize(entities)
            return {"a": both[:, :2], "b": both[:, 1:], "t": both.T[0]}

    for _ in range(2):
        found = FeatureCache(tmp_path / "c").features(Halves(), COLOURS)
        assert torch.equal(found["a"][:, 1], found["b"][:, 0])


def test_a_damaged_row_is_reported(tmp_path):
    FeatureCache(tmp_path / "c").features(ColourEncoder(), COLOURS)
    for damage in ("substr(data, 1, length(data) - 3)", "NULL", "'text'", "x'00'"):
        with sqlite3.connect(tmp_path / "c") as db:
            db.execute(f"UPDATE row SET data = {damage}")
        with pytest.raises(StoreError, match=r"damaged row.*delete the file"):
            FeatureCache(tmp_path / "c").features(ColourEncoder(), COLOURS)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "text").write_text("no database at all, only words " * 100)
    for path in (tmp_path / "text", tmp_path, tmp_path / "text" / "below"):
        with pytest.raises(StoreError, match=str(tmp_path)):
            FeatureCache(path)


def test_a_damaged_file_is_reported(tmp_path):
    cache = FeatureCache(tmp_path / "c")
    cache.features(ColourEncoder(), COLOURS)
    size = (tmp_path / "c").stat().st_size
    with (tmp_path / "c").open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (size - 100))
    with pytest.raises(StoreError):
        FeatureCache(tmp_path / "c").features(ColourEncoder(), COLOURS)


def test_rows_whose_shape_depends_on_the_batch_are_refused():
    class Wide(ColourEncoder):
        def featurize(self, entities):
            return torch.zeros(len(entities), len(entities))

    cache = FeatureCache()
    cache.features(Wide(), COLOURS[:2])
    with pytest.raises(EncodingError, match="do not fit together"):
        cache.features(Wide(), COLOURS)
