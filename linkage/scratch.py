"""Scratch folders: each goes when its block ends, and one whose process was killed goes when the next is made."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linkage.locks import lock_folder, new_locked_folder, unlock_folder

PREFIX = "linkage-run-"
OURS_ALONE = 0o700
"""It may hold what customers wrote."""


class Scratch:
    """A new folder that no other user can read, until `remove`.

    within : where it lies; default the system's folder for such. It is locked while its process lives, so that
    nobody takes it for a leftover; where the system has no locks, leftovers stay.
    """

    def __init__(self, within: Path | None = None):
        base = Path(within or tempfile.gettempdir())
        remove_abandoned(base)
        self.folder, self._lock = new_locked_folder(lambda: _new_name(base), mode=OURS_ALONE)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        unlock_folder(self._lock)
        self._lock = None


@contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """A folder for the time of the block; see Scratch."""
    scratch = Scratch(within)
    try:
        yield scratch.folder
    finally:
        scratch.remove()


def remove_abandoned(base: Path) -> None:
    """Remove the scratch folders in `base` whose process is gone: ours only, and none that another process holds."""
    for left in base.glob(f"{PREFIX}*"):
        lock = lock_folder(left) if _is_ours(left) else None
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            unlock_folder(lock)


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user; a link that leads to one is not."""
    try:
        found = folder.lstat()
    except OSError:  # gone meanwhile
        return False
    return stat.S_ISDIR(found.st_mode) and hasattr(os, "getuid") and found.st_uid == os.getuid()


def _new_name(base: Path) -> Path:
    return base / f"{PREFIX}{secrets.token_hex(4)}"
