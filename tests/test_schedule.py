"""How much distilled data each epoch sees, after Huang et al. 2024."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.errors import OmnimodalError, UnknownNameError
from omnimodal.tagger.schedule import SHARES, Schedule, plan


def shares(name, epochs=11, **more):
    return [Schedule(name, **more).share(t, epochs, 30, 10) for t in range(epochs)]


def test_the_formulas():
    assert shares("pure_distilled") == [1] * 11
    assert shares("pure_original") == [0] * 11
    assert shares("simple") == [1] * 6 + [0] * 5
    assert shares("simple", 6) == [1, 1, 1, 0, 0, 0]
    assert shares("all") == [0.75] * 11
    assert shares("cosine") == pytest.approx([0.5 * (1 + math.cos(math.pi * t / 10)) for t in range(11)])
    for k in (2, 8, 32):
        told = [1 - 1 / (1 + math.exp(-k * (t / 10 - 0.5))) for t in range(11)]
        assert shares("sigmoid", k=k) == pytest.approx(told)
    for n in (0.1, 1, 10):
        assert shares("power", n=n) == pytest.approx([1 - (t / 10) ** n for t in range(11)])


@given(
    name=st.sampled_from(sorted(SHARES)),
    k=st.floats(1e-3, 1e6),
    n=st.floats(1e-3, 1e3),
    epochs=st.integers(1, 40),
)
def test_a_share_is_a_share_and_never_grows(name, k, n, epochs):
    found = shares(name, epochs, k=k, n=n)
    assert all(0 <= share <= 1 for share in found)
    assert all(later <= sooner for sooner, later in itertools.pairwise(found))


@pytest.mark.parametrize("wrong", [{"k": 0}, {"k": -1}, {"n": 0}, {"n": math.nan}, {"k": math.inf}])
def test_parameters_that_make_no_decay_are_refused(wrong):
    with pytest.raises(OmnimodalError, match="positive"):
        Schedule("sigmoid", **wrong)


def test_an_unknown_schedule_names_the_known_ones():
    with pytest.raises(UnknownNameError, match="pure_distilled"):
        Schedule("sigmoidal")
    with pytest.raises(OmnimodalError, match="epoch 3 of 3"):
        Schedule("cosine").share(3, 3)


@given(
    name=st.sampled_from(sorted(SHARES)),
    original=st.integers(1, 30),
    distilled=st.integers(1, 30),
    size=st.integers(1, 50),
    epochs=st.integers(1, 6),
    seed=st.integers(0, 5),
)
def test_a_plan_has_the_shares_the_size_and_deals_evenly(name, original, distilled, size, epochs, seed):
    schedule = Schedule(name)
    planned = plan(schedule, original, distilled, size, epochs, seed)
    assert planned == plan(schedule, original, distilled, size, epochs, seed)
    assert [len(epoch) for epoch in planned] == [size] * epochs, "the same number of steps whatever the schedule"
    for t, epoch in enumerate(planned):
        assert sum(name == "distilled" for name, _ in epoch) == round(
            size * schedule.share(t, epochs, distilled, original)
        )
    for kind, n in (("original", original), ("distilled", distilled)):
        times = Counter(i for epoch in planned for name, i in epoch if name == kind)
        counts = [times[i] for i in range(n)]
        assert max(counts) - min(counts) <= 1, "none comes again before all have come"
        assert set(times) <= set(range(n))


def test_a_plan_without_the_data_it_needs_says_so():
    with pytest.raises(OmnimodalError, match="simple: no distilled data"):
        plan(Schedule("simple"), 5, 0, 10, 2, 0)
    assert len(plan(Schedule("pure_original"), 5, 0, 10, 2, 0)) == 2
