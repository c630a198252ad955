"""Proves the notebooks, and a published report, all over again: hashes, outputs, figures."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from linkage.errors import LinkageError, PeriodError, ReportError
from linkage.notebooks.contract import unexecuted_cells
from linkage.notebooks.finding import Notebook, find_notebooks
from linkage.notebooks.jobs import OK, Outcome
from linkage.notebooks.surroundings import kernel_environment
from linkage.opening import open_study
from linkage.project import project_root, study_folder
from linkage.report.edition import Edition
from linkage.report.findings import collect_findings, collect_metrics
from linkage.report.ledger import published_ledger, write_json
from linkage.report.manifest import MANIFEST, code_hash, input_hashes, package_versions, published_files
from linkage.report.site import write_site
from linkage.study import Study, load_study

Say = Callable[[str], None]

CELL_SECONDS, WORKERS = 120, 2
NO_KERNEL = "Kernel died before replying"
"""Two kernels that started at once were given the same free port: no fault of the notebook, so it is run again."""
SANITISE = "tests/nbval_sanitize.cfg"


def review_notebooks(say: Say = lambda text: None, *, folder: Path | None = None) -> bool:
    """Run every committed notebook again and compare each stored output; True if all repeat.

    A notebook with a cell that was never executed is refused: there is nothing to compare it with.
    """
    notebooks = [n.path for n in find_notebooks(folder)]
    empty = {p.name: unexecuted_cells(p) for p in notebooks}
    passed = True
    for name, cells in empty.items():
        if cells:
            passed = False
            listed = ", ".join(map(str, cells))
            say(f"FAIL {name}: never executed: code cells {listed}. Run `linkage refresh`.")
    whole = [p for p in notebooks if not empty[p.name]]
    return _all_repeat(whole, say) and passed


def review_report(
    study: str | Path,
    period: str | None = None,
    out: Path | None = None,
    say: Say = lambda text: None,
) -> bool:
    """Prove a published report: its files, its inputs, its notebooks' outputs and its findings.

    period : default the newest report of the study. out : the folder of all reports. One line an item; True if
    everything is as published. Raises ReportError where there is no such report.
    """
    declared = load_study(study_folder(study).resolve())
    folder = find_report(declared.name, _spelled(declared, period, out), out)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    say(f"Reviewing {folder}, made {manifest['made_at']}")
    verdicts = [
        _same_files(manifest, folder, say),
        _same_inputs(manifest, input_hashes(declared), declared.folder, say),
    ]
    _tell_versions(manifest, say)
    files = {p.stem: p for p in sorted((folder / "notebooks").glob("*.ipynb"))}
    good = [row["name"] for row in manifest["notebooks"] if row["status"] == "ok" and row["name"] in files]
    verdicts.append(_same_findings(folder, {name: files[name] for name in good}, declared, manifest, say))
    verdicts.append(_same_pages(folder, declared, manifest, say))
    for row in manifest["notebooks"]:
        if row["status"] == "failed":
            verdicts.append(False)
            say(f"FAIL {row['name']}: failed when the report was made: {row['reason']}")
    with _copies([files[name] for name in good], declared.folder) as copies:
        verdicts.append(_all_repeat(copies, say))
    say("Everything repeats." if all(verdicts) else "This report is not proved: see the lines that say FAIL.")
    return all(verdicts)


def _spelled(study: Study, period: str | None, out: Path | None) -> str | None:
    """The period's one name on this study's calendar. Raises ReportError naming the periods there are reports of."""
    try:
        return None if period is None else str(study.period(period))
    except PeriodError as error:
        there = ", ".join(p.name for p in _reports(study.name, out))
        raise ReportError(f"{error} There are reports of {study.name} for: {there}.") from None


def find_report(study: str, period: str | None, out: Path | None) -> Path:
    """The folder of a report. Raises ReportError naming those there are."""
    there = _reports(study, out)
    if period is None:
        return max(there, key=_made_at)
    found = [p for p in there if p.name == period]
    if not found:
        raise ReportError(
            f"There is no report of {study} for {period}. There are: {', '.join(p.name for p in there)}."
        )
    return found[0]


def _reports(study: str, out: Path | None) -> list[Path]:
    root = Path(out or project_root() / "reports").resolve() / study
    there = sorted(p.parent for p in root.glob(f"[!.]*/{MANIFEST}"))
    if not there:
        raise ReportError(f"There is no report of {study} in {root}. `linkage report {study}` makes one.")
    return there


def _made_at(folder: Path) -> str:
    return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["made_at"])


def _same_files(manifest: dict, folder: Path, say: Say) -> bool:
    return _compare(manifest["files"], published_files(folder), "file", say)


def _same_inputs(manifest: dict, now: dict[str, str], folder: Path, say: Say) -> bool:
    return _compare(manifest["inputs"], now, "input", say)


def _compare(then: dict[str, str], now: dict[str, str], what: str, say: Say) -> bool:
    """Each file by its hash, named where it changed, is gone, or has come."""
    passed = True
    for name in sorted({*then, *now}):
        if name not in now:
            word = "is gone"
        elif name not in then:
            word = "was not there when the report was made"
        elif then[name] != now[name]:
            word = "has changed since the report was made"
        else:
            say(f"ok   {what} {name}")
            continue
        passed = False
        say(f"FAIL {what} {name} {word}")
    return passed


def _tell_versions(manifest: dict, say: Say) -> None:
    """Other versions are no fault: the same figures from them are the stronger proof."""
    for name, now in package_versions().items():
        then = manifest["packages"].get(name)
        if then != now:
            say(f"note {name} was {then} and is {now}")


def _same_findings(folder: Path, files: dict[str, Path], study: Study, manifest: dict, say: Say) -> bool:
    """The published findings are those that the executed notebooks carry."""
    published = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    try:
        carried = collect_findings(files, study, manifest["period"])
    except LinkageError as error:
        say(f"FAIL findings: {error}")
        return False
    if carried == published:
        say(f"ok   findings: {len(published)} rows, as the notebooks carry them")
        return True
    for then, now in zip(published, carried, strict=False):
        names = [n for n in dict.fromkeys([*then, *now]) if then.get(n) != now.get(n)]
        if names:
            shown = f"{names[0]} is {then.get(names[0])!r}, the notebook says {now.get(names[0])!r}"
            say(f"FAIL findings: {then.get('link')}, {then.get('driver')}: {shown}")
            return False
    say(f"FAIL findings: {len(published)} rows are published, the notebooks carry {len(carried)}")
    return False


def _same_pages(folder: Path, study: Study, manifest: dict, say: Say) -> bool:
    """The pages and the ledger are those that this code makes of the notebooks, the findings and the data."""
    notebooks = _notebooks_of(manifest)
    if manifest["code_hash"] != code_hash([n.path for n in notebooks]):
        say("note the code or the notebooks have changed since: the pages are not made again")
        return True
    try:
        edition = _edition_of(folder, study, manifest, notebooks)
    except LinkageError as error:
        say(f"FAIL pages: {error}")
        return False
    with tempfile.TemporaryDirectory() as again:
        shutil.copytree(folder / "notebooks", Path(again) / "notebooks")
        write_site(edition, Path(again))
        write_json(published_ledger(edition.study), Path(again) / "ledger.json")
        names = sorted(p.name for p in Path(again).iterdir() if p.is_file())
        shown = [
            n for n in names if (folder / n).is_file() and n.removesuffix(".html") not in _failed(manifest)
        ]
        differing = [n for n in shown if (folder / n).read_bytes() != (Path(again) / n).read_bytes()]
    for name in shown:
        word = "FAIL" if name in differing else "ok  "
        end = "is not what the findings and notebooks give" if name in differing else "made again, the same"
        say(f"{word} page {name} {end}")
    return not differing


def _notebooks_of(manifest: dict) -> list[Notebook]:
    folder = Path(manifest["notebook_folder"])
    return find_notebooks(folder) if folder.is_dir() else []


def _edition_of(folder: Path, study: Study, manifest: dict, notebooks: list[Notebook]) -> Edition:
    """What the report was written from, put together again from what it left."""
    rows = manifest["notebooks"]
    outcomes = {r["name"]: Outcome(r["name"], r["status"], r["reason"]) for r in rows}
    good = {name: folder / "notebooks" / f"{name}.ipynb" for name, o in outcomes.items() if o.status == OK}
    return Edition(
        study=open_study(study.folder),
        period=manifest["period"],
        notebooks=tuple(notebooks),
        inputs=manifest["inputs"],
        only=manifest["only"],
        outcomes=outcomes,
        findings=collect_findings(good, study, manifest["period"]),
        metrics=collect_metrics(good),
    )


def _failed(manifest: dict) -> set[str]:
    return {row["name"] for row in manifest["notebooks"] if row["status"] == "failed"}


class _copies:  # noqa: N801
    """Copies of executed notebooks in a folder from where their study can be found by its name."""

    def __init__(self, paths: list[Path], study: Path):
        self.paths, self.study = paths, study

    def __enter__(self) -> list[Path]:
        self.folder = Path(tempfile.mkdtemp(prefix="linkage-review-"))
        if self.paths:
            _lead_to(self.study, self.folder / self.study.name)
        return [Path(shutil.copy(p, self.folder / p.name)) for p in self.paths]

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _lead_to(study: Path, place: Path) -> None:
    try:
        place.symlink_to(study, target_is_directory=True)
    except OSError:  # a system that keeps links for administrators
        shutil.copytree(study, place)


def _all_repeat(notebooks: list[Path], say: Say) -> bool:
    """Strict nbval on each notebook; a line each, with the first cell that differs."""
    with ThreadPoolExecutor(WORKERS) as pool:
        runs = pool.map(run_nbval, notebooks)
        verdicts = [_tell(path, ended, say) for path, ended in zip(notebooks, runs, strict=True)]
    return all(verdicts)


def _tell(path: Path, ended: subprocess.CompletedProcess, say: Say) -> bool:
    if ended.returncode == 0:
        say(f"ok   {path.stem}: every output repeats")
        return True
    said = ended.stdout + ended.stderr
    failed = re.findall(
        r"::Cell (\d+)", "\n".join(line for line in said.splitlines() if line.startswith("FAILED"))
    )
    where = f"code cell {int(failed[0]) + 1}" if failed else "the notebook"
    say(f"FAIL {path.stem}: {where} gives another output now\n{_difference(said)}".rstrip())
    return False


def _difference(said: str) -> str:
    """What nbval says of the first difference, without its colours."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    lines = [line for line in plain.splitlines() if line.strip()]
    start = next((i for i, line in enumerate(lines) if "mismatch" in line or "Traceback" in line), None)
    return "\n".join(f"       {line}" for line in lines[start : start + 12]) if start is not None else ""


def run_nbval(notebook: Path) -> subprocess.CompletedProcess:
    """Strict nbval in this environment: each cell run again, each stored output compared."""
    sanitise = project_root() / SANITISE
    if not sanitise.is_file():
        sanitise = Path(__file__).resolve().parent.parent / SANITISE
    command = [sys.executable, "-m", "pytest", "-p", "linkage.notebooks.pytest_quick", "-p", "nbval.plugin"]
    command += ["--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider"]
    command += [f"--nbval-cell-timeout={CELL_SECONDS}", f"--rootdir={notebook.parent}", "-c", os.devnull]
    command += ["--nbval-sanitize-with", str(sanitise)] if sanitise.is_file() else []
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
