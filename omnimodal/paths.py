"""Where files that can be made again are kept."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_dir() -> Path:
    """$OMNIMODAL_CACHE, else omnimodal in the user's cache folder; created on first use."""
    home = os.environ.get("OMNIMODAL_CACHE")
    path = Path(home) if home else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omnimodal"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def written_whole(target: Path, replace: bool = True) -> Iterator[Path]:
    """A temporary path beside `target`, renamed to it when the block ends well and removed when it does not.

    Works for files and folders. A folder already at `target` is replaced, and put back if the rename does not succeed;
    with replace=False what another process has put there meanwhile stays, for files that all would make alike.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fresh = room / "new"
        yield fresh
        if not replace and target.exists():
            return
        if target.is_dir():
            target.rename(room / "old")
            try:
                fresh.rename(target)
            except BaseException:
                (room / "old").rename(target)
                raise
        else:
            os.replace(fresh, target)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def clear_unfinished(target: Path) -> None:
    """Remove what writers of `target` that were killed left beside it. Only for who alone may write it now."""
    for room in target.parent.glob(f".{glob.escape(target.name)}-*"):
        shutil.rmtree(room, ignore_errors=True)
