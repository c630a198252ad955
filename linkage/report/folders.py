"""A report's folder: written beside its place and swapped in, whole or not at all."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAKING = "making"
REVIEW = "review.json"
TRIES = 20
AT_FDCWD, RENAME_EXCHANGE = -100, 2


@contextmanager
def put_in_place(place: Path) -> Iterator[Path]:
    """A new folder to fill; it takes the place when the block ends well, and goes when it does not.

    What was there stays readable until then. A process that is killed leaves the old folder or the new, and
    a hidden one beside it that the next report of any period removes.
    """
    missing = [folder for folder in place.parents if not folder.exists()]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(place.parent)
        new, lock = new_locked_folder(lambda: _beside(place))
        try:
            yield new
            _carry_sign_off(place, new)
            _swap(new, place)
        finally:
            shutil.rmtree(new, ignore_errors=True)
            unlock_folder(lock)
    except BaseException:
        _remove_empty(missing)
        raise


def _beside(place: Path) -> Path:
    return place.parent / f".{place.name}.{secrets.token_hex(4)}.{MAKING}"


def _remove_empty(folders: list[Path]) -> None:
    """Take away the folders that were made for a report that did not come, innermost first."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:  # never made, or something else lies there by now
            return


def _carry_sign_off(old: Path, new: Path) -> None:
    """The sign-off stays with the place: it holds for a report that is the same again, and is void for another."""
    with suppress(FileNotFoundError, NotADirectoryError):
        shutil.copyfile(old / REVIEW, new / REVIEW)


def new_locked_folder(name: Callable[[], Path]) -> tuple[Path, int | None]:
    """A new folder of a name that `name` makes up, and its lock: None where the system, or the disk, has no locks."""
    for _ in range(TRIES):
        new = name()
        new.mkdir(parents=True)
        lock = lock_folder(new)
        if lock is not None or not has_locks():
            break  # otherwise another process took it for a leftover before it could be locked
    return new, lock


def has_locks() -> bool:
    return os.name == "posix"


def lock_folder(folder: Path) -> int | None:
    """A lock on the folder that ends with the process, however it ends; None if another holds it."""
    if not has_locks():
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
    return handle if folder.is_dir() else unlock_folder(handle)


def unlock_folder(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished folders of processes that are gone; those of running ones are locked."""
    for left in folder.glob(f".*.{MAKING}"):
        lock = lock_folder(left)
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            unlock_folder(lock)


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
            os.rename(place, _beside(place))
    raise OSError(f"{place} could not be replaced: another process keeps writing it.")


def _exchange(new: Path, place: Path) -> bool:
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    return rename(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(place), RENAME_EXCHANGE) == 0
