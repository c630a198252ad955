"""The data contract: what was read, rejected and joined, in words and for machines."""

import json

import pytest

from linkage.contract import check_study
from linkage.errors import SourceError

YML = """
study: Tiny
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  mood: {of: feedback}
"""

LINKS = """
links:
  good: {question: Why, grain: survey, outcome: csat, drivers: [mood], controls: [segment]}
  no_units: {question: Why, grain: unit_period, outcome: csat, drivers: [mood]}
  no_region: {question: Why, grain: survey, outcome: csat, drivers: [mood], controls: [region]}
  now: {question: Why, grain: customer_period, outcome: csat, drivers: [mood], controls: [csat_now], lag: 1}
"""

FILES = {
    "customers.csv": "customer_id,segment,region\nSECRET-1,home,\nSECRET-2,office,\n",
    "answers.csv": "response_id,customer_id,answered_at,csat,mood\n"
    "R1,SECRET-1,2026-01-01,4,1\n"
    "R2,SECRET-2,2026-01-02,many,2\n"
    "R3,SECRET-9,2026-01-03,9,3\n"
    "R4,,not a day,3,4\n"
    "R5,secret-2,2026-01-05,3,5\n",
}

# Links that can be answered need customers enough: two quarters of ten of them.
ENOUGH = {
    "customers.csv": "customer_id,segment,region\n"
    + "".join(f"C{i},{'home' if i % 3 else 'office'},\n" for i in range(10)),
    "answers.csv": "response_id,customer_id,answered_at,csat,mood\n"
    + "".join(
        f"R{i},C{i % 10},2026-0{1 + i // 10 * 3}-1{i % 10},{1 + i * 7 % 5},{i * 13 % 11}\n" for i in range(20)
    ),
}


@pytest.fixture
def contract(make_study):
    return check_study(make_study(YML + LINKS, FILES))


def test_rows_values_and_joins_are_counted(contract):
    said = contract.headline()
    assert "Of 7 rows read from 2 sources, 6 were accepted and 1 rejected" in said
    assert "2 single values could not be read" in said
    assert (
        "2 of 4 rows matched; of the others 0 carry no key, 1 nearly matches and 1 is not on the other side"
        in said
    )


def test_one_of_anything_has_its_own_words(make_study):
    files = {
        "customers.csv": "customer_id,segment,region\nSECRET-1,home,\n",
        "answers.csv": "response_id,customer_id,answered_at,csat,mood\nR1,SECRET-1,2026-01-01,many,1\n",
    }
    contract = check_study(make_study(YML, files))
    said = contract.headline()
    assert (
        "Of 2 rows read from 2 sources, 2 were accepted and 0 rejected; 1 single value could not be read"
        in said
    )
    assert "and is missing" in said and "feedback: 1 row of answers.csv" in contract.summary()


def test_what_keeps_a_link_from_its_answer_is_named(make_study):
    contract = check_study(make_study(YML + LINKS, ENOUGH))
    assert contract.broken == (
        "no_units needs a source of units or unit_periods",
        "no_region finds no value of region",
    )
    assert "2 declared links cannot be answered: no_units" in contract.headline()
    # In the long text each stands on a line of its own, once.
    assert "\nno_region finds no value of region\n" in contract.summary()
    assert contract.summary().count("no_region finds") == 1


def test_a_contract_that_holds_says_so(make_study):
    held = "links:\n  good: {question: Why, grain: survey, outcome: csat, drivers: [mood]}\n"
    contract = check_study(make_study(YML + held, ENOUGH))
    assert contract.broken == ()
    assert contract.headline().endswith("Every declared link can be answered.")
    assert "What breaks a link\nnone\n" in contract.summary()
    assert check_study(make_study(YML, ENOUGH, name="unasked")).headline().endswith("No link is declared.")


def test_rejects_name_file_line_column_value_and_reason(contract):
    rows = contract.rejects[["file", "line", "column", "value", "row_kept"]].values.tolist()
    assert rows == [
        ["answers.csv", 3, "csat", "many", True],
        ["answers.csv", 4, "csat", "9", True],
        ["answers.csv", 5, "answered_at", "not a day", False],
    ]
    text = contract.summary()
    for part in ("answers.csv", "not a number", "outside the scale 1 to 5", "not a time"):
        assert part in text
    assert "Rejects (3)" in text


def test_of_many_rejects_the_first_are_shown_and_all_are_counted(make_study):
    rows = "".join(f"R{i},C1,2026-01-01,99,1\n" for i in range(25))
    files = {
        **ENOUGH,
        "answers.csv": "response_id,customer_id,answered_at,csat,mood\nR,C1,2026-01-01,3,1\n" + rows,
    }
    contract = check_study(make_study(YML, files))
    text = contract.summary()
    assert "Rejects (the first 20 of 25; all of them with --json)" in text
    assert text.count("outside the scale 1 to 5\n") == 20
    assert len(json.loads(contract.to_json())["rejects"]) == 25


