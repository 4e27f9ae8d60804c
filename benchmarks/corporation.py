"""Companies: the sector from the other fields of the S&P 500 list, and fields read back from the vectors.

python benchmarks/corporation.py            # both, a few minutes on one core; needs OMNIMODAL_REAL_DATA
python benchmarks/corporation.py sector     # one of them: sector or fields
"""

from __future__ import annotations

import csv
import math
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch
import typer
from torch import Tensor, nn

from omnimodal import registry
from omnimodal.cache import FeatureCache
from omnimodal.encode import plan, run
from omnimodal.encoder import Encoder
from omnimodal.encoders.corporation import Corporation, tasks
from omnimodal.fold import fold
from omnimodal.train.task import Example

DATA = Path(os.environ.get("OMNIMODAL_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
FOLDS, EPOCHS, BATCH = 5, 12, 32
app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Run both where none is named."""
    if context.invoked_subcommand is None:
        sector()
        fields()


def companies(named: bool) -> tuple[list[Corporation], list[str], list[str]]:
    """Records without sector and sub-industry (which tells it), their text, and their sectors; one share class each."""
    with (DATA / "companies" / "sp500.csv").open(encoding="utf-8", newline="") as file:
        rows = list({row["CIK"]: row for row in csv.DictReader(file)}.values())
    random.Random(0).shuffle(rows)
    records = [
        Corporation(
            row["Security"] if named else "Company",
            headquarters=row["Headquarters Location"],
            founded=row["Founded"][:4],
            listed_date=row["Date added"],
            cik=int(row["CIK"]),
        )
        for row in rows
    ]
    columns = [*(["Security"] if named else []), "Headquarters Location", "Founded", "Date added", "CIK"]
    return records, [" ".join(row[c] for c in columns) for row in rows], [row["GICS Sector"] for row in rows]


def encoders(*names: str) -> dict[str, Encoder]:
    return {name: registry.get(name)() for name in names}


class OurModel(nn.Module):
    """The company encoder with the encoders of its dates and numbers, trained together, and a linear head."""

    def __init__(self, records: list[Corporation], classes: int):
        super().__init__()
        self.records, self.cache = records, FeatureCache()
        self.encoders = nn.ModuleDict(encoders("corporation", "date", "number"))
        self.head = nn.Linear(256, classes)

    def forward(self, rows: list[int]) -> Tensor:
        modules = dict(self.encoders.items())
        todo = plan([self.records[i] for i in rows], modules, cache=self.cache)
        return self.head(run(todo, modules)["corporation"].mean(1))


class BagModel(nn.Module):
    """TF-IDF of the words of the same fields, and the same head, after a hidden layer where asked for."""

    def __init__(self, texts: list[str], classes: int, hidden: bool):
        super().__init__()
        bags = [Counter(re.findall(r"\w+", fold(text))) for text in texts]
        df = Counter(word for bag in bags for word in bag)
        index = {word: i for i, word in enumerate(df)}
        x = torch.zeros(len(bags), len(index))
        for row, bag in enumerate(bags):
            for word, count in bag.items():
                x[row, index[word]] = count * math.log(len(bags) / df[word])
        self.x = nn.functional.normalize(x)
        layer = [nn.Linear(len(index), 256), nn.LayerNorm(256), nn.GELU()] if hidden else []
        self.net = nn.Sequential(*layer, nn.Linear(256 if hidden else len(index), classes))

    def forward(self, rows: list[int]) -> Tensor:
        return self.net(self.x[rows])


def accuracy(make: Callable[[], nn.Module], labels: Tensor, rate: float) -> float:
    """Mean accuracy over the folds, each trained anew for EPOCHS."""
    rows, right = list(range(len(labels))), 0
    for part in range(FOLDS):
        torch.manual_seed(part)
        rng, model = random.Random(part), make()
        optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=0.05)
        train, test = [i for i in rows if i % FOLDS != part], rows[part::FOLDS]
        steps = EPOCHS * math.ceil(len(train) / BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
        for _ in range(EPOCHS):
            rng.shuffle(train)
            for start in range(0, len(train), BATCH):
                batch = train[start : start + BATCH]
                loss = nn.functional.cross_entropy(model(batch), labels[batch], label_smoothing=0.1)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        with torch.no_grad():
            right += int((model(test).argmax(1) == labels[test]).sum())
    return right / len(labels)


@app.command()
def sector() -> None:
    """Accuracy of the sector, 5 folds."""
    torch.set_num_threads(1)
    compare(named=True)
    compare(named=False)


def compare(named: bool) -> None:
    records, texts, sectors = companies(named)
    classes = sorted(set(sectors))
    n, labels = len(classes), torch.tensor([classes.index(s) for s in sectors])
    print(f"{len(records)} companies, {'with' if named else 'without'} their names")
    print(f"  largest class      {max(Counter(sectors).values()) / len(sectors):.3f}")
    print(f"  TF-IDF, linear     {accuracy(lambda: BagModel(texts, n, hidden=False), labels, 1e-1):.3f}")
    print(f"  TF-IDF, one layer  {accuracy(lambda: BagModel(texts, n, hidden=True), labels, 3e-3):.3f}")
    start = time.perf_counter()
    ours = accuracy(lambda: OurModel(records, n), labels, 1.5e-4)
    print(f"  corporation        {ours:.3f}  ({time.perf_counter() - start:.0f} s)", flush=True)


@app.command()
def fields(steps: int = 50, batch: int = 24) -> None:
    """Accuracy of a linear head that reads fields of invented test companies, after a short training with encoders."""
    torch.set_num_threads(1)
    for task in (tasks.Sector(), tasks.Country(), tasks.Decade(), tasks.Larger()):
        torch.manual_seed(0)
        modules = encoders("corporation", "date", "number", "place")
        train, test = task.generate(steps * batch, "train", 0), task.generate(300, "test", 0)
        choices, each = train[0].choices, len(train[0].entities)
        head = nn.Linear(256 * each, len(choices))
        optimizer = torch.optim.AdamW([*nn.ModuleDict(modules).parameters(), *head.parameters()], 1e-3)

        def read(examples: list[Example], modules=modules, head=head, each=each) -> tuple[Tensor, Tensor]:
            todo = plan([entity for example in examples for entity in example.entities], modules)
            vectors = run(todo, modules)["corporation"].mean(1)
            wanted = torch.tensor([example.choices.index(example.answer) for example in examples])
            return head(vectors.view(len(examples), -1)), wanted

        for start in range(0, len(train), batch):
            loss = nn.functional.cross_entropy(*read(train[start : start + batch]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            guess, wanted = read(test)
        print(
            f"{task.name:20} {(guess.argmax(1) == wanted).float().mean():.3f}  (chance {1 / len(choices):.3f})",
            flush=True,
        )


if __name__ == "__main__":
    app()
