"""Fits averaged over periods."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import LinkageError, TooFewRowsError
from linkage.panel import fit_by_period


def panel(slope: float, seed: int, periods: int = 20, units: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    period = np.repeat(np.arange(periods), units)
    shock = rng.normal(0, 1, periods)[period]
    x = rng.normal(0, 1, len(period))
    return pd.DataFrame(
        {"period": period, "x": x, "y": 2 + slope * x + shock + rng.normal(0, 1, len(period))}
    )


def test_it_is_the_mean_of_the_periods_own_slopes():
    # By hand: period 1 has slope 1 (0,0)-(2,2), period 2 slope 2, period 3 slope 3, each with a centre point on
    # the line shifted so that the fit is not perfect: mean 2, sd 1, error 1 / sqrt(3).
    rows = [{"p": p, "x": x, "y": p * x + e} for p in (1, 2, 3) for x, e in ((0, 0.1), (1, -0.2), (2, 0.1))]
    found = fit_by_period(pd.DataFrame(rows), "y ~ x", period="p").estimates.loc["x"]
    assert_allclose([found.estimate, found.std_error, found.df], [2, 1 / np.sqrt(3), 2])


def test_a_planted_slope_is_recovered_although_periods_share_a_shock():
    row = fit_by_period(panel(0.4, seed=1), "y ~ x", period="period").estimates.loc["x"]
    assert abs(row.estimate - 0.4) < 3 * row.std_error


def test_a_planted_nothing_is_not_found():
    row = fit_by_period(panel(0.0, seed=2), "y ~ x", period="period").estimates.loc["x"]
    assert row.low < 0 < row.high


def test_a_period_too_small_to_fit_is_skipped_and_said():
    table = pd.concat([panel(0.4, 3), pd.DataFrame({"period": [99], "x": [0.0], "y": [0.0]})])
    fit = fit_by_period(table, "y ~ x", period="period")
    assert list(fit.skipped) == [99]
    assert "1 periods could not be fitted" in fit.summary()


def test_row_order_does_not_matter():
    table = panel(0.4, seed=4)
    first = fit_by_period(table, "y ~ x", period="period").estimates
    second = fit_by_period(table.sample(frac=1, random_state=0), "y ~ x", period="period").estimates
    assert_allclose(first.to_numpy(), second.to_numpy(), rtol=1e-9)


def test_refusals():
    with pytest.raises(TooFewRowsError, match="needs two"):
        fit_by_period(panel(0.4, 5, periods=1), "y ~ x", period="period")
    table = panel(0.4, 6, periods=2).assign(kind="a")
    table.loc[::2, "kind"] = "b"
    table.loc[(table["period"] == 1) & (table.index % 3 == 0), "kind"] = "c"
    with pytest.raises(LinkageError, match="same terms"):
        fit_by_period(table, "y ~ x + kind", period="period")
