"""Names and texts are written in SQL so that nothing in them ends the quotes."""

import duckdb
import pytest

from linkage.tables.quoting import name_sql, text_sql


@pytest.mark.parametrize("given", ["plain", 'a "b" c', "it's", "x; drop table t --", "ü ß", ""])
def test_a_text_comes_back_as_it_was(given):
    assert duckdb.sql(f"select {text_sql(given)}").fetchall() == [(given,)]


@pytest.mark.parametrize("given", ["plain", 'a "b" c', "it's", "x; drop table t --", "select", "a b"])
def test_a_name_names_its_column(given):
    relation = duckdb.sql(f"select 7 as {name_sql(given)}")
    assert relation.columns == [given]
    assert relation.project(name_sql(given)).fetchall() == [(7,)]