def test_example_keys_are_for_the_maintainer_and_not_for_publication(contract):
    assert "SECRET-9" in contract.summary()
    assert "SECRET-9" in contract.to_json()
    shown = [contract.headline(), contract._repr_html_(), contract.plot().alt, contract.plot().svg]
    shown += [table.to_html() for table in published(contract)]
    assert not [text for text in shown if "SECRET" in text or "many" in text]


def published(contract):
    """The tables made for a notebook."""
    return [
        contract.read_sources(),
        contract.read_columns(),
        contract.read_problems(),
        contract.read_joins(),
        contract.read_months(),
    ]


def test_the_json_holds_the_same_and_no_nan(contract):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    read = json.loads(contract.to_json(), parse_constant=refuse)
    assert read["study"] == "tiny"
    assert read["broken"] == list(contract.broken)
    assert [r["line"] for r in read["rejects"]] == [3, 4, 5]
    assert {s["source"]: s["rows_read"] for s in read["sources"]} == {"customers": 2, "feedback": 5}
    # No revenue is known in this study: null, not a number that is none.
    assert {j["revenue_share"] for j in read["joins"]} == {None}
    assert all(isinstance(j["examples"], list) for j in read["joins"])
    # The names that were there before the profile are there still, and its own beside them.
    assert list(read)[:5] == ["study", "sources", "rejects", "joins", "identity"]
    assert {"overview", "columns", "problems", "coverage", "broken"} <= set(read)
    (csat,) = (c for c in read["columns"] if c["column"] == "csat")
    assert (csat["rows"], csat["missing"], csat["unreadable"], csat["off_scale"], csat["empty"]) == (
        4,
        2,
        1,
        1,
        0,
    )
    assert (csat["low"], csat["high"], csat["first_on"], csat["scale"]) == (3.0, 4.0, None, "1 to 5")
    assert {c["is_constant"] for c in read["columns"]} == {False}


def test_a_study_of_one_source_has_no_joins_and_says_none(make_study):
    yml = "study: T\nsources: {feedback: {from: a.csv}}\nmetrics: {csat: {of: feedback}}\n"
    contract = check_study(make_study(yml, {"a.csv": "response_id,answered_at,csat\nR1,2026-01-01,3\n"}))
    assert contract.summary().rstrip().endswith("Joins\nnone")
    assert all(table is not None for table in published(contract))
    assert "look-up" not in contract.headline()
    assert json.loads(contract.to_json())["joins"] == []


def test_two_checks_give_the_same_text(make_study):
    folder = make_study(YML + LINKS, FILES)
    assert check_study(folder).summary() == check_study(folder).summary()
    assert check_study(folder).to_json() == check_study(folder).to_json()


# ------------------------------------------------------------------------------------ mistakes, in the contract


def test_a_row_with_a_column_too_few_is_left_out_and_told_with_its_line(make_study):
    files = {**ENOUGH, "answers.csv": ENOUGH["answers.csv"] + "R20,C1,2026-06-01,3\n"}
    contract = check_study(make_study(YML, files))
    (row,) = contract.problems[contract.problems["what"] == "rejected rows"].to_dict("records")
    assert (row["source"], row["rows"], row["file"], row["line"]) == ("feedback", 1, "answers.csv", 22)
    assert row["advice"].startswith("Too few columns: 4 where the header has 5.")
    assert "first in answers.csv line 22" in contract.summary()


def test_a_date_column_in_two_formats_is_told_with_the_question_to_answer(make_study):
    files = {
        **ENOUGH,
        "answers.csv": ENOUGH["answers.csv"] + "R20,C1,03/04/2026,3,1\nR21,C1,04/04/2026,3,1\n",
    }
    contract = check_study(make_study(YML, files))
    (row,) = contract.problems[contract.problems["what"] == "rejected rows"].to_dict("records")
    assert (row["column"], row["rows"], row["line"]) == ("answered_at", 2, 22)
    assert "Day first or month first? Declare dates:" in row["advice"]


def test_a_format_of_dates_that_is_none_names_the_source_and_one_that_is(make_study):
    yml = YML.replace("{from: answers.csv}", '{from: answers.csv, dates: "%Q/%d"}')
    with pytest.raises(SourceError, match=r"sources\.feedback: dates: '%Q/%d' is no format such as %d/%m/%Y"):
        check_study(make_study(yml, ENOUGH))


def test_a_file_that_is_not_what_its_name_says_is_named_with_the_remedy(make_study):
    yml = YML.replace("answers.csv", "answers.csv.gz")
    folder = make_study(yml, ENOUGH)
    (folder / "answers.csv.gz").write_bytes(b"no archive")
    with pytest.raises(SourceError, match=r"answers\.csv\.gz: the file cannot be read: .* Export it again\."):
        check_study(folder)


def test_a_comment_with_a_script_stays_out_of_what_is_published(make_study):
    lines = ENOUGH["answers.csv"].splitlines()
    answers = "\n".join([f"{lines[0]},comment", *(f"{line},<script>alert(1)</script>" for line in lines[1:])])
    contract = check_study(make_study(YML, {**ENOUGH, "answers.csv": answers + "\n"}))
    for page in (contract._repr_html_(), *(table.to_html() for table in published(contract))):
        assert "script" not in page
