"""Least squares: against statsmodels, on planted links, under changes that must not matter, refusals."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from linkage.errors import FitError, LinkageWarning, LinkError, TooFewRowsError
from linkage.regression import Errors, fit_linear

KINDS = ("iid", "HC0", "HC1", "HC2", "HC3")


def sample(n: int = 400, groups: int = 50, seed: int = 0) -> pd.DataFrame:
    """An outcome with a planted slope of 0.4 on x, none on nothing, and errors shared within groups."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    x = rng.normal(size=n) + rng.normal(size=groups)[group]
    table = pd.DataFrame({"x": x, "nothing": rng.normal(size=n), "group": group})
    table["weight"] = rng.uniform(0.3, 3, n)
    table["year"] = 2000 + np.arange(n) // 20
    table["y"] = 1 + 0.4 * x + rng.normal(size=groups)[group] + rng.normal(size=n)
    return table


@pytest.mark.parametrize(
    ("kind", "weights"), [*((kind, None) for kind in KINDS), *((kind, "weight") for kind in KINDS[1:])]
)
def test_estimates_and_errors_are_those_of_statsmodels(kind, weights):
    table = sample()
    x = sm.add_constant(table[["x", "nothing"]])
    w = table["weight"] if weights else np.ones(len(table))
    cov_type = "nonrobust" if kind == "iid" else kind
    theirs = sm.WLS(table["y"], x, weights=w / w.mean()).fit(cov_type=cov_type, use_t=True)
    ours = fit_linear(table, "y ~ x + nothing", errors=kind, weights=weights)
    assert_allclose(ours.estimates["estimate"], theirs.params, rtol=1e-9)
    assert_allclose(ours.estimates["std_error"], theirs.bse, rtol=1e-9)
    assert_allclose(ours.estimates["p_value"], theirs.pvalues, rtol=1e-7)
    assert_allclose(ours.estimates[["low", "high"]], theirs.conf_int(), rtol=1e-9)
    assert_allclose(ours.covariance, theirs.cov_params(), rtol=1e-8)
    assert_allclose(ours.r_squared, theirs.rsquared, rtol=1e-9)
    assert_allclose(ours.adjusted_r_squared, theirs.rsquared_adj, rtol=1e-9)
    assert_allclose(ours.residual_sd, np.sqrt(theirs.scale), rtol=1e-9)
    assert_allclose(ours.fitted + ours.residuals, table["y"], rtol=1e-12)
    assert (ours.estimates["df"] == 397).all()


@pytest.mark.parametrize("weights", [None, "weight"])
def test_clustered_errors_are_those_of_statsmodels_with_t(weights):
    table = sample()
    x = sm.add_constant(table[["x", "nothing"]])
    w = table["weight"] if weights else np.ones(len(table))
    theirs = sm.WLS(table["y"], x, weights=w).fit(
        cov_type="cluster", cov_kwds={"groups": table["group"]}, use_t=True
    )
    ours = fit_linear(table, "y ~ x + nothing", cluster="group", weights=weights)
    assert_allclose(ours.estimates["std_error"], theirs.bse, rtol=1e-9)
    assert_allclose(ours.estimates["p_value"], theirs.pvalues, rtol=1e-7)
    assert ours.clusters == 50
    assert ours.errors == "clustered by group (CR1), t(G-1)"
    assert (ours.estimates["df"] == 49).all()


def test_two_way_clusters_are_those_of_statsmodels():
    table = sample()
    both = np.column_stack([table["group"], table["year"]])
    theirs = sm.OLS(table["y"], sm.add_constant(table[["x"]])).fit(
        cov_type="cluster", cov_kwds={"groups": both}
    )
    ours = fit_linear(table, "y ~ x", cluster=["group", "year"])
    assert_allclose(ours.estimates["std_error"], theirs.bse, rtol=1e-9)
    assert ours.clusters == (50, 20)
    assert (ours.estimates["df"] == 19).all()


def test_a_negative_two_way_variance_is_set_to_zero_and_said():
    # two crossed clusters whose shared part is all there is: V_a + V_b - V_ab falls below 0
    a, b = np.divmod(np.arange(16), 4)
    table = pd.DataFrame({"a": a, "b": b, "x": (-1.0) ** a * (-1.0) ** b + 0.01 * a})
    table["y"] = np.where((a + b) % 2, 1.0, -1.0) * np.where(a < 2, 1, -1) + 0.1 * table["x"]
    fit = fit_linear(table, "y ~ x", cluster=["a", "b"])
    assert "negative eigenvalues set to 0" in fit.errors
    assert (np.linalg.eigvalsh(fit.covariance) > -1e-12).all()
    assert (fit.estimates["std_error"] >= 0).all()


