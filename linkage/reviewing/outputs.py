"""Does every stored output repeat? Notebooks run again, cell by cell, by strict nbval."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.notebooks.finding import find_notebooks
from linkage.notebooks.surroundings import kernel_environment
from linkage.reviewing.cells import faults_of_evidence
from linkage.reviewing.lines import Line, bad, good

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport

WORKERS = 2
NO_KERNEL = "Kernel died before replying"
"""Two kernels that started at once were given the same free port: no fault of the notebook, so it is run again."""
SHOWN_LINES = 12


def committed_outputs(folder: Path | None = None) -> Iterator[Line]:
    """Every committed notebook run again, each stored output compared.

    folder : default notebooks/. A notebook with a cell that was never executed, or that asks not to be compared, is
    refused: there is nothing to hold it against.
    """
    paths = [n.path for n in find_notebooks(folder)]
    faults = {path: faults_of_evidence(path) for path in paths}
    for path, said in faults.items():
        yield from (bad(f"{path.name}: {fault}") for fault in said)
    yield from repeated(path for path in paths if not faults[path])


def published_outputs(report: PublishedReport) -> Iterator[Line]:
    """Every executed notebook of a report run again with its parameters, in a place where its study is found."""
    for name, reason in report.failed.items():
        yield bad(f"{name}: failed when the report was made: {reason}")
    with _copies(list(report.good.values()), report.study.folder) as copies:
        yield from repeated(copies)


def repeated(notebooks: Iterable[Path]) -> Iterator[Line]:
    """Strict nbval on each notebook: a line each, with the first cell that differs."""
    notebooks = list(notebooks)
    with ThreadPoolExecutor(WORKERS) as pool:
        for path, ended in zip(notebooks, pool.map(run_nbval, notebooks), strict=True):
            yield _told(path, ended)


@contextmanager
def _copies(paths: list[Path], study: Path) -> Iterator[list[Path]]:
    """Copies of executed notebooks in a folder from where their study can be found by its name."""
    folder = Path(tempfile.mkdtemp(prefix="linkage-review-"))
    try:
        if paths:
            _lead_to(study, folder / study.name)
        yield [Path(shutil.copy(p, folder / p.name)) for p in paths]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lead_to(study: Path, place: Path) -> None:
    try:
        place.symlink_to(study, target_is_directory=True)
    except OSError:  # a system that keeps links for administrators
        shutil.copytree(study, place)


def _told(path: Path, ended: subprocess.CompletedProcess) -> Line:
    if ended.returncode == 0:
        return good(f"{path.stem}: every output repeats")
    said = ended.stdout + ended.stderr
    failed = re.findall(r"^FAILED.*::Cell (\d+)", said, re.MULTILINE)
    where = f"code cell {int(failed[0]) + 1}" if failed else "the notebook"
    return bad(f"{path.stem}: {where} gives another output now\n{_difference(said)}".rstrip())


def _difference(said: str) -> str:
    """What nbval says of the first difference, without its colours."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    lines = [line for line in plain.splitlines() if line.strip()]
    start = next((i for i, line in enumerate(lines) if "mismatch" in line or "Traceback" in line), None)
    shown = [] if start is None else lines[start : start + SHOWN_LINES]
    return "\n".join(f"       {line}" for line in shown)


def run_nbval(notebook: Path) -> subprocess.CompletedProcess:
    """Strict nbval in this environment: each cell run again, each stored output compared."""
    command = [sys.executable, "-m", "pytest", "-p", "linkage.notebooks.pytest_quick", "-p", "nbval.plugin"]
    command += ["-p", "linkage.reviewing.pytest_notebooks", "--nbval", "-q", "-p", "no:cacheprovider"]
    command += [f"--rootdir={notebook.parent}", "-c", os.devnull, "--noconftest"]
    # Other plugins would only cost time.
    quiet = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    for _ in range(2):
        with tempfile.TemporaryDirectory(prefix="linkage-") as scratch:
            ended = subprocess.run(
                [*command, str(notebook)],
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**kernel_environment(Path(scratch)), **quiet},
                check=False,
            )
        if NO_KERNEL not in ended.stdout + ended.stderr:
            break
    return ended
