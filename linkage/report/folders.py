"""A report's folder: written beside its place and swapped in, whole or not at all."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAKING = "making"
AT_FDCWD, RENAME_EXCHANGE = -100, 2


@contextmanager
def put_in_place(place: Path) -> Iterator[Path]:
    """A new folder to fill; it takes the place when the block ends well, and goes when it does not.

    What was there stays readable until then. A process that is killed leaves the old folder or the new, and
    a hidden one beside it that the next report of any period removes.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(place.parent)
    new, lock = _new_folder(place)
    try:
        yield new
        _swap(new, place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        _unlock(lock)


def _new_folder(place: Path) -> tuple[Path, int | None]:
    while True:
        new = place.parent / f".{place.name}.{secrets.token_hex(4)}.{MAKING}"
        new.mkdir()
        lock = _lock(new)
        if lock is not None or not _has_locks():
            return new, lock


def _has_locks() -> bool:
    return os.name == "posix"


def _lock(folder: Path) -> int | None:
    """A lock on the folder that ends with the process, however it ends; None if another holds it."""
    if not _has_locks():
        return None
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle if folder.is_dir() else _unlock(handle)


def _unlock(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished folders of processes that are gone; those of running ones are locked."""
    for left in folder.glob(f".*.{MAKING}"):
        lock = _lock(left)
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            _unlock(lock)


def _swap(new: Path, place: Path) -> None:
    """Give `new` the name of `place`; what stood there gets the name of `new`.

    Where the system can exchange two names there is no moment without a report. Elsewhere there is one
    between two renames.
    """
    for _ in range(100):
        try:
            os.rename(new, place)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.EACCES) or not place.exists():
                raise
        if _exchange(new, place):
            return
        with suppress(FileNotFoundError):
            os.rename(place, place.parent / f".{place.name}.{secrets.token_hex(4)}.{MAKING}")
    raise OSError(f"{place} could not be replaced: another process keeps writing it.")


def _exchange(new: Path, place: Path) -> bool:
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    return rename(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(place), RENAME_EXCHANGE) == 0
