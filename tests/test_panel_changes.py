"""Change on change, one series over time, and the two accounts of a lagged outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import GrainError, LinkageWarning, PeriodError, TableError, TooFewRowsError
from linkage.panel import add_lags, bracket_lagged_outcome, first_differences, fit_within, newey_west
from linkage.regression import fit_linear


def walks(*, link, units=60, periods=8, seed=0) -> pd.DataFrame:
    """Driver and outcome drift upwards, each a random walk of its own; `link` ties their steps."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(units, periods)) + 1
    y = (link * steps + rng.normal(size=(units, periods)) + 1).cumsum(axis=1)
    unit, period = np.divmod(np.arange(units * periods), periods)
    names = [f"{2020 + p // 4}Q{p % 4 + 1}" for p in period]
    return pd.DataFrame({"unit_id": unit, "period": names, "x": steps.cumsum(axis=1).ravel(), "y": y.ravel()})


ASKED = {"unit": "unit_id", "period": "period"}


def test_changes_by_hand():
    # U1: x 1 2 4, y 1 3 8; U2: x 0 1 1, y 5 6 7. Changes (1,2) (2,5) (1,1) (0,1): slope 4/2 = 2, constant
    # .25.
    table = pd.DataFrame(
        {"u": [1, 1, 1, 2, 2, 2], "t": [1, 2, 3] * 2, "x": [1, 2, 4, 0, 1, 1], "y": [1, 3, 8, 5, 6, 7]}
    )
    found = first_differences(table, "y ~ x", unit="u", period="t", errors="iid")
    assert_allclose(found.estimates["estimate"], [0.25, 2.0])
    assert (found.n_used, found.n_unpaired) == (4, 2)
    # two periods apart: (3, 7), (1, 2), (2, 5): slope 5 / 2
    table = pd.concat([table, pd.DataFrame({"u": [3, 3], "t": [1, 3], "x": [0, 2], "y": [0.0, 5.0]})])
    apart = first_differences(table, "y ~ x", unit="u", period="t", apart=2, errors="iid")
    assert_allclose(apart.term("x").estimate, 2.5)


def test_two_periods_make_changes_and_unit_effects_the_same():
    table = walks(link=0.4)
    two = table[table["period"].isin(["2020Q1", "2020Q2"])]
    changed = first_differences(two, "y ~ x", **ASKED, errors="CR1").term("x")
    within = fit_within(two, "y ~ x", **ASKED, errors="CR1").estimates.loc["x"]
    assert changed.estimate == pytest.approx(within.estimate, rel=1e-7)


def test_a_planted_link_is_found_and_two_trends_without_one_are_not():
    linked = first_differences(walks(link=0.4), "y ~ x", **ASKED).term("x")
    assert abs(linked.estimate - 0.4) < 3 * linked.std_error
    free = walks(link=0.0)
    changes = first_differences(free, "y ~ x", **ASKED).term("x")
    levels = fit_linear(free, "y ~ x", cluster="unit_id").term("x")
    assert changes.low < 0 < changes.high
    assert levels.low > 0.2  # the trap: both merely drift


def test_a_gap_loses_its_pair_and_row_order_does_not_matter():
    table = walks(link=0.4)
    holes = table.drop(index=[3, 10]).sample(frac=1, random_state=2)
    found = first_differences(holes, "y ~ x", **ASKED)
    assert (found.n_used, found.n_unpaired) == (480 - 60 - 4, 60 + 2)
    ordered = first_differences(holes.sort_index(), "y ~ x", **ASKED)
    assert_allclose(found.estimates["estimate"], ordered.estimates["estimate"], rtol=1e-9)
    assert "62 rows have no row to change from" in found.summary()
    assert found.terms == ["Intercept", "x"]


def test_few_units_get_the_wild_bootstrap():
    found = first_differences(walks(link=0.4, units=8), "y ~ x", **ASKED)
    assert found.bootstrapped == ("x",)
    assert found.clusters == 8


def test_categories_change_as_their_columns():
    table = walks(link=0.4)
    table["kind"] = np.where(table["x"] > 3, "big", "small")
    found = first_differences(table, "y ~ x + kind", **ASKED)
    assert found.terms == ["Intercept", "x", "kind[T.small]"]


