"""Growth models (the reference case is in truths/)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import FitError, TableError, TooFewRowsError
from linkage.panel import fit_growth

ASKED = {"outcome": "y", "time": "quarter", "unit": "unit_id"}


def panel(*, slope=0.4, slope_sd=0.3, units=60, seed=0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    unit, quarter = np.repeat(np.arange(units), 8), np.tile(np.arange(8), units)
    own = slope + slope_sd * rng.normal(size=units)
    y = 3 + rng.normal(size=units)[unit] + own[unit] * quarter + 0.5 * rng.normal(size=len(unit))
    return pd.DataFrame({"unit_id": [f"U{u:02d}" for u in unit], "quarter": quarter, "y": y})


def test_planted_growth_and_its_spread_are_found():
    for slope in (0.4, 0.0):
        found = fit_growth(panel(slope=slope), **ASKED)
        row = found.estimates.loc["quarter"]
        assert abs(row.estimate - slope) < 3 * row.std_error
        assert row.low < slope < row.high
    assert found.variances.loc["slope", "sd"] == pytest.approx(0.3, rel=0.3)
    assert found.variances.loc["residual", "sd"] == pytest.approx(0.5, rel=0.1)
    assert not found.is_boundary
    assert found.unit_effects.shape == (60, 2)
    assert_allclose(found.unit_effects.mean(), 0, atol=1e-6)
    assert "own slopes" in found.summary()


def test_slopes_that_do_not_differ_are_said_to_lie_at_the_edge():
    found = fit_growth(panel(slope_sd=0.0, seed=4), **ASKED)
    assert found.variances.loc["slope", "sd"] < 0.05
    assert found.is_boundary == ("edge" in found.summary())


def test_units_of_time_and_row_order_do_not_matter():
    table = panel()
    first = fit_growth(table, **ASKED)
    months = table.assign(quarter=table["quarter"] * 3).sample(frac=1, random_state=1)
    second = fit_growth(months, **ASKED)
    assert_allclose(
        second.estimates.loc["quarter", "estimate"] * 3, first.estimates.loc["quarter", "estimate"], rtol=1e-5
    )
    assert_allclose(second.variances.loc["slope", "sd"] * 3, first.variances.loc["slope", "sd"], rtol=1e-3)
    # The restricted likelihood does depend on the units of time, by the logarithm of the factor.
    assert_allclose(second.log_likelihood, first.log_likelihood - np.log(3), atol=1e-4)
    ml = [fit_growth(t, **ASKED, method="ML").log_likelihood for t in (table, months)]
    assert_allclose(*ml, atol=1e-4)


@pytest.mark.parametrize("other", [7, 7.5, ("a", 1), pd.Timestamp("2026-01-01")])
def test_units_of_mixed_kinds_have_their_effects_under_their_own_names(other):
    table = panel(units=12)
    plain = fit_growth(table, **ASKED).unit_effects
    mixed = table.assign(unit_id=[other if u == "U03" else u for u in table["unit_id"]])
    effects = fit_growth(mixed, **ASKED).unit_effects
    known = {str(u): row for u, row in zip(effects.index, effects.to_numpy(), strict=True)}
    assert_allclose(known[str(other)], plain.loc["U03"], rtol=1e-3, atol=1e-4)
    assert_allclose(known["U05"], plain.loc["U05"], rtol=1e-3, atol=1e-4)


def test_controls_and_holes():
    table = panel().assign(size=lambda t: np.arange(len(t)) % 5)
    table.loc[[0, 9], "y"] = [np.nan, np.inf]
    found = fit_growth(table, **ASKED, controls=["size"])
    assert (found.n_dropped, found.n_used, found.units) == (2, 478, 60)
    assert found.estimates.index.tolist() == ["Intercept", "quarter", "size"]


def test_what_cannot_be_told_is_refused():
    table = panel()
    with pytest.raises(TableError, match="'slope' or 'intercept'"):
        fit_growth(table, **ASKED, random="both")
    with pytest.raises(FitError, match="quarter is the same"):
        fit_growth(table.assign(quarter=1), **ASKED)
    with pytest.raises(FitError, match="outcome is the same"):
        fit_growth(table.assign(y=1.0), **ASKED)
    with pytest.raises(FitError, match="4 units"):
        fit_growth(table[table["unit_id"] < "U04"], **ASKED)
    with pytest.raises(TooFewRowsError):
        fit_growth(table.iloc[:3], **ASKED)
