"""The suites of other people: where their cases lie, and what a benchmark on them takes on the command line."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

REAL = Path(os.environ.get("OMNIMODAL_REAL_DATA") or Path(__file__).parents[1] / "../shared/data")


def cases(suite: str) -> list[dict[str, Any]]:
    """The cases of a suite of Recognizers-Text."""
    return [json.loads(line) for line in (REAL / "specs" / f"{suite}.jsonl").read_text("utf-8").splitlines()]


def options(usage: str | None) -> argparse.Namespace:
    """--failures, --peers and --own; `usage` is the docstring of the benchmark."""
    parser = argparse.ArgumentParser(description=usage, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--failures", action="store_true", help="show the cases that are not right")
    parser.add_argument("--peers", action="store_true", help="beside the peers that are installed")
    parser.add_argument("--own", action="store_true", help="our own cases instead of the suite's")
    return parser.parse_args()
