"""Event studies: planted effects, staggered cohorts, trends before."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import FitError, LinkageWarning, LinkError, TableError, TooFewRowsError
from linkage.panel import event_study
from linkage.panel.events import _pretrend

ASKED = {"outcome": "y", "unit": "unit_id", "period": "period", "treated_at": "opened", "leads": 3, "lags": 3}


def panel(
    cohorts=(5, None), *, size=20, effect=None, trend=0.0, noise=0.3, periods=12, seed=0
) -> pd.DataFrame:
    """`size` units a cohort; effect(cohort, periods since) is planted; treated units drift by `trend`."""
    rng = np.random.default_rng(seed)
    effect = effect or (lambda cohort, since: 1.0 + 0.5 * since)
    rows = []
    for number, cohort in enumerate(c for c in cohorts for _ in range(size)):
        level = rng.normal()
        for period in range(periods):
            since = None if cohort is None else period - cohort
            y = level + 0.3 * period + noise * rng.normal()
            y += trend * since if since is not None else 0.0
            y += effect(cohort, since) if since is not None and since >= 0 else 0.0
            rows.append((f"U{number:03d}", quarter(period), None if cohort is None else quarter(cohort), y))
    return pd.DataFrame(rows, columns=["unit_id", "period", "opened", "y"])


def quarter(number: int) -> str:
    return f"{2020 + number // 4}Q{number % 4 + 1}"


def test_without_noise_the_effects_are_exact_by_either_method():
    table = panel(noise=0.0, effect=lambda cohort, since: 2.0 if since == 0 else 3.0)
    for method in ("stacked", "two_way"):
        found = event_study(table, **ASKED, method=method)
        assert_allclose(found.estimates["estimate"], [0, 0, 0, 2, 3, 3, 3], atol=1e-8)
        assert found.average.estimate == pytest.approx(2.75)
        assert found.estimates.index.tolist() == [-3, -2, -1, 0, 1, 2, 3]
        assert (found.treated, found.untreated, found.cohorts, found.clusters) == (20, 20, 1, 40)


def test_two_groups_and_two_periods_are_the_difference_of_differences():
    table = panel(periods=2, cohorts=(1, None))
    found = event_study(table, **{**ASKED, "leads": 1, "lags": 0})
    means = table.assign(t=table["opened"].notna()).groupby(["t", "period"])["y"].mean().unstack()
    by_hand = (means.loc[True].iloc[1] - means.loc[True].iloc[0]) - (
        means.loc[False].iloc[1] - means.loc[False].iloc[0]
    )
    assert found.average.estimate == pytest.approx(by_hand)
    assert np.isnan(found.pretrend["p_value"])
    assert "no lead is there to test" in found.summary()


def test_planted_effects_lie_in_their_intervals_and_a_planted_nothing_too():
    for planted in (0.8, 0.0):
        found = event_study(panel(effect=lambda cohort, since, planted=planted: planted), **ASKED)
        assert abs(found.average.estimate - planted) < 3 * found.average.std_error
        assert found.pretrend["p_value"] > 0.01


def test_a_trend_that_began_before_shows_in_the_leads():
    found = event_study(panel(trend=0.3), **ASKED)
    assert found.pretrend["p_value"] < 1e-4
    assert found.estimates.loc[-3, "estimate"] < -0.3


def test_the_test_of_all_leads_is_hotellings():
    # Johnson and Wichern, Applied multivariate statistical analysis, example 5.2 (sweat of 20 women against
    # 4, 50, 10): T-squared 9.74, which is F = 9.74 * 17 / (19 * 3) = 2.90 with 3 and 17 degrees of freedom, p = .065.
    spread = np.array([[2.879, 10.010, -1.810], [10.010, 199.788, -5.640], [-1.810, -5.640, 3.628]]) / 20
    away = np.array([4.640 - 4, 45.400 - 50, 9.965 - 10])
    found = _pretrend(
        [-4, -3, -2, 0], np.append(away, 9.0), np.pad(spread, (0, 1)) + np.diag([0, 0, 0, 1.0]), 19
    )
    assert found["statistic"] == pytest.approx(9.74 * 17 / (19 * 3), abs=0.005)
    assert (found["df"], found["df_residual"]) == (3, 17)
    assert found["p_value"] == pytest.approx(0.065, abs=0.0005)


def test_more_leads_than_clusters_allow_are_not_tested():
    found = _pretrend([-4, -3, -2, 0], np.ones(4), np.eye(4), 2)
    assert np.isnan(found["p_value"])
    assert np.isnan(found["statistic"])


def staggered() -> pd.DataFrame:
    """Early units gain more and more, late ones a little: here one regression goes wrong."""
    growing = lambda cohort, since: (1.5 if cohort == 3 else 0.1) * (since + 1)  # noqa: E731
    return panel(cohorts=(3, 7, None), effect=growing, noise=0.05)


def test_clean_controls_keep_differing_cohorts_apart():
    found = event_study(staggered(), **ASKED)
    assert_allclose(found.estimates.loc[[-3, -2], "estimate"], 0, atol=0.06)
    assert_allclose(found.estimates.loc[[0, 1, 2, 3], "estimate"], [0.8, 1.6, 2.4, 3.2], atol=0.1)
    assert found.cohorts == 2


def test_one_regression_over_differing_cohorts_is_warned_of_and_leaks():
    with pytest.warns(LinkageWarning, match="2 cohorts in one two-way regression"):
        found = event_study(staggered(), **ASKED, method="two_way")
    leads = found.estimates.loc[[-3, -2], "estimate"].abs()
    assert leads.max() > 0.2  # nothing was planted before the event


def test_not_yet_treated_units_serve_as_controls_where_nobody_stays_untreated():
    found = event_study(panel(cohorts=(3, 8)), **{**ASKED, "lags": 2})
    assert (found.untreated, found.treated) == (0, 40)
    assert abs(found.estimates.loc[0, "estimate"] - 1.0) < 3 * found.estimates.loc[0, "std_error"]


@pytest.mark.parametrize("unit_of_money", [1e-9, 1e6, 1e11])
def test_the_unit_of_the_outcome_scales_the_effects_and_nothing_else(unit_of_money):
    table = panel().sample(frac=0.7, random_state=1)
    first, second = (event_study(t, **ASKED) for t in (table, table.assign(y=table["y"] * unit_of_money)))
    scaled = ["estimate", "std_error", "low", "high"]
    assert_allclose(second.estimates[scaled], unit_of_money * first.estimates[scaled], rtol=1e-7)
    assert_allclose(second.pretrend["p_value"], first.pretrend["p_value"], rtol=1e-6)


def test_row_order_and_names_of_units_do_not_matter():
    table = panel()
    moved = table.sample(frac=1, random_state=1).assign(
        unit_id=lambda t: t["unit_id"].map(lambda u: f"z {u[::-1]}")
    )
    first, second = event_study(table, **ASKED), event_study(moved, **ASKED)
    assert_allclose(first.estimates, second.estimates, rtol=1e-6, atol=1e-9)


def test_controls_and_holes_are_allowed_and_counted():
    table = panel().assign(staff=lambda t: np.arange(len(t)) % 7.0)
    table.loc[0, "y"], table.loc[40, "staff"] = np.nan, np.inf
    found = event_study(table, **ASKED, controls=["staff"])
    assert found.n_dropped == 2
    assert abs(found.average.estimate - 1.75) < 3 * found.average.std_error


def test_units_treated_before_their_first_row_are_left_out_and_counted():
    table = panel(cohorts=(5, None, 0))
    found = event_study(table, **ASKED)
    assert (found.n_always, found.treated, found.untreated) == (240, 20, 20)


def test_what_has_no_answer_is_refused():
    table = panel()
    with pytest.raises(FitError, match="same period"):
        event_study(panel(cohorts=(5,)), **ASKED, method="two_way")
    with pytest.raises(TooFewRowsError, match="No cohort has clean controls"):
        event_study(panel(cohorts=(5,)), **ASKED)
    with pytest.raises(TooFewRowsError, match="nothing was treated"):
        event_study(table.assign(opened=None), **ASKED)
    with pytest.raises(TooFewRowsError, match="no before"):
        event_study(panel(cohorts=(0, None)), **ASKED)
    with pytest.raises(TableError, match="more than one opened, for example 'U000'"):
        event_study(table.assign(opened=table["opened"].where(table.index != 0, "2022Q4")), **ASKED)
    with pytest.raises(TableError, match="no column 'open'"):
        event_study(table, **{**ASKED, "treated_at": "open"})
    with pytest.raises(LinkError, match="twfe"):
        event_study(table, **ASKED, method="twfe")
    with pytest.raises(LinkError, match="leads=0"):
        event_study(table, **{**ASKED, "leads": 0})
    with pytest.raises(TooFewRowsError, match="just before"):
        event_study(table[~((table["period"] == quarter(4)) & table["opened"].notna())], **ASKED)
