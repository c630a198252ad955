"""NIST Statistical Reference Datasets, linear regression: eleven problems, certified to 15 digits.

Data and certified values are public domain (US government work) and lie beside this file.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import FitError, LinkageWarning
from linkage.regression import fit_linear

HERE = Path(__file__).parent
DATA = pd.read_csv(HERE / "nist_strd_linear.csv")
CERTIFIED = json.loads((HERE / "nist_strd_linear.json").read_text(encoding="utf-8"))
VALUES = {row["id"]: row["value"] for row in CERTIFIED["values"]}

DEGREES = {"Norris": 1, "Pontius": 2, "Filip": 10, **{f"Wampler{i}": 5 for i in range(1, 6)}}
DIGITS = {"Longley": 7, **{f"Wampler{i}": 6 for i in range(1, 6)}, "Filip": 6}  # 9 for the others
PERFECT = ("Wampler1", "Wampler2")  # no residual: certified standard errors are 0


def formula(name: str) -> str:
    if name == "Longley":
        return "y ~ " + " + ".join(f"x{i}" for i in range(1, 7))
    if name in DEGREES:
        return "y ~ x1" + "".join(f" + I(x1**{power})" for power in range(2, DEGREES[name] + 1))
    return "y ~ 0 + x1"


def fitted(name: str):
    rows = DATA[DATA["dataset"] == name].dropna(axis=1)
    if name in PERFECT:
        with pytest.warns(LinkageWarning, match="explained without remainder"):
            return fit_linear(rows, formula(name), errors="iid")
    return fit_linear(rows, formula(name), errors="iid")


def found(name: str) -> dict[str, float]:
    fit = fitted(name)
    first = 0 if "Intercept" in fit.terms else 1
    y = fit.fitted + fit.residuals
    total = ((y - (y.mean() if first == 0 else 0)) ** 2).sum()
    df = fit.n_used - len(fit.terms)
    left = fit.residual_sd**2 * df
    values = {"n": fit.n_used, "residual_sd": fit.residual_sd, "r2": fit.r_squared, "df_resid": df}
    values |= {"ss_resid": left, "ss_reg": total * fit.r_squared}
    if left > 0:
        values["F"] = (values["ss_reg"] / (len(fit.terms) - (first == 0))) / (left / df)
    for i, row in enumerate(fit.estimates.itertuples(), start=first):
        values |= {f"coef.B{i}": row.estimate, f"se.B{i}": row.std_error}
    return values


NAMES = list(dict.fromkeys(DATA["dataset"]))


@pytest.mark.parametrize("name", NAMES)
def test_certified_values_are_met(name):
    rtol = 10.0 ** -DIGITS.get(name, 9)
    for item, value in found(name).items():
        assert_allclose(value, VALUES[f"{name}.{item}"], rtol=rtol, err_msg=f"{name}.{item}")


@pytest.mark.parametrize("name", NAMES)
def test_no_certified_value_is_left_out(name):
    certified = {key.removeprefix(f"{name}.") for key in VALUES if key.startswith(f"{name}.")}
    left = certified - set(found(name))
    assert left == ({"columns", "F"} if name in PERFECT else {"columns"})  # F is infinite without a residual
    assert VALUES[f"{name}.columns"][0] == "y"


def test_a_polynomial_beyond_six_digits_is_refused():
    # One degree more than Filip: the scaled columns' condition number passes 1e10.
    rows = DATA[DATA["dataset"] == "Filip"]
    longer = formula("Filip") + "".join(f" + I(x1**{power})" for power in range(11, 14))
    with pytest.raises(FitError, match="condition number"):
        fit_linear(rows, longer, errors="iid")
    assert np.isfinite(fitted("Filip").condition_number)
