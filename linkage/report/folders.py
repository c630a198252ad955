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

from linkage.locks import lock_folder, new_locked_folder, unlock_folder

MAKING = "making"
REVIEW = "review.json"
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
