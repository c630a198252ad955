"""Grunfeld's investment panel against R plm 2.6-2 and sandwich 3.0-2: every value of the case."""

from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from linkage.panel import first_differences, fit_between, fit_within, hausman_test, random_effects
from linkage.regression import fit_linear

FORMULA = "inv ~ value + capital"


@pytest.fixture(scope="module")
def case(truth):
    return truth("grunfeld-panel")


@pytest.fixture(scope="module")
def computed(case) -> dict[str, float]:
    data = case.data
    within = fit_within(data, FORMULA, unit="firm", errors="iid")
    fits = {
        "within": within,
        "twoways": fit_within(data, FORMULA, unit="firm", period="year", errors="iid"),
        "pooling": fit_linear(data, FORMULA, errors="iid"),
        "between": fit_between(data, FORMULA, unit="firm", errors="iid"),
        "first_difference": first_differences(data, FORMULA, unit="firm", period="year", errors="iid"),
        "random": random_effects(data, FORMULA, unit="firm", errors="iid"),
    }
    found = {}
    for name, fit in fits.items():
        for term, row in fit.estimates.iterrows():
            found[f"{name}.coef.{_named(term)}"] = row.estimate
            found[f"{name}.se.{_named(term)}"] = row.std_error
    for name, convention in {"within.se_arellano_hc0": "none", "lsdv_se_cluster_firm": "dummies"}.items():
        clustered = fit_within(data, FORMULA, unit="firm", errors="CR1", small_sample=convention)
        found |= {f"{name}.{term}": row.std_error for term, row in clustered.estimates.iterrows()}
    hausman, random = hausman_test(data, FORMULA, unit="firm"), fits["random"]
    found |= {f"fixef.{firm}": level for firm, level in within.unit_effects.items()}
    return found | {
        "within.r2_within": within.r_squared,
        "random.sigma2_idios": random.variance_within,
        "random.sigma2_id": random.variance_units,
        "random.theta": random.theta,
        "hausman.chisq": hausman.statistic,
        "hausman.df": hausman.df,
        "hausman.p": hausman.p_value,
    }


def _named(term: str) -> str:
    return "(Intercept)" if term == "Intercept" else term


def test_every_value_agrees_with_plm(case, computed):
    for name, expected in case.values.items():
        assert_allclose(computed[name], expected, rtol=case.rtol(name), err_msg=name)


def test_no_value_is_left_unchecked(case, computed):
    assert set(computed) == set(case.values)
