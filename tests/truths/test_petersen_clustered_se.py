"""Petersen (2009): one regression, seven standard errors, against sandwich 3.0-2 on R 4.2.2."""

import pytest
from numpy.testing import assert_allclose

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
ELSEWHERE = ("fama_macbeth.",)  # averages of yearly fits: checked with the panel models


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
    return values


def test_every_value_agrees(case):
    values = found(case)
    for name, value in values.items():
        assert_allclose(value, case.value(name), rtol=case.rtol(name), err_msg=name)


def test_no_value_is_left_out(case):
    left = {name for name in case.values if not name.startswith(ELSEWHERE)}
    assert left == set(found(case))
