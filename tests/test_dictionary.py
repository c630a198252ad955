"""The data dictionary: every column, where it came from, what it means, and nothing that a page would run."""

import pandas as pd
import pytest

from linkage.dictionary import data_dictionary
from linkage.dictionary.glossary import WORDS
from linkage.dictionary.meaning import MADE, MEANS, NOUN, ROLES_OF
from linkage.errors import TableError
from linkage.kpis.definitions import KPIS
from linkage.opening import open_study
from linkage.study_file.declaration import ROLES


@pytest.fixture(scope="module")
def words(demo):
    return data_dictionary(demo)


@pytest.fixture(scope="module")
def entries(words):
    return words.entries.set_index(["table", "column"])


def test_every_column_of_every_table_has_its_entry(demo, hospitals, words):
    for study, found in ((demo, words), (hospitals, data_dictionary(hospitals))):
        for table in study.tables:
            rows = found.entries[found.entries["table"] == table]
            assert rows["column"].tolist() == study.connection.table(table).columns
        assert (found.entries[["label", "definition"]].map(len) > 0).all(axis=None)


def test_an_entry_leads_back_to_the_file_and_its_column(entries):
    # As data/demo/study.yml declares them.
    expected = {
        ("link_survey", "spend_after"): ("transactions", "purchases.csv.gz", "amount", "made"),
        ("link_interaction", "employee_id"): ("interactions", "contacts.csv.gz", "agent", "key"),
        ("link_survey", "employee_id"): ("interactions", "contacts.csv.gz", "agent", "key"),
        ("link_survey", "answered_at"): ("feedback", "surveys/*.csv.gz", "date", "time"),
        ("link_interaction", "promised_at"): ("interactions", "contacts.csv.gz", "promised", "time"),
        ("link_customer_period", "segment"): ("customers", "customers.csv", "segment", "attribute"),
        ("link_unit_period", "partner_satisfaction"): (
            *("partner_periods", "sources/partner_periods.sql", "partner_satisfaction", "metric"),
        ),
        ("link_survey", "exit_score_recorded_at"): ("customers", "customers.csv", "care_scored_on", "time"),
        ("link_customer_period", "order_count"): ("", "", "", "made"),
    }
    found = entries[["source", "files", "raw_column", "what"]]
    for place, row in expected.items():
        assert tuple(found.loc[place]) == row, place


def test_an_entry_has_unit_scale_and_direction(entries):
    columns = ["unit", "scale", "better"]
    assert entries.loc[("link_survey", "nps"), columns].tolist() == ["point", "0 to 10", "higher"]
    assert entries.loc[("link_survey", "handle_minutes"), columns].tolist() == ["minute", "", "lower"]
    assert entries.loc[("link_unit_period", "spend_growth"), columns].tolist() == ["share", "", "higher"]
    assert entries.loc[("link_customer_period", "is_lost"), columns].tolist() == ["share", "", "lower"]


def test_a_definition_tells_window_and_aggregation(entries):
    said = entries["definition"]
    assert "90 days before the answer" in said["link_survey", "spend_before"]
    assert "90 days after the answer" in said["link_survey", "margin_after"]
    assert said["link_survey", "handle_minutes"].startswith(
        "Mean over the customer's contacts in the 90 days"
    )
    assert "the last of several" in said["link_interaction", "csat"]
    assert "zero where there are none" in said["link_customer_period", "spend"]
    assert "missing where there are none" in said["link_unit_period", "spend"]
    assert "Care score" in said["link_interaction", "exit_score_recorded_at"]
    assert "care_scored_on" in entries.loc[("link_customer_period", "exit_score"), "trap"]


def test_it_counts_and_ranges_what_is_there(demo, entries):
    surveys = demo.table("link_survey")
    row = entries.loc["link_survey", "spend_after"]
    known = surveys["spend_after"].dropna()
    assert (row["rows"], row["filled"]) == (len(surveys), len(known))
    assert (row["low"], row["high"]) == (known.min(), known.max())
    # A score of the relationship survey is in no answer to a contact; a key has no range.
    assert entries.loc[("link_interaction", "nps"), "filled"] == 0
    assert pd.isna(entries.loc[("link_survey", "customer_id"), "low"])


