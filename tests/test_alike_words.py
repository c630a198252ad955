"""One word in several spellings is named, and words that only look alike are left apart."""

from __future__ import annotations

import duckdb
import pytest

from linkage.contract import check_study
from linkage.profiling.alike_words import same_word_sql

YML = """
study: Gym
sources:
  customers: {from: members.csv, columns: {customer_id: customer_id, unit_id: unit_id, segment: segment, coach: coach}}
  feedback: {from: answers.csv}
metrics:
  nps: {of: feedback, scale: [0, 10]}
"""
MEMBERS = (
    "customer_id,unit_id,segment,coach\nA,Old Town,Plus,Ann Lee\nB,Old Town,Plus,Ann Lee\nC,Old Town,plus,Ann-Lee\n"
    "D,Mill,A+,Bo\nE,Mill,A,Bo\n"
)
ANSWERS = (
    "response_id,customer_id,unit_id,answered_at,nps\nR1,A,OLD TOWN,2026-01-01,9\nR2,D,Mill,2026-01-02,3\n"
)


def alike(folder) -> dict:
    problems = check_study(folder).problems
    found = problems[problems["what"] == "one word, several spellings"].to_dict("records")
    return {(r["source"], r["column"]): (r["rows"], r["example"]) for r in found}


def test_segments_attributes_and_units_written_in_several_ways_are_named(make_study):
    # Units are compared over all sources: here only the answers write the town in capitals.
    assert alike(make_study(YML, {"members.csv": MEMBERS, "answers.csv": ANSWERS})) == {
        ("customers", "segment"): (1, "'plus' beside 'Plus'"),
        ("customers", "coach"): (1, "'Ann-Lee' beside 'Ann Lee'"),
        ("feedback", "unit_id"): (1, "'OLD TOWN' beside 'Old Town'"),
    }


def test_what_a_register_of_units_lacks_is_told_by_its_join_alone(make_study):
    yml = YML.replace("sources:\n", "sources:\n  units: {from: units.csv}\n")
    files = {"members.csv": MEMBERS, "answers.csv": ANSWERS, "units.csv": "unit_id\nOld Town\nMill\n"}
    folder = make_study(yml, files)
    assert ("feedback", "unit_id") not in alike(folder)
    problems = check_study(folder).problems
    (found,) = problems[problems["what"] == "keys nearly match"].to_dict("records")
    assert (found["source"], found["column"], found["example"]) == ("feedback", "unit_id", "OLD TOWN")
    assert "identities" not in found["advice"], "only customers have several numbers"
    assert "a select under 'sql:' or the file itself" in found["advice"]


def test_no_word_of_the_data_stands_in_what_may_be_published(make_study):
    folder = make_study(YML, {"members.csv": MEMBERS, "answers.csv": ANSWERS})
    contract = check_study(folder)
    assert "Ann" not in contract.read_problems().to_string()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Riverside", " RIVERSIDE".strip(), True),
        ("Old Town", "old-town", True),
        ("St. Mary's", "St Mary\u2019s", True),
        ("Unit 7", "Unit-7", True),
        ("Inc.", "Inc", True),
        ("A+", "A", False),
        ("A-", "A", False),
        ("1.5", "15", False),
        ("1-5", "1 5", False),
        ("Plus", "Plus 2", False),
    ],
)
def test_only_case_blanks_and_marks_beside_letters_make_no_difference(one, other, same):
    query = f"select {same_word_sql('$1')} = {same_word_sql('$2')}"
    assert duckdb.execute(query, [one, other]).fetchall() == [(same,)]
