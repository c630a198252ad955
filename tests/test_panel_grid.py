"""Complete grids and lags by period."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from linkage.errors import GrainError, PeriodError, TableError
from linkage.panel import add_lags, complete_grid
from linkage.periods import parse_period


@pytest.fixture
def gappy() -> pd.DataFrame:
    """U1 lacks 2025Q4 and 2026Q1; U2 has two quarters only; the rows are not in order."""
    rows = [("U1", "2026Q2", 4.0), ("U2", "2025Q4", 7.0), ("U1", "2025Q2", 1.0), ("U1", "2025Q3", 2.0)]
    return pd.DataFrame([*rows, ("U2", "2026Q1", 8.0)], columns=["unit_id", "period", "spend"])


def test_a_grid_fills_each_unit_between_its_own_ends(gappy):
    grid = complete_grid(gappy, unit="unit_id", period="period")
    assert grid.rows[["unit_id", "period", "is_filled"]].to_numpy().tolist() == [
        ["U1", "2025Q2", False],
        ["U1", "2025Q3", False],
        ["U1", "2025Q4", True],
        ["U1", "2026Q1", True],
        ["U1", "2026Q2", False],
        ["U2", "2025Q4", False],
        ["U2", "2026Q1", False],
    ]
    assert grid.rows["spend"].isna().tolist() == grid.rows["is_filled"].tolist()
    assert grid.counts.loc["filled rows"].tolist() == [2, 7, pytest.approx(2 / 7)]
    assert "filled rows: 2 of 7" in grid.summary()


def test_an_overall_grid_gives_all_units_the_same_periods(gappy):
    grid = complete_grid(gappy, unit="unit_id", period="period", span="overall").to_frame()
    assert grid.groupby("unit_id")["period"].apply(list).map(len).tolist() == [5, 5]
    assert grid["is_filled"].sum() == 5


def test_a_grid_keeps_the_kind_of_period_and_unit_it_was_given(gappy):
    years = gappy.assign(period=[2022, 2019, 2018, 2019, 2020], unit_id=[1, 2, 1, 1, 2])
    grid = complete_grid(years, unit="unit_id", period="period").rows
    assert grid["period"].tolist() == [2018, 2019, 2020, 2021, 2022, 2019, 2020]
    assert (grid["period"].dtype, grid["unit_id"].dtype) == (years["period"].dtype, years["unit_id"].dtype)
    objects = gappy.assign(period=gappy["period"].map(parse_period))
    assert complete_grid(objects, unit="unit_id", period="period").rows["period"].iloc[2] == parse_period(
        "2025Q4"
    )


def test_a_lag_is_found_by_period_and_never_across_a_gap(gappy):
    lagged = add_lags(gappy, unit="unit_id", period="period", columns=["spend"], lags=[1, 3, -1])
    rows = lagged.rows
    # U1 2026Q2: the row above it in time is 2025Q3, three quarters back, not one.
    assert rows["spend_lag1"].tolist()[1:] == pytest.approx([np.nan, np.nan, 1.0, 7.0], nan_ok=True)
    assert np.isnan(rows["spend_lag1"].iloc[0])
    assert rows["spend_lag3"].iloc[0] == 2.0
    assert rows["spend_lead1"].tolist() == pytest.approx([np.nan, 8.0, 2.0, np.nan, np.nan], nan_ok=True)
    assert rows[["unit_id", "period", "spend"]].equals(gappy)
    assert lagged.counts["count"].to_dict() == {
        "spend_lag1 missing": 3,
        "spend_lag3 missing": 4,
        "spend_lead1 missing": 3,
    }


def test_row_order_does_not_matter_to_a_lag(gappy):
    asked = {"unit": "unit_id", "period": "period", "columns": ["spend"]}
    shuffled = gappy.sample(frac=1, random_state=3)
    found = add_lags(shuffled, **asked).rows.sort_index()
    pd.testing.assert_frame_equal(found, add_lags(gappy, **asked).rows)


@pytest.mark.parametrize("key", ["unit_id", "period", ["unit_id", "period"], "spend"])
def test_a_table_indexed_by_its_own_key_is_read_as_any_other(gappy, key):
    asked = {"unit": "unit_id", "period": "period"}
    indexed = gappy.set_index(key, drop=False)
    lagged = add_lags(indexed, columns=["spend"], **asked).rows
    pd.testing.assert_frame_equal(
        lagged.reset_index(drop=True), add_lags(gappy, columns=["spend"], **asked).rows
    )
    assert lagged.index.equals(indexed.index)
    pd.testing.assert_frame_equal(complete_grid(indexed, **asked).rows, complete_grid(gappy, **asked).rows)


def test_text_flags_and_nullable_columns_can_be_lagged(gappy):
    table = gappy.assign(
        name=["a", "b", None, "d", "e"],
        seen=pd.array([True, None, False, True, True], dtype="boolean"),
        wave=pd.array([1, 2, None, 4, 5], dtype="Int64"),
    )
    rows = add_lags(table, unit="unit_id", period="period", columns=["name", "seen", "wave"]).rows
    assert pd.isna(rows["name_lag1"].iloc[3])
    assert (rows["name_lag1"].iloc[4], rows["seen_lag1"].iloc[3], rows["wave_lag1"].iloc[4]) == (
        "b",
        False,
        2,
    )


def test_a_fiscal_year_lags_like_any_other(gappy):
    rows = add_lags(
        gappy, unit="unit_id", period="period", columns=["spend"], fiscal_year_starts="april"
    ).rows
    assert rows["spend_lag1"].iloc[3] == 1.0


def test_two_rows_of_one_unit_and_period_are_refused(gappy):
    doubled = pd.concat([gappy, gappy.iloc[[1]]])
    with pytest.raises(GrainError, match=r"2 of 6 rows share their \(unit_id, period\).*\(U2, 2025Q4\)"):
        complete_grid(doubled, unit="unit_id", period="period")
    with pytest.raises(GrainError, match="Aggregate"):
        add_lags(doubled, unit="unit_id", period="period", columns=["spend"])


def test_what_is_not_a_panel_is_refused(gappy):
    asked = {"unit": "unit_id", "period": "period"}
    with pytest.raises(TableError, match=r"'spent'.*'spend'"):
        add_lags(gappy, **asked, columns=["spent"])
    with pytest.raises(PeriodError, match="mixes quarter and year"):
        complete_grid(gappy.assign(period=["2026Q2", "2025", "2025Q2", "2025Q3", "2024"]), **asked)
    with pytest.raises(PeriodError, match="1 of 5 rows have no 'period'"):
        complete_grid(gappy.assign(period=["2026Q2", None, "2025Q2", "2025Q3", "2024Q1"]), **asked)
    with pytest.raises(PeriodError, match="dates"):
        complete_grid(gappy.assign(period=pd.Timestamp("2026-01-01")), **asked)
    with pytest.raises(PeriodError, match=r"holds 2020\.5"):
        complete_grid(gappy.assign(period=[1, 2, 3, 4, 2020.5]), **asked)
    with pytest.raises(PeriodError, match="lag of 0"):
        add_lags(gappy, **asked, columns=["spend"], lags=[0])
    with pytest.raises(TableError, match="already has a column 'spend_lag1'"):
        add_lags(gappy.assign(spend_lag1=0), **asked, columns=["spend"])
    with pytest.raises(TableError, match="span"):
        complete_grid(gappy, **asked, span="all")
    with pytest.raises(TableError, match="no rows"):
        complete_grid(gappy.iloc[:0], **asked)
    with pytest.raises(TableError, match="no 'unit_id'"):
        complete_grid(gappy.assign(unit_id=["U1", None, "U1", "U1", "U2"]), **asked)
