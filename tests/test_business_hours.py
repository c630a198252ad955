"""Times until another, by the clock and while the business is open, against counting minute by minute in Python."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from staged import is_accounted_for, rejects, rows, stage

from linkage.sources.business_hours import clock_seconds_sql, open_seconds_sql
from linkage.study import load_study
from linkage.study_file.raw_rules import DAYS, BusinessHours

OFFICE = BusinessHours.model_validate(
    {
        "days": ["mon", "tue", "wed", "thu", "fri"],
        "open": "09:00",
        "close": "17:00",
        "holidays": ["2026-01-06"],
    }
)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


def seconds(connection, expression: str) -> int:
    return connection.execute(f"select {expression}").fetchone()[0]


def stamp(moment: datetime) -> str:
    return f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'"


def open_seconds(start: datetime, end: datetime, hours: BusinessHours) -> int:
    """The overlap of every open day with the span, one day after the other."""
    total, day = 0, start.date()
    while day <= end.date():
        opens, closes = hours.week[day.weekday()]
        if closes and day not in hours.holidays:
            midnight = datetime.combine(day, time())
            first = max(start, midnight + timedelta(seconds=opens))
            last = min(end, midnight + timedelta(seconds=closes))
            total += max(0, int((last - first).total_seconds()))
        day += timedelta(days=1)
    return total


def open_seconds_by_minute(start: datetime, end: datetime, hours: BusinessHours) -> int:
    """The same once more, minute by minute, for times on full minutes."""
    total = 0
    while start < end:
        opens, closes = hours.week[start.weekday()]
        now = (start.hour * 60 + start.minute) * 60
        total += 60 * (opens <= now < closes and start.date() not in hours.holidays)
        start += timedelta(minutes=1)
    return total


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-05 10:00", "2026-01-05 10:30", 30 * 60),  # a Monday
        ("2026-01-05 08:00", "2026-01-05 09:30", 30 * 60),  # before it opens
        ("2026-01-05 16:30", "2026-01-07 09:30", 60 * 60),  # Tuesday is a holiday
        ("2026-01-09 16:00", "2026-01-12 10:00", 120 * 60),  # over the weekend
        ("2026-01-10 10:00", "2026-01-11 10:00", 0),
        ("2026-01-05 17:00", "2026-01-06 17:00", 0),
        ("2026-01-05 12:00", "2026-01-05 12:00", 0),
        ("2026-01-01 00:00", "2027-01-01 00:00", (261 - 1) * 8 * 3600),  # 2026 has 261 weekdays
    ],
)
def test_hours_by_hand(connection, start, end, expected):
    start, end = datetime.fromisoformat(start), datetime.fromisoformat(end)
    assert seconds(connection, open_seconds_sql(stamp(start), stamp(end), OFFICE)) == expected
    assert open_seconds(start, end, OFFICE) == expected


def test_both_ways_of_counting_in_python_agree():
    start, end = datetime(2026, 1, 2, 7, 13), datetime(2026, 1, 14, 18, 5)
    assert open_seconds_by_minute(start, end, OFFICE) == open_seconds(start, end, OFFICE) > 0


schedules = st.dictionaries(
    st.sampled_from(DAYS),
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda hours: hours[0] < hours[1]),
    max_size=7,
).map(lambda days: {d: (opens * 60, closes * 60) for d, (opens, closes) in days.items()})
moments = st.datetimes(datetime(2023, 12, 20), datetime(2024, 3, 10)).map(lambda m: m.replace(microsecond=0))
holidays = st.lists(st.dates(date(2023, 12, 15), date(2024, 3, 15)), max_size=6)


@settings(max_examples=150, deadline=None)
@given(schedules, holidays, moments, moments)
@example({"sun": (0, 86400)}, [date(2024, 2, 25)], datetime(2024, 2, 25), datetime(2024, 2, 26))
def test_open_hours_are_those_counted_day_by_day(connection, days, off, one, other):
    hours = BusinessHours.model_construct(days=days, holidays=tuple(off))
    start, end = sorted((one, other))
    found = seconds(connection, open_seconds_sql(stamp(start), stamp(end), hours))
    assert found == open_seconds(start, end, hours)
    by_clock = seconds(connection, clock_seconds_sql(stamp(start), stamp(end)))
    assert found <= by_clock == (end - start).total_seconds()


@settings(max_examples=40, deadline=None)
@given(schedules, holidays, moments, moments, moments)
def test_open_hours_add_up(connection, days, off, one, two, three):
    hours = BusinessHours.model_construct(days=days, holidays=tuple(off))
    a, b, c = map(stamp, sorted((one, two, three)))
    whole = open_seconds_sql(a, c, hours)
    parts = f"{open_seconds_sql(a, b, hours)} + {open_seconds_sql(b, c, hours)}"
    assert seconds(connection, f"{whole} - ({parts})") == 0


def test_the_sql_uses_only_words_that_duckdb_and_spark_share():
    shared = {"date_diff", "cast", "hour", "minute", "second", "least", "greatest"}
    sql = f"{open_seconds_sql('a', 'b', OFFICE)} {clock_seconds_sql('a', 'b')}"
    assert set(re.findall(r"([a-z_]+)\(", sql)) == shared
    assert "::" not in sql and "interval" not in sql


@pytest.mark.parametrize(
    "written",
    [
        "{days: [mon, tue, wed, thu, fri], open: '09:00', close: '17:00'}",
        "{days: [Monday, tue, wed, thu, fri], open: 9:00, close: 17:00}",  # which YAML reads as sixties
        "{open: 9, close: 17}",
        "{days: {mon: 9-17, tue: 9-17, wed: 9-17, thu: 9-17, fri: 9-17}}",
        "{days: {mon: 09:00-17:00, tue: 9:00-17:00, wed: 09:00-17:00, thu: 09:00-17:00, fri: 09:00-17:00}}",
    ],
)
def test_opening_hours_may_be_written_in_several_ways(make_study, written):
    study = load_study(
        make_study(f"study: T\nbusiness_hours: {written}\nsources:\n  units: {{from: u.csv}}\n")
    )
    assert study.declared.business_hours.week == ((32400, 61200),) * 5 + ((0, 0),) * 2


YML = """
study: T
timezone: Europe/Berlin
business_hours: {days: {mon: 09:00-17:00, tue: 09:00-17:00, sat: "10:00-24:00"}, holidays: [2026-01-06]}
sources:
  interactions: {from: t.csv, columns: {first_reply_at: replied}}
