"""Purchases as frequency, recency and age: rows by hand, both kinds of input, hold-out, refusals."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from linkage.errors import LinkError, PeriodError, TableError, TooFewRowsError
from linkage.value import summarise_purchases


@pytest.fixture
def purchases() -> pd.DataFrame:
    rows = [
        ("ann", "2026-01-01 09:00", 10.0),
        ("ann", "2026-01-08 10:00", 4.0),
        ("ann", "2026-01-08 18:00", 6.0),  # the same day: one purchase of 10
        ("ann", "2026-01-22 08:00", 20.0),
        ("ann", "2026-02-05 08:00", 7.0),  # after the calibration
        ("ben", "2026-01-15 12:00", 5.0),
        ("cid", "2026-02-01 12:00", 5.0),  # came after the calibration
        ("ben", None, 5.0),
        (None, "2026-01-15 12:00", 5.0),
        ("ben", "2026-01-16 12:00", np.nan),
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "purchased_at", "amount"])
    return table.assign(purchased_at=pd.to_datetime(table["purchased_at"]))


def ask(table, **options):
    return summarise_purchases(table, **{"calibration_until": "2026-01-29"} | options)


def test_histories_by_hand(purchases):
    # ann: 1 January, repeats on the 8th (4 + 6) and the 22nd (20); 21 days to the last, 28 to the end; then 7.
    # ben: 15 January, 14 days to the end. Weeks of 7 days.
    found = ask(purchases)
    assert list(found.customers.index) == ["ann", "ben"]
    columns = ["repeat_count", "recency", "age", "mean_amount", "holdout_count", "holdout_amount"]
    assert_allclose(found.customers[columns], [[2, 3.0, 4.0, 15.0, 1, 7.0], [0, 0.0, 2.0, 0.0, 0, 0.0]])
    assert (found.n_rows, found.n_dropped, found.n_late, found.holdout) == (10, 3, 1, 1.0)
    # Weeks of 1, 8, 15, 22, 29 January: repeats on the 8th and 22nd; 5 February begins an unfinished week.
    assert list(found.by_period["repeat_count"]) == [0, 1, 0, 1, 0]
    assert list(found.by_period["is_holdout"]) == [False, False, False, False, True]
    assert "2 customers" in found.summary() and "Hold-out of 1 week" in found.summary()


def test_a_relation_and_a_table_give_the_same(purchases):
    with duckdb.connect() as connection:
        relation = connection.from_df(purchases)
        pd.testing.assert_frame_equal(ask(purchases).customers, ask(relation).customers)


def test_order_of_rows_and_types_do_not_matter(purchases):
    turned = purchases.iloc[::-1].assign(
        customer_id=purchases["customer_id"].astype("category"), amount=purchases["amount"].astype("Float64")
    )
    one, other = ask(purchases).customers, ask(turned).customers
    assert_array_equal(one.index.astype(str), other.index.astype(str))
    assert_allclose(one.drop(columns="first_on"), other.drop(columns="first_on"))


def test_the_time_unit_scales_times_alone(purchases):
    weeks, days = ask(purchases).customers, ask(purchases, time_unit="day").customers
    assert_allclose(days[["recency", "age"]], 7 * weeks[["recency", "age"]])
    assert_allclose(days[["repeat_count", "mean_amount"]], weeks[["repeat_count", "mean_amount"]])


def test_without_a_calibration_day_there_is_no_holdout(purchases):
    found = summarise_purchases(purchases)
    assert found.holdout == 0 and found.customers["holdout_count"].sum() == 0
    assert found.n_late == 0 and not found.by_period["is_holdout"].any()
    assert found.customers.loc["ann", "repeat_count"] == 3


def test_purchases_after_the_last_day_are_counted_out(purchases):
    found = ask(purchases, observed_until="2026-01-31")
    assert found.n_dropped == 5 and found.n_late == 0 and found.customers["holdout_count"].sum() == 0


def test_a_given_table_is_left_as_it_was(purchases):
    before = purchases.copy(deep=True)
    ask(purchases)
    pd.testing.assert_frame_equal(purchases, before)


@pytest.mark.parametrize(
    ("change", "options", "error", "said"),
    [
        ({"amount": -1.0}, {}, TableError, "negative"),
        ({"amount": "ten"}, {}, TableError, "amount"),
        ({"purchased_at": "2026-01-01"}, {}, TableError, "dates first"),
        ({"amount": np.nan}, {}, TooFewRowsError, "None of 10 rows"),
        ({}, {"amount": "amont"}, TableError, "Did you mean 'amount'"),
        ({}, {"time_unit": "fortnight"}, LinkError, "fortnight"),
        ({}, {"calibration_until": "2027-01-01"}, PeriodError, "after the last day"),
        ({}, {"calibration_until": "2025-01-01"}, TooFewRowsError, "had bought by"),
        ({}, {"calibration_until": "soon"}, PeriodError, "soon"),
    ],
)
def test_what_cannot_be_read_is_refused(purchases, change, options, error, said):
    with pytest.raises(error, match=said):
        ask(purchases.assign(**change), **options)
