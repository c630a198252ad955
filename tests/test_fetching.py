"""Rows fetched through Arrow are those that DuckDB's own way gives: columns, types, values, missing ones."""

from __future__ import annotations

from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from linkage.fetching import PLAIN, fetch_rows, fetched_once

VALUES = {
    "BOOLEAN": "true",
    "TINYINT": "-7",
    "SMALLINT": "-300",
    "INTEGER": "70000",
    "BIGINT": "9007199254740993",
    "UTINYINT": "200",
    "USMALLINT": "60000",
    "UINTEGER": "4000000000",
    "UBIGINT": "18446744073709551615",
    "DOUBLE": "0.1",
    "FLOAT": "0.1",
    "VARCHAR": "'Zürich 東京'",
    "DATE": "'1899-12-31'",
    "TIMESTAMP": "'2026-03-29 02:30:00.123456'",
    "DECIMAL(12,2)": "1.25",
    "HUGEINT": "5",
    "TIME": "'10:00'",
    "INTERVAL": "'3 days'",
    "INTEGER[]": "[1, 2]",
    "ENUM('x', 'y')": "'x'",
}
ROWS = {
    "some missing": "",
    "none missing": "where there",
    "all missing": "where not there",
    "no row": "where false",
}


@pytest.fixture(scope="module")
def connection():
    connected = duckdb.connect()
    columns = ", ".join(f"cast({value} as {kind}) as v{i}" for i, (kind, value) in enumerate(VALUES.items()))
    nulls = ", ".join(f"null as v{i}" for i in range(len(VALUES)))
    connected.execute(f"create table t as select true as there, {columns} union all select false, {nulls}")
    return connected


def test_every_type_that_goes_through_arrow_is_tried():
    assert PLAIN.issubset(VALUES)


@pytest.mark.parametrize("which", ROWS)
@pytest.mark.parametrize("kind", VALUES)
def test_a_column_is_what_duckdb_makes_of_it(connection, kind, which):
    column = f"v{list(VALUES).index(kind)}"
    relation = connection.sql(f"select {column}, 1.5::double as beside from t {ROWS[which]} order by there")
    pd.testing.assert_frame_equal(fetch_rows(relation), relation.df(), check_exact=True)


def test_all_plain_columns_together(connection):
    plain = ", ".join(f"v{i}" for i, kind in enumerate(VALUES) if kind in PLAIN)
    relation = connection.sql(f"select {plain} from t order by there")
    pd.testing.assert_frame_equal(fetch_rows(relation), relation.df(), check_exact=True)


def test_two_columns_of_one_name_are_told_apart_as_duckdb_does(connection):
    relation = connection.sql("select there, there from t order by there")
    pd.testing.assert_frame_equal(fetch_rows(relation), relation.df())


def test_what_was_fetched_can_be_changed(connection):
    frame = fetch_rows(connection.sql("select v9, v11, there from t where there"))
    frame.loc[0, "v9"] = 2.5
    frame["v9"] += 1
    assert frame["v9"].tolist() == [3.5]


@pytest.mark.parametrize(
    "table", ["link_interaction", "link_survey", "link_customer_period", "stg_customers"]
)
def test_a_table_of_the_demo_is_what_duckdb_makes_of_it(demo, table):
    relation = demo.connection.table(table)
    pd.testing.assert_frame_equal(fetch_rows(relation), relation.df(), check_exact=True)


def test_rows_held_are_fetched_once_and_whoever_asks_has_a_table_of_their_own():
    calls = []

    @fetched_once
    def counted(study, through):
        calls.append(through)
        return pd.DataFrame({"x": [1.0, 2.0], "period": through})

    shop, other = SimpleNamespace(held_rows={}), SimpleNamespace(held_rows={})
    first = counted(shop, "2026Q1")
    first["y"], first.loc[0, "x"] = 5, 9.0
    assert counted(shop, "2026Q1")["x"].tolist() == [1.0, 2.0]
    assert list(counted(shop, "2026Q1")) == ["x", "period"] and calls == ["2026Q1"]
    assert counted(shop, "2026Q2")["period"].unique().tolist() == ["2026Q2"]
    assert counted(other, "2026Q2")["period"].unique().tolist() == ["2026Q2"]
    assert calls == ["2026Q1", "2026Q2", "2026Q2"]
