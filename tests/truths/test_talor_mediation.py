"""Presumed media influence (Tal-Or et al. 2010; Hayes 2013), against R's lm and lavaan 0.6-14: every value."""

from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from linkage.chain import fit_chain

PATHS = {"a": "cond -> pmi", "b": "pmi -> reaction", "cprime": "direct", "c": "total"}
LAVAAN = {"ind": "indirect", "tot": "total", "a": "cond -> pmi", "b": "pmi -> reaction", "cp": "direct"}
NEAR_ZERO = {"boot_percentile95[0]": 0.015}  # the case's own note: absolute, as the value is .002


@pytest.fixture(scope="module")
def case(truth):
    return truth("talor-mediation")


@pytest.fixture(scope="module")
def computed(case) -> dict[str, float]:
    chain = fit_chain(case.data, cause="cond", between="pmi", outcome="reaction", draws=20_000, seed=20)
    plain, likelihood = chain.delta.loc["least squares"], chain.delta.loc["maximum likelihood"]
    found = {"n": chain.n_used}
    for name, row in PATHS.items():
        found |= {name: chain.estimates.loc[row, "estimate"], f"{name}_se": plain.loc[row, "std_error"]}
    for name, row in LAVAAN.items():
        estimate, error, z, p_value = likelihood.loc[row, ["estimate", "std_error", "statistic", "p_value"]]
        found |= {f"lavaan.{name}.est": estimate, f"lavaan.{name}.se": error}
        found |= {f"lavaan.{name}.z": z, f"lavaan.{name}.pvalue": p_value}
    indirect = chain.estimates.loc["indirect"]
    return found | {
        "indirect": indirect.estimate,
        "sobel_se": plain.loc["indirect", "std_error"],
        "sobel_z": plain.loc["indirect", "statistic"],
        "boot_percentile95[0]": indirect.low,
        "boot_percentile95[1]": indirect.high,
        "boot_sd": indirect.std_error,
    }


def test_every_value_agrees_with_lm_and_lavaan(case, computed):
    for name, expected in case.values.items():
        tolerance = {"atol": NEAR_ZERO[name], "rtol": 0} if name in NEAR_ZERO else {"rtol": case.rtol(name)}
        assert_allclose(computed[name], expected, **tolerance, err_msg=name)


def test_no_value_is_left_unchecked(case, computed):
    assert set(computed) == set(case.values)


def test_the_b_path_is_from_the_equation_that_holds_the_cause(case, computed):
    # .524 would be the slope of reaction on pmi alone; .506 with the condition beside it.
    assert round(computed["b"], 3) == 0.506
