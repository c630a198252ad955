"""What a period is: its name, its days, its neighbours, and the same in SQL. Standard library only.

A period is written 2026M07 (month), 2026Q3 (quarter), 2026H1 (half) or 2022 (year). Where the fiscal year
does not start in January it carries the calendar year in which it *starts*: with a start in April,
2026Q1 runs from 2026-04-01 to 2026-06-30 and 2026Q4 ends on 2027-03-31; 2026M01 is then April 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from linkage.errors import PeriodError

_PER_YEAR = {"month": 12, "quarter": 4, "half": 2, "year": 1}
_LETTER = {"month": "M", "quarter": "Q", "half": "H", "year": ""}
_KIND_OF = {"M": "month", "Q": "quarter", "H": "half", "": "year"}
_EXAMPLE = {"month": "2026M07", "quarter": "2026Q3", "half": "2026H1", "year": "2022"}
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


@dataclass(frozen=True)
class Period:
    """One month, quarter, half or year of a (fiscal) calendar; ordered among its own kind.

    year : the (fiscal) year the period belongs to, named after the calendar year in which it starts.
    number : 1 to 12, 4, 2 or 1 within that year.
    fiscal_year_starts : month in which the year starts, 1 to 12.
    """

    year: int
    number: int = 1
    kind: str = "quarter"
    fiscal_year_starts: int = field(default=1)

    def __post_init__(self) -> None:
        _check_kind(self.kind)
        _check_start(self.fiscal_year_starts)
        if not 1 <= self.number <= _PER_YEAR[self.kind]:
            raise PeriodError(
                f"There is no {self.kind} {self.number} in a year: it runs from 1 to {_PER_YEAR[self.kind]}."
            )
        if not 1 <= self.year <= 9998:
            raise PeriodError(f"The year {self.year} is outside 1 to 9998.")

    def __str__(self) -> str:
        width = 2 if self.kind == "month" else 1
        inside = "" if self.kind == "year" else f"{_LETTER[self.kind]}{self.number:0{width}d}"
        return f"{self.year:04d}{inside}"

    def __repr__(self) -> str:
        start = "" if self.fiscal_year_starts == 1 else f", fiscal_year_starts={self.fiscal_year_starts}"
        return f"Period({str(self)!r}{start})"

    @property
    def position(self) -> int:
        """Integer place on the line of periods of this kind: neighbours differ by 1."""
        return self.year * _PER_YEAR[self.kind] + self.number - 1

    @property
    def start(self) -> date:
        """First day."""
        months = 12 // _PER_YEAR[self.kind]
        ahead = self.fiscal_year_starts - 1 + (self.number - 1) * months
        return date(self.year + ahead // 12, ahead % 12 + 1, 1)

    @property
    def end(self) -> date:
        """Last day, inclusive."""
        return self.shift(1).start - timedelta(days=1)

    def shift(self, k: int) -> Period:
        """The period k later (k < 0: earlier) on the same calendar."""
        return _at_position(self.position + int(k), self.kind, self.fiscal_year_starts)

    def __lt__(self, other: Period) -> bool:
        return self._place(other) < other.position

    def __le__(self, other: Period) -> bool:
        return self._place(other) <= other.position

    def __gt__(self, other: Period) -> bool:
        return self._place(other) > other.position

    def __ge__(self, other: Period) -> bool:
        return self._place(other) >= other.position

    def _place(self, other: Period) -> int:
        if not isinstance(other, Period):
            raise TypeError(f"A Period is compared with a Period, not with {type(other).__name__}.")
        if (self.kind, self.fiscal_year_starts) != (other.kind, other.fiscal_year_starts):
            raise PeriodError(
                f"{self!r} and {other!r} are not on one calendar: a {self.kind} is not ordered against a "
                f"{other.kind}, nor a year that starts in month {self.fiscal_year_starts} against one that "
                f"starts in month {other.fiscal_year_starts}. Compare their start dates."
            )
        return self.position


def parse_period(text: object, *, kind: str | None = None, fiscal_year_starts: int | str = 1) -> Period:
    """The period a text names; `kind` also demands that it is a month, quarter, half or year.

    A Period is handed back (after the same check); a whole number is read as a year. Raises PeriodError,
    with the spelling that was probably meant.
    """
    starts = _check_start(fiscal_year_starts)
    period = text if isinstance(text, Period) else _parse_text(str(text), starts)
    if kind is not None and period.kind != _check_kind(kind):
        raise PeriodError(f"{str(text)!r} is a {period.kind}; a {kind} is needed, such as {_EXAMPLE[kind]}.")
    if period.fiscal_year_starts != starts:
        raise PeriodError(f"{period!r} is on another fiscal calendar than one that starts in month {starts}.")
    return period


def period_of(day: date, kind: str, fiscal_year_starts: int | str = 1) -> Period:
    """The period of a kind in which a date or time lies (a time is read as it stands, zone and all)."""
    starts = _check_start(fiscal_year_starts)
    if not isinstance(day, date | datetime):
        raise PeriodError(f"A date is needed to find its period, not {day!r}.")
    months = day.year * 12 + day.month - starts
    return _at_position(months // (12 // _PER_YEAR[_check_kind(kind)]), kind, starts)


def periods_between(first: Period, last: Period) -> list[Period]:
    """Every period from first to last, both included; empty where last comes before first."""
    if last < first:
        return []
    return [first.shift(k) for k in range(last.position - first.position + 1)]


def period_sql(column: str, kind: str, fiscal_year_starts: int | str = 1) -> str:
    """A SQL expression that gives the period's name for a date or timestamp; null stays null.

    Agrees with period_of on every date of the years 1 to 9998. Runs in DuckDB and Spark: only year(),
    month(), floor, cast, lpad and concatenation.
    """
    starts, per_year = _check_start(fiscal_year_starts), _PER_YEAR[_check_kind(kind)]
    months = f"(year({column}) * 12 + month({column}) - {starts})"
    year = f"lpad(cast(cast(floor({months} / 12.0) as integer) as varchar), 4, '0')"
    if kind == "year":
        return year
    inside = f"cast(floor(({months} % 12) / {12 // per_year}.0) as integer) + 1"
    number = f"cast({inside} as varchar)"
    number = f"lpad({number}, 2, '0')" if kind == "month" else number
    return f"({year} || '{_LETTER[kind]}' || {number})"


def position_sql(column: str, kind: str, fiscal_year_starts: int | str = 1) -> str:
    """A SQL expression that gives the position of the period of a date or timestamp: lags are differences."""
    starts, months = _check_start(fiscal_year_starts), 12 // _PER_YEAR[_check_kind(kind)]
    return f"cast(floor((year({column}) * 12 + month({column}) - {starts}) / {months}.0) as integer)"


def _at_position(position: int, kind: str, starts: int) -> Period:
    return Period(position // _PER_YEAR[kind], position % _PER_YEAR[kind] + 1, kind, starts)


def _parse_text(text: str, starts: int) -> Period:
    match = re.fullmatch(r"(\d{4})(?:(M)(\d{2})|([QH])(\d))?", text, flags=re.ASCII)
    if not match:
        raise PeriodError(f"{text!r} is not a period.{_suggestion(text, starts)}")
    year, letter = int(match[1]), match[2] or match[4] or ""
    number = int(match[3] or match[5] or 1)
    kind = _KIND_OF[letter]
    if not 1 <= number <= _PER_YEAR[kind]:
        raise PeriodError(
            f"{text!r} is not a period: a {kind} runs from 1 to {_PER_YEAR[kind]}{_like(kind)}."
        )
    return Period(year, number, kind, starts)


def _suggestion(text: str, starts: int) -> str:
    """What was probably meant by a misspelt period, as the end of an error text."""
    meant = _meant(text)
    if meant and meant[2] <= _PER_YEAR[meant[1]] and meant[2] >= 1 and 1 <= meant[0] <= 9998:
        return f" Did you mean {Period(meant[0], meant[2], meant[1], starts)}?"
    if meant:
        return f" A {meant[1]} runs from 1 to {_PER_YEAR[meant[1]]}{_like(meant[1])}."
    return f" Write a month as {_EXAMPLE['month']}, a quarter as 2026Q3, a half as 2026H1, a year as 2022."


def _meant(text: str) -> tuple[int, str, int] | None:
    """Year, kind and number a loose spelling stands for: "q3 2026", "2026-Q3", "2026-07", "FY2022"."""
    plain = text.strip().upper()
    year, number = r"(?P<year>\d{4})", r"(?P<number>\d{1,2})"
    for pattern in (
        rf"{year}[\s_/.-]*(?P<letter>[QHM])[\s_/.-]*{number}",
        rf"(?P<letter>[QHM])[\s_/.-]*{number}[\s_/.-]*(?:OF\s+)?{year}",
        rf"{number}[\s_/.-]*(?P<letter>[QHM])[\s_/.-]*{year}",
    ):
        if match := re.fullmatch(pattern, plain, flags=re.ASCII):
            return int(match["year"]), _KIND_OF[match["letter"]], int(match["number"])
    if match := re.fullmatch(rf"(?:FY|YEAR)?[\s_/.-]*{year}(?:\.0+)?", plain, flags=re.ASCII):
        return int(match["year"]), "year", 1
    if match := re.fullmatch(rf"{year}[\s_/.-]{number}(?:[\s_/.-]\d{{1,2}})?", plain, flags=re.ASCII):
        return int(match["year"]), "month", int(match["number"])
    return None


def _like(kind: str) -> str:
    return f", for example {_EXAMPLE[kind]}"


def _check_kind(kind: str) -> str:
    if kind not in _PER_YEAR:
        raise PeriodError(f"{kind!r} is not a kind of period; use one of {', '.join(_PER_YEAR)}.")
    return kind


def _check_start(month: int | str) -> int:
    if isinstance(month, str) and month.strip().lower() in _MONTHS:
        return _MONTHS.index(month.strip().lower()) + 1
    if isinstance(month, bool) or not isinstance(month, int) or not 1 <= month <= 12:
        raise PeriodError(f"The fiscal year starts in a month, 1 to 12 or by name, not {month!r}.")
    return month
