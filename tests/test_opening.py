"""An opened study: its tables by period, its last complete period, and what it says of what is not there."""

import re
from inspect import isfunction, signature
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import linkage as lk
from linkage.errors import LinkError, PeriodError, StudyError, TableError, WarehouseError
from linkage.opening import open_study

QUESTIONS = [name for name in lk.__all__ if isfunction(getattr(lk, name))]
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

YML = """
study: Tiny Company
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  transactions: {from: purchases.csv}
metrics:
  csat: {of: feedback, scale: [1, 5], label: Satisfaction}
  spend: {of: transactions, unit: EUR}
windows: {before: 30 days, after: 30 days}
"""

LINK = "links:\n  money: {question: Why, grain: survey, outcome: spend_after, drivers: [csat]}\n"

FILES = {
    "customers.csv": "customer_id,segment\nC1,home\nC2,office\n",
    "answers.csv": "response_id,customer_id,answered_at,csat\n"
    "R1,C1,2025-11-01,4\nR2,C1,2026-02-01,2\nR3,C2,2026-04-10,5\n",
    "purchases.csv": "transaction_id,customer_id,purchased_at,spend\nT1,C1,2025-12-20,5\nT2,C1,2026-05-10,10\n",
}


@pytest.fixture
def tiny(make_study):
    return open_study(make_study(YML + LINK, FILES))


def test_a_study_shows_its_name_title_tables_and_periods(tiny):
    assert (tiny.name, tiny.title) == ("tiny", "Tiny Company")
    assert tiny.tables == ["link_survey", "link_customer_period"]
    assert tiny.periods == ["2025Q4", "2026Q1", "2026Q2"]
    assert repr(tiny) == "OpenStudy('tiny': link_survey, link_customer_period)"


def test_the_last_complete_period_waits_for_its_outcome_windows(make_study, tiny):
    # Money is known until 10 May: windows of 30 days after an answer are closed for answers until 10 April.
    assert tiny.last_complete_period == "2026Q1"
    # Without a link that looks ahead nothing has to be waited for.
    assert open_study(make_study(YML, FILES, name="other")).last_complete_period == "2026Q2"


def test_a_study_all_of_whose_windows_are_open_says_so(make_study):
    files = {**FILES, "purchases.csv": "transaction_id,customer_id,purchased_at,spend\nT1,C1,2025-11-20,5\n"}
    with pytest.raises(
        PeriodError, match=r"no period is complete: the data hold 2025Q4.*shorten windows\.after"
    ):
        _ = open_study(make_study(YML + LINK, files)).last_complete_period


def test_a_table_by_period_and_through_one(tiny):
    assert tiny.table("link_survey", period="2026Q1")["response_id"].tolist() == ["R2"]
    assert tiny.table("link_survey", through="2026Q1")["response_id"].tolist() == ["R1", "R2"]
    assert tiny.relation("link_survey", period="2026Q1").fetchall()[0][0] == "R2"
    assert tiny.table("link_survey", period="2026Q1", through="2026Q2")["response_id"].tolist() == ["R2"]


def test_columns_are_picked_by_name(tiny):
    assert tiny.table("link_survey", columns=["csat", "period"]).columns.tolist() == ["csat", "period"]
    assert tiny.table("link_survey", columns="csat").columns.tolist() == ["csat"]
    with pytest.raises(TableError, match="link_survey has no column 'cast'"):
        tiny.table("link_survey", columns=["cast"])


def test_columns_named_like_words_of_sql_are_picked_too(make_study):
    files = {**FILES, "answers.csv": FILES["answers.csv"] + "R4,C2,2026-05-01,nine\n"}
    study = open_study(make_study(YML + LINK, files))
    found = study.table("rejects", columns=["source", "column"])
    assert found.to_dict("records") == [{"source": "feedback", "column": "csat"}]


@pytest.mark.parametrize(
    ("ask", "kind", "said"),
    [
        (lambda s: s.table("link_survye"), TableError, "Did you mean 'link_survey'"),
        (lambda s: s.table("link_interaction"), TableError, "it needs a source of interactions"),
        (lambda s: s.table("elsewhere"), TableError, "There are: link_survey, link_customer_period"),
        (lambda s: s.table("link_survey", period="2031Q1"), PeriodError, "It holds 2025Q4 to 2026Q2"),
        (lambda s: s.table("link_survey", period="2026-Q1"), PeriodError, "2026Q1"),
        (lambda s: s.table("link_survey", through="2026M01"), PeriodError, "a quarter is needed"),
        (
            lambda s: s.table("link_survey", period="2026Q2", through="2026Q1"),
            PeriodError,
            "No row of 2026Q2 lies up to 2026Q1: give period= or through=",
        ),
        (lambda s: s.table("stg_customers", period="2026Q1"), TableError, "stg_customers has no periods"),
        (lambda s: s.links(period="next"), PeriodError, "'next' is not a period"),
        (lambda s: s.link("monye"), LinkError, "Did you mean 'money'"),
    ],
)
def test_what_is_not_there_gets_a_suggestion(tiny, ask, kind, said):
    with pytest.raises(kind, match=said):
        ask(tiny)


