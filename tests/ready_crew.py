"""A crew whose notebooks were executed before: a report in a fraction of a second, for tests of what surrounds it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from linkage.notebooks.jobs import FAILED, OK, Outcome


class ReadyCrew:
    """Stands in for Crew. executed : a folder of executed notebooks. failing : names that fail. ran : what was run."""

    executed: Path
    failing: tuple[str, ...] = ()
    reason = "code cell 1 failed: ValueError: planted"
    ran: list[str]

    def __init__(self, workers: int = 2):
        self.scratch = Path(tempfile.mkdtemp(prefix="linkage-"))

    def __enter__(self):
        return self

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)

    def answer(self, study: Path, through: str, count: int) -> bool:
        return False  # who needs the links asks them

    def run(self, jobs):
        for job in jobs:
            self.ran.append(job.name)
            if job.name in self.failing:
                yield Outcome(job.name, FAILED, self.reason)
                continue
            shutil.copyfile(self.executed / f"{job.name}.ipynb", job.output)
            yield Outcome(job.name, OK, seconds={"total": 0.1, "kernel": 0.0, "imports": 0.0, "work": 0.1})


def ready(executed_from: Path, *, failing: tuple[str, ...] = ()) -> type[ReadyCrew]:
    """A crew class for making.Crew."""
    return type("Ready", (ReadyCrew,), {"executed": Path(executed_from), "failing": failing, "ran": []})


def several(folder: Path, one: Path, names: tuple[str, ...]) -> Path:
    """A folder with the one notebook under several names."""
    folder.mkdir(parents=True)
    for name in names:
        shutil.copyfile(one, folder / f"{name}.ipynb")
    return folder


def die_at(event: int, places: tuple[Path, ...], counted: list[int]) -> None:
    """Kill this process group at a change of a file below the places, counted from 1; 0 only counts them."""
    below = tuple(str(place) for place in places)

    def count(name: str, arguments: tuple) -> None:
        if _changes(name, arguments, below):
            counted[0] += 1
            if counted[0] == event:
                os.killpg(os.getpgid(0), signal.SIGKILL)

    sys.addaudithook(count)


CHANGING = ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.copyfile", "shutil.rmtree")


def _changes(name: str, arguments: tuple, below: tuple[str, ...]) -> bool:
    if name == "open":
        path, _, flags = arguments
        return isinstance(path, str) and path.startswith(below) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    if name == "ctypes.dlsym":  # just before two names are exchanged
        return arguments[1] == "renameat2"
    return (name in CHANGING and str(arguments[0]).startswith(below)) or name in ("os.remove", "os.rmdir")
