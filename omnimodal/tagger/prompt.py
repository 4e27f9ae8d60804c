"""Prompts from a template and worked examples: what an annotating language model is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from omnimodal.errors import OmnimodalError, UnknownNameError
from omnimodal.lines import read_lines, read_text
from omnimodal.registry import unknown
from omnimodal.tagger.sample import Sample, Span, sample_of

TEMPLATES = ("standard", "cot")
GAP = " ... "  # between the parts of a discontinuous span
_hole = re.compile(r"<<(\w+)>>")
_needs = ({"labels"}, {"text", "answer"}, {"text"})  # of the instruction, an example and the question


@dataclass(frozen=True)
class Example:
    """A worked example: a text with its spans, and the thoughts that lead there."""

    sample: Sample
    reasoning: str = ""


@dataclass(frozen=True)
class Prompt:
    """A template with labels and examples filled in. `labels` maps each label to a description, which may be empty."""

    name: str
    template: tuple[str, str, str]
    labels: Mapping[str, str]
    examples: Sequence[Example]

    def ask(self, text: str) -> str:
        """The prompt for one text."""
        instruction, example, question = self.template
        listed = "\n".join(f"- {label}: {told}" if told else f"- {label}" for label, told in self.labels.items())
        shown = [_filled(example, **self._values(each)) for each in self.examples]
        return "\n\n".join([_filled(instruction, labels=listed), *shown, _filled(question, text=text)])

    @property
    def begun(self) -> str:
        """What the template has of the answer already, `{"` perhaps, to get a dictionary and nothing else."""
        last = self.template[2].split()[-1]
        return last if last.startswith("{") else ""

    @property
    def stop(self) -> str:
        """How the next question would begin, were the model to go on by itself."""
        return "\n" + self.template[2].split("<<")[0].strip()

    def _values(self, example: Example) -> dict[str, str]:
        answer = as_answer(example.sample, list(self.labels))
        return {"text": example.sample.text, "reasoning": example.reasoning, "answer": answer}


def make_prompt(
    template: str = "standard", labels: Mapping[str, str] | None = None, examples: str | Path | None = None
) -> Prompt:
    """A prompt by the name of a template or the path of one.

    labels: {label: description}; those of the examples where it is None or empty. examples: a file of worked examples,
    the ones that ship where it is None; those that show none of the labels are left out, since "nothing there" would
    be the wrong lesson. Raises UnknownNameError and OmnimodalError, naming the file.
    """
    worked = read_examples(Path(examples) if examples else None)
    wanted = dict(labels or dict.fromkeys((span.label for each in worked for span in each.sample.spans), ""))
    if not wanted or not all(label.strip() for label in wanted):
        raise OmnimodalError("A prompt needs labels that have names: name some, or give examples that show them")
    shows = [any(span.label in wanted for span in each.sample.spans) for each in worked]
    kept = [each for each, some in zip(worked, shows, strict=True) if some or (any(shows) and not each.sample.spans)]
    return Prompt(template, read_template(template), wanted, kept)


def read_template(name: str) -> tuple[str, str, str]:
    """The three parts of a template. Raises OmnimodalError where one lacks a part or a hole to fill."""
    if name in TEMPLATES:
        text = (files("omnimodal") / "data" / "tagger" / f"{name}.txt").read_text("utf-8")
    elif Path(name).is_file():
        text = read_text(Path(name)).replace("\r\n", "\n")
    else:
        raise UnknownNameError(unknown("template", name, list(TEMPLATES)) + "; or give the path of one")
    parts = [part.strip("\n") for part in text.split("\n---\n")]
    if len(parts) != 3:
        raise OmnimodalError(f"The template {name} needs three parts with lines --- between them, not {len(parts)}")
    for part, needed in zip(parts, _needs, strict=True):
        if lacking := needed - set(_hole.findall(part)):
            raise OmnimodalError(f"The template {name} lacks <<{'>>, <<'.join(sorted(lacking))}>> in {part[:40]!r}")
    return parts[0], parts[1], parts[2]


def read_examples(path: Path | None = None) -> list[Example]:
    """The worked examples of a file, or those that ship. Raises OmnimodalError, naming the line."""
    found = []
    with as_file(files("omnimodal") / "data" / "tagger" / "examples.jsonl") as shipped:
        for number, data in read_lines(path or shipped):
            try:
                found.append(Example(sample_of(data, f"line {number}"), str(data.get("reasoning", ""))))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise OmnimodalError(f"{path}, line {number} is no worked example: {error!r}") from error
    return found


def as_answer(sample: Sample, labels: Sequence[str]) -> str:
    """The answer that marks a sample's spans: {"label": ["span", …], …} as JSON."""
    spans = {label: [_shown(sample.text, s) for s in sorted(sample.spans) if s.label == label] for label in labels}
    return json.dumps(spans, ensure_ascii=False)


def _shown(text: str, span: Span) -> str:
    return GAP.join(text[start:end] for start, end in span.parts or ((span.start, span.end),))


def _filled(template: str, **values: str) -> str:
    """All holes at once, so that nothing in a text is taken for a hole. Raises OmnimodalError for an unknown one."""
    if odd := [name for name in _hole.findall(template) if name not in values]:
        raise OmnimodalError(f"A template cannot have <<{odd[0]}>> there; known are {', '.join(values)}")
    return _hole.sub(lambda match: values[match[1]], template)
