"""What a list of reports says of each: read from the folder itself, and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from linkage.errors import ReportError
from linkage.ladder import COUNTED, counted_as, gravest
from linkage.notebooks.jobs import FAILED
from linkage.report.folders import REVIEW
from linkage.report.manifest import MANIFEST
from linkage.reviewing.unseen_letters import visible
from linkage.tables.ingredients import file_hash

COUNT_RULE = (
    "A declared link counts once: as unsafe if one of its estimates is, else as linked if one is, else as not shown if "
    "one of the usual size might have been missed, else as no link; as not assessed if none could be judged."
)
"""The same, for readers: of the list of reports and of all answers."""
FINDINGS, DECLARATION = "findings.json", "declaration.json"


@dataclass(frozen=True)
class PublishedReport:
    """One published report.

    folder : study/period, relative to the folder of all reports. counts : declared links by verdict. failed : title
    and page of each failed notebook; formats that failed have no page. only : which part it is, else "".
    """

    folder: str
    study: str
    title: str
    period: str
    counts: dict[str, int]
    failed: tuple[tuple[str, str], ...]
    only: str
    input_hash: str
    version: str
    sign_off: str


@dataclass(frozen=True)
class BrokenFolder:
    """A folder among the reports that holds none that can be read, and why."""

    folder: str
    reason: str


def read_reports(reports: Path) -> tuple[list[PublishedReport], list[BrokenFolder]]:
    """Every report in a folder of reports: studies by name, periods newest first; and what could not be read."""
    found, broken = [], []
    for study in _folders(reports):
        for folder in reversed(_folders(study)):
            try:
                found.append(read_report(folder))
            except ReportError as error:
                broken.append(BrokenFolder(f"{study.name}/{folder.name}", str(error)))
    return found, broken


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def read_report(folder: Path) -> PublishedReport:
    """One published report. Raises ReportError saying what of the folder cannot be read."""
    manifest = _json(folder / MANIFEST)
    try:
        findings = _published(folder, FINDINGS, manifest["files"])
        asked = _asked(folder, manifest)
        return PublishedReport(
            folder=f"{folder.parent.name}/{folder.name}",
            study=folder.parent.name,
            title=visible(str(manifest["title"])),
            period=_named_as(folder, manifest),
            counts=count_links(findings, asked),
            failed=_failed(manifest),
            only=str(manifest["only"] or ""),
            input_hash=str(manifest["input_hash"])[:12],
            version=str(manifest["packages"]["linkage"]),
            sign_off=_sign_off(folder),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ReportError(f"its {MANIFEST} or {FINDINGS} is none of a report ({error!r}).") from None


def _json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReportError(f"it has no {path.name}.") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"its {path.name} cannot be read ({error}).") from None
    return content


def _published(folder: Path, name: str, files: dict[str, str]) -> object:
    content = _json(folder / name)
    if file_hash(folder / name) != files[name]:
        raise ReportError(f"its {name} has changed since it was made.")
    return content


def _asked(folder: Path, manifest: dict) -> Iterable[str]:
    """The declared links that a report had to answer: all of them, unless it is a part."""
    if manifest["only"] or DECLARATION not in manifest["files"]:
        return ()
    return _published(folder, DECLARATION, manifest["files"])["links"]


def _named_as(folder: Path, manifest: dict) -> str:
    named = (str(manifest["study"]), str(manifest["period"]))
    if named != (folder.parent.name, folder.name):
        raise ReportError(f"it holds the report of {' '.join(named)}.")
    return named[1]


def count_links(findings: Iterable[dict], asked: Iterable[str] = ()) -> dict[str, int]:
    """How many declared links have which verdict; exploratory rows do not count.

    asked : declared links; those that left no finding could not be assessed.
    """
    words: dict[str, set[str]] = {link: set() for link in asked}
    for row in findings:
        if not row.get("exploratory"):
            words.setdefault(row["link"], set()).add(counted_as(row, row.get("checks") or ()))
    verdicts = list(map(gravest, words.values()))
    return {word: verdicts.count(word) for word in COUNTED}


def _failed(manifest: dict) -> tuple[tuple[str, str], ...]:
    pages = [(r["title"], f"{r['name']}.html") for r in manifest["notebooks"] if r["status"] == FAILED]
    formats = [(r["format"], "") for r in manifest["exports"] if r["status"] == FAILED]
    return (*pages, *formats)


def _sign_off(folder: Path) -> str:
    if not (folder / REVIEW).is_file():
        return "not signed"
    from linkage.reviewing.sign_off import sign_off_of

    return sign_off_of(folder).sentence()
