"""Periods in their own spelling, answers in words, yes and no in seven languages, headers of several lines."""

import duckdb
import pytest
from staged import is_accounted_for, rejects, rows, stage

from linkage.errors import SourceError, StudyError
from linkage.periods import parse_period
from linkage.sources.headers import joined_header
from linkage.sources.spellings import any_period_sql
from linkage.study import load_study

# ---------------------------------------------------------------------------------------------- periods

PANEL = """
study: T
period: {period}
fiscal_year_starts: {starts}
sources:
  units: {{from: u.csv}}
  scores: {{role: unit_periods, from: s.csv}}
metrics:
  score: {{of: scores}}
"""


def panel(make_study, periods, *, period="quarter", starts="january"):
    lines = "".join(f"u1,{p},{i}\n" for i, p in enumerate(periods))
    files = {"u.csv": "unit_id\nu1\n", "s.csv": f"unit_id,period,score\n{lines}"}
    return make_study(PANEL.format(period=period, starts=starts), files)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        *(
            (t, "2025Q1")
            for t in ("Q1 2025", "2025-Q1", "2025Q1", "1. Quartal 2025", "T1 2025", "1Q25", "Q1'25")
        ),
        *(
            (t, "2025M01")
            for t in ("Jan 2025", "2025-01", "01/2025", "1/2025", "202501", "janvier 2025", "ene-25")
        ),
        *((t, "2025H1") for t in ("H1 2025", "2025-H1", "1. Halbjahr 2025", "S1 2025")),
        *((t, "2025") for t in ("FY2025", "FY 25", "2025", "GJ2025")),
        ("März 2025", "2025M03"),
        ("déc. 2024", "2024M12"),
        ("Q3 FY2025", "2025Q3"),
        *((t, None) for t in ("Total", "Q5 2025", "2025-13", "2025-01-02", "3", "", "quarter 1")),
    ],
)
def test_a_period_is_known_in_every_spelling(text, period):
    found = duckdb.connect().execute(f"select {any_period_sql('$1')}", [text]).fetchone()[0]
    assert found == period
    assert found is None or str(parse_period(found)) == period


def test_periods_of_a_source_need_no_rewriting(make_study):
    connection, tally = stage(
        panel(make_study, ["Q1 2025", "2025-Q2", "3. Quartal 2025", "Total", "2025"]), "scores"
    )
    assert rows(connection, "stg_scores order by 1", "period, score") == [
        ("2025Q1", 0),
        ("2025Q2", 1),
        ("2025Q3", 2),
    ]
    reasons = {value: reason for _, _, value, reason, _ in rejects(connection)}
    assert "not a quarter: expected one such as 2026Q3" in reasons["Total"]
    assert "another length than the study's quarter" in reasons["2025"]
    assert is_accounted_for(connection, tally)


def test_months_of_the_calendar_find_their_place_in_a_fiscal_year(make_study):
    folder = panel(make_study, ["Jan 2025", "04/2025", "2025M02"], period="month", starts="april")
    connection, _ = stage(folder, "scores")
    # Counted by hand: April is the first month of 2025, so January is the tenth of 2024; the suite's own stays.
    assert rows(connection, "stg_scores order by score", "period") == [
        ("2024M10",),
        ("2025M01",),
        ("2025M02",),
    ]


def test_a_source_of_other_periods_alone_is_refused(make_study):
    with pytest.raises(SourceError, match="another length than the study's quarter"):
        stage(panel(make_study, ["Jan 2025", "Feb 2025"]), "scores")


# ---------------------------------------------------------------------------------------------- answers in words

ANSWERED = """
study: T
sources:
  feedback: {{from: f.csv, columns: {{response_id: id, answered_at: at}}}}
metrics:
  csat: {{of: feedback, scale: [1, 5], words: {{Very bad: 1, "No": 2, Neutral: 3, Good: 4, "Very good": 5}}}}
  solved: {{of: feedback, type: flag, words: {{{solved}}}}}
"""
SAID = """id,at,csat,solved
1,2026-01-01,very GOOD,gelöst
2,2026-01-01,4,OFFEN
3,2026-01-01,no,ja
4,2026-01-01,splendid,maybe
5,2026-01-01,7,
"""


