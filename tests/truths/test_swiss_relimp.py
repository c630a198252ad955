"""Relative importance on R's swiss and mtcars, against relaimpo 2.2-7, domir 1.2.0 and rwa (reference case)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.drivers import correlation_matrix, dominance, johnson_weights, lmg_weights, rank_drivers

SWISS = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]
MTCARS = ["cyl", "disp", "hp", "gear"]


@pytest.fixture(scope="module")
def case(truth):
    return truth("swiss-relimp")


def ranked(data: pd.DataFrame, outcome: str, drivers: list[str], weights: str | None = None):
    # Every row twice, as a cluster of its own: no measure of importance changes, and the sets of 47 and 32
    # rows then hold the ten rows a driver that a ranking asks for.
    twice = pd.concat([data, data]).assign(row=list(range(len(data))) * 2)
    return rank_drivers(twice, outcome=outcome, drivers=drivers, cluster="row", weights=weights, draws=100)


def computed(prefix: str, ranking) -> dict[str, float]:
    """Every figure of a ranking by the reference's id."""
    values = {f"{prefix}r2": ranking.r_squared}
    columns = {
        "lmg": "lmg",
        "johnson": "johnson",
        "first": "first",
        "last": "last",
        "beta_std": "beta",
        "pratt": "pratt",
    }
    for driver, row in ranking.estimates.iterrows():
        values |= {f"{prefix}{name}.{driver}": row[column] for name, column in columns.items()}
        for others, value in ranking.conditional.loc[driver].items():
            values[f"{prefix}conditional_dominance.{driver}[{others}]"] = value
        for other, value in ranking.complete.loc[driver].items():
            values[f"{prefix}complete_dominance_share.{driver}.{other}"] = value
    return values


@pytest.fixture(scope="module")
def figures(case) -> dict[str, float]:
    swiss = case.data
    swiss["weight"] = 1 + (np.arange(len(swiss)) + 1) % 3
    return {
        **computed("", ranked(swiss, "Fertility", SWISS)),
        **computed("weighted.", ranked(swiss, "Fertility", SWISS, weights="weight")),
        **computed("mtcars.", ranked(case.frame("data_mtcars.csv"), "mpg", MTCARS)),
    }


def test_every_reference_value_is_computed_and_agrees(case, figures):
    assert set(case.values) <= set(figures), sorted(set(case.values) - set(figures))
    for name, value in case.values.items():
        if value is None:  # a driver against itself
            assert np.isnan(figures[name]), name
        else:
            assert_allclose(figures[name], value, rtol=case.rtol(name), atol=1e-14, err_msg=name)


def test_array_functions_agree_on_the_rows_as_they_are(case):
    data = case.data
    correlations = correlation_matrix(data[SWISS].to_numpy(), data["Fertility"].to_numpy())
    answer = dominance(correlations)
    for j, driver in enumerate(SWISS):
        rtol = case.rtol(f"lmg.{driver}")
        assert_allclose(lmg_weights(correlations)[j], case.value(f"lmg.{driver}"), rtol=rtol)
        assert_allclose(answer.general[j], case.value(f"lmg.{driver}"), rtol=rtol)
        assert_allclose(johnson_weights(correlations)[j], case.value(f"johnson.{driver}"), rtol=rtol)


def test_printed_values_agree_to_their_last_decimal(case, figures):
    for printed in case.expected["published"]:
        assert abs(figures[printed["id"]] - printed["published"]) <= 0.5000001 * 10.0 ** -printed["decimals"]
