"""The main job on real texts and a real language model.     make demo"""

from __future__ import annotations

import time
import warnings

import torch
from rich.console import Console
from rich.table import Table
from shapely import Point

import omnimodal
from omnimodal.show import show

TEXT = (
    "Apple was founded on April 1, 1976 in Cupertino. In 2024 it earned $391 billion, five times as much as Siemens of "
    "Munich, and its headquarters are 9,400 km from the Eiffel Tower in Paris."
)
console = Console(width=110)


def heading(words: str) -> None:
    console.print(f"\n[bold]{words}[/bold]")


def main() -> None:
    warnings.simplefilter("ignore", FutureWarning)
    heading("1. A text goes through the house (SmolLM2-135M; the first time, its weights are converted: half a minute)")
    start = time.perf_counter()
    model = omnimodal.load()
    console.print(f"loaded in {time.perf_counter() - start:.1f} s\n")
    show(TEXT, model, console=console)
    found = model.embed(TEXT)
    console.print(f"embed → a unit vector of {len(found.vector)}: {[round(x, 4) for x in found.vector[:4].tolist()]} …")

    heading("2. Without entities it is the plain language model, bit for bit")
    plain = "It was a quiet morning, and nobody came."
    with torch.no_grad():
        inputs = model.tokenizer(plain, return_tensors="pt")
        hidden = model.llm.base_model(**inputs).last_hidden_state.mean(dim=1)
    same = torch.equal(model.embed(plain).vector, torch.nn.functional.normalize(hidden, dim=-1)[0])
    console.print(f"“{plain}” → equal to the plain model: {same}")

    heading("3. The same words, another entity: the vector changes, with no training")
    words, start = "They met in Springfield.", len("They met in ")
    table = Table("Springfield is …", "point (lon, lat)", "cosine to the first")
    first = None
    for where, point in (
        ("in Illinois", (-89.65, 39.80)),
        ("in Massachusetts", (-72.59, 42.10)),
        ("in New Zealand", (171.9, -43.3)),
    ):
        place = omnimodal.Place(name="Springfield", geometry=point)
        vector = model.embed(words, [(start, start + 11, place)]).vector
        first = vector if first is None else first
        table.add_row(where, str(point), f"{float(vector @ first):.6f}")
    console.print(table)

    heading("4. Typed parts: text, a date before history and a shape with a thousand vertices, four soft tokens each")
    lake = omnimodal.Place(name="a lake", geometry=Point(9.4, 47.6).buffer(0.2, quad_segs=250))
    found = model.embed(["Since", omnimodal.Date("300 BC"), "people have lived by", lake, "."])
    console.print(f"{[m.text for m in found.mentions]} → {found.inputs_embeds.shape[1]} positions")

    heading("5. It still talks")
    console.print(model.generate("What is the capital of France?", chat=True, max_new_tokens=12))
    console.print(
        "\nThe encoders and projectors are fresh: train them with `make train` (under 30 minutes on 2 cores)."
    )


if __name__ == "__main__":
    main()
