"""Petersen (2009): one regression, seven standard errors, the average of its years; against sandwich 3.0-2 on R."""

import pytest
from numpy.testing import assert_allclose

from linkage.panel import fit_by_period
from linkage.regression import Errors, fit_linear

CHOICES = {
    "se_ols": {"errors": "iid"},
    "se_hc1": {},
    "se_hc3": {"errors": "HC3"},
    "se_cl_firm": {"cluster": "firm"},
    "se_cl_year": {"cluster": "year"},
    "se_cl_firm_year": {"cluster": ["firm", "year"], "errors": Errors(two_way="white")},
    "se_cl_firm_year_percomponent": {"cluster": ["firm", "year"]},
}


@pytest.fixture(scope="module")
def case(truth):
    return truth("petersen-clustered-se")


def found(case) -> dict[str, float]:
    fit = fit_linear(case.data, "y ~ x")
    values = {
        "coef.const": fit.term("Intercept").estimate,
        "coef.x": fit.slope("x").estimate,
        "r2": fit.r_squared,
    }
    for name, choice in CHOICES.items():
        errors = fit_linear(case.data, "y ~ x", **choice).estimates["std_error"]
        values |= {f"{name}.const": errors["Intercept"], f"{name}.x": errors["x"]}
    averaged = fit_by_period(case.data, "y ~ x", period="year").estimates
    for part, column in (("coef", "estimate"), ("se", "std_error")):
        values[f"fama_macbeth.{part}.const"] = averaged.loc["Intercept", column]
        values[f"fama_macbeth.{part}.x"] = averaged.loc["x", column]
    return values


def test_every_value_agrees(case):
    values = found(case)
    for name, value in values.items():
        assert_allclose(value, case.value(name), rtol=case.rtol(name), err_msg=name)


def test_no_value_is_left_out(case):
    assert set(case.values) == set(found(case))