metrics:
  first_response_hours: {of: interactions, from: created_at, until: first_reply_at, unit: hour, clock: business}
  wait_minutes: {of: interactions, from: created_at, until: first_reply_at, unit: minute, scale: [0, 9000]}
  resolution_days: {of: interactions, from: created_at, until: ended_at, unit: day}
"""
TEXT = """interaction_id,ended_at,created_at,replied
t1,2026-01-05 15:00,2026-01-05 08:00,2026-01-05 10:30
t2,2026-01-12 16:00,2026-01-05 16:00,2026-01-12 10:00
t3,2026-01-05 15:00,2026-01-05 08:00,
t4,2026-01-05 15:00,2026-01-05 14:00,2026-01-05 13:00
t5,2026-01-05 15:00,2026-01-05 14:00Z,2026-01-05 16:00
t6,2026-03-30 00:00,2026-03-28 23:00,2026-03-29 03:00
t7,2026-01-05 15:00,soon,2026-01-05 16:00
"""


def test_waits_are_counted_from_one_time_to_another(make_study):
    connection, tally = stage(make_study(YML, {"t.csv": TEXT}), "interactions")
    columns = "interaction_id, first_response_hours, wait_minutes, resolution_days"
    assert rows(connection, "stg_interactions order by 1", columns) == [
        ("t1", 1.5, 150, 7 / 24),
        ("t2", 16, None, 7),  # an hour on Monday, none on the holiday, 14 on Saturday, one on Monday
        ("t3", None, None, 7 / 24),  # not answered yet
        ("t4", None, None, 1 / 24),
        ("t5", 1, 60, 0),  # three in the afternoon in Berlin
        ("t6", 1, 180, 1),  # the night the clocks went forward: 23 o'clock to midnight on Saturday
        ("t7", None, None, None),
    ]
    reasons = "first_reply_at lies before created_at"
    assert [r[:2] + r[3:] for r in rejects(connection)] == [
        (3, "wait_minutes", "outside the scale 0 to 9000", True),
        (5, "first_response_hours", reasons, True),
        (5, "wait_minutes", reasons, True),
        (8, "created_at", rejects(connection)[-1][3], True),
    ]
    assert rejects(connection)[-1][3].startswith("not a time")
    assert rejects(connection)[1][2] == "2026-01-05 13:00:00 to 2026-01-05 12:00:00"
    assert is_accounted_for(connection, tally)


def test_a_reopened_ticket_waits_from_its_first_day_to_its_last(make_study):
    yml = YML.replace("first_reply_at: replied}", "first_reply_at: replied}, doubled: merge")
    text = (
        TEXT
        + "t1,2026-01-06 08:00,2026-01-05 09:00,2026-01-05 09:30\nt4,2026-01-05 15:00,,2026-01-05 14:30\n"
    )
    connection, tally = stage(make_study(yml, {"t.csv": text}), "interactions")
    table = "stg_interactions where interaction_id in ('t1', 't4') order by 1"
    found = rows(connection, table, "interaction_id, wait_minutes, resolution_days")
    # The earliest of several replies counts: that of t4 came before the ticket, whatever the later row says.
    assert found == [("t1", 90, 1), ("t4", None, 1 / 24)]
    assert tally.rows_merged == 2
    assert is_accounted_for(connection, tally)


def test_seconds_of_the_night_the_clocks_change_are_real_ones(make_study):
    yml = YML.replace("resolution_days", "resolution_seconds").replace("unit: day", "unit: second")
    connection, _ = stage(make_study(yml, {"t.csv": TEXT}), "interactions")
    zone = ZoneInfo("Europe/Berlin")
    start, end = (datetime(2026, 3, d, h, tzinfo=zone).astimezone(UTC) for d, h in ((28, 23), (30, 0)))
    found = rows(connection, "stg_interactions where interaction_id = 't6'", "resolution_seconds")
    assert found == [((end - start).total_seconds(),)]


def test_computed_times_reach_the_linkage_tables_and_the_dictionary(make_study):
    from linkage.opening import open_study

    study = open_study(make_study(YML + "links: {}\n", {"t.csv": TEXT, "f.csv": "x"}))
    table = study.table("link_customer_period")
    assert {"first_response_hours", "wait_minutes"} <= set(table.columns)
    assert study.study.columns["customer_period"]["first_response_hours"].note == (
        "Hours from created_at until first_reply_at, while the business was open (mon 09:00-17:00; tue 09:00-17:00; "
        "sat 10:00-24:00; 1 holidays off); missing where one of them is."
    )