def test_metrics_and_kpis_have_a_row_each(demo, hospitals, words):
    assert words.metrics["metric"].tolist() == list(demo.study.metrics)
    spend = words.metrics.set_index("metric").loc["spend"]
    assert (spend["source"], spend["raw_column"], spend["unit"]) == ("transactions", "amount", "EUR")
    kpis = words.kpis.set_index("kpi")
    assert kpis.index.tolist() == [kpi.name for kpi in KPIS]
    assert kpis.loc[kpis["lacks"] != ""].index.tolist() == ["failure_demand_share", "abandonment_rate"]
    assert (data_dictionary(hospitals).kpis["lacks"] != "").all()


def test_the_words_are_explained_once_each(words):
    assert words.glossary["word"].is_unique
    assert {"grain", "join ledger", "link card", "evidence level L0", "evidence level L5"} <= set(
        words.glossary["word"]
    )
    assert len(words.glossary) == len(WORDS) + 6
    assert (words.glossary["meaning"].str.len() > 10).all()


def test_what_is_said_of_roles_exists():
    for grain, roles in ROLES_OF.items():
        assert set(roles) <= set(ROLES)
        assert grain in MADE
    assert {role for _, role in MEANS} <= set(NOUN) <= set(ROLES)


TINY = """
study: "Tiny <b>& Co</b>"
minimum_group: 3
sources:
  feedback: {from: answers.csv, columns: {mood: "<i>mood</i>"}}
  interactions: {from: contacts.csv}
metrics:
  csat: {of: feedback, scale: [1, 5], label: "Satisfied? <script>alert(1)</script>"}
  handle_minutes: {of: interactions, unit: minute, better: lower}
windows: {before: 30 days, after: 60 days}
rules: {answers_to_one_contact: mean, contacts_before_answer: last}
"""
FILES = {
    "answers.csv": "response_id,customer_id,interaction_id,answered_at,csat,<i>mood</i>\n"
    "R1,C1,I1,2026-02-01 12:00,4,<u>good</u>\nR2,C1,,2026-02-02 12:00,2,\nR3,C2,,2026-02-03 12:00,1,\n",
    "contacts.csv": "interaction_id,customer_id,started_at,ended_at,handle_minutes\n"
    "I1,C1,2026-02-01 10:00,2026-02-01 10:10,10\n",
}


@pytest.fixture
def tiny(make_study):
    return data_dictionary(open_study(make_study(TINY, FILES)))


def test_what_comes_from_a_study_cannot_run_on_a_page(tiny):
    html = tiny._repr_html_() + tiny.filled.to_html() + tiny.metrics.to_html()
    assert "&lt;script&gt;" in html
    for tag in ("<script", "<b>", "<i>", "<u>"):
        assert tag not in html


def test_a_range_of_few_values_is_not_shown(tiny):
    entries = tiny.entries.set_index(["table", "column"])
    assert entries.loc[("link_survey", "csat"), ["low", "high"]].tolist() == [1, 4]
    assert entries.loc[("link_interaction", "csat"), "filled"] == 1
    assert entries.loc[("link_interaction", "csat"), ["low", "high"]].isna().all()


def test_the_rules_of_a_study_stand_in_its_definitions(tiny):
    entries = tiny.entries.set_index(["table", "column"])["definition"]
    assert "the mean of several" in entries["link_interaction", "csat"]
    assert entries["link_survey", "handle_minutes"].startswith(
        "Of the customer's last contact in the 30 days"
    )


def test_one_table_can_be_read_and_another_is_refused(tiny):
    assert "csat" in tiny.of("link_survey").index
    assert "wave" not in tiny.of("link_survey").index  # never filled
    with pytest.raises(TableError, match="no link_unit_period"):
        tiny.of("link_unit_period")
    assert tiny.summary().startswith("Tiny <b>& Co</b>: ")
