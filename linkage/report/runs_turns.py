"""Whose turn it is: of two runs of one report the second waits, says so, and then finds what the first has made."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from linkage.locks import LockedFile
from linkage.project import cache_folder

TURNS = "turns"
LOOK_AGAIN = 0.2
"""Seconds."""

Say = Callable[[str], None]


@contextmanager
def turn(place: Path, *, doing: str, say: Say) -> Iterator[bool]:
    """Be the only run that writes to a place while the block runs; whether we had to wait, which is said.

    place : of the report, or of all reports of a study. doing : what the other run does, such as "makes demo 2026Q3".
    A run that was killed holds nobody up. Where no lock can be kept all go on at once:
    only time is lost by it.
    """
    lock = _lock_of(place)
    try:
        yield lock is not None and _waited(lock, doing, say)
    finally:
        if lock is not None:
            lock.give_back()


def _lock_of(place: Path) -> LockedFile | None:
    name = f"{place.name}-{hashlib.sha256(str(place).encode()).hexdigest()[:12]}.lock"
    folder = cache_folder() / TURNS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a cache that cannot be written to: the run itself will say so where it matters
        return None
    return LockedFile(folder / name)


def _waited(lock: LockedFile, doing: str, say: Say) -> bool:
    told = False
    while not _taken(lock):
        if not told:
            who = f" (process {number})" if (number := lock.holder()) else ""
            say(f"another run{who} {doing}; waiting for it (Ctrl-C ends the waiting)")
            told = True
        time.sleep(LOOK_AGAIN)
    return told


def _taken(lock: LockedFile) -> bool:
    """Whether we need not wait: because it is ours, or because nobody can lock there."""
    try:
        return lock.take()
    except OSError:
        return True
