"""Dates and times in text, read from Microsoft's Recognizers-Text English cases: spans and all values of a case exact.

    python benchmarks/date_text.py    # needs OMNIMODAL_REAL_DATA (default ../shared/data); --failures lists them
    python benchmarks/date_text.py --peers   # beside recognizers-text, dateparser and parsedatetime
    python benchmarks/date_text.py --own     # our own sentences and paragraphs, date_cases.txt

A case is right if its mentions are found with their spans and no others, and each has all its values and no others.
"Span given" hands a reader the span of a case's one result, where that is a day, a time or both, and asks what moment
it is: right is any of the case's values. dateparser and parsedatetime answer that question only.

The notations differ: Recognizers-Text ends "2014 to 2018" where 2018 begins, we where it ends; a night ends at 23:59:59
there, at 24:00 here; 1.5 hours are PT1.5H or PT1H30M; SU is XXXX-SU; and how much of a month its "early" or "late"
covers is free where month and modifier agree. A peer that raises fails the case. Peers are no dependencies: install
recognizers-text-suite (with emoji<2) and parsedatetime; dateparser is there.
"""

from __future__ import annotations

import importlib.util
import json
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

import omnimodal
from omnimodal import Mention, context
from omnimodal.encoders.date import Date, DateEncoder
from omnimodal.encoders.date.calendar import format_instant, read_instant, shift
from omnimodal.encoders.date.expressions.reading import amount

Case = dict[str, Any]
Outcome = tuple[bool, bool]  # spans right, spans and values right
_encoder = DateEncoder()


def ours(case: Case) -> Outcome:
    with context.reading(context.Context(reference(case))):
        return _outcome(list(_encoder.detect(case["text"])), case["results"])


def detected(case: Case) -> Outcome:
    """Among all other modalities and without nesting, as a user finds them: a number may win over a duration."""
    found = omnimodal.detect(case["text"], reference=reference(case))
    return _outcome([m for m in found if m.modality == "date"], case["results"])


def _outcome(found: Sequence[Mention], gold: Sequence[dict[str, Any]]) -> Outcome:
    spans = [m.span for m in found] == [(g["start"], g["end"]) for g in gold]
    return spans, spans and all(
        isinstance(m.entity, Date) and agree(m.entity, values(g)) for m, g in zip(found, gold, strict=True)
    )


def recognizers(case: Case) -> Outcome:
    from recognizers_date_time import recognize_datetime

    found, gold = recognize_datetime(case["text"], "en-us", reference=reference(case)), case["results"]
    spans = [(r.start, r.end + 1) for r in found] == [(g["start"], g["end"]) for g in gold]
    return spans, spans and all(
        _moments((r.resolution or {}).get("values") or []) == _moments(values(g))
        for r, g in zip(found, gold, strict=True)
    )


def ours_given(text: str, at: datetime | None) -> datetime | str | None:
    with context.reading(context.Context(at)):
        return Date(text).start


def dateparser_given(text: str, at: datetime | None) -> datetime | str | None:
    import dateparser

    return dateparser.parse(text, languages=["en"], settings={"RELATIVE_BASE": at} if at else None)


def parsedatetime_given(text: str, at: datetime | None) -> datetime | str | None:
    import parsedatetime

    found, status = parsedatetime.Calendar().parseDT(text, sourceTime=at)
    return found if status else None


def right_moment(said: datetime | str | None, gold: Sequence[dict[str, str]]) -> bool:
    if said is None:
        return False
    wanted = {_same_clock(v["value"]) for v in gold if "value" in v}
    if isinstance(said, str):
        return said in wanted
    forms = {said.strftime(form) for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "T%H:%M", "T%H:%M:%S")}
    return bool(wanted & forms)


def values(result: dict[str, Any]) -> list[dict[str, str]]:
    return (result["resolution"] or {}).get("values") or []


def reference(case: Case) -> datetime | None:
    return datetime.fromisoformat(case["reference"][:19]) if case["reference"] else None


def _moments(said: Sequence[dict[str, str]]) -> set[tuple[str | None, ...]]:
    return {tuple(v.get(key) for key in ("type", "value", "start", "end")) for v in said}


