"""study.yml: what it may say, and how its mistakes are explained."""

import pytest

from linkage.errors import StudyError
from linkage.project import study_folder
from linkage.study import load_study

SOURCES = """
study: Tiny
sources:
  feedback: {from: answers.csv, columns: {response_id: id}}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  nps: {of: feedback, scale: [0, 10]}
  handle_minutes: {of: interactions, unit: minute, better: lower}
  spend: {of: transactions, column: amount, unit: EUR}
"""

LINK = """
links:
  talk:
    question: Do longer calls cost satisfaction?
    grain: interaction
    outcome: csat
    drivers: [handle_minutes]
    controls: [channel]
    expect: negative
"""


def refused(make_study, yml: str) -> str:
    with pytest.raises(StudyError) as caught:
        load_study(make_study(yml))
    return str(caught.value)


def test_a_study_is_read_with_its_defaults(make_study):
    study = load_study(make_study(SOURCES + LINK))
    assert study.sources["feedback"].role == "feedback"
    assert study.metrics["spend"].column == "amount"
    assert study.metrics["spend"].aggregate == "sum"
    assert study.metrics["csat"].aggregate == "mean"
    assert study.metrics["nps"].score == "nps"
    assert study.declared.windows.before == 90
    assert study.links["talk"].drivers == ("handle_minutes",)


def test_an_unknown_key_is_refused_with_file_line_and_suggestion(make_study):
    text = refused(make_study, SOURCES.replace("better: lower", "beter: lower"))
    assert "study.yml, line 10, metrics.handle_minutes.beter" in text
    assert "Did you mean 'better'?" in text


def test_every_mistake_is_told_at_once(make_study):
    text = refused(make_study, SOURCES.replace("scale: [1, 5]", "scale: [5, 1]") + "perod: quarter\n")
    assert "lowest first" in text
    assert "Did you mean 'period'?" in text


def test_a_key_given_twice_is_refused(make_study):
    text = refused(make_study, SOURCES + "study: Again\n")
    assert "study is given twice" in text
    assert "line 2" in text


def test_a_link_naming_an_unknown_metric_says_what_could_be_meant(make_study):
    text = refused(make_study, SOURCES + LINK.replace("[handle_minutes]", "[handel_minutes]"))
    assert "links.talk.drivers" in text
    assert "Did you mean 'handle_minutes'?" in text


def test_a_metric_of_an_unknown_source_is_refused(make_study):
    text = refused(make_study, SOURCES.replace("of: interactions", "of: interaction"))
    assert "metrics.handle_minutes.of" in text
    assert "Did you mean 'interactions'?" in text


def test_an_unknown_role_lists_the_roles(make_study):
    yml = SOURCES.replace("  transactions: {", "  purchases: {").replace("of: transactions", "of: purchases")
    text = refused(make_study, yml)
    assert "no source can be 'purchases'" in text
    assert "transactions" in text


def test_an_outcome_before_its_driver_is_refused(make_study):
    backwards = LINK.replace("outcome: csat", "outcome: handle_minutes").replace("[handle_minutes]", "[csat]")
    text = refused(make_study, SOURCES + backwards)
    assert "comes before its driver csat" in text


def test_money_before_the_answer_cannot_be_its_outcome(make_study):
    text = refused(
        make_study,
        SOURCES
        + LINK.replace("interaction", "survey")
        .replace("csat", "spend_before")
        .replace("handle_minutes", "nps")
        .replace("[channel]", "[]"),
    )
    assert "the 90 days before the answer" in text


def test_a_lag_is_refused_where_there_are_no_periods(make_study):
    assert "grains with periods" in refused(make_study, SOURCES + LINK + "    lag: 1\n")


def test_a_source_needs_one_origin(make_study):
    text = refused(make_study, SOURCES.replace("{from: contacts.csv}", "{columns: {channel: kind}}"))
    assert "sources.interactions" in text
    assert "give either 'from'" in text


def test_a_folder_without_study_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"there is no study\.yml"):
        load_study(tmp_path)


def test_yaml_that_cannot_be_read_is_refused(make_study):
    assert "not readable YAML" in refused(make_study, "study: [")


def test_an_empty_study_is_refused(make_study):
    assert "study.yml is empty: keys such as study, sources" in refused(make_study, "")


def test_a_misspelt_study_name_gets_a_suggestion():
    with pytest.raises(StudyError, match="Did you mean 'demo'"):
        study_folder("demoo")


def test_staging_columns_say_where_they_are_found(make_study):
    yml = SOURCES.replace(
        "columns: {response_id: id}", "columns: {nps: [q1, q1_new]}, doubled: last"
    ).replace(
        "{from: contacts.csv}", "{from: contacts.csv, long: {item: q, value: a, items: {handle_minutes: T}}}"
    )
    study = load_study(make_study(yml + "  reopen_count: {of: feedback}\n"))
    found = {c.name: c.found_in for s in study.sources for c in study.staging_columns(s)}
    assert (found["nps"], found["csat"], found["amount"]) == (
        "q1 or q1_new",
        "csat",
        "amount",
    )
    assert (found["handle_minutes"], found["reopen_count"]) == ("a to T", "")


def test_staging_columns_carry_scale_key_and_origin(make_study):
    columns = {c.name: c for c in load_study(make_study(SOURCES)).staging_columns("feedback")}
    assert columns["response_id"].raw_name == "id"
    assert columns["response_id"].required
    assert (columns["csat"].low, columns["csat"].high) == (1, 5)
    assert columns["customer_id"].optional_in_file


def test_a_source_of_unit_figures_cannot_take_a_name_of_the_models(make_study):
    yml = SOURCES.replace("sources:\n", "sources:\n  grid: {role: unit_periods, from: a.csv}\n")
    assert "'grid' is a name the SQL models use themselves" in refused(make_study, yml)
