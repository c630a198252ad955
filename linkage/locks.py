"""Locks that end with their process, however it ends: on a folder, and on a file that says whose turn it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

TRIES = 20
FAR = 1 << 30
"""The byte of a file that Windows locks: beyond its text, which stays readable."""


def has_locks() -> bool:
    """Whether a folder can be locked here."""
    return os.name == "posix"


def new_locked_folder(name: Callable[[], Path], *, mode: int = 0o777) -> tuple[Path, int | None]:
    """A new folder of a name that `name` makes up, and its lock: None where the system, or the disk, has no locks."""
    for _ in range(TRIES):
        new = name()
        new.mkdir(mode, parents=True)
        lock = lock_folder(new)
        if lock is not None or not has_locks():
            break  # otherwise another process took it for a leftover before it could be locked
    return new, lock


def lock_folder(folder: Path) -> int | None:
    """A lock on the folder that ends with the process; None if another holds it, or where there are no locks."""
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


class LockedFile:
    """A file that one process at a time holds; it says which. What cannot be locked at all counts as held by us.

    path : made where it is missing, in a folder that is there. Only holding it is exclusive: who else asks is told.
    """

    def __init__(self, path: Path):
        self.path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether we hold it now. Raises OSError where it cannot even be opened."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(handle):
            os.close(handle)
            return False
        if not _is_still(handle, self.path):  # its last holder took it away in between
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._handle = handle
        return True

    def holder(self) -> str:
        """The number of the process that holds it; empty where it has not said so."""
        try:
            return self.path.read_text(encoding="ascii")
        except (OSError, ValueError):
            return ""

    def give_back(self) -> None:
        """Let the next one have it, and leave no file where the system lets us remove it."""
        if self._handle is None:
            return
        try:
            self.path.unlink(missing_ok=True)
        except OSError:  # Windows keeps an open file: it stays, and holds nobody up
            pass
        finally:
            os.close(self._handle)
            self._handle = None


def _lock(handle: int) -> bool:
    """False only where another process holds it; a disk without locks has nobody wait."""
    if os.name == "nt":
        return _lock_on_windows(handle)
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _lock_on_windows(handle: int) -> bool:
    import msvcrt

    os.lseek(handle, FAR, os.SEEK_SET)
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except PermissionError:
        return False
    except OSError:
        return True
    finally:
        os.lseek(handle, 0, os.SEEK_SET)
    return True


def _is_still(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
