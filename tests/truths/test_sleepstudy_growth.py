"""Growth of reaction times with days of little sleep, against R lme4 1.1-31: every value of the case."""

from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from linkage.panel import fit_growth
from linkage.regression import fit_linear

LABELS = ("grp", "var1", "var2")


@pytest.fixture(scope="module")
def case(truth):
    return truth("sleepstudy-growth")


@pytest.fixture(scope="module")
def computed(case) -> dict:
    data = case.data
    asked = {"outcome": "Reaction", "time": "Days", "unit": "Subject"}
    fits = {
        "reml": fit_growth(data, **asked),
        "ml": fit_growth(data, **asked, method="ML"),
        "random_intercept": fit_growth(data, **asked, random="intercept"),
    }
    found = {}
    for name, fit in fits.items():
        found |= _fixed(name, fit) | _variances(name, fit)
    first = fits["reml"].unit_effects.loc[308]
    found |= {"ranef_first[0]": first["level"], "ranef_first[1]": first["slope"]}
    return found | {"ols_se_slope": fit_linear(data, "Reaction ~ Days", errors="iid").term("Days").std_error}


def _fixed(name: str, fit) -> dict:
    found = {f"{name}.loglik": fit.log_likelihood, f"{name}.crit": -2 * fit.log_likelihood}
    for term, row in fit.estimates.iterrows():
        named = "(Intercept)" if term == "Intercept" else term
        found |= {f"{name}.fixef.{named}": row.estimate, f"{name}.se.{named}": row.std_error}
    return found


def _variances(name: str, fit) -> dict:
    """lme4's list: variances of level and slope, their covariance with the correlation as its sd, the residual."""
    parts = ["level", "slope", "level with slope", "residual"]
    said = {
        "level": ("Subject", "(Intercept)", None),
        "slope": ("Subject", "Days", None),
        "level with slope": ("Subject", "(Intercept)", "Days"),
        "residual": ("Residual", None, None),
    }
    found = {}
    for place, part in enumerate(p for p in parts if p in fit.variances.index):
        row = fit.variances.loc[part]
        found |= {f"{name}.varcorr[{place}].{label}": v for label, v in zip(LABELS, said[part], strict=True)}
        found[f"{name}.varcorr[{place}].vcov"] = row.variance
        found[f"{name}.varcorr[{place}].sdcor"] = row.correlation if part == "level with slope" else row.sd
    return found


def test_every_value_agrees_with_lme4(case, computed):
    for name, expected in case.values.items():
        if isinstance(expected, float):
            assert_allclose(computed[name], expected, rtol=case.rtol(name), err_msg=name)
        else:
            assert computed[name] == expected, name


def test_no_value_is_left_unchecked(case, computed):
    assert set(computed) == set(case.values)


def test_ignoring_unequal_slopes_makes_the_slope_look_too_sure(case, computed):
    # Bates et al. 2015, sec. 1.1: 18 subjects differ in slope; one intercept each hides it.
    assert computed["random_intercept.se.Days"] < 0.6 * computed["reml.se.Days"]
