"""Does every stored output repeat? Notebooks run again, cell by cell, by strict nbval."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.notebooks.contract import read_cells
from linkage.notebooks.finding import find_notebooks
from linkage.notebooks.surroundings import kernel_environment
from linkage.reviewing.cells import faults_of_evidence
from linkage.reviewing.differing import first_difference
from linkage.reviewing.lines import Line, bad, good
from linkage.reviewing.pytest_notebooks import RESULTS
from linkage.scratch import scratch_folder

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport

WORKERS = 2
NO_KERNEL = "Kernel died before replying"
"""Two kernels that started at once were given the same free port: no fault of the notebook, so it is run again."""


@dataclass(frozen=True)
class Rerun:
    """One notebook run again.

    cells : how each of its cells ended (see pytest_notebooks.py). said : why it did not run at all, else "".
    """

    path: Path
    cells: tuple[dict, ...]
    said: str = ""

    @property
    def faults(self) -> list[dict]:
        return [cell for cell in self.cells if cell["said"]]

    @property
    def repeats(self) -> bool:
        return not self.said and not self.faults

    def line(self) -> Line:
        """What is told of it: the first cell that gives another output, where and what."""
        name = self.path.stem
        if self.repeats:
            return good(f"{name}: every output repeats", about=name)
        if not self.faults:
            return bad(f"{name}: it could not be run again: {self.said}", about=name)
        first, more = self.faults[0], len(self.faults) - 1
        after = f"\n       and {more} later {'cell' if more == 1 else 'cells'}" if more else ""
        return bad(f"{name}: In [{first['count']}] {first_difference(first)}{after}", about=name)


def committed_outputs(folder: Path | None = None) -> Iterator[Line]:
    """Every committed notebook run again, each stored output compared.

    folder : default notebooks/. A notebook with a cell that was never executed, or that asks not to be compared, is
    refused: there is nothing to hold it against.
    """
    paths = [n.path for n in find_notebooks(folder)]
    faults = {path: faults_of_evidence(path) for path in paths}
    for path, said in faults.items():
        yield from (bad(f"{path.name}: {fault}") for fault in said)
    with run_again([path for path in paths if not faults[path]]) as reruns:
        yield from (rerun.line() for rerun in reruns)


def failed_before(report: PublishedReport) -> Iterator[Line]:
    """The notebooks that failed when the report was made: they prove nothing."""
    for name, reason in report.failed.items():
        yield bad(f"{name}: failed when the report was made: {reason}", about=name)


@contextmanager
def published_again(report: PublishedReport, *, leave_out: Collection[str] = ()) -> Iterator[Iterator[Rerun]]:
    """Every executed notebook of a report run again with its parameters, in a place where its study is found.

    leave_out : names of those that must not be run.

    They start at once and end in the order they are asked for, while the caller does other work.
    """
    own = [path for name, path in report.good.items() if name not in leave_out]
    with _copies(own, report.study.folder) as copies:
        seconds = {row["name"]: _seconds(row) for row in report.manifest["notebooks"]}
        with run_again(copies, seconds) as reruns:
            yield reruns


def _seconds(row: dict) -> float:
    return float((row.get("seconds") or {}).get("work", 0.0) or 0.0)


@contextmanager
def run_again(
    notebooks: Iterable[Path], seconds: dict[str, float] | None = None
) -> Iterator[Iterator[Rerun]]:
    """Strict nbval on each notebook, in as many processes as there are workers; in the order given.

    seconds : how long each took before, by name, so that the processes end together; default their sizes.
    """
    notebooks = list(notebooks)
    shares = _shares(notebooks, seconds or {path.stem: float(path.stat().st_size) for path in notebooks})
    with ThreadPoolExecutor(WORKERS) as pool:
        running = {}
        for share in shares:
            running |= dict.fromkeys(share, pool.submit(_run, share))
        yield (running[path].result()[path] for path in notebooks)


def _shares(notebooks: list[Path], seconds: dict[str, float]) -> list[list[Path]]:
    """The notebooks dealt out, the longest first, each to whoever has least to do."""
    shares: list[list[Path]] = [[] for _ in range(WORKERS)]
    for path in sorted(notebooks, key=lambda p: -seconds.get(p.stem, 0.0)):
        min(shares, key=lambda share: sum(seconds.get(p.stem, 0.0) for p in share)).append(path)
    return [share for share in shares if share]


def _run(notebooks: list[Path]) -> dict[Path, Rerun]:
    """Notebooks in one process after another; one whose kernel never came is run once more, alone."""
    found = _run_once(notebooks)
    for path, rerun in found.items():
        if rerun.said or any(NO_KERNEL in cell["said"] for cell in rerun.cells):
            found |= _run_once([path])
    return found


def _run_once(notebooks: list[Path]) -> dict[Path, Rerun]:
    with scratch_folder() as scratch:
        results = Path(scratch, "results.jsonl")
        ended = run_nbval(*notebooks, results=results)
        lines = results.read_text(encoding="utf-8").splitlines() if results.is_file() else []
    cells = [json.loads(line) for line in lines]
    return {path: _rerun_of(path, cells, ended) for path in notebooks}


def _rerun_of(path: Path, cells: list[dict], ended: subprocess.CompletedProcess) -> Rerun:
    """What came of one notebook. A cell of which nothing was heard did not run, and proves nothing."""
    own = tuple(cell for cell in cells if cell["notebook"] == path.name)
    wanted = sum(c["cell_type"] == "code" for c in read_cells(path)[0])
    if len(own) == wanted:
        return Rerun(path, own)
    said = (ended.stderr.strip() or ended.stdout.strip() or "it said nothing").splitlines()[-1]
    reason = f"{len(own)} of its {wanted} code cells ended. {said}".replace(f"{path.parent}{os.sep}", "")
    return Rerun(path, own, "" if any(cell["said"] for cell in own) else reason)


@contextmanager
def _copies(paths: list[Path], study: Path) -> Iterator[list[Path]]:
    """Copies of executed notebooks in a folder from where their study can be found by its name."""
    with scratch_folder() as folder:
        if paths:
            _lead_to(study, folder / study.name)
        yield [Path(shutil.copy(p, folder / p.name)) for p in paths]


def _lead_to(study: Path, place: Path) -> None:
    try:
        place.symlink_to(study, target_is_directory=True)
    except OSError:  # a system that keeps links for administrators
        shutil.copytree(study, place)


def run_nbval(*notebooks: Path, results: Path | None = None) -> subprocess.CompletedProcess:
    """Strict nbval in this environment: each cell run again, each stored output compared.

    notebooks : all in one folder. results : the file that is told how each cell ended (see pytest_notebooks.py).
    Where kernels can be forked, each notebook still has one of its own; what it imports is there already.
    """
    command = [sys.executable, "-m", "pytest", "-p", "linkage.notebooks.pytest_warm", "-p", "nbval.plugin"]
    command += ["-p", "linkage.reviewing.pytest_notebooks", "--nbval", "-q", "-p", "no:cacheprovider"]
    command += [f"--rootdir={notebooks[0].parent}", "-c", os.devnull, "--noconftest"]
    with scratch_folder() as scratch:
        # Other plugins would only cost time.
        quiet = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", RESULTS: str(results or "")}
        return subprocess.run(
            [*command, *map(str, notebooks)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**kernel_environment(scratch), **quiet},
            check=False,
        )
