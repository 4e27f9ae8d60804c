"""What commands share: the standard streams, files to read and to write, what an interrupt says, a bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from omnimodal.errors import OmnimodalError
from omnimodal.lines import text_of
from omnimodal.paths import is_stream, written_whole


def standard_input() -> str:
    """All of it, as UTF-8 whatever the terminal's encoding is, with its line ends."""
    try:
        return text_of(_bytes(sys.stdin, "input").read())
    except ValueError as error:
        raise OmnimodalError(f"Standard input: {error}") from error


def _bytes(stream: Any, name: str) -> IO[bytes]:
    if stream is None:
        raise OmnimodalError(f"Standard {name} is closed: name a file, or leave it open")
    return stream.buffer


def reading(file: str) -> AbstractContextManager[IO[bytes]]:
    """A file, or standard input for "-", which stays open."""
    return nullcontext(_bytes(sys.stdin, "input")) if file == "-" else Path(file).open("rb")


@contextmanager
def writing(target: str) -> Iterator[IO[bytes]]:
    """A file appears when it is complete; a device or a pipe is written to as it is."""
    if target == "-":
        yield _bytes(sys.stdout, "output")
    elif is_stream(Path(target)):
        with Path(target).open("wb") as to:
            yield to
    else:
        with written_whole(Path(target)) as fresh, fresh.open("wb") as to:
            yield to


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """Ctrl-C ends the command, with what has become of its work."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"Interrupted: {kept}" if kept else "Interrupted", file=sys.stderr)
        sys.exit(130)


@contextmanager
def advancing(size: int | None) -> Iterator[Any]:
    """A bar on a terminal's standard error: bytes done of `size`, and texts a second."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("linking"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"))
    start = time.monotonic()
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("linking", total=size, told="")

        def advanced(end: int, counts: Any) -> None:
            speed = counts.documents / (time.monotonic() - start)
            progress.update(task, completed=end, told=f"{counts.documents:,} texts, {speed:,.0f} a second")

        yield advanced
