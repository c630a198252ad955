"""How long from one time until another, by the clock or while the business was open; in SQL.

Only case, comparison, date_diff between dates, hour, minute and second: it runs in DuckDB and Spark alike.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.study_file.raw_rules import BusinessHours

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
MONDAY = "date '1899-12-25'"
"""Days are counted from here; every time staging lets through is later."""


def clock_seconds_sql(start: str, end: str) -> str:
    """Whole seconds from one timestamp until another."""
    return f"(date_diff('day', cast({start} as date), cast({end} as date)) * 86400 + {_of_day(end)} - {_of_day(start)})"


def open_seconds_sql(start: str, end: str, hours: BusinessHours) -> str:
    """Whole seconds from one local timestamp until another in which the business was open."""
    return f"({_open_until(end, hours)} - {_open_until(start, hours)})"


def _of_day(moment: str) -> str:
    return f"(hour({moment}) * 3600 + minute({moment}) * 60 + second({moment}))"


def _open_until(moment: str, hours: BusinessHours) -> str:
    """Seconds open from the Monday all days are counted from until a moment."""
    lengths = [closes - opens for opens, closes in hours.week]
    day = f"date_diff('day', {MONDAY}, cast({moment} as date))"
    weeks = f"(({day} - {day} % 7) / 7)"
    earlier = [0, *accumulate(lengths)][:7]
    return (
        f"(cast({weeks} as bigint) * {sum(lengths)} + {_by_weekday(day, earlier)} "
        f"- {_lost_before(moment, hours)} + {_open_today(moment, day, hours)})"
    )


def _by_weekday(day: str, values: list[int]) -> str:
    """A number that goes with the day of the week."""
    cases = " ".join(f"when {number} then {value}" for number, value in enumerate(values) if value)
    return f"case {day} % 7 {cases} else 0 end" if cases else "0"


def _open_today(moment: str, day: str, hours: BusinessHours) -> str:
    """Seconds the business has been open on the moment's own day."""
    now, cases = _of_day(moment), []
    for number, (opens, closes) in enumerate(hours.week):
        if closes:
            cases.append(f"when {number} then least({closes}, greatest({opens}, {now})) - {opens}")
    today = f"case {day} % 7 {' '.join(cases)} else 0 end" if cases else "0"
    closed = ", ".join(f"date '{d}'" for d in hours.holidays)
    return f"case when cast({moment} as date) in ({closed}) then 0 else {today} end" if closed else today


def _lost_before(moment: str, hours: BusinessHours) -> str:
    """Seconds the business would have been open on the holidays before the moment's day."""
    days = sorted(set(hours.holidays))
    lengths = [hours.week[d.weekday()][1] - hours.week[d.weekday()][0] for d in days]
    lost = [0, *accumulate(lengths)]
    if not lost[-1]:
        return "0"
    on = f"cast({moment} as date)"
    cases = " ".join(f"when {on} <= date '{d}' then {n}" for d, n in zip(days, lost[:-1], strict=True))
    return f"case {cases} else {lost[-1]} end"
