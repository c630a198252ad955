"""A published report as it lies on disk: which one is meant, and what it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from linkage.errors import PeriodError, ReportError
from linkage.notebooks.finding import Notebook, find_notebooks, notebook_folder
from linkage.notebooks.jobs import FAILED, OK
from linkage.project import project_root
from linkage.report.manifest import MANIFEST, code_hash
from linkage.study import Study

Row = dict[str, object]


@dataclass(frozen=True, eq=False)
class PublishedReport:
    """One published report and the study it is of.

    manifest : as it says itself how it was made. notebooks : the folder of those it must have been made from; the
    reviewer's to name, never the report's.
    """

    folder: Path
    study: Study
    manifest: dict
    notebooks: Path

    @property
    def period(self) -> str:
        return str(self.manifest["period"])

    @cached_property
    def good(self) -> dict[str, Path]:
        """The executed notebooks that ended well, by name."""
        files = {p.stem: p for p in sorted((self.folder / "notebooks").glob("*.ipynb"))}
        named = [row["name"] for row in self.manifest["notebooks"] if row["status"] == OK]
        return {name: files[name] for name in named if name in files}

    @cached_property
    def failed(self) -> dict[str, str]:
        """Why, by name, of the notebooks that failed when the report was made."""
        return {row["name"]: row["reason"] for row in self.manifest["notebooks"] if row["status"] == FAILED}

    @cached_property
    def sources(self) -> list[Notebook]:
        """The notebooks it must have been made from, as they are now; empty where their folder is gone."""
        return find_notebooks(self.notebooks) if self.notebooks.is_dir() else []

    @cached_property
    def same_code(self) -> bool:
        """Whether package and notebooks are those that made it."""
        return self.manifest["code_hash"] == code_hash([n.path for n in self.sources])

    def read(self, name: str) -> object:
        """One of its JSON files. Raises ReportError naming the file that is gone or not readable."""
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ReportError(f"{name} is gone.") from None
        except (OSError, ValueError) as error:
            raise ReportError(f"{name} is not readable JSON: {error}.") from None


def open_report(
    study: Study, period: str | None, out: Path | None, notebooks: Path | None = None
) -> PublishedReport:
    """The report that is meant. notebooks : the folder of those it must have been made from; default the project's.

    Raises ReportError naming those there are, or what its manifest lacks.
    """
    folder = find_report(study.name, _spelled(study, period, out), out)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        lacking = [name for name in NEEDED if name not in manifest]
    except (ValueError, TypeError) as error:
        raise ReportError(f"{folder / MANIFEST} is not readable: {error}. Make the report again.") from None
    if lacking:
        raise ReportError(f"{folder / MANIFEST} has no {lacking[0]!r}. Make the report again.")
    if str(manifest["period"]) != folder.name:
        raise ReportError(
            f"{folder} holds the report of {manifest['period']}, by its {MANIFEST}: a report stays in the folder "
            f"of its period. Move it back, or make that of {folder.name}."
        )
    return PublishedReport(folder, study, manifest, (notebooks or notebook_folder()).resolve())


NEEDED = (
    "study",
    "period",
    "made_at",
    "files",
    "inputs",
    "packages",
    "notebooks",
    "code_hash",
)


def _spelled(study: Study, period: str | None, out: Path | None) -> str | None:
    """The period's one name on this study's calendar. Raises ReportError naming the periods there are reports of."""
    try:
        return None if period is None else str(study.period(period))
    except PeriodError as error:
        there = ", ".join(p.name for p in _reports(study.name, out))
        raise ReportError(f"{error} There are reports of {study.name} for: {there}.") from None


def find_report(study: str, period: str | None, out: Path | None) -> Path:
    """The folder of a report; without a period the one made last. Raises ReportError naming those there are."""
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
    try:
        return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("made_at", ""))
    except (ValueError, AttributeError):
        return ""  # never the newest: whoever names its period is told what is wrong with it