def test_what_has_no_changes_is_refused():
    table = walks(link=0.4)
    with pytest.raises(PeriodError, match="1 or more"):
        first_differences(table, "y ~ x", **ASKED, apart=0)
    with pytest.raises(TooFewRowsError, match="9 period"):
        first_differences(table, "y ~ x", **ASKED, apart=9)
    with pytest.raises(GrainError, match="share their"):
        first_differences(pd.concat([table, table.iloc[:1]]), "y ~ x", **ASKED)


def test_newey_west_puts_rows_in_order_and_equals_statsmodels():
    import statsmodels.api as sm

    table = walks(link=0.4, units=1, periods=40, seed=3).assign(z=lambda t: np.sin(np.arange(40)))
    shuffled = table.sample(frac=1, random_state=1)
    found = newey_west(shuffled, "y ~ x + z", period="period", lags=3)
    x = sm.add_constant(table[["x", "z"]])
    expected = sm.OLS(table["y"], x).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}, use_t=True
    )
    assert_allclose(found.estimates["estimate"], expected.params, rtol=1e-9)
    assert_allclose(found.estimates["std_error"], expected.bse, rtol=1e-9)
    assert_allclose(found.estimates["low"], expected.conf_int()[0], rtol=1e-7)
    assert "3 lags" in found.errors
    by_rule = newey_west(table, "y ~ x + z", period="period")  # floor(4 (40/100)^(2/9)) = 3
    assert_allclose(by_rule.estimates["std_error"], expected.bse, rtol=1e-9)


def test_newey_west_refuses_a_series_with_a_gap():
    table = walks(link=0.4, units=1, periods=20)
    with pytest.raises(PeriodError, match="after 2021Q1"):
        newey_west(table.assign(x=table["x"].where(table["period"] != "2021Q2")), "y ~ x", period="period")
    with pytest.raises(PeriodError, match="after 2020Q1"):
        newey_west(pd.concat([table, table.iloc[:1]]), "y ~ x", period="period")


def persistent(units=300, periods=6, seed=0) -> pd.DataFrame:
    """y remembers half of itself, units differ for good, and x goes with .3 more y."""
    rng = np.random.default_rng(seed)
    y, rows = rng.normal(size=units) * 1.5, []
    level = rng.normal(size=units)
    for period in range(periods):
        x = 0.5 * level + rng.normal(size=units)
        y = 0.5 * y + 0.3 * x + level + rng.normal(size=units)
        rows.append(pd.DataFrame({"unit_id": np.arange(units), "period": period, "x": x, "y": y}))
    return pd.concat(rows, ignore_index=True)


def test_past_outcome_and_unit_effects_together_mislead_and_are_warned_of():
    table = add_lags(persistent(), unit="unit_id", period="period", columns=["y"]).rows
    with pytest.warns(LinkageWarning, match="T = 5 periods"):
        biased = fit_within(table, "y ~ x + y_lag1", unit="unit_id").estimates.loc["y_lag1"]
    # Nickell 1981: about .5 - 1.5 / 4
    assert biased.high < 0.35


def test_the_two_accounts_bracket_the_planted_link():
    table = add_lags(persistent(), unit="unit_id", period="period", columns=["y"]).rows
    found = bracket_lagged_outcome(table, "y ~ x", lagged="y_lag1", unit="unit_id")
    past, fixed = found.estimates.loc["x", "estimate"]
    assert found.estimates.loc["x"].index.tolist() == ["lagged_outcome", "unit_effects"]
    assert min(past, fixed) - 0.03 < 0.3 < max(past, fixed) + 0.03
    assert (found.n_used, found.n_dropped, found.units) == (1500, 300, 300)
    assert "between the two accounts" in found.summary()
    with pytest.raises(TableError, match="y_lag2"):
        bracket_lagged_outcome(table, "y ~ x", lagged="y_lag2", unit="unit_id")


def test_both_accounts_stand_on_the_same_rows():
    table = add_lags(persistent(units=50), unit="unit_id", period="period", columns=["y"]).rows
    table.loc[::7, "x"] = np.nan
    found = bracket_lagged_outcome(table, "y ~ x", lagged="y_lag1", unit="unit_id", period="period")
    known = table[table["y_lag1"].notna() & table["x"].notna()]
    expected = fit_within(known, "y ~ x", unit="unit_id", period="period", errors="CR1").estimates
    assert_allclose(found.estimates.loc[("x", "unit_effects"), "estimate"], expected.loc["x", "estimate"])
    assert found.n_used == len(known)
