"""Dates as vectors: features, encoder, decoder and tasks."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimodal.encoders.date import Date, DateEncoder, tasks
from omnimodal.encoders.date.calendar import DAY, format_instant, weekday
from omnimodal.encoders.date.decode import DateDecoder
from omnimodal.encoders.date.features import SCALES, WIDTH, featurize
from omnimodal.errors import InvalidEntityError
from omnimodal.train.task import split_of

MIXED = [
    "1889",
    "14:50",
    "May",
    "yesterday",
    "before 300 BC",
    "the 70s",
    "every Monday",
    "Y-170000002",
    "5-6 pm",
    "since 2019",
]
TIME = slice(WIDTH - 6 - len(SCALES), WIDTH - 6)


def test_features_are_finite_and_of_unit_size():
    x = featurize([Date(text) for text in MIXED])
    assert x.shape == (len(MIXED), WIDTH)
    assert x.isfinite().all()
    assert x.abs().max() < 8
    assert featurize([]).shape == (0, WIDTH)


def test_rows_do_not_depend_on_their_neighbours():
    together = featurize([Date(text) for text in MIXED])
    alone = torch.cat([featurize([Date(text)]) for text in MIXED])
    assert torch.equal(together, alone)


def test_different_dates_have_different_features():
    assert len({tuple(row.tolist()) for row in featurize([Date(text) for text in MIXED])}) == len(MIXED)


@given(st.integers(-(10**8), 10**8), st.integers(1, 10**6))
def test_order_in_time_is_kept(day, distance):
    a, b = featurize([Date(format_instant(d * DAY)) for d in (day, day + distance)]).double()[:, TIME].sum(1)
    assert a <= b


def test_the_encoder_gives_one_vector_per_date():
    encoder = DateEncoder(dim=32, hidden=16)
    x = encoder.featurize([Date(text) for text in MIXED])
    assert encoder(x, encoder.no_children(len(MIXED))).shape == (len(MIXED), 1, 32)
    assert sum(p.numel() for p in DateEncoder().parameters()) < 500_000


def test_marked_up_text_is_resolved_or_refused():
    encoder = DateEncoder()
    assert encoder.resolve(encoder.mention("in 1889", 3, 7), None) == Date("1889")
    with pytest.raises(InvalidEntityError, match="pickle"):
        encoder.resolve(encoder.mention("pickle", 0, 6), None)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000))
def test_the_decoder_gives_only_dates_of_the_calendar(seed):
    torch.manual_seed(seed)
    for date in DateDecoder(16).decode(torch.randn(4, 16) * 30):
        assert date.granularity in ("year", "month", "day")


def test_the_decoder_learns_to_read_dates_back():
    torch.manual_seed(0)
    dates = [Date(text) for text in ("1889", "1976-07-04", "2020-02-29", "May 2020", "300 BC", "2024-12-31")]
    vectors, decoder = torch.randn(len(dates), 32), DateDecoder(32)
    optimiser = torch.optim.Adam(decoder.parameters(), lr=1e-2)
    for _ in range(80):
        optimiser.zero_grad()
        loss = decoder.loss(vectors, dates)
        loss.backward()
        optimiser.step()
    assert decoder.decode(vectors) == dates
    with pytest.raises(InvalidEntityError, match="start"):
        decoder.loss(vectors[:1], [Date("14:50")])


@pytest.mark.parametrize("task", [tasks.Earlier(), tasks.Weekday(), tasks.Month(), tasks.DaysBetween()])
def test_tasks_keep_to_their_split_and_answer_rightly(task):
    examples = task.generate(60, "test", seed=1)
    assert examples == task.generate(60, "test", seed=1)
    for example in examples:
        assert {split_of(entity) for entity in example.entities} == {"test"}
        assert not example.choices or example.answer in example.choices
        days = [tasks.day_of(date) for date in example.entities]
        match task.name:
            case "date/earlier":
                assert example.answer == (" first" if days[0] < days[1] else " second")
            case "date/weekday":
                assert example.answer == example.choices[weekday(days[0])]
            case "date/days_between":
                assert int(example.answer) == abs(days[1] - days[0])
