"""Where files are kept and how they come to be there: whole or not at all, and never over what is no file."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from omnimodal.errors import OmnimodalError

ROOM = ".unfinished"  # what the names of folders end in, in which something is written


def cache_dir() -> Path:
    """$OMNIMODAL_CACHE, else omnimodal in the user's cache folder; created on first use. Raises OmnimodalError."""
    home = os.environ.get("OMNIMODAL_CACHE")
    path = Path(home) if home else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omnimodal"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"The cache folder {path} cannot be made: {error.strerror}"
        raise OmnimodalError(f"{what}; set OMNIMODAL_CACHE to a folder that can") from error
    return path


def is_stream(path: Path) -> bool:
    """Whether a device or a pipe is there, which is read or written as it is: /dev/null, the <(…) of a shell."""
    return path.exists() and not path.is_file() and not path.is_dir()


def replaceable(target: Path) -> Path:
    """Where a new file or folder goes to stand at `target`: what links point to, in a folder that is made if need be.

    Raises OmnimodalError for a device or a pipe, which is never replaced, and for a folder that cannot be one; OSError
    for one that is not ours to write in.
    """
    if is_stream(target):
        raise OmnimodalError(f"{target} is a device or a pipe, which nothing takes the place of: name a file")
    target = target.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise OmnimodalError(f"{target} cannot be written: what is above it is a file, not a folder") from None
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    return target


@contextmanager
def going_on(path: Path, name: Path) -> Iterator[IO[bytes]]:
    """A file to go on writing at its end, for us alone: it is removed where an error comes before anything is in it.

    Raises OmnimodalError, with its `name`, where another process writes it.
    """
    with path.open("a+b") as file:
        _lock(file, name)
        try:
            yield file
        except BaseException:
            file.flush()
            if path.stat().st_size == 0:
                path.unlink()
            raise


def _lock(file: IO[bytes], name: Path) -> None:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OmnimodalError(f"{name} is being written by another process: wait for it, or name another file") from None
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP):  # a file system that knows no locks
            raise


@contextmanager
def written_whole(target: Path, replace: bool = True) -> Iterator[Path]:
    """A temporary path beside `target`, renamed to it when the block ends well and removed when it does not.

    Works for files and folders. A folder already at `target` is replaced, and put back if the rename does not succeed;
    with replace=False what another process has put there meanwhile stays, for files that all would make alike. Raises
    as `replaceable`.
    """
    target = replaceable(target)
    room = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix=ROOM, dir=target.parent))
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
    for room in target.parent.glob(f".{glob.escape(target.name)}-{'[a-z0-9_]' * 8}{ROOM}"):
        shutil.rmtree(room, ignore_errors=True)
