"""The numbers' features, the encoder, its inverse, and the tasks."""

from __future__ import annotations

from decimal import Decimal

import torch
from hypothesis import given
from hypothesis import strategies as st

from omnimodal.encoders.number import Number, NumberDecoder, NumberEncoder
from omnimodal.encoders.number.features import LADDER, SIZE, ladder, read_digits, value_features
from omnimodal.encoders.number.tasks import Add, Compare, LastDigit, Magnitude

decimals = st.decimals(
    allow_nan=False, allow_infinity=False, min_value="-1e30", max_value="1e30", places=12
) | st.builds(lambda m, e: Decimal(m).scaleb(e), st.integers(-(10**15), 10**15), st.integers(-300, 300))


@given(st.lists(decimals, min_size=2, max_size=20))
def test_features_are_finite_exact_and_in_order(values: list[Decimal]) -> None:
    numbers = sorted((Number(v) for v in values), key=lambda n: n.value)
    encoder = NumberEncoder(dim=16, hidden=16)
    rows = encoder.featurize(numbers)
    assert rows["floats"].shape == (len(values), SIZE)
    assert rows["floats"].isfinite().all()
    assert torch.equal(rows["floats"][:1], encoder.featurize(numbers[:1])["floats"])
    rungs = ladder(read_digits([n.value for n in numbers]))
    assert (rungs[1:] >= rungs[:-1] - 1e-9).all()
    assert rungs.shape[1] == len(LADDER)


def test_features_know_what_floats_do_not() -> None:
    a, b = Decimal("9007199254740993"), Decimal("9007199254740992")  # the same float64
    assert (value_features([a]) != value_features([b])).any()
    km, m = NumberEncoder().featurize([Number(5, "km"), Number(5000, "m")])["floats"]
    assert torch.allclose(km[-15:], m[-15:], atol=1e-5)  # one value in SI units


def test_the_encoder_keeps_its_shapes_and_reads_every_part() -> None:
    encoder = NumberEncoder(dim=32)
    numbers = [
        Number(5),
        Number(5, "km"),
        Number(5, "parsec"),
        Number(5, currency="USD"),
        Number(low=5),
        Number("1e400"),
        Number(0),
    ]
    vectors = encoder(encoder.featurize(numbers), encoder.no_children(7))
    assert vectors.shape == (7, 1, 32)
    assert vectors.isfinite().all()
    assert torch.cdist(vectors[:, 0], vectors[:, 0]).fill_diagonal_(1).min() > 1e-3
    assert encoder(encoder.featurize([]), encoder.no_children(0)).shape == (0, 1, 32)


def test_the_decoder_learns_to_read_numbers_back() -> None:
    torch.manual_seed(0)
    numbers = [Number(v) for v in ("0", "-12.5", "1889", "3.14159", "-1e-20", "6.02e23", "299792458", "1e-3")]
    encoder, decoder = NumberEncoder(dim=64, hidden=64), NumberDecoder(dim=64, hidden=64)
    features, nested = encoder.featurize(numbers), encoder.no_children(len(numbers))
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-2)
    for _ in range(60):
        loss = decoder.loss(encoder(features, nested)[:, 0], numbers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert decoder.decode(encoder(features, nested)[:, 0]) == [n.value for n in numbers]
    assert decoder.decode(torch.zeros(0, 64)) == []


def test_tasks_are_right_balanced_and_split() -> None:
    seen: dict[str, set[Number]] = {"train": set(), "test": set()}
    for split in ("train", "test"):
        for task in (Compare(), Add(), Magnitude(), LastDigit()):
            examples = task.generate(300, split, seed=1)  # type: ignore[arg-type]
            for e in examples:
                assert not e.choices or e.answer in e.choices
                seen[split].update(e.entities)  # type: ignore[arg-type]
            assert examples == task.generate(300, split, seed=1)  # type: ignore[arg-type]
    assert not seen["train"] & seen["test"]
    compared = Compare().generate(400, "train", seed=0)
    assert 150 < sum(e.answer == " first" for e in compared) < 250
    for e in compared:
        a, b = e.entities
        assert (a.value > b.value) == (e.answer == " first")  # type: ignore[attr-defined]