def test_the_jackknife_over_clusters_is_a_refit_without_each():
    table = sample(n=120, groups=8)
    whole = sm.OLS(table["y"], sm.add_constant(table[["x"]])).fit().params.to_numpy()
    left = []
    for group in range(8):
        rows = table[table["group"] != group]
        left.append(sm.OLS(rows["y"], sm.add_constant(rows[["x"]])).fit().params.to_numpy() - whole)
    expected = 7 / 8 * np.array(left).T @ np.array(left)
    ours = fit_linear(table, "y ~ x", cluster="group", errors="CR3")
    assert_allclose(ours.covariance, expected, rtol=1e-9)
    assert "jackknife" in ours.errors


def test_serial_errors_take_their_default_lags_from_the_length():
    table = sample(n=200)
    # floor(4 * 2 ** (2 / 9)) = floor(4.67) = 4
    default, named = (fit_linear(table, "y ~ x", errors=e) for e in ("HAC", Errors("HAC", lags=4)))
    theirs = sm.OLS(table["y"], sm.add_constant(table[["x"]])).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True}
    )
    assert_allclose(default.estimates, named.estimates, rtol=1e-12)
    assert_allclose(default.estimates["std_error"], theirs.bse, rtol=1e-9)
    assert "4 lags" in default.errors


def test_a_joint_test_is_the_wald_test_of_statsmodels():
    table = sample()
    theirs = sm.OLS(table["y"], sm.add_constant(table[["x", "nothing"]])).fit(cov_type="HC1", use_t=True)
    expected = theirs.f_test(np.eye(3)[1:])
    ours = fit_linear(table, "y ~ x + nothing").joint_test(["x", "nothing"])
    assert_allclose(ours["statistic"], np.squeeze(expected.fvalue), rtol=1e-9)
    assert_allclose(ours["p_value"], np.squeeze(expected.pvalue), rtol=1e-7)
    assert (ours["df"], ours["df_residual"]) == (2, 397)


def test_a_planted_slope_is_found_and_a_planted_nothing_is_not():
    fit = fit_linear(sample(n=4000, groups=400, seed=1), "y ~ x + nothing", cluster="group")
    for driver, planted in (("x", 0.4), ("nothing", 0.0)):
        row = fit.slope(driver)
        assert abs(row.estimate - planted) < 3 * row.std_error
    assert fit.slope("x").low > 0
    assert fit.slope("nothing").low < 0 < fit.slope("nothing").high


def test_the_summary_says_effect_interval_explained_share_and_rows():
    text = fit_linear(sample(), "y ~ x", cluster="group").summary()
    for part in ("x: +0.", "95% interval", "explain", "n = 400, 50 clusters", "clustered by group"):
        assert part in text
    assert "caus" not in text
    assert "significan" not in text


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1e-6, 0.01, 60.0, 1e6]), st.sampled_from([0.0, -5.0, 1e4]))
def test_row_order_and_the_units_of_a_driver_do_not_matter(seed, factor, shift):
    table = sample(n=90, groups=9)
    base = fit_linear(table, "y ~ x + nothing", cluster="group").slope("x")
    moved = table.sample(frac=1, random_state=seed).assign(x=lambda t: t["x"] * factor + shift)
    other = fit_linear(moved, "y ~ x + nothing", cluster="group").slope("x")
    assert_allclose(
        other[["estimate", "std_error", "low", "high"]] * factor,
        base[["estimate", "std_error", "low", "high"]],
        rtol=1e-6,
    )
    assert other["p_value"] == base["p_value"]


def test_an_offset_of_a_hundred_million_costs_no_digits():
    table = sample()
    near = fit_linear(table, "y ~ x").slope("x")
    far = fit_linear(table.assign(x=table["x"] + 1e8), "y ~ x").slope("x")
    assert_allclose(far["estimate"], near["estimate"], rtol=1e-7)  # x itself keeps 8 digits after the shift


