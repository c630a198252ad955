"""What the report before forecast for this period, held against what came."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError
from linkage.notebooks.jobs import OK

if TYPE_CHECKING:
    from linkage.report.edition import Edition

WHAT_IF = "14_what_if"
FIGURES = ("estimate", "low", "high")
ALSO = ("without", "without_low", "without_high", "lag")
"""Figures that forecasts of an older version lack, which is told by who compares."""


def promises_kept(edition: Edition, reports: Path) -> tuple[str, ...]:
    """Sentences on the forecasts of the report before, which ones they are said; none where there is no such report.

    reports : the folder of the study's reports, one a period. A file that holds no forecasts is named in a sentence
    instead: what another report left must not keep this one from being made.
    """
    from linkage.worth.back_testing import compare_forecasts

    before = str(edition.study.study.period(edition.period).shift(-1))
    file = reports / before / "forecasts.json"
    if not file.is_file() or (edition.earlier_periods is not None and before not in edition.earlier_periods):
        return ()
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        return (_not_compared(before, f"it is no readable JSON ({error})"),)
    if not isinstance(saved, list) or not all(_is_forecast(row) for row in saved):
        return (_not_compared(before, "it is no list of forecasts"),)
    try:
        if not saved:
            return ()
        found = compare_forecasts(saved, edition.study, period=edition.period)
        return (found.summary() if found.missing else f"{found.summary()} {_which(before, edition)}",)
    except LinkageError as error:
        return (_not_compared(before, str(error).rstrip(".")),)


def _which(before: str, edition: Edition) -> str:
    """Which forecasts these are: a notebook knows of no earlier report, and makes them anew."""
    made = edition.outcomes.get(WHAT_IF)
    if made is None or made.status != OK:
        return f"As saved by the report of {before}."
    title = next(notebook.title for notebook in edition.notebooks if notebook.name == WHAT_IF)
    return f"As saved by the report of {before}; {title} makes them anew."


def _is_forecast(row: object) -> bool:
    """Whether a row has figures to compare with. What else it lacks is told by who compares."""
    if not isinstance(row, dict):
        return False
    figures = [row.get(name) for name in FIGURES] + [row[name] for name in ALSO if name in row]
    return all(isinstance(f, int | float) and not isinstance(f, bool) and math.isfinite(f) for f in figures)


def _not_compared(period: str, why: str) -> str:
    return (
        f"{period}/forecasts.json is not compared with what came: {why}. Make the report of {period} again."
    )
