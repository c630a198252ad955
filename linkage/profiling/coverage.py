"""When each source has rows: by month, from when to when without strays, and where months are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.profiling.staged import Staged

APART = 12
"""More than so many months without a row tear a source's months into parts."""
STRAY_SHARE = 0.01
"""A part of a source's months with fewer of its rows than this is no part of the study."""
STEADY_SHARE = 0.8
"""Where at least this share of the months has rows, one without is a gap; else the source has its own rhythm."""
STEADY_ROWS = 5
"""With fewer rows in the usual month one without any is chance."""
KIND_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}

COLUMNS = ("source", "month", "months", "rows", "stray")


@dataclass(frozen=True)
class Coverage:
    """When one source has rows.

    months : (first day of the month, rows), in order. step : how many months each speaks of; more than one where
    a source has one row a unit and period. first_on, last_on : its days, strays left out; None without any.
    strays : the months too far away from all others to be meant. gaps : months without a row between others.
    """

    source: str
    months: tuple[tuple[date, int], ...]
    step: int
    first_on: date | None
    last_on: date | None
    strays: tuple[tuple[date, int], ...] = ()
    gaps: tuple[date, ...] = ()


def coverage_of(opened: OpenStudy, staged: Staged) -> Coverage | None:
    """When a source has rows; None for one that holds what lasts, such as customers."""
    if staged.role == "unit_periods":
        return _of_periods(opened, staged)
    day = staged.happened_sql
    if day is None:
        return None
    found = opened.connection.execute(
        f"select cast(date_trunc('month', {day}) as date), count(*), min({day}), max({day}) from {staged.table} "
        f"where {day} is not null group by 1 order by 1"
    ).fetchall()
    main = main_months([(month, rows) for month, rows, *_ in found])
    inside = [row for row in found if row[0] in main]
    return Coverage(
        staged.source,
        tuple((month, rows) for month, rows, *_ in found),
        1,
        inside[0][2] if inside else None,
        inside[-1][3] if inside else None,
        tuple((month, rows) for month, rows, *_ in found if month not in main),
        gaps_of([(month, rows) for month, rows, *_ in inside]),
    )


def _of_periods(opened: OpenStudy, staged: Staged) -> Coverage:
    """Rows of units by period: each stands for all months of its period."""
    found = opened.connection.execute(
        f"select period, count(*) from {staged.table} group by 1 order by 1"
    ).fetchall()
    periods = sorted((opened.study.period(name), rows) for name, rows in found)
    step = KIND_MONTHS[opened.study.declared.period]
    return Coverage(
        staged.source,
        tuple((period.start, rows) for period, rows in periods),
        step,
        periods[0][0].start if periods else None,
        periods[-1][0].end if periods else None,
    )


def main_months(months: Sequence[tuple[date, int]]) -> set[date]:
    """The months that belong to the study: without those far away from all others that hold next to no rows."""
    parts: list[list[tuple[date, int]]] = []
    for month, rows in months:
        near = parts and _months_between(parts[-1][-1][0], month) <= APART
        parts[-1].append((month, rows)) if near else parts.append([(month, rows)])
    whole = sum(rows for _, rows in months)
    kept = [p for p in parts if sum(rows for _, rows in p) >= STRAY_SHARE * whole]
    return {month for part in kept for month, _ in part}


def gaps_of(months: Sequence[tuple[date, int]]) -> tuple[date, ...]:
    """Months without a row between others, where nearly every month has some."""
    if len(months) < 3:
        return ()
    first, there = months[0][0], {month for month, _ in months}
    every = [_month_after(first, k) for k in range(_months_between(first, months[-1][0]) + 1)]
    steady = len(there) >= STEADY_SHARE * len(every) and median(n for _, n in months) >= STEADY_ROWS
    return tuple(month for month in every if month not in there) if steady else ()


def _months_between(first: date, second: date) -> int:
    return 12 * (second.year - first.year) + second.month - first.month


def _month_after(first: date, months: int) -> date:
    year, month = divmod(12 * first.year + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def study_days(coverages: Sequence[Coverage]) -> tuple[date, date] | None:
    """The first and last day on which anything happened, strays left out; None where nothing is dated."""
    known = [c for c in coverages if c.first_on is not None]
    return (min(c.first_on for c in known), max(c.last_on for c in known)) if known else None


def coverage_table(coverages: Sequence[Coverage]) -> pd.DataFrame:
    """One row a source and month with rows: source, month (2026-03), months it speaks of, rows, stray."""
    rows = [
        (c.source, f"{month:%Y-%m}", c.step, count, (month, count) in c.strays)
        for c in coverages
        for month, count in c.months
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def by_month(coverage: pd.DataFrame) -> pd.DataFrame:
    """The same with a row a month and a column a source; 0 where a source has no row in a month.

    Every month is there from the first to the last where a source counts by months, strays besides.
    """
    if coverage.empty:
        return pd.DataFrame()
    wide = coverage.pivot(index="month", columns="source", values="rows")
    meant = coverage[~coverage["stray"] & (coverage["months"] == 1)]["month"]
    if len(meant):
        every = pd.period_range(meant.min(), meant.max(), freq="M").astype(str)
        wide = wide.reindex(sorted({*wide.index, *every}))
    return wide[list(dict.fromkeys(coverage["source"]))].fillna(0).astype("int64").rename_axis(columns=None)
