"""Metrics that no file holds: how long from one time of a row until another, and how often its key came again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.sources.business_hours import SECONDS, clock_seconds_sql, open_seconds_sql
from linkage.sources.casts import bound_sql
from linkage.sources.reasons import outside_words
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    from linkage.study import Column
    from linkage.study_file.raw_rules import BusinessHours


@dataclass(frozen=True)
class Clock:
    """On which clock spans are counted: the study's zone and its opening hours."""

    timezone: str
    hours: BusinessHours | None

    def local(self, moment: str) -> str:
        """A stored time, which is UTC, on the study's own clock."""
        if self.timezone == "UTC":
            return moment
        return f"timezone({text_sql(self.timezone)}, timezone('UTC', {moment}))"


def with_computed(rows: str, columns: Sequence[Column], clock: Clock) -> str:
    """Rows with the columns that are computed from their values beside them; a select of _copies and _value_*."""
    computed = [c for c in columns if c.is_computed]
    if not computed:
        return rows
    made = ", ".join(
        f"{_text(c)} as {name_sql(c.name)}, {_value(c, clock)} as {name_sql('_value_' + c.name)}"
        for c in computed
    )
    return f"select *, {made} from ({rows})"


def span_reasons(column: Column) -> list[tuple[str, str]]:
    """Why a span gave no value: conditions and SQL texts."""
    if not column.metric.is_span:
        return []
    start, end = _ends(column)
    turned = text_sql(f"{column.metric.until} lies before {column.metric.from_}")
    return [(f"{end} < {start}", turned), (f"{end} >= {start}", text_sql(outside_words(column)))]


def _ends(column: Column) -> tuple[str, str]:
    return name_sql(f"_value_{column.metric.from_}"), name_sql(f"_value_{column.metric.until}")


def _text(column: Column) -> str:
    """What a reject shows: both times, as they are stored."""
    if not column.metric.is_span:
        return "cast(_copies - 1 as varchar)"
    start, end = _ends(column)
    return (
        f"case when {end} is not null then cast({start} as varchar) || ' to ' || cast({end} as varchar) end"
    )


def _value(column: Column, clock: Clock) -> str:
    if not column.metric.is_span:
        return bound_sql(column, "_copies - 1")
    start, end = _ends(column)
    if column.metric.clock == "business":
        seconds = open_seconds_sql(clock.local(start), clock.local(end), clock.hours)
    else:
        seconds = clock_seconds_sql(start, end)
    amount = f"({seconds} / {float(SECONDS[column.metric.unit])!r})"
    return f"case when {end} >= {start} then {bound_sql(column, amount)} end"
