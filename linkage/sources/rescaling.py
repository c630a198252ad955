"""Answers to a scale that was asked earlier, on the scale that is asked now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.sources.casts import bound_sql
from linkage.tables.quoting import text_sql

if TYPE_CHECKING:
    from datetime import date

    from linkage.study import Column
    from linkage.study_file.declaration import Metric
    from linkage.study_file.raw_rules import FormerScale


def is_rounded(metric: Metric) -> bool:
    """Net scores and top boxes count points, so rescaled answers to them are rounded to the nearest one."""
    return metric.score != "mean"


def rescaled_sql(column: Column, value: str, until: dict[date, str]) -> str:
    """A value on the metric's own scale, NULL outside the scale that was asked on its day.

    until : for each former scale's last day the SQL that says whether a row is as old.

    The ends of the scales are taken for the same answers, and what lies between them keeps its place.
    """
    cases = [f"when {until[was.until]} then {_moved(column, value, was)}" for was in _in_turn(column)]
    return f"case {' '.join(cases)} else {bound_sql(column, value)} end"


def reasons(column: Column, value: str, until: dict[date, str]) -> list[tuple[str, str]]:
    """Why an answer was not on the scale of its day."""
    return [
        (
            f"{value} is not null and {until[was.until]}",
            text_sql(f"outside the scale {was.scale[0]:g} to {was.scale[1]:g}, asked until {was.until}"),
        )
        for was in _in_turn(column)
    ]


def _in_turn(column: Column) -> list[FormerScale]:
    return sorted(column.metric.was, key=lambda was: was.until)


def _moved(column: Column, value: str, was: FormerScale) -> str:
    (low, high), (first, last) = was.scale, (column.low, column.high)
    place = f"({value} - {low!r}) * {last - first!r} / {high - low!r} + {first!r}"
    place = f"round({place})" if is_rounded(column.metric) else place
    # The last digit of a product must not carry an end of the scale beyond it.
    inside = f"least({last!r}, greatest({first!r}, {place}))"
    return f"case when {value} between {low!r} and {high!r} then {inside} end"
