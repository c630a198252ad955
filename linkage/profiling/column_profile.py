"""The profile of each column: what it is, how much of it is there, and between which ends it lies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from linkage.profiling.problem import share_of
from linkage.profiling.scanning import Counted, Scan

if TYPE_CHECKING:
    from linkage.study import Study

COLUMNS = (
    *("source", "column", "label", "unit", "type", "rows", "missing", "missing_share", "empty", "unreadable"),
    *(
        "off_scale",
        "distinct",
        "distinct_is_exact",
        "low",
        "high",
        "first_on",
        "last_on",
        "scale",
        "is_constant",
    ),
)

OFF_SCALE = "outside the scale"


def column_table(study: Study, scans: Sequence[Scan], rejects: pd.DataFrame) -> pd.DataFrame:
    """One row a source and column.

    missing : rows without a value, of these empty (or a word declared missing), unreadable and off_scale (rejected).
    distinct : different values. low, high : ends of numbers, in `unit`. first_on, last_on : ends of dates
    (2026-03-31). scale : as declared. is_constant : the same value wherever there is one, in several rows.
    """
    lost = _rejected_values(rejects)
    rows = [
        _row(study, scan, counted, lost.get((scan.staged.source, name), (0, 0)))
        for scan in scans
        for name, counted in scan.columns.items()
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype({"low": "float64", "high": "float64", "missing_share": "float64"})


def _rejected_values(rejects: pd.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """By source and column, the values that could not be read, and those that lay outside the scale."""
    kept = rejects[rejects["row_kept"].astype(bool)]
    off = kept["reason"].str.startswith(OFF_SCALE)
    return {
        key: (int((~part).sum()), int(part.sum()))
        for key, part in off.groupby([kept["source"], kept["column"]])
    }


def _row(study: Study, scan: Scan, counted: Counted, lost: tuple[int, int]) -> dict[str, object]:
    column, missing = counted.column, scan.rows - counted.filled
    # Rows that went into another row took their rejects along.
    unreadable = min(lost[0], missing)
    off_scale = min(lost[1], missing - unreadable)
    is_day = isinstance(counted.low, date)
    metric = next((m for m in study.metrics_of(scan.staged.source) if m.column == column.name), None)
    return {
        "source": scan.staged.source,
        "column": column.name,
        "label": metric.label if metric else column.name.replace("_", " ").capitalize(),
        "unit": unit_of(metric) if metric else "",
        "type": "key" if column.key else column.kind,
        "rows": scan.rows,
        "missing": missing,
        "missing_share": share_of(missing, scan.rows),
        "empty": missing - unreadable - off_scale,
        "unreadable": unreadable,
        "off_scale": off_scale,
        "distinct": counted.distinct,
        "distinct_is_exact": scan.is_exact,
        "low": None if is_day or counted.low is None else float(counted.low),
        "high": None if is_day or counted.high is None else float(counted.high),
        "first_on": counted.low.isoformat() if is_day else None,
        "last_on": counted.high.isoformat() if is_day else None,
        "scale": f"{metric.scale[0]:g} to {metric.scale[1]:g}" if metric and metric.scale else "",
        "is_constant": counted.filled >= SEVERAL and counted.distinct == 1,
    }


SEVERAL = 5
"""One value in fewer rows than this is no constant."""


def unit_of(metric) -> str:
    """The unit of a metric's raw values; flags and percentages without one of their own are shares."""
    return "share" if metric.type in ("flag", "percent") and metric.unit == "point" else metric.unit


def published_columns(columns: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    """The same without the ends of columns that fewer rows than the minimum group hold: they would be somebody's."""
    few = columns["rows"] - columns["missing"] < minimum_group
    ends = ["low", "high", "first_on", "last_on"]
    return columns.assign(**{end: columns[end].mask(few) for end in ends})
