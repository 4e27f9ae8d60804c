"""What a small head can read off a date's features: ours beside Time2Vec and the digits of its text.

    python benchmarks/date.py                        # the probe: 4,000 dates of 1900–2020, tested inside and outside
    python benchmarks/date.py --spec datetime.jsonl  # share of the cases of Recognizers-Text that are exact
    python benchmarks/date.py --cases                # share of our own cases, date_cases.txt, that are exact

One identical head for every encoder: columns standardised on the training set (constant ones dropped), one hidden
layer. Pairs are seen as (a, b, a − b). Outside is 1700–1899 and 2021–2200.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from omnimodal import context
from omnimodal.encoders.date import Date, DateEncoder
from omnimodal.encoders.date.calendar import (
    DAY,
    civil_from_days,
    days_from_civil,
    format_instant,
    read_instant,
    shift,
    weekday,
)
from omnimodal.encoders.date.features import featurize
from omnimodal.encoders.date.reading import amount

Days = np.ndarray[Any, np.dtype[np.int64]]
INSIDE, OUTSIDE = ((1900, 2021),), ((1700, 1900), (2021, 2201))


def ours(days: Days) -> Tensor:
    return featurize([Date(format_instant(int(day) * DAY)) for day in days])


def time2vec(days: Days, size: int = 128) -> Tensor:
    """Kazemi et al. 2019: one linear and size − 1 periodic functions of time; here with random fixed frequencies, whose
    periods are log-uniform from 2 days to 400 years, and phases."""
    rng = np.random.default_rng(0)
    frequency = 1 / np.exp(rng.uniform(np.log(2), np.log(146_097), size - 1))
    phase = rng.uniform(0, 2 * np.pi, size - 1)
    waves = np.sin(2 * np.pi * days[:, None] * frequency + phase)
    return torch.tensor(np.concatenate([days[:, None] / 36_525, waves], axis=1), dtype=torch.float32)


def digit_text(days: Days) -> Tensor:
    """One-hots of the eight digits of YYYYMMDD."""
    year, month, day = civil_from_days(days)
    digits = np.stack([(year * 10_000 + month * 100 + day) // 10**k % 10 for k in range(8)], axis=1)
    return torch.tensor(digits[:, :, None] == np.arange(10)).flatten(1).float()


def draw(rng: np.random.Generator, n: int, ranges: Sequence[tuple[int, int]]) -> Days:
    bounds = np.array([[days_from_civil(year, 1, 1) for year in years] for years in ranges])
    low, high = bounds[rng.integers(len(ranges), size=n)].T
    return rng.integers(low, high)


def signed_log(x: Tensor) -> Tensor:
    return x.sign() * x.abs().log1p()


def targets(a: Days, b: Days) -> dict[str, tuple[Tensor, int]]:
    """Task → (target, classes; 0 for a regression)."""
    return {
        "weekday": (torch.tensor(weekday(a)), 7),
        "month": (torch.tensor(civil_from_days(a)[1] - 1), 12),
        "a < b": (torch.tensor(a < b).long(), 2),
        "days between, R²": (signed_log(torch.tensor(b - a, dtype=torch.float32)), 0),
    }


def fit(x: Tensor, y: Tensor, classes: int, epochs: int = 40) -> Callable[[Tensor], Tensor]:
    torch.manual_seed(0)
    varies, mean, std = x.std(0) > 1e-6, x.mean(0), x.std(0)

    def scaled(x: Tensor) -> Tensor:
        return ((x - mean) / std)[:, varies]

    head = nn.Sequential(nn.Linear(int(varies.sum()), 128), nn.ReLU(), nn.Linear(128, classes or 1))
    optimiser = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=1e-2)
    inputs = scaled(x)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(256):
            out = head(inputs[rows])
            loss = nn.functional.cross_entropy(out, y[rows]) if classes else nn.functional.mse_loss(out[:, 0], y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return lambda x: head(scaled(x)).detach()


def score(out: Tensor, y: Tensor, classes: int) -> float:
    """Accuracy, or R²."""
    if classes:
        return float((out.argmax(1) == y).float().mean())
    return float(1 - ((out[:, 0] - y) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def probe(train: int = 4000, test: int = 2000) -> None:
    torch.set_num_threads(1)  # matrices this small gain nothing from more
    rng = np.random.default_rng(0)
    sets = [[draw(rng, n, ranges) for _ in "ab"] for n, ranges in ((train, INSIDE), (test, INSIDE), (test, OUTSIDE))]
    table = Table("task", "dates", title=f"{train:,} training examples of 1900–2020")
    scores: dict[tuple[str, str], list[str]] = {}
    for encoder in (ours, time2vec, digit_text):
        table.add_column(encoder.__name__, justify="right")
        seen = [[encoder(days) for days in pair] for pair in sets]
        for task in targets(*sets[0]):
            single = task in ("weekday", "month")
            xs = [a if single else torch.cat([a, b, a - b], dim=1) for a, b in seen]
            (y, classes), *tests = (targets(*pair)[task] for pair in sets)
            head = fit(xs[0], y, classes)
            for where, x, (aim, _) in zip(("inside", "outside"), xs[1:], tests, strict=True):
                scores.setdefault((task, where), []).append(f"{score(head(x), aim, classes):.3f}")
    for key, row in scores.items():
        table.add_row(*key, *row)
    Console().print(table)


def spec(path: Path) -> None:
    """Exact: the mentions of the case with their spans and no others, and for each all its values and no others."""
    encoder, cases = DateEncoder(), [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    outcomes = []
    for case in cases:
        reference = datetime.fromisoformat(case["reference"][:19]) if case["reference"] else None
        with context.reading(context.Context(reference)):
            found, gold = list(encoder.detect(case["text"])), case["results"]
        spans = [m.span for m in found] == [(g["start"], g["end"]) for g in gold]
        exact = spans and all(
            agree(m.entity, g["resolution"].get("values") or [])
            for m, g in zip(found, gold, strict=True)
            if isinstance(m.entity, Date)
        )
        outcomes.append((len(gold) == 1, spans, exact))
    for name, rows in (("single-result", [o for o in outcomes if o[0]]), ("all", outcomes)):
        n = len(rows)
        spans, exact = (sum(row[k] for row in rows) / n for k in (1, 2))
        Console().print(f"{n} {name} cases: span {spans:.1%}, span and values {exact:.1%}")


CASES = Path(__file__).with_name("date_cases.txt")
READ_AT = datetime(2024, 5, 15, 10)  # what the cases are read against


def marked(line: str) -> tuple[str, dict[tuple[int, int], str]]:
    """The text of a case, and what its spans say: "built in {1889=1889}"."""
    text, gold, at = "", {}, 0
    for m in re.finditer(r"\{([^{}]*)=([^{}=]*)\}", line):
        text += line[at : m.start()]
        gold[len(text), len(text) + len(m[1])] = m[2]
        text, at = text + m[1], m.end()
    return text + line[at:], gold


def says(date: Date, value: str) -> bool:
    """Whether a date is what a case says: "2024-05-16T15", "2024-06..2024-07/since", "P3W~", or "*" for anything."""
    value, approximate = value.removesuffix("~"), value.endswith("~")
    value, _, modifier = value.partition("/")
    if (approximate and not date.approximate) or (modifier and date.modifier != modifier):
        return False
    if ".." in value:
        return (date.start or "", date.end or "") == tuple(value.split(".."))
    timed = date.granularity in ("day", "second", "minute", "hour") and not date.modifier
    return value in ("*", date.timex) or (timed and date.start == value)


def cases(path: Path = CASES) -> dict[str, tuple[int, ...]]:
    """By section of the file: cases, exact ones, our mentions, the file's, and those that agree in span and value."""
    encoder, section = DateEncoder(), ""
    out: dict[str, tuple[int, ...]] = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            section, out[line[3:]] = line[3:], (0, 0, 0, 0, 0)
        if not line or line.startswith("#"):
            continue
        text, gold = marked(line)
        with context.reading(context.Context(READ_AT)):
            found = {m.span: m.entity for m in encoder.detect(text)}
        right = sum(isinstance(date := found.get(span), Date) and says(date, value) for span, value in gold.items())
        exact = int(right == len(gold) == len(found))
        n = (1, exact, len(found), len(gold), right)
        out[section] = tuple(a + b for a, b in zip(out[section], n, strict=True))
    return out


