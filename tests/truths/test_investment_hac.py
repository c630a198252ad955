"""Newey-West errors of Greene's investment series, against sandwich 3.0-2 on R 4.2.2."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from linkage.regression import Errors, fit_linear

R_NAMES = {"Intercept": "(Intercept)", "RealGNP": "RealGNP", "RealInt": "RealInt", "lagGNP": "lagGNP"}


@pytest.fixture(scope="module")
def case(truth):
    return truth("investment-hac")


def found(case) -> dict[str, float]:
    series = case.data.sort_values("year")
    series["lagGNP"] = series["RealGNP"].shift(1)  # years are complete and in order
    plain, lagged = "RealInv ~ RealGNP + RealInt", "RealInv ~ RealGNP + lagGNP + RealInt"
    newey_west = Errors("HAC", lags=4, adjusted=False)
    fits = {
        "": fit_linear(series, plain, errors="iid"),
        "nw_lag4": fit_linear(series, plain, errors=newey_west),
        "nw_lag4_adjusted": fit_linear(series, plain, errors=Errors("HAC", lags=4)),
        "lagged.": fit_linear(series, lagged, errors="iid"),
        "lagged.nw_lag4": fit_linear(series, lagged, errors=newey_west),
    }
    values = {"lagged.n": fits["lagged."].n_used}
    for name, fit in fits.items():
        for term, row in fit.estimates.iterrows():
            if name in ("", "lagged."):
                values[f"{name}coef.{R_NAMES[term]}"] = row.estimate
                values[f"{name}se_ols.{R_NAMES[term]}"] = row.std_error
            else:
                values[f"{name}.{R_NAMES[term]}"] = row.std_error
    left_over = fits[""].residuals
    values["dw"] = float((np.diff(left_over) ** 2).sum() / (left_over**2).sum())
    return values


def test_every_value_agrees(case):
    for name, value in found(case).items():
        assert_allclose(value, case.value(name), rtol=case.rtol(name), err_msg=name)


def test_no_value_is_left_out(case):
    assert set(case.values) == set(found(case))
