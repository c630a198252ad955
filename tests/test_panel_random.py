"""Between units, random effects, Hausman."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import FitError, LinkError, TooFewRowsError
from linkage.panel import fit_between, fit_within, hausman_test, random_effects
from linkage.regression import fit_linear


def panel(units=60, *, endogenous=0.0, drop=0.3, seed=0) -> pd.DataFrame:
    """y = 1 + .5 x + level + noise; the level leans on the unit's x by `endogenous`."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), 5)
    usual = rng.normal(size=units)
    level = endogenous * usual + rng.normal(size=units)
    x = usual[unit] + rng.normal(size=len(unit))
    y = 1 + 0.5 * x + level[unit] + 0.7 * rng.normal(size=len(unit))
    table = pd.DataFrame(
        {"unit_id": [f"U{u:02d}" for u in unit], "x": x, "y": y, "north": (unit % 2).astype(bool)}
    )
    return table[rng.random(len(table)) > drop].reset_index(drop=True)


def test_between_is_least_squares_on_unit_means():
    table = panel()
    means = table.groupby("unit_id")[["x", "y"]].mean()
    found, expected = fit_between(table, "y ~ x", unit="unit_id"), fit_linear(means, "y ~ x")
    assert_allclose(found.estimates, expected.estimates, rtol=1e-9)
    assert found.n_used == 60
    assert found.terms == ["Intercept", "x"]


def test_random_effects_of_unequal_units_agree_with_linearmodels():
    linearmodels = pytest.importorskip("linearmodels")
    table = panel().assign(wave=lambda t: t.groupby("unit_id").cumcount())
    indexed = table.assign(one=1.0).set_index(["unit_id", "wave"])
    model = linearmodels.RandomEffects(indexed["y"], indexed[["one", "x"]])
    # small_sample: the variance of Baltagi and Chang (1994); linearmodels 7.0
    expected = model.fit(cov_type="unadjusted", small_sample=True)
    found = random_effects(table, "y ~ x", unit="unit_id", errors="iid")
    assert_allclose(found.variance_units, expected.variance_decomposition["Effects"], rtol=1e-6)
    assert_allclose(found.variance_within, expected.variance_decomposition["Residual"], rtol=1e-6)
    assert_allclose(found.estimates["estimate"], expected.params, rtol=1e-6)
    assert_allclose(found.estimates["std_error"], expected.std_errors, rtol=1e-6)


def test_planted_slope_and_variances_are_found():
    found = random_effects(panel(units=400), "y ~ x + north", unit="unit_id")
    slope = found.estimates.loc["x"]
    assert abs(slope.estimate - 0.5) < 3 * slope.std_error
    assert found.variance_units == pytest.approx(1.0, rel=0.25)
    assert found.variance_within == pytest.approx(0.49, rel=0.15)
    assert 0 < found.theta < 1
    assert "weighed together" in found.summary()


def test_without_lasting_differences_it_is_pooled_least_squares():
    rng = np.random.default_rng(4)
    table = panel(units=20, drop=0).assign(y=lambda t: 0.5 * t["x"] + rng.normal(size=len(t)))
    table["y"] -= table.groupby("unit_id")["y"].transform("mean") - 0.5 * table.groupby("unit_id")[
        "x"
    ].transform("mean")
    found = random_effects(table, "y ~ x", unit="unit_id", errors="iid")
    assert (found.is_pooled, found.variance_units, found.theta) == (True, 0.0, 0.0)
    pooled = fit_linear(table, "y ~ x", errors="iid")
    assert_allclose(found.estimates, pooled.estimates, rtol=1e-8)


def test_row_order_and_units_do_not_matter():
    table = panel()
    first = random_effects(table, "y ~ x", unit="unit_id").estimates.loc["x"]
    moved = table.sample(frac=1, random_state=2).assign(x=lambda t: t["x"] * 100)
    second = random_effects(moved, "y ~ x", unit="unit_id").estimates.loc["x"]
    assert second.estimate * 100 == pytest.approx(first.estimate)
    assert second.p_value == pytest.approx(first.p_value)


def test_hausman_sees_levels_that_lean_on_the_driver_and_not_those_that_do_not():
    leaning = hausman_test(panel(endogenous=1.0), "y ~ x", unit="unit_id")
    free = hausman_test(panel(endogenous=0.0), "y ~ x", unit="unit_id")
    assert leaning.p_value < 1e-4
    assert free.p_value > 0.05
    within = fit_within(panel(), "y ~ x", unit="unit_id", errors="iid").estimates.loc["x", "estimate"]
    assert free.estimates.loc["x", "within"] == within
    assert "within estimates" in leaning.summary()


@pytest.mark.parametrize("unit_of_money", [1e-9, 1e6, 1e11])
def test_hausman_does_not_depend_on_the_unit_of_the_outcome(unit_of_money):
    table = panel(endogenous=1.0)
    first, second = (
        hausman_test(t, "y ~ x", unit="unit_id") for t in (table, table.assign(y=table["y"] * unit_of_money))
    )
    assert_allclose(second.statistic, first.statistic, rtol=1e-6)


def test_what_has_no_answer_is_refused():
    table = panel()
    with pytest.raises(LinkError, match="HC1"):
        random_effects(table, "y ~ x", unit="unit_id", errors="HC1")
    with pytest.raises(TooFewRowsError, match="cannot carry"):
        random_effects(table[table["unit_id"].isin(["U01", "U02"])], "y ~ x", unit="unit_id")
    with pytest.raises(FitError, match="twice"):
        random_effects(table.assign(twice=2 * table["x"]), "y ~ x + twice", unit="unit_id")
    with pytest.raises(FitError):
        fit_between(
            table.assign(x=table["x"] - table.groupby("unit_id")["x"].transform("mean") * 0 - table["x"]),
            "y ~ x",
            unit="unit_id",
        )
