"""Numbers read from Microsoft's Recognizers-Text English cases: a case counts when all of its values are exact.

    python benchmarks/number_text.py    # needs OMNIMODAL_REAL_DATA (default ../shared/data); --failures lists them

Each suite is asked for its own kind of value: numbers and fractions, percentages, ordinals, ranges (low and high). In
the first three a range counts by the numbers in it. Values are compared to the 15 digits the suites give. Relative
ordinals ("last", "next one") have no value here, and their cases count as failed.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Iterator
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from omnimodal.encoders.number.detect import Span, find

KINDS = {
    "NumberModel": {"cardinal", "fraction"},
    "PercentModel": {"percent"},
    "OrdinalModel": {"ordinal"},
    "NumberRangeModel": {"range"},
}
_digits15 = Context(prec=14)  # the suites round to 15 digits


def leaves(spans: Iterable[Span]) -> Iterator[Span]:
    for span in spans:
        yield from leaves(span.parts) if span.parts else (span,)


def wanted(result: dict[str, Any]) -> tuple[Decimal | None, ...]:
    value = (result["resolution"] or {}).get("value") or ""
    if result["type"] == "numberrange":
        return tuple(Decimal(x) if x else None for x in value[1:-1].split(","))
    if "." in result["type"] or value in ("", "null"):  # relative ordinals, a bare "%"
        return (Decimal("NaN"),)
    return (_digits15.plus(Decimal(value.rstrip("%"))),)


def found(text: str, kinds: set[str]) -> list[tuple[Decimal | None, ...]]:
    spans = find(text)
    if kinds == {"range"}:
        return [(s.number.low, s.number.high) for s in spans if s.number.kind == "range"]
    return [(_digits15.plus(s.number.value),) for s in leaves(spans) if s.number.kind in kinds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--failures", action="store_true")
    failures = parser.parse_args().failures
    folder = Path(os.environ.get("OMNIMODAL_REAL_DATA", Path(__file__).parents[1] / "../shared/data"))
    right: dict[str, list[bool]] = {suite: [] for suite in KINDS}
    for line in (folder / "specs" / "number.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        want, got = [wanted(r) for r in case["results"]], found(case["text"], KINDS[case["suite"]])
        right[case["suite"]].append(want == got)
        if failures and want != got:
            print(f"{case['text']!r}: want {want}, got {got}")
    for suite, results in right.items():
        print(f"{suite:18} {sum(results):4} of {len(results)}")
    everything = [r for results in right.values() for r in results]
    print(f"{'all values exact':18} {sum(everything):4} of {len(everything)} = {sum(everything) / len(everything):.1%}")


if __name__ == "__main__":
    main()
