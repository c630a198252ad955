"""The rows of a link: a few given rows in, expected rows out; lag and change by the calendar, never by the row."""

import math

import pytest

from linkage.linking.link_rows import link_rows, link_rows_sql
from linkage.opening import open_study
from linkage.study_file.declaration import LinkSpec

YML = """
study: Panel
period: quarter
sources:
  customers: {from: customers.csv}
  reports:
    role: unit_periods
    from: reports.csv
    columns: {channel: channel, size: size}
    types: {size: whole}
  feedback: {from: answers.csv}
  transactions: {from: purchases.csv}
metrics:
  rating: {of: reports}
  margin: {of: reports}
  is_open: {of: reports, type: flag}
  csat: {of: feedback, scale: [1, 5]}
  spend: {of: transactions}
  care_score: {of: customers, recorded: scored_on}
windows: {before: 30 days, after: 30 days}
"""

# U1 has no third quarter (a gap), U2 no rating in the second (a null); U3 equals U4 in everything (a tie).
FILES = {
    "reports.csv": "unit_id,period,rating,margin,is_open,channel,size\n"
    "U1,2026Q1,1,10,yes,2,3\n"
    "U1,2026Q2,2,20,yes,2,3\n"
    "U1,2026Q4,4,40,no,2,5\n"
    "U2,2026Q1,5,50,no,phone,3\n"
    "U2,2026Q2,,60,no,phone,3\n"
    "U2,2026Q3,7,70,yes,phone,4\n"
    "U2,2026Q4,8,80,yes,phone,4\n"
    "U3,2026Q1,9,90,yes,o'hare,1\n"
    "U4,2026Q1,9,90,yes,o'hare,1\n",
    "customers.csv": "customer_id,segment,care_score,scored_on\nC1,home,3,2026-02-01\nC2,office,9,2026-08-01\n",
    "answers.csv": "response_id,customer_id,answered_at,csat\n"
    "R1,C1,2026-01-10,4\nR2,C2,2026-04-10,5\nR3,,2026-04-11,1\nR4,C1,2026-10-01,2\n",
    "purchases.csv": "transaction_id,customer_id,purchased_at,spend\n"
    "T1,C1,2025-11-01,1\nT2,C1,2026-01-20,7\nT3,C2,2026-12-30,2\n",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    (folder / "study.yml").write_text(YML)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(folder / "cache"))
        return open_study(folder)


@pytest.fixture
def rows(study):
    """rows(columns, through=..., **link) gives the rows of a link as lists; missing values are None."""

    def ask(columns, *, through=None, **link):
        given = {
            "name": "asked",
            "question": "q",
            "grain": "unit_period",
            "outcome": "margin",
            "drivers": "rating",
        }
        frame = link_rows(study, LinkSpec.model_validate({**given, **link}), through)
        return [
            [None if isinstance(v, float) and math.isnan(v) else v for v in row]
            for row in frame[columns].astype(object).values.tolist()
        ]

    return ask


KEYS = ["unit_id", "period", "rating", "margin"]


def test_without_a_lag_both_are_of_the_same_period(rows):
    assert rows(KEYS) == [
        ["U1", "2026Q1", 1, 10],
        ["U1", "2026Q2", 2, 20],
        ["U1", "2026Q4", 4, 40],
        ["U2", "2026Q1", 5, 50],
        ["U2", "2026Q2", None, 60],
        ["U2", "2026Q3", 7, 70],
        ["U2", "2026Q4", 8, 80],
        ["U3", "2026Q1", 9, 90],
        ["U4", "2026Q1", 9, 90],
    ]


def test_a_lag_counts_quarters_and_not_rows(rows):
    # U1's second quarter has no third to follow it: missing, and not the fourth's 40.
    assert rows(KEYS, lag=1) == [
        ["U1", "2026Q1", 1, 20],
        ["U1", "2026Q2", 2, None],
        ["U1", "2026Q4", 4, None],
        ["U2", "2026Q1", 5, 60],
        ["U2", "2026Q2", None, 70],
        ["U2", "2026Q3", 7, 80],
        ["U2", "2026Q4", 8, None],
        ["U3", "2026Q1", 9, None],
        ["U4", "2026Q1", 9, None],
    ]


def test_a_lag_over_a_gap_meets_what_lies_behind_it(rows):
    assert rows(KEYS, lag=2)[:3] == [
        ["U1", "2026Q1", 1, None],
        ["U1", "2026Q2", 2, 40],
        ["U1", "2026Q4", 4, None],
    ]


def test_a_lag_past_the_calendars_end_meets_nothing(rows):
    assert [row[3] for row in rows(KEYS, lag=8)] == [None] * 9


def test_a_change_counts_quarters_and_not_rows(rows):
    # U1's fourth quarter has no third to compare with; U2's second has no rating, so the third has no change.
    assert rows(KEYS, change=1) == [
        ["U1", "2026Q1", None, None],
        ["U1", "2026Q2", 1, 10],
        ["U1", "2026Q4", None, None],
        ["U2", "2026Q1", None, None],
        ["U2", "2026Q2", None, 10],
        ["U2", "2026Q3", None, 10],
        ["U2", "2026Q4", 1, 10],
        ["U3", "2026Q1", None, None],
        ["U4", "2026Q1", None, None],
    ]


def test_a_change_with_a_lag_moves_both_ends_of_the_outcome(rows):
    # Ratings of U2 from the first to the third quarter: +2. Margins a quarter later: from the second to the
    # fourth: 80 - 60.
    found = {(r[0], r[1]): r[2:] for r in rows(KEYS, change=2, lag=1)}
    assert found["U2", "2026Q3"] == [2, 20]
    assert found["U2", "2026Q4"] == [None, None]
    assert found["U1", "2026Q4"] == [2, None]


