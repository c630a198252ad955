"""What a select may read: nothing whose change no hash of the study's inputs would tell."""

from __future__ import annotations

import pytest

from linkage.errors import SourceError
from linkage.opening import open_study
from linkage.sources.own_files import refuse_foreign_files
from linkage.study import load_study
from linkage.tables.ingredients import source_files

PRICES = "price\n2\n"


@pytest.fixture
def places(tmp_path):
    """A study's folder with its files, and a folder beside it with another."""
    for name in ("study/own.csv", "study/raw/deep.csv", "aside/prices.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(PRICES, encoding="utf-8")
    return tmp_path


def judged(select: str, places, allowed=()) -> None:
    select = select.replace("ASIDE", str(places / "aside")).replace("STUDY", str(places / "study"))
    refuse_foreign_files(select, "sources/prices.sql", places / "study", allowed, None)


@pytest.mark.parametrize(
    "select",
    [
        "select * from read_csv('own.csv')",
        "select * from 'own.csv'",
        "select * from read_csv('*.csv')",
        "select * from read_csv(['own.csv', 'raw/deep.csv'])",
        "select * from read_csv('raw/' || 'deep.csv')",
        "select * from read_csv('STUDY/own.csv')",
        "select * from read_csv('raw/../own.csv')",
        "select 1 as price",
    ],
)
def test_a_select_reads_the_files_of_its_study(places, select):
    assert judged(select, places) is None


FAR = [
    "select * from read_csv('ASIDE/prices.csv')",
    "select * from 'ASIDE/prices.csv'",
    "select * from read_csv('own.csv'), read_csv('ASIDE/prices.csv') as far",
    "select * from read_csv('ASIDE/' || 'prices.csv')",
    "select * from 'own.csv' where price in (select content from read_text('ASIDE/prices.csv'))",
    "select * from query('from ''ASIDE/prices.csv''')",
    "with far as (from 'ASIDE/prices.csv') select * from 'own.csv', far",
]


@pytest.mark.parametrize(
    "select",
    [*FAR, "select * from read_csv('../aside/prices.csv')", "select * from read_csv('ASIDE/*.csv')"],
)
def test_a_file_that_is_none_of_the_study_is_refused_by_name(places, select):
    with pytest.raises(
        SourceError, match=r"sources/prices.sql: the select reads .*aside.*Copy the file into"
    ):
        judged(select, places)


@pytest.mark.parametrize("select", FAR)
def test_a_file_that_study_yml_names_may_be_read(places, select):
    assert judged(select, places, allowed=(places / "aside" / "prices.csv",)) is None


def test_a_table_that_no_select_declares_is_refused(places):
    with pytest.raises(SourceError, match="the table stg_customers, which is nothing of the study"):
        judged("select * from stg_customers", places)


STUDY = """
study: Prices
sources:
  transactions: {sql: bought.sql}
  feedback: {from: answers.csv}
metrics:
  nps: {of: feedback, label: Likelihood to recommend, scale: [0, 10]}
  amount: {of: transactions, label: Spend, unit: EUR}
"""
BOUGHT = (
    "select transaction_id, customer_id, purchased_at, amount * price as amount from 'bought.csv', PRICES"
)
FILES = {
    "bought.csv": "transaction_id,customer_id,purchased_at,amount\nT1,C1,2026-01-05,3\n",
    "answers.csv": "response_id,customer_id,answered_at,nps\nR1,C1,2026-02-01,9\n",
}


def bought(prices: str) -> dict[str, str]:
    return {**FILES, "bought.sql": BOUGHT.replace("PRICES", prices)}


def test_a_study_is_not_opened_with_figures_from_elsewhere(make_study, tmp_path):
    (tmp_path / "factor.csv").write_text(PRICES, encoding="utf-8")
    with pytest.raises(SourceError, match=r"bought.sql: the select reads .*factor.csv, which is no file"):
        open_study(make_study(STUDY, bought(f"'{tmp_path / 'factor.csv'}'"), name="away"))
    opened = open_study(make_study(STUDY, {**bought("'factor.csv'"), "factor.csv": PRICES}))
    assert opened.connection.sql("select amount from stg_transactions").fetchall() == [(6,)]


def test_whatever_kind_of_file_a_select_speaks_of_is_an_input(make_study):
    files = {**bought("read_csv('price.md')"), "price.md": PRICES, "look.py": "1"}
    named = {p.name for p in source_files(load_study(make_study(STUDY, files)))}
    assert "price.md" in named and "look.py" not in named