def test_a_weight_in_other_units_does_not_matter():
    table = sample()
    one = fit_linear(table, "y ~ x", weights="weight")
    other = fit_linear(table.assign(weight=table["weight"] * 1000), "y ~ x", weights="weight")
    assert_allclose(one.estimates, other.estimates, rtol=1e-9)
    assert_allclose(one.residual_sd, other.residual_sd, rtol=1e-9)
    assert one.method == "Least squares, weighted"


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_leaves_its_row_out(broken):
    table = sample()
    expected = fit_linear(table.iloc[1:], "y ~ x").estimates
    table.loc[0, "x"] = broken
    fit = fit_linear(table, "y ~ x")
    assert (fit.n_used, fit.n_dropped) == (399, 1)
    assert_allclose(fit.estimates, expected, rtol=1e-12)


def test_a_constant_or_doubled_column_is_refused_by_name():
    table = sample()
    with pytest.raises(FitError, match="always: the same value in all 400"):
        fit_linear(table.assign(always=3.0), "y ~ x + always")
    with pytest.raises(FitError, match="x, twice say the same thing"):
        fit_linear(table.assign(twice=2 * table["x"] + 7), "y ~ x + nothing + twice")
    with pytest.raises(FitError, match="a, b, c say the same thing"):
        shares = np.random.default_rng(0).dirichlet([1, 1, 1], len(table))
        fit_linear(table.assign(a=shares[:, 0], b=shares[:, 1], c=shares[:, 2]), "y ~ a + b + c + x")


def test_an_empty_cell_of_two_categories_is_refused_by_name():
    table = sample().assign(a=["p", "q"] * 200, b=["r"] * 200 + ["s", "t"] * 100)
    with pytest.raises(FitError, match=r"a\[T.q\]:b"):
        fit_linear(table, "y ~ a * b")


def test_a_constant_outcome_and_too_few_rows_are_refused():
    table = sample()
    with pytest.raises(FitError, match="'y' is 4 in all 400"):
        fit_linear(table.assign(y=4.0), "y ~ x")
    with pytest.raises(TooFewRowsError, match="2 complete rows cannot carry 2 coefficients"):
        fit_linear(table.head(2), "y ~ x")


def test_an_outcome_explained_without_remainder_warns_and_claims_no_error():
    table = sample().assign(leak=lambda t: 3 * t["y"] - 1)
    with pytest.warns(LinkageWarning, match="computed from the outcome"):
        fit = fit_linear(table, "y ~ leak", cluster="group")
    assert fit.is_perfect
    assert_allclose(fit.slope("leak").estimate, 1 / 3, rtol=1e-10)
    assert fit.slope("leak").std_error == 0
    assert np.isnan(fit.slope("leak").p_value)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"errors": "HC9"}, "unknown"),
        ({"errors": "CR1"}, "needs cluster"),
        ({"errors": "HC1", "cluster": "group"}, "ignores cluster"),
        ({"errors": "CR3", "cluster": ["group", "year"]}, "one cluster column"),
        ({"errors": "iid", "weights": "weight"}, "robust errors"),
        ({"cluster": ["group", "year", "x"]}, "At most two"),
        ({"confidence": 95}, "between 0 and 1"),
        ({"cluster": "group", "errors": "wild", "drivers": ["z"]}, "does not hold"),
    ],
)
def test_errors_that_contradict_the_question_are_refused(choice, message):
    with pytest.raises(LinkError, match=message):
        fit_linear(sample(), "y ~ x", **choice)


def test_one_cluster_is_refused():
    with pytest.raises(TooFewRowsError, match="one group"):
        fit_linear(sample().assign(group=1), "y ~ x", cluster="group")


def test_a_column_that_lives_in_one_cluster_has_no_jackknife():
    table = sample(n=120, groups=8).assign(only=lambda t: (t["group"] == 3) * 1.0)
    with pytest.raises(FitError, match="Without one group"):
        fit_linear(table, "y ~ x + only", cluster="group", errors="CR3")


def test_a_row_with_a_coefficient_of_its_own_has_no_hc3():
    table = sample().assign(only=np.arange(400) == 7)
    with pytest.raises(FitError, match="1 rows are fitted exactly"):
        fit_linear(table, "y ~ x + only", errors="HC3")


def test_importing_the_regressions_loads_no_heavy_library():
    heavy = "statsmodels", "pyfixest", "formulaic", "scipy", "matplotlib"
    code = f"import sys, linkage.regression; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