def test_the_outcome_of_now_is_that_of_the_drivers_period(rows):
    columns = [*KEYS, "margin_now"]
    found = rows(columns, lag=2, controls=["margin_now"])
    assert found[:2] == [["U1", "2026Q1", 1, None, 10], ["U1", "2026Q2", 2, 40, 20]]


def test_with_a_change_controls_and_now_stand_at_its_start(rows):
    columns = [*KEYS, "margin_now", "size", "channel"]
    found = {(r[0], r[1]): r[2:] for r in rows(columns, change=2, controls=["margin_now", "size", "channel"])}
    assert found["U1", "2026Q4"] == [2, 20, 20, 3, "2"]
    assert found["U2", "2026Q3"] == [2, 20, 50, 3, "phone"]
    assert found["U1", "2026Q1"] == [None, None, None, None, None]


def test_a_change_between_named_periods_is_one_row_a_unit(rows):
    change = {"drivers": ["2026Q1", "2026Q4"], "outcome": ["2026Q2", "2026Q4"]}
    columns = [*KEYS, "margin_now", "size"]
    assert rows(columns, change=change, controls=["margin_now", "size"]) == [
        ["U1", "2026Q4", 3, 20, 20, 3],
        ["U2", "2026Q4", 3, 20, 60, 3],
    ]


@pytest.mark.parametrize(
    ("where", "units"),
    [
        ({"channel": "phone"}, ["U2"]),
        # A number in study.yml is compared with a text as the text it is.
        ({"channel": 2}, ["U1"]),
        ({"channel": "o'hare"}, ["U3", "U4"]),
        ({"size": 3}, ["U1", "U2"]),
        ({"is_open": True}, ["U1", "U2", "U3", "U4"]),
        ({"is_open": False}, ["U1", "U2"]),
        ({"is_open": True, "size": 4}, ["U2"]),
        ({"period": "2026Q3"}, ["U2"]),
        ({"channel": "'; drop table periods; --"}, []),
    ],
)
def test_where_says_which_rows_a_link_speaks_of(rows, where, units):
    found = rows(["unit_id"], where=where)
    assert sorted({unit for (unit,) in found}) == units


def test_where_looks_at_the_drivers_period(rows):
    # U1 closed in the fourth quarter, which a lag of two makes the outcome's.
    found = rows(KEYS, where={"is_open": True}, lag=2)
    assert ["U1", "2026Q2", 2, 40] in found


def test_through_ends_the_drivers_and_not_their_outcomes(rows):
    found = rows(KEYS, lag=1, through="2026Q1")
    assert [row[1] for row in found] == ["2026Q1"] * 4
    assert found[0] == ["U1", "2026Q1", 1, 20]
    assert len(rows(KEYS, through="2026Q4")) == 9


def test_rows_come_by_unit_and_period(rows):
    found = rows(KEYS, lag=1)
    assert found == sorted(found, key=lambda row: row[:2])


def test_flags_and_whole_numbers_arrive_as_plain_numbers(study):
    spec = LinkSpec(
        name="asked",
        question="q",
        grain="unit_period",
        outcome="is_open",
        drivers=("size",),
        controls=("channel",),
    )
    frame = link_rows(study, spec)
    assert frame[["is_open", "size"]].dtypes.astype(str).tolist() == ["float64", "float64"]
    assert frame["channel"].tolist()[:4] == ["2", "2", "2", "phone"]


def test_an_answer_without_a_customer_stays_and_has_no_money(rows):
    found = rows(["response_id", "customer_id", "csat", "spend_after"], grain="survey", outcome="spend_after",
                 drivers="csat")  # fmt: skip
    # As its own cluster, under a name of its own, or a fit would lose it.
    unnamed = ["R3", "unnamed R3", 1, None]
    assert found == [["R1", "C1", 4, 7], ["R2", "C2", 5, 0], unnamed, ["R4", "C1", 2, 0]]


def test_when_a_driver_was_written_down_comes_along_with_the_answers_time(study, rows):
    found = rows(["response_id", "care_score", "care_score_recorded_at", "answered_at"], grain="survey",
                 outcome="csat", drivers="care_score", controls=["segment"])  # fmt: skip
    assert [str(v)[:10] for v in found[0]] == ["R1", "3.0", "2026-02-01", "2026-01-10"]
    plain = link_rows(
        study, LinkSpec(name="a", question="q", grain="survey", outcome="spend_after", drivers=("csat",))
    )
    assert "answered_at" not in plain


def test_a_silent_customer_spends_nothing_in_the_next_quarter_not_something_missing(rows):
    found = rows(["customer_id", "period", "csat", "spend"], grain="customer_period", outcome="spend",
                 drivers="csat", lag=1)  # fmt: skip
    assert ["C1", "2026Q1", 4, 0] in found
    assert ["C2", "2026Q2", 5, 0] in found


def test_a_cluster_that_is_a_control_stands_once(study):
    spec = LinkSpec(
        name="asked", question="q", grain="unit_period", outcome="margin", drivers=("rating",), controls=("channel",),
        cluster="channel",
    )  # fmt: skip
    frame = link_rows(study, spec)
    assert list(frame.columns).count("channel") == 1


def test_the_query_is_the_same_every_time_and_joins_by_position(study):
    spec = LinkSpec(
        name="asked", question="q", grain="unit_period", outcome="margin", drivers=("rating",), lag=2
    )
    sql = link_rows_sql(study, spec, "2026Q4")
    assert sql == link_rows_sql(study, spec, "2026Q4")
    assert "calendar.position + 2" in sql
    assert not any(word in sql for word in ("lead(", "lag(", "row_number", "over ("))