def agree(date: Date, values: Sequence[dict[str, str]]) -> bool:
    """Whether a date and its alternatives say what the values of a case say, whatever the notation.

    The conventions that differ are: Recognizers-Text ends "2014 to 2018" where 2018 begins, we where it ends; a night
    ends at 23:59:59 there, at 24:00 here; 1.5 hours are PT1.5H or PT1H30M; SU is XXXX-SU; and how much of a month its
    "early" or "late" covers is free where month and modifier agree.
    """
    dates = [date, *date.alternatives]
    return (
        len(dates) == len(values)
        and all(any(_same(d, value) for d in dates) for value in values)
        and all(any(_same(d, value) for value in values) for d in dates)
    )


def _same(date: Date, value: dict[str, str]) -> bool:
    timex, said = str(date.timex), value["timex"]
    if value.get("value") == "not resolved":
        return timex.removeprefix("XXXX-") == said.removeprefix("XXXX-")
    if value["type"] == "duration":
        return date.granularity == "duration" and amount(timex) == amount(said) and date.modifier == value.get("Mod")
    if "value" in value:
        return date.start == _same_clock(value["value"]) and date.granularity in ("second", "minute", "hour", "day")
    if value.get("Mod") in ("start", "mid", "end") and (date.modifier, timex) == (value["Mod"], said):
        return True
    start, end = (value[k] and _same_clock(value[k]) if k in value else None for k in ("start", "end"))
    if end and end.endswith("T23:59:59"):
        end = format_instant(read_instant(end, "end")[0] + 1) if "-" in end else "T24:00"
    return date.start == start and end in (date.end, _last(date))


def _last(date: Date) -> str | None:
    """Where the last day, month or year of a range begins."""
    end = date.interval[1]
    if end is None or date.clock or not str(date.timex).startswith("("):
        return date.end
    return (
        format_instant(shift(end, date.granularity, -1)) if date.granularity in ("day", "month", "year") else date.end
    )


def _same_clock(text: str) -> str:
    """ "2016-11-08 18:00:00" as Date writes it: "2016-11-08T18:00"."""
    text = text.replace(" ", "T") if "-" in text else f"T{text}"
    return text.removesuffix("T00:00:00" if "-" in text else ":").removesuffix(":00")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spec", type=Path, help="specs/datetime.jsonl of the real data")
    parser.add_argument("--cases", action="store_true", help="our own cases")
    arguments = parser.parse_args()
    if arguments.cases:
        for section, (n, exact, ours_, theirs, right) in cases().items():
            print(
                f"{section}: {exact / n:.1%} of {n} exact, F1 of spans with values {2 * right / (ours_ + theirs):.3f}"
            )
    else:
        spec(arguments.spec) if arguments.spec else probe()