def agree(date: Date, values: Sequence[dict[str, str]]) -> bool:
    """Whether a date and its alternatives say what the values of a case say, whatever the notation; see above."""
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


def cases(path: Path = CASES, show: bool = False) -> dict[str, tuple[int, ...]]:
    """By section of the file: cases, exact ones, our mentions, the file's, and those that agree in span and value.

    show: print the lines that are not exact, and what was found there.
    """
    section = ""
    out: dict[str, tuple[int, ...]] = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            section, out[line[3:]] = line[3:], (0, 0, 0, 0, 0)
        if not line or line.startswith("#"):
            continue
        text, gold = marked(line)
        with context.reading(context.Context(READ_AT)):
            found = {m.span: m.entity for m in _encoder.detect(text)}
        right = sum(isinstance(date := found.get(span), Date) and says(date, value) for span, value in gold.items())
        exact = int(right == len(gold) == len(found))
        if show and not exact:
            print(line, *(f"\n    {text[a:b]!r} {date!r}" for (a, b), date in found.items()))
        n = (1, exact, len(found), len(gold), right)
        out[section] = tuple(a + b for a, b in zip(out[section], n, strict=True))
    return out


def own(show: bool) -> None:
    table = Table(title="our own cases")
    for column in ("", "lines", "exact", "F1 of spans with values"):
        table.add_column(column, justify="right" if column else "left")
    for section, (n, exact, mentions, gold, right) in cases(show=show).items():
        table.add_row(section, str(n), f"{exact / n:.1%}", f"{2 * right / (mentions + gold):.3f}")
    Console().print(table)


def main() -> None:
    import _suites  # here, since a test reads this file from another folder

    options = _suites.options(__doc__)
    if options.own:
        own(options.failures)
        return
    real = _suites.cases("datetime")
    single = [case for case in real if len(case["results"]) == 1]
    moments = [case for case in single if case["results"][0]["type"].partition(".")[2] in ("date", "time", "datetime")]
    table = Table(title=f"{len(single)} cases of one result, {len(real)} cases in all")
    given = f"span given ({len(moments)})"
    for column in ("", "spans, one", "exact, one", "spans, all", "exact, all", given, "cases/s"):
        table.add_column(column, justify="right" if column else "left")
    finders: dict[str, Callable[[Case], Outcome]] = {"ours": ours, "ours, detect": detected}
    readers: dict[str, Callable[[str, datetime | None], datetime | str | None]] = {"ours": ours_given}
    if options.peers:
        if importlib.util.find_spec("recognizers_date_time"):
            finders["recognizers-text"] = recognizers
        for name, reader in (("dateparser", dateparser_given), ("parsedatetime", parsedatetime_given)):
            if importlib.util.find_spec(name):
                readers[name] = reader
    for name in dict.fromkeys([*finders, *readers]):
        row, rate = [], ""
        if name in finders:
            outcomes = [_safe(finders[name], case, options.failures) for case in track(real, name, transient=True)]
            start = time.process_time()
            for case in real:  # again, now that all is loaded
                _safe(finders[name], case, False)
            rate = f"{len(real) / (time.process_time() - start):,.0f}"
            one = [o for o, case in zip(outcomes, real, strict=True) if len(case["results"]) == 1]
            row = [_share(o[k] for o in rows) for rows in (one, outcomes) for k in (0, 1)]
        read = _share(_given(readers[name], case) for case in moments) if name in readers else ""
        table.add_row(name, *(row or [""] * 4), read, rate)
    Console().print(table)


def _safe(finder: Callable[[Case], Outcome], case: Case, show: bool) -> Outcome:
    try:
        outcome = finder(case)
    except Exception:
        if finder in (ours, detected):
            raise
        return False, False
    if show and finder is ours and not outcome[1]:
        print(json.dumps({"spans": outcome[0], **case}, ensure_ascii=False))
    return outcome


def _given(reader: Callable[[str, datetime | None], datetime | str | None], case: Case) -> bool:
    [gold] = case["results"]
    try:
        said = reader(case["text"][gold["start"] : gold["end"]], reference(case))
    except Exception:
        return False
    return right_moment(said, values(gold))


def _share(rows: Any) -> str:
    rows = list(rows)
    return f"{sum(rows) / len(rows):.1%}"


if __name__ == "__main__":
    main()
