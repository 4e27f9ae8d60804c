"""Draws docs/pipeline.svg: the way of a text through the house.     python docs/pipeline.py"""

from __future__ import annotations

from html import escape
from pathlib import Path

STEPS = ["detect", "resolve", "encode", "project", "splice"]
ENTITIES = [  # surface text, modality, entity, what is nested in it, colour
    ("Apple", "corporation", "record: industry, legal form, …", "place · date · number", "#2a9d8f"),
    ("Cupertino", "place", "37.32° N, 122.03° W", "place · number", "#e76f51"),
    ("1976", "date", "[1976-01-01, 1977-01-01)", "", "#8e6bbf"),
    ("$391 billion", "number", "391 000 000 000 USD", "", "#3a7ca5"),
]
LINE = [("Apple", 0), (" of ", None), ("Cupertino", 1), (", founded in ", None)]
LINE += [("1976", 2), (", earned ", None), ("$391 billion", 3), (".", None)]
CHAR, WIDTH = 8.4, 1000


class Sheet:
    """SVG elements, collected."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def text(self, x: float, y: float, words: str, colour: str = "#222", size: int = 14, style: str = "") -> None:
        """`style` holds any of: middle, end (anchors), mono, bold."""
        anchor = "middle" if "middle" in style else "end" if "end" in style else "start"
        family = (
            "ui-monospace, Menlo, Consolas, monospace" if "mono" in style else "system-ui, Helvetica, Arial, sans-serif"
        )
        font = f'font-size="{size}" font-family="{family}" font-weight="{600 if "bold" in style else 400}"'
        at = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}" xml:space="preserve"'
        self.parts.append(f"<text {at} {font}>{escape(words)}</text>")

    def box(
        self, x: float, y: float, w: float, h: float, fill: str = "none", stroke: str = "none", r: float = 5
    ) -> None:
        fill, alpha = fill[:7], int(fill[7:] or "ff", 16) / 255  # "#rrggbbaa": few viewers but browsers know that form
        at = f'x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{r:g}"'
        self.parts.append(f'<rect {at} fill="{fill}" fill-opacity="{alpha:.2f}" stroke="{stroke}"/>')

    def arrow(self, x1: float, y1: float, x2: float, y2: float, colour: str = "#999") -> None:
        ends = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
        self.parts.append(f'<line {ends} stroke="{colour}" stroke-width="1.4" marker-end="url(#tip)"/>')


def draw() -> str:
    """The picture as SVG text."""
    s = Sheet()
    s.box(0, 0, WIDTH, 470, "#ffffff", r=0)
    y = 46
    s.text(20, y, "text", "#888", 13)
    x, column = 110.0, {}
    for words, entity in LINE:
        width = CHAR * len(words)
        if entity is not None:
            s.box(x - 3, y - 17, width + 6, 24, ENTITIES[entity][4] + "22", ENTITIES[entity][4])
            column[entity] = x + width / 2
        s.text(x, y, words, ENTITIES[entity][4] if entity is not None else "#222", 14, "mono")
        x += width
    centres = [180 + i * 225 for i in range(4)]
    labels = {105: "mentions", 160: "entities", 245: "vectors", 300: "soft tokens"}
    for row, label in labels.items():
        s.text(20, row + 5, label, "#888", 13)
    for i, (words, modality, value, nested, colour) in enumerate(ENTITIES):
        c = centres[i]
        s.arrow(column[i], 56, c, 84, colour)
        s.text(c, 108, f"“{words}” · {modality}", colour, 13, "middle bold")
        s.arrow(c, 116, c, 132, colour)
        s.box(c - 105, 138, 210, 50 if nested else 32, colour + "14", colour)
        s.text(c, 158, value, "#222", 12, "middle")
        if nested:
            s.text(c, 178, f"nested: {nested}", "#666", 11, "middle")
        s.arrow(c, 192 if nested else 174, c, 226, colour)
        for k in range(16):
            s.box(c - 64 + 8 * k, 232, 7, 16, colour + f"{40 + (37 * (k + 3 * i)) % 180:02x}", r=1)
        s.arrow(c, 252, c, 280, colour)
        s.text(c - 62, 304, "<|", colour, 12, "end mono")
        s.text(c + 62, 304, "|>", colour, 12, "mono")
        for k in range(4):
            s.box(c - 54 + 28 * k, 288, 24, 24, colour, r=3)
        s.arrow(c, 316, 130 + 215 * i + 100, 350, colour)
    s.text(20, 377, "inputs_embeds", "#888", 13)
    x = 130.0
    for words, entity in LINE:
        tokens = max(1, len(words.split()))
        for _ in range(tokens):
            s.box(x, 360, 19, 26, "#d9d9d9", r=2)
            x += 22
        if entity is not None:
            colour = ENTITIES[entity][4]
            for k in range(6):
                s.box(x, 360, 19, 26, colour if 0 < k < 5 else colour + "66", r=2)
                x += 22
    s.arrow(500, 390, 500, 412)
    s.box(130, 416, 740, 36, "#f2f2f2", "#bbb")
    s.text(500, 439, "frozen language model  →  vector · text", "#222", 14, "middle bold")
    for step, at in zip(STEPS, (80, 130, 212, 272, 340), strict=True):
        s.text(WIDTH - 14, at, step, "#b5651d", 13, "end bold")
    size = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"'
    tip = f'<defs><marker id="tip" {size}><path d="M0 0L8 4L0 8z" fill="#999"/></marker></defs>'
    label = 'role="img" aria-label="The way of a text through omnimodal"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 470" {label}>{tip}'
    return "\n".join([head, *s.parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "pipeline.svg").write_text(draw(), "utf-8")
