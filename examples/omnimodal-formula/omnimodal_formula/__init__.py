"""Chemical formulas as a modality: `C6H12O6` is counted and weighed, not read letter by letter.

>>> import omnimodal
>>> omnimodal.detect("Dissolve CuSO4·5H2O in water.")  # doctest: +SKIP
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from omnimodal import Encoder, Entity, Mention, register
from omnimodal.encoder import Nested
from omnimodal.errors import InvalidEntityError
from omnimodal.layers import MLP, Fuse
from omnimodal.store import Record
from omnimodal.train.task import Draw, Example, Task

# Standard atomic weights in g/mol, IUPAC 2021, abridged; of elements without one, the longest-lived isotope's number.
TABLE = """
H 1.008 He 4.0026 Li 6.94 Be 9.0122 B 10.81 C 12.011 N 14.007 O 15.999 F 18.998 Ne 20.180 Na 22.990 Mg 24.305 Al 26.982
Si 28.085 P 30.974 S 32.06 Cl 35.45 Ar 39.95 K 39.098 Ca 40.078 Sc 44.956 Ti 47.867 V 50.942 Cr 51.996 Mn 54.938
Fe 55.845 Co 58.933 Ni 58.693 Cu 63.546 Zn 65.38 Ga 69.723 Ge 72.630 As 74.922 Se 78.971 Br 79.904 Kr 83.798 Rb 85.468
Sr 87.62 Y 88.906 Zr 91.224 Nb 92.906 Mo 95.95 Tc 97 Ru 101.07 Rh 102.91 Pd 106.42 Ag 107.87 Cd 112.41 In 114.82
Sn 118.71 Sb 121.76 Te 127.60 I 126.90 Xe 131.29 Cs 132.91 Ba 137.33 La 138.91 Ce 140.12 Pr 140.91 Nd 144.24 Pm 145
Sm 150.36 Eu 151.96 Gd 157.25 Tb 158.93 Dy 162.50 Ho 164.93 Er 167.26 Tm 168.93 Yb 173.05 Lu 174.97 Hf 178.49 Ta 180.95
W 183.84 Re 186.21 Os 190.23 Ir 192.22 Pt 195.08 Au 196.97 Hg 200.59 Tl 204.38 Pb 207.2 Bi 208.98 Po 209 At 210 Rn 222
Fr 223 Ra 226 Ac 227 Th 232.04 Pa 231.04 U 238.03 Np 237 Pu 244
"""
NUMBERS = {symbol: 1 + i for i, symbol in enumerate(TABLE.split()[::2])}  # symbol → atomic number
WEIGHTS = torch.tensor([0.0, *map(float, TABLE.split()[1::2])])  # by atomic number
METALS = {s for s, z in NUMBERS.items() if z in {*range(21, 31), *range(39, 49), *range(57, 81), *range(89, 95)}}

SYMBOL = "(?:" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + ")"
COUNT = r"(?:[1-9]\d{1,3}|[2-9])?+"  # a 1 is never written
ATOMS = rf"(?:{SYMBOL}{COUNT})"
GROUP = rf"(?:{ATOMS}|\({ATOMS}++\){COUNT})"
FORMULA = re.compile(rf"{GROUP}++(?:·{COUNT}{GROUP}++)*+")
PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉⋅•", "0123456789··")  # one character for one: offsets stay


@dataclass(frozen=True)
class Formula(Entity):
    """A chemical formula: "H2O", "Ca(OH)2", "CuSO4·5H2O"; "H₂O" is the same as "H2O".

    Raises InvalidEntityError, naming where it cannot be read on.
    """

    modality = "formula"
    text: str

    def __post_init__(self) -> None:
        text = self.text.translate(PLAIN)
        read = FORMULA.match(text)
        if not read or read.end() < len(text):
            rest = text[read.end() if read else 0 :]
            raise InvalidEntityError(f"{self.text!r} is no chemical formula from {rest!r} on", encoder=self.modality)
        object.__setattr__(self, "text", text)

    @property
    def surface(self) -> str:
        return self.text

    @property
    def parts(self) -> tuple[Formula, ...]:
        """What is joined by dots: CuSO4 and H2O in "CuSO4·5H2O"; empty for a formula without dots."""
        parts = self.text.split("·")
        return tuple(Formula(part.lstrip("0123456789")) for part in parts) if len(parts) > 1 else ()

    @cached_property
    def atoms(self) -> dict[str, int]:
        """How many atoms of each element: {"Cu": 1, "S": 1, "O": 9, "H": 10}."""
        atoms: Counter[str] = Counter()
        for times, part in re.findall(r"(\d*)([^·]+)", self.text):
            for bracket, of_bracket, symbol, n in re.findall(r"\((.+?)\)(\d*)|([A-Z][a-z]?)(\d*)", part):
                for inner, m in re.findall(r"([A-Z][a-z]?)(\d*)", bracket) or [(symbol, n)]:
                    atoms[inner] += int(times or 1) * int(of_bracket or 1) * int(m or 1)
        return dict(atoms)

    @property
    def mass(self) -> float:
        """Molar mass in g/mol."""
        return sum(n * float(WEIGHTS[NUMBERS[symbol]]) for symbol, n in self.atoms.items())

    @property
    def closed_shell(self) -> bool:
        """Whether its electrons can pair up: their number is even, or there is a metal that leaves some single."""
        electrons = sum(n * NUMBERS[symbol] for symbol, n in self.atoms.items())
        return electrons % 2 == 0 or not METALS.isdisjoint(self.atoms)


# Names in plain words, and formulas that `detect` would take for a word or an acronym.
SUBSTANCES = {
    "H2O": ["water"],
    "NaCl": ["NaCl", "table salt"],
    "HCl": ["HCl", "hydrochloric acid"],
    "CO2": ["carbon dioxide"],
    "NO2": ["NO2", "nitrogen dioxide"],
    "C2H6O": ["ethanol"],
    "C8H10N4O2": ["caffeine"],
    "C9H8O4": ["aspirin"],
}


@register("formula")
class FormulaEncoder(Encoder):
    """Counts, mass fractions and molar mass → [n, 1, dim]; a hydrate also reads what it is made of."""

    entity = Formula

    def __init__(self, dim: int = 256, hidden: int = 256):
        super().__init__(dim)
        self.net = MLP(2 * len(WEIGHTS) + 1, dim, hidden)
        self.fuse = Fuse(dim)

    def detect(self, text: str) -> Iterable[Mention]:
        """Two elements, a subscript and paired electrons: CO2 and Fe2O3, but neither "US", "H1N1" nor "B2B"."""
        for match in re.finditer(rf"(?<!\w){FORMULA.pattern}(?!\w)", text.translate(PLAIN)):
            formula = Formula(match.group())
            if len(formula.atoms) > 1 and re.search(r"\d", formula.text) and formula.closed_shell:
                yield self.mention(text, *match.span(), formula, score=0.9)

    @classmethod
    def records(cls) -> Iterable[Record]:
        for formula, names in SUBSTANCES.items():
            yield Record(
                "formula", formula, names[-1], Formula(formula).content(), tuple((name, 1.0) for name in names)
            )

    def children(self, entity: Any = None) -> Any:
        return {"part": entity.parts}

    def featurize(self, entities: Sequence[Formula]) -> Tensor:
        """→ [n, 191]: log(1 + count) and share of the mass by atomic number, log10 of the molar mass over 100 g/mol."""
        cells = [(row, NUMBERS[s], n) for row, entity in enumerate(entities) for s, n in entity.atoms.items()]
        rows, columns, n = torch.tensor(cells).unbind(1)
        counts = torch.zeros(len(entities), len(WEIGHTS)).index_put((rows, columns), n.float())
        masses = counts * WEIGHTS
        total = masses.sum(1, keepdim=True)
        return torch.cat([counts.log1p(), masses / total, total.log10() - 2], dim=1)

    def forward(self, features: Tensor, nested: Nested) -> Tensor:
        return self.fuse(self.net(features)[:, None], nested)


def organic(rng: random.Random, rings: int) -> Formula:
    """A compound of C, H, N and O with `rings` rings and double bonds: (2C + 2 + N - H) / 2 of them."""
    c, n, o = rng.randint(4, 12), rng.randint(0, 2), rng.randint(0, 4)
    atoms = {"C": c, "H": 2 * c + 2 + n - 2 * rings, "N": n, "O": o}
    return Formula("".join(f"{symbol}{n if n > 1 else ''}" for symbol, n in atoms.items() if n))


class Heavier(Task):
    """Which of two compounds has the greater molar mass?"""

    name = "formula/heavier"

    def example(self, rng: random.Random, draw: Draw) -> Example:
        one, two = (draw(lambda: organic(rng, rng.randint(0, 4))) for _ in range(2))
        if one.mass == two.mass:
            return self.example(rng, draw)
        answer = " first" if one.mass > two.mass else " second"
        return Example(self.name, (one, " or ", two, " Heavier:"), answer, (" first", " second"))


class Rings(Task):
    """How many rings and double bonds does a compound have? Its degree of unsaturation."""

    name = "formula/rings"
    choices = (" zero", " one", " two", " three", " four")

    def example(self, rng: random.Random, draw: Draw) -> Example:
        rings = rng.randint(0, 4)
        compound = draw(lambda: organic(rng, rings))
        return Example(self.name, (compound, " Unsaturation:"), self.choices[rings], self.choices)
