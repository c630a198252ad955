"""The reports of a study published for earlier periods: what they said, and a hash of what was read of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import PeriodError, ReportError
from linkage.report.manifest import MANIFEST
from linkage.tables.ingredients import file_hash

if TYPE_CHECKING:
    from linkage.study import Study

Row = dict[str, object]
Marks = dict[str, dict[str, str]]

FINDINGS, METRICS, FORECASTS = "findings.json", "metrics.json", "forecasts.json"
READ = (FINDINGS, METRICS, FORECASTS)
"""The files of an earlier report that a later one reads; the first makes it a report."""


NAMED = ("link", "driver", "grain", "outcome", "verdict", "level")
"""What every finding has in words."""


@dataclass(frozen=True)
class EarlierReport:
    """What a report of an earlier period published."""

    period: str
    findings: tuple[Row, ...]
    metrics: tuple[Row, ...]


@dataclass(frozen=True)
class EarlierReports:
    """The earlier reports of a study, oldest first.

    left_out : one line on each that could not be read. marks : SHA-256 by period and file, of these too, so that
    whoever makes the later report again finds what it found.
    """

    reports: tuple[EarlierReport, ...] = ()
    left_out: tuple[str, ...] = ()
    marks: Marks = field(default_factory=dict)

    @property
    def last(self) -> EarlierReport | None:
        """The newest of them."""
        return self.reports[-1] if self.reports else None


def read_earlier(
    study: Study, period: str, reports: Path, *, only: Iterable[str] | None = None
) -> EarlierReports:
    """The reports of a study for periods before one.

    reports : the folder of the study's reports, one a period. only : the periods to read, where not all of them.
    A report that cannot be read, or is another study's, is left out with a line that names its file.
    """
    there = [p for p in _periods_before(study, period, reports) if only is None or p in only]
    found, left_out = [], []
    for name in there:
        try:
            found.append(_read(study.name, name, reports / name))
        except ReportError as error:
            left_out.append(str(error))
    marks = {name: file_marks(reports / name) for name in there}
    return EarlierReports(tuple(found), tuple(left_out), marks)


def file_marks(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a report that a later one reads; those that are not there are left out."""
    files = [folder / name for name in READ if (folder / name).is_file()]
    return {file.name: file_hash(file) for file in files}


def changed_since(marks: Marks, reports: Path) -> list[str]:
    """One line on each earlier report that is no longer what it was when its hashes were kept."""
    said = []
    for period, then in sorted(marks.items()):
        now = file_marks(reports / period)
        for file in sorted({*then, *now}):
            if then.get(file) != now.get(file):
                word = "is gone" if file not in now else "has changed" if file in then else "has come"
                said.append(f"{period}/{file} {word} since this report was made")
    return said


def _periods_before(study: Study, period: str, reports: Path) -> list[str]:
    now, before = study.period(period), []
    for file in reports.glob(f"[!.]*/{FINDINGS}"):
        try:
            named = study.period(file.parent.name)
        except PeriodError:  # a folder of another calendar, or of none
            continue
        if named < now and str(named) == file.parent.name:
            before.append(named)
    return [str(p) for p in sorted(before)]


def _read(study: str, period: str, folder: Path) -> EarlierReport:
    _refuse_edited(period, folder)
    findings = _rows(folder / FINDINGS, period)
    for row in findings:
        if not _is_finding(row, study, period):
            raise ReportError(
                _line(period, FINDINGS, f"holds a row that is no finding of {study} in {period}")
            )
    metrics = _rows(folder / METRICS, period) if (folder / METRICS).is_file() else []
    for row in metrics:
        if not isinstance(row.get("metric"), str) or not _has_numbers(row):
            raise ReportError(_line(period, METRICS, "holds a row that is no headline figure"))
    return EarlierReport(period, tuple(findings), tuple(metrics))


def _refuse_edited(period: str, folder: Path) -> None:
    """What was edited after its report was made is nothing to compare with. Without a manifest nobody can tell."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return
    try:
        said = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ReportError(_line(period, MANIFEST, f"cannot be read ({type(error).__name__})")) from None
    for file, mark in file_marks(folder).items():
        if said.get(file) != mark:
            raise ReportError(_line(period, file, "is not what that report's own manifest says"))


def _rows(file: Path, period: str) -> list[Row]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ReportError(_line(period, file.name, f"is no readable JSON ({error})")) from None
    except OSError as error:
        raise ReportError(_line(period, file.name, f"cannot be opened ({error.strerror})")) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ReportError(_line(period, file.name, "is no list of rows"))
    return rows


def _line(period: str, file: str, what: str) -> str:
    return f"{period}/{file} {what}; the report of {period} is left out of the comparison. Make it again."


def _is_finding(row: Row, study: str, period: str) -> bool:
    named = all(isinstance(row.get(name), str) for name in NAMED) and isinstance(row.get("n"), int)
    return named and row.get("study") == study and row.get("period") == period and _has_numbers(row)


def _has_numbers(row: Row) -> bool:
    """Whether its figures are finite numbers, or missing."""
    return all(_is_number(row.get(name)) for name in ("estimate", "low", "high", "n"))


def _is_number(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
