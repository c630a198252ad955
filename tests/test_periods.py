"""Periods: names, days, arithmetic, and the same answer from SQL."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.errors import PeriodError
from linkage.periods import (
    Period,
    parse_period,
    period_of,
    period_sql,
    periods_between,
    position_sql,
)

KINDS = ["month", "quarter", "half", "year"]
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("text", "kind", "first", "last"),
    [
        ("2026M07", "month", date(2026, 7, 1), date(2026, 7, 31)),
        ("2024M02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026Q3", "quarter", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026H1", "half", date(2026, 1, 1), date(2026, 6, 30)),
        ("2022", "year", date(2022, 1, 1), date(2022, 12, 31)),
    ],
)
def test_a_period_knows_its_name_kind_and_days(text, kind, first, last):
    period = parse_period(text)
    assert (str(period), period.kind, period.start, period.end) == (text, kind, first, last)


def test_a_fiscal_year_is_named_after_the_year_in_which_it_starts():
    assert parse_period("2026Q1", fiscal_year_starts=4).start == date(2026, 4, 1)
    assert parse_period("2026Q4", fiscal_year_starts="april").end == date(2027, 3, 31)
    assert parse_period("2026M01", fiscal_year_starts=4).start == date(2026, 4, 1)
    assert str(period_of(date(2026, 3, 31), "quarter", 4)) == "2025Q4"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026q3", "Did you mean 2026Q3?"),
        ("2026-Q3", "Did you mean 2026Q3?"),
        ("Q3 2026", "Did you mean 2026Q3?"),
        ("3Q2026", "Did you mean 2026Q3?"),
        ("2026M7", "Did you mean 2026M07?"),
        ("2026-07", "Did you mean 2026M07?"),
        ("2026-07-15", "Did you mean 2026M07?"),
        ("2026H01", "Did you mean 2026H1?"),
        ("FY2022", "Did you mean 2022?"),
        ("2022.0", "Did you mean 2022?"),
        (" 2026Q3", "Did you mean 2026Q3?"),
        ("2026Q5", "from 1 to 4"),
        ("2026Q0", "from 1 to 4"),
        ("2026M13", "from 1 to 12"),
        ("Q7 2026", "from 1 to 4"),
        ("last summer", "2026Q3"),
        ("", "2026Q3"),
        ("\u0662\u0660\u0662\u0666Q3", "2026Q3"),
    ],
)
def test_a_misspelt_period_is_refused_with_what_was_meant(text, says):
    with pytest.raises(PeriodError, match="is not a period") as refusal:
        parse_period(text)
    assert says in str(refusal.value)


def test_the_wrong_kind_or_calendar_is_refused():
    with pytest.raises(PeriodError, match=r"'2026' is a year; a quarter is needed, such as 2026Q3"):
        parse_period("2026", kind="quarter")
    with pytest.raises(PeriodError, match="another fiscal calendar"):
        parse_period(Period(2026, 1, "quarter", 4))
    with pytest.raises(PeriodError, match="not a kind of period"):
        parse_period("2026", kind="week")
    with pytest.raises(PeriodError, match="month"):
        period_of(date(2026, 1, 1), "quarter", 13)
    with pytest.raises(PeriodError, match="A date is needed"):
        period_of("2026-01-01", "quarter")


def test_months_are_known_by_name():
    starts = [parse_period("2026", fiscal_year_starts=m).fiscal_year_starts for m in ("january", "April", 12)]
    assert starts == [1, 4, 12]
    with pytest.raises(PeriodError, match="'aprl'"):
        parse_period("2026", fiscal_year_starts="aprl")


def test_periods_are_ordered_among_their_own_kind_only():
    assert sorted(map(parse_period, ["2026Q3", "2025Q4", "2026Q1"]))[0] == parse_period("2025Q4")
    assert parse_period("2026Q3") >= parse_period("2026Q3")
    with pytest.raises(PeriodError, match="not on one calendar"):
        _ = parse_period("2026Q3") < parse_period("2026")
    assert len({parse_period("2026Q3"), Period(2026, 3)}) == 1


def test_periods_between_holds_both_ends():
    names = [str(p) for p in periods_between(parse_period("2025Q3"), parse_period("2026Q2"))]
    assert names == ["2025Q3", "2025Q4", "2026Q1", "2026Q2"]
    assert periods_between(parse_period("2026Q2"), parse_period("2025Q3")) == []


@given(DAYS, st.sampled_from(KINDS), st.integers(1, 12))
def test_a_day_lies_in_its_period_and_names_read_back(day, kind, starts):
    period = period_of(day, kind, starts)
    assert period.start <= day <= period.end
    assert parse_period(str(period), kind=kind, fiscal_year_starts=starts) == period
    assert period.shift(1).start == period.end + timedelta(days=1)


@given(DAYS, st.sampled_from(KINDS), st.integers(1, 12), st.integers(-60, 60))
def test_a_lag_is_a_difference_of_positions(day, kind, starts, k):
    period = period_of(day, kind, starts)
    assert period.shift(k).position - period.position == k
    assert period.shift(k).shift(-k) == period


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("starts", [1, 2, 4, 7, 10, 12])
def test_sql_names_the_same_periods_as_python(kind, starts):
    days = [date(1999, 12, 28) + timedelta(days=k) for k in range(0, 3 * 366, 3)] + [
        date(2024, 2, 29),
        date(1, 12, 1),
    ]
    days += [date(y, m, d) for y in (2023, 2024) for m in range(1, 13) for d in (1, 28)]
    connection = duckdb.connect()
    connection.execute("create table days (number integer, day date, moment timestamp)")
    rows = [(k, d, datetime(d.year, d.month, d.day, 23, 59, 59)) for k, d in enumerate(days)]
    connection.executemany("insert into days values (?, ?, ?)", rows)
    by_day, by_moment = period_sql("day", kind, starts), period_sql("moment", kind, starts)
    found = connection.sql(f"select {by_day}, {by_moment} from days order by number").fetchall()
    expected = [str(period_of(d, kind, starts)) for d in days]
    assert [row[0] for row in found] == expected
    assert [row[1] for row in found] == expected
    places = connection.sql(
        f"select {position_sql('day', kind, starts)} from days order by number"
    ).fetchall()
    assert [row[0] for row in places] == [period_of(d, kind, starts).position for d in days]


def test_sql_leaves_a_missing_day_missing():
    for kind in KINDS:
        assert duckdb.sql(f"select {period_sql('cast(null as date)', kind)}").fetchall() == [(None,)]
