"""What a table must be before an analysis reads it: of pandas, each column once, numbers where they count."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

import linkage as lk
from linkage.aggregation import gate_aggregation
from linkage.chain import fit_chain
from linkage.errors import LinkageError, TableError, TooFewRowsError
from linkage.metrics import first_factor_share, scale_reliability
from linkage.panel import add_lags
from linkage.rows import as_numbers, complete_rows, require_columns
from linkage.thresholds import fit_shape

QUESTIONS = {
    "fit_linear": lambda table: lk.fit_linear(table, "csat ~ wait"),
    "rank_drivers": lambda table: lk.rank_drivers(table, outcome="csat", drivers=["wait"], draws=100),
    "bin_means": lambda table: lk.bin_means(table, outcome="csat", driver="wait"),
    "find_break": lambda table: lk.find_break(table, outcome="csat", driver="wait", draws=99),
    "link": lambda table: lk.link("csat ~ wait", table),
    "mean_score": lambda table: lk.mean_score(table, score="wait", scale=(-9, 9)),
    "net_promoter": lambda table: lk.net_promoter(table, score="wait"),
    "summarise_metrics": lambda table: lk.summarise_metrics(table, {"wait": {"scale": (-9, 9)}}, by=None),
}
DAY = pd.Timestamp("2026-01-01")
DATED = {
    "moments": pd.Series([DAY, pd.NaT]),
    "moments with a zone": pd.Series([DAY.tz_localize("UTC")]),
    "missing moments": pd.Series([pd.NaT], dtype="datetime64[us]"),
    "durations": pd.Series([pd.Timedelta(3, unit="h")]),
    "plain dates": pd.Series([None, dt.date(2026, 1, 1)]),
    "plain durations": pd.Series([dt.timedelta(days=1)], dtype=object),
    "periods": pd.Series(pd.period_range("2026Q1", periods=2, freq="Q")),
    "categories of dates": pd.Series(pd.Categorical([DAY])),
    "dates of Arrow": pd.Series([dt.date(2026, 1, 1)], dtype="date32[pyarrow]"),
}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(3)
    return pd.DataFrame(rng.normal(size=(60, 2)), columns=["csat", "wait"])


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_a_column_that_is_there_twice_is_refused(table, ask):
    doubled = pd.concat([table, table[["wait"]]], axis="columns")
    with pytest.raises(TableError, match=r"(?i)two columns|2 columns called 'wait'"):
        ask(doubled)


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("wrong", [None, [1, 2], {"csat": [1]}], ids=["nothing", "a list", "a dictionary"])
def test_what_is_no_table_is_refused_by_its_kind(ask, wrong):
    with pytest.raises(TableError, match=f"needs a table .* not {type(wrong).__name__}"):
        ask(wrong)


@pytest.mark.parametrize(
    "more", [{}, {"cluster": "customer_id"}], ids=["found by its name", "as the cluster"]
)
def test_scores_refuse_two_columns_that_say_whose_an_answer_is(table, more):
    table = table.assign(response_id=range(60), customer_id="C1")
    doubled = pd.concat([table, table[["customer_id"]]], axis="columns")
    with pytest.raises(TableError, match="2 columns called 'customer_id'"):
        lk.mean_score(doubled, score="wait", scale=(-9, 9), **more)


@pytest.mark.parametrize("wrong", [None, [], {}], ids=["nothing", "a list", "a dictionary"])
def test_what_is_no_answer_of_the_question_before_is_refused_by_its_kind(demo, wrong):
    with pytest.raises(TableError, match=f"as keep_and_lose gives it, not beside {type(wrong).__name__}"):
        lk.usual_calculator(demo, wrong)
    with pytest.raises(TableError, match=f"the cards of a study.* not {type(wrong).__name__}"):
        lk.specification_curves(wrong)


def test_a_doubled_column_that_nobody_asked_of_is_no_matter(table):
    doubled = pd.concat([table, table[["wait"]]], axis="columns")
    assert require_columns(doubled, ["csat"]) is None
    assert_array_equal(complete_rows(doubled, ["csat"])["csat"], table["csat"])


@pytest.mark.parametrize("name", ["fit_linear", "rank_drivers", "bin_means", "find_break", "link"])
@pytest.mark.parametrize("column", ["wait", "csat"])
def test_a_date_is_no_number_of_an_analysis(table, name, column):
    dated = table.assign(**{column: pd.date_range("2026-01-01", periods=len(table))})
    with pytest.raises(TableError, match=f"'{column}' holds dates or durations"):
        QUESTIONS[name](dated)


@pytest.mark.parametrize("values", DATED.values(), ids=DATED)
def test_dates_and_durations_of_every_type_are_refused_as_numbers(values):
    with pytest.raises(TableError, match="'when' holds dates or durations"):
        as_numbers(values.rename("when"))


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, 0, None], dtype="boolean"),
        pd.Series([Decimal("1"), Decimal("0"), None]),
        pd.Series([1, 0, None], dtype="Int64"),
        pd.Series([1, 0, None]).convert_dtypes(dtype_backend="pyarrow"),
        pd.Series([1, 0, np.inf]),
        pd.Series(pd.Categorical([1, 0, None])),
        pd.Series([True, False, None], dtype=object),
    ],
    ids=lambda values: str(values.dtype),
)
def test_what_says_a_number_is_read_as_one(values):
    assert_array_equal(as_numbers(values), [1.0, 0.0, np.nan])


AS_TEXT = {
    "str": pd.Series(["1", "0.5", None]),
    "object": pd.Series(["1", "0.5", None], dtype=object),
    "Arrow": pd.Series(["1", "0.5", None]).convert_dtypes(dtype_backend="pyarrow"),
    "categories": pd.Series(pd.Categorical(["1", "0.5", None])),
}


@pytest.mark.parametrize("values", AS_TEXT.values(), ids=AS_TEXT)
def test_numbers_kept_as_text_are_refused_with_the_cast_to_write(values):
    with pytest.raises(TableError, match=r"text, for example '1'. Write table\['nps'\] = pd.to_numeric"):
        as_numbers(values.rename("nps"))


@pytest.mark.parametrize("name", ["link", "rank_drivers", "bin_means", "find_break"])
def test_a_driver_of_numbers_kept_as_text_is_refused_by_every_question_alike(name):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"wait": rng.integers(0, 9, 200), "csat": rng.normal(size=200)})
    QUESTIONS[name](table)
    with pytest.raises(LinkageError, match=r"numbers as text, .* Write table\['wait'\] = pd.to_numeric"):
        QUESTIONS[name](table.assign(wait=table["wait"].astype(str)))


def test_codes_declared_as_categories_may_be_a_driver():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"tier": rng.integers(0, 3, 200).astype(str), "csat": rng.normal(size=200)})
    found = lk.link("csat ~ tier", table.astype({"tier": "category"}))
    assert found.estimates["category"].tolist() == ["1 against 0", "2 against 0"]


def test_arrow_columns_give_the_same_fit():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"wait": rng.integers(0, 9, 200), "segment": rng.choice(["a", "b"], 200)})
    table = table.assign(csat=rng.normal(size=200), is_new=rng.random(200) < 0.5)
    plain, arrow = (
        lk.link("csat ~ wait + segment + is_new", t)
        for t in (table, table.convert_dtypes(dtype_backend="pyarrow"))
    )
    assert_frame_equal(arrow.estimates, plain.estimates)
    assert arrow.summary() == plain.summary()


BY_ITSELF = {
    "rank_drivers": lambda t, one: lk.rank_drivers(
        t, outcome="csat", drivers=one("wait"), controls=one("segment"), draws=100
    ),
    "find_break": lambda t, one: lk.find_break(
        t, outcome="csat", driver="wait", controls=one("segment"), draws=99
    ),
    "fit_shape": lambda t, one: fit_shape(t, outcome="csat", driver="wait", controls=one("segment")),
    "fit_linear": lambda t, one: lk.fit_linear(
        t, "csat ~ wait + skill", cluster="unit", drivers=one("skill")
    ),
    "link": lambda t, one: lk.link("csat ~ wait + skill", t, drivers=one("skill")),
    "fit_chain": lambda t, one: fit_chain(
        t, cause="wait", between=one("skill"), outcome="csat", controls=one("segment"), draws=100
    ),
    "gate_aggregation": lambda t, one: gate_aggregation(t, group="unit", items=one("csat")),
}


@pytest.mark.parametrize("ask", BY_ITSELF.values(), ids=BY_ITSELF)
def test_a_column_given_by_itself_is_one_and_not_its_letters(table, ask):
    rows = np.arange(len(table))
    skill = np.random.default_rng(4).normal(size=len(table))
    wide = table.assign(skill=skill, segment=np.where(rows % 3 == 0, "a", "b"), unit=rows % 10)
    one, listed = ask(wide, lambda name: name), ask(wide, lambda name: [name])
    assert_frame_equal(one.to_frame(), listed.to_frame())


def test_one_lagged_column_may_be_given_by_itself():
    panel = pd.DataFrame({"unit": ["a", "a"], "period": ["2026Q1", "2026Q2"], "csat": [3.0, 4.0]})
    made = add_lags(panel, unit="unit", period="period", columns="csat").rows
    assert_array_equal(made["csat_lag1"], [np.nan, 3.0])


def test_items_that_are_one_word_are_refused_by_that_word(table):
    with pytest.raises(TableError, match="two or more different items; got wait"):
        scale_reliability(table, items="wait")
    with pytest.raises(TableError, match="two or more different columns; got wait"):
        first_factor_share(table, columns="wait")


def test_a_column_taken_along_makes_no_row_incomplete_and_is_not_named_among_those_that_do():
    table = pd.DataFrame({"csat": [1.0, np.nan, 3.0], "note": [None, "b", "c"]})
    rows = complete_rows(table, ["csat"], along=["note"])
    assert_frame_equal(rows, pd.DataFrame({"csat": [1.0, 3.0], "note": [None, "c"]}))
    with pytest.raises(TooFewRowsError, match="1 of 2 rows is complete in csat; at least 9"):
        complete_rows(table[:2], ["csat"], along=["note"], at_least=9)
