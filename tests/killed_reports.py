"""Makes reports that are killed, one child after another from a process that has everything loaded.

`python tests/killed_reports.py WORKPLACE STUDY NOTEBOOKS EXECUTED` prints a line of JSON for every child.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import jinja2  # noqa: F401 - loaded once, and not in each child
import nbconvert  # noqa: F401
from ready_crew import die_at, ready

from linkage.notebooks.warm import import_stack
from linkage.report import making
from linkage.report.manifest import published_files

MOMENTS, SEED, PERIOD = 10, 20, "2026Q3"


def state(place: Path) -> dict[str, object]:
    """The report in a place: whether its files are those of its manifest, and the files."""
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    files = published_files(place)
    return {"whole": files == manifest["files"], "files": sorted(files)}


def begin(work: Callable[[], None]) -> int:
    """A child that does the work: its process."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setsid()
            work()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return pid


def end(pid: int) -> int:
    """The signal that ended a child, or 0; of one that raised, a RuntimeError."""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status > 0:
        raise RuntimeError(f"a child ended with {status}")
    return -status


class Scene:
    """A study, the folders its reports and its cache go to, and a crew whose notebooks are ready."""

    def __init__(self, base: Path, study: Path, notebooks: Path, executed: Path):
        self.base, self.study, self.notebooks = base, study, notebooks
        self.out, self.cache, self.told = base / "out", base / "cache", base / "told"
        self.place = self.out / study.name / PERIOD
        self.crew = making.Crew = ready(executed)
        os.environ["LINKAGE_CACHE"] = str(self.cache)

    def make(self, *, only: str | None = None, event: int = 0, resume: bool = False) -> int:
        return end(begin(lambda: self._make(only, event, resume)))

    def _make(self, only: str | None, event: int, resume: bool) -> None:
        counted = [0]
        die_at(event, (self.out, self.cache), counted)
        asked = {"out": self.out, "notebooks": self.notebooks, "period": PERIOD}
        making.make_report(self.study, **asked, only=only, resume=resume)
        self.told.write_text(json.dumps({"changes": counted[0], "ran": self.crew.ran}), encoding="utf-8")

    def said(self) -> dict:
        return json.loads(self.told.read_text(encoding="utf-8"))

    def left(self) -> list[str]:
        """Every file outside of the report."""
        files = [p for top in (self.out, self.cache) for p in top.rglob("*") if p.is_file()]
        return sorted(p.name for p in files if not p.is_relative_to(self.place))


def say(**row: object) -> None:
    print(json.dumps(row), flush=True)


def main() -> None:
    import_stack()
    scene = Scene(*map(Path, sys.argv[1:]))
    kept = scene.base / "old"
    scene.make(only="01")
    shutil.copytree(scene.place, kept)
    shutil.rmtree(scene.cache)
    scene.make()
    changes = scene.said()["changes"]
    say(kind="known", old=state(kept), new=state(scene.place))

    chance = random.Random(SEED)
    tenth = changes // MOMENTS
    moments = [chance.randint(i * tenth + 1, (i + 1) * tenth) for i in range(MOMENTS)]
    for turn, moment in enumerate(moments):
        shutil.rmtree(scene.out)
        shutil.copytree(kept, scene.place)
        if turn % 3 == 0:  # so that it dies while the warehouse is built, too
            shutil.rmtree(scene.cache, ignore_errors=True)
        signal = scene.make(event=moment)
        say(kind="killed", moment=moment, of=changes, signal=signal, **state(scene.place))

    # One that dies with its notebooks finished and its pages half written: the next run takes them up.
    shutil.rmtree(scene.out)
    shutil.copytree(kept, scene.place)
    scene.make(event=6 * tenth)
    scene.make(resume=True)
    say(kind="resumed", ran=scene.said()["ran"], left=scene.left(), **state(scene.place))

    shutil.rmtree(scene.cache)
    both = [begin(lambda: scene._make(None, 0, False)) for _ in range(2)]
    signals = [end(pid) for pid in both]
    say(kind="at once", signals=signals, left=scene.left(), **state(scene.place))


if __name__ == "__main__":
    main()