def test_a_table_tells_a_question_its_labels_and_units(tiny):
    surveys = tiny.table("link_survey")
    rows = pd.concat([surveys] * 20, ignore_index=True)
    rows.attrs = surveys.attrs
    rows["spend_before"] = range(len(rows))
    card = lk.link("spend_before ~ csat", rows)
    assert "one point more of satisfaction" in card.summary().lower()
    assert "EUR" in card.summary()


def test_links_are_answered_once_for_each_period(tiny):
    first = tiny.links(period="2026Q2")
    assert tiny.links(period="2026Q2") is first
    assert tiny.links(period="2026Q1") is not first
    assert tiny.link("money", period="2026Q2") is first["money"]


def test_a_study_tells_what_it_holds(tiny):
    assert tiny.contents.values.tolist() == [
        ["link_survey", 3, "2025Q4", "2026Q2"],
        ["link_customer_period", 4, "2025Q4", "2026Q2"],
    ]
    assert tiny.declared_links["link"].tolist() == ["money"]
    assert tiny.sources["rows_read"].tolist() == [2, 3, 2]
    assert tiny.reject_counts.empty


def test_the_first_notebook_answers_a_study_without_links(make_study):
    opened = open_study(make_study(YML, FILES))
    (notebook,) = NOTEBOOKS.glob("00_*.ipynb")
    names = {"study": str(opened.study.folder), "period": "2026Q2"}
    shown = ("display.max_colwidth", "display.max_rows", "display.max_columns", "display.width")
    with pd.option_context(*(part for option in shown for part in (option, pd.get_option(option)))):
        for cell in nbformat.read(notebook, as_version=4).cells:
            if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", ()):
                exec(cell.source, names)
    assert names["opened"].declared_links.empty and len(names["cards"]) == 0


def test_links_are_listed_by_the_same_columns_with_and_without_any(make_study, tiny):
    without = open_study(make_study(YML, FILES, name="none")).declared_links
    assert list(without) == list(tiny.declared_links) and len(tiny.declared_links) == 1


def test_the_sql_shown_is_the_sql_that_ran(tiny):
    sql = tiny.model_sql("event_answer_contact")
    # These answers name no contact: the branch that looks for the last contact before the answer ran.
    assert "last contact" in sql
    rows = tiny.connection.sql(sql).fetchall()
    assert rows == tiny.connection.sql("select * from event_answer_contact").fetchall()
    with pytest.raises(WarehouseError, match="Did you mean 'link_survey'"):
        tiny.model_sql("link_surveys")


def test_joins_for_reading_carry_no_keys(tiny):
    frame = tiny.joins()
    assert "examples" not in frame
    assert "examples" in tiny.ledger
    assert set(tiny.joins("link_survey")["join"]) <= set(frame["join"])


def test_a_folder_without_a_study_or_a_name_gets_a_suggestion(tmp_path):
    with pytest.raises(StudyError, match=r"neither a folder with a study\.yml nor a name"):
        open_study(tmp_path / "nothing")
    with pytest.raises(StudyError, match="Did you mean 'hospitals'"):
        open_study("hospitls")


def takes_a_study(name):
    parameters = signature(getattr(lk, name)).parameters
    return next(iter(parameters), "") in ("study", "opened")


@pytest.mark.parametrize("name", sorted(n for n in set(QUESTIONS) - {"challenge"} if takes_a_study(n)))
def test_a_question_given_a_name_asks_for_the_opened_study(name):
    more = [None] if name == "usual_calculator" else []
    said = f"{name} asks an opened study, not its name: write open_study('demo')"
    with pytest.raises(StudyError, match=re.escape(said)):
        getattr(lk, name)("demo", *more)


def test_the_warehouse_cannot_be_written_by_who_reads_it(tiny):
    import duckdb

    with pytest.raises(duckdb.Error, match="read-only"):
        tiny.connection.execute("drop table link_survey")