def test_words_stand_for_the_numbers_the_study_says(make_study):
    folder = make_study(ANSWERED.format(solved="gelöst: 1, offen: 0"), {"f.csv": SAID})
    connection, tally = stage(folder)
    assert rows(connection, "stg_feedback order by response_id", "csat, solved") == [
        (5, 1),
        (4, 0),  # a number is a number beside them
        (2, 1),  # and yes is yes in any language
        (None, None),
        (None, None),
    ]
    assert [(line, column, reason.split(":")[0]) for line, column, _, reason, _ in rejects(connection)] == [
        (5, "csat", "not one of the words declared for it"),
        (5, "solved", "not one of the words declared for it"),
        (6, "csat", "outside the scale 1 to 5"),
    ]
    assert is_accounted_for(connection, tally)


@pytest.mark.parametrize(
    ("solved", "said"),
    [
        ("yes: 1, no: 0", "in quotes"),
        ("gelöst: 2", "outside 0 to 1"),
        ("gelöst: viel", "say a number"),
        ("gelöst: 1, GELÖST: 0", "twice"),
    ],
)
def test_words_that_cannot_be_meant_are_refused(make_study, solved, said):
    with pytest.raises(StudyError, match=said):
        load_study(make_study(ANSWERED.format(solved=solved), {"f.csv": SAID}))


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("ja", "nein"),
        ("oui", "non"),
        ("Sí", "No"),
        ("sim", "não"),
        ("wahr", "falsch"),
        ("y", "n"),
        ("t", "f"),
        ("1", "0"),
    ],
)
def test_yes_and_no_are_known_in_seven_languages(make_study, yes, no):
    yml = "study: T\nsources:\n  feedback: {from: f.csv}\nmetrics:\n  ok: {of: feedback, type: flag}\n"
    lines = f"response_id,answered_at,ok\n1,2026-01-01,{yes}\n2,2026-01-01,{no.upper()}\n"
    connection, _ = stage(make_study(yml, {"f.csv": lines}))
    assert rows(connection, "stg_feedback order by response_id", "ok") == [(1,), (0,)]


# ---------------------------------------------------------------------------------------------- headers

TOOL = """id,at,What matters?,,Comment
,,Price,"Speed,
or nothing",Open-Ended Response
1,2026-01-01,Price,,fine
2,2026-01-02,,Speed,
"""


def test_a_header_of_two_lines_names_columns_by_both(make_study):
    yml = (
        "study: T\nsources:\n  feedback:\n    from: f.csv\n    header_rows: 2\n    columns: {response_id: id, "
        'answered_at: at, comment: Comment, price: "What matters?: Price"}\n'
    )
    connection, tally = stage(make_study(yml, {"f.csv": TOOL}))
    assert rows(connection, "stg_feedback order by 1", "response_id, comment, price") == [
        ("1", "fine", "Price"),
        ("2", None, None),
    ]
    assert (tally.rows_read, tally.rows_rejected) == (2, 0)
    assert tally.undeclared == ("What matters?: Speed,\nor nothing",)


def test_a_header_of_two_lines_is_one_in_a_workbook_too(make_study):
    from openpyxl import Workbook

    yml = (
        "study: T\nsources:\n  feedback: {from: f.xlsx, header_rows: 2, columns: {response_id: id, answered_at: at}}\n"
        "metrics:\n  nps: {of: feedback, column: q1}\n"
    )
    folder = make_study(yml, {})
    book = Workbook()
    for line in (["id", "at", "q1"], ["Response", "Date", "Would you recommend us?"], ["a", "2026-01-01", 9]):
        book.active.append(line)
    book.save(folder / "f.xlsx")
    connection, tally = stage(folder)
    assert rows(connection, "stg_feedback", "response_id, q1") == [("a", 9)]
    assert tally.rows_read == 1


def test_names_are_joined_only_where_one_stands_over_several():
    assert joined_header([["Q1", "Q2"], ["Do you like us?", "Why?"], ["{a}", "{b}"]]) == ("Q1", "Q2")
    assert joined_header([["", "2024", "", "2025"], ["Unit", "Sales", "Cost", "Sales"]]) == (
        "Unit",
        "2024: Sales",
        "2024: Cost",
        "2025",
    )
    assert joined_header([["a", "b", "", ""]]) == ("a", "b")
