"""Unit effects, the split into within and between, and their errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.errors import FitError, LinkageWarning, LinkError, TableError, TooFewRowsError
from linkage.panel import fit_within, split_within_between
from linkage.regression import fit_linear


def panel(units=40, periods=6, *, within=0.5, between=2.0, seed=0, drop=0.2) -> pd.DataFrame:
    """y = within x (x - unit mean of x) + between x unit mean + shock of the period + noise; with holes."""
    rng = np.random.default_rng(seed)
    unit, period = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    level = rng.normal(size=units)[unit]
    x = level + rng.normal(size=len(unit))
    y = within * x + (between - within) * level + 0.3 * period + 0.5 * rng.normal(size=len(unit))
    kind = np.where(rng.random(len(unit)) < 0.5, "shop", "web")
    table = pd.DataFrame(
        {"unit_id": [f"U{u:02d}" for u in unit], "period": 2000 + period, "y": y, "x": x, "kind": kind}
    )
    table["region"] = np.where(unit % 2 == 0, "north", "south")
    return table[rng.random(len(table)) > drop].reset_index(drop=True)


def dummies(table: pd.DataFrame, formula: str, *effects: str):
    """The same regression with every effect as a dummy."""
    return formula + "".join(f" + C({e})" for e in effects)


@pytest.mark.parametrize("effects", [("unit_id",), ("unit_id", "period")])
def test_it_equals_least_squares_with_a_dummy_for_each_effect(effects):
    table = panel()
    period = "period" if len(effects) == 2 else None
    found = fit_within(
        table, "y ~ x + kind", unit="unit_id", period=period, errors="CR1", small_sample="dummies"
    )
    expected = fit_linear(table, dummies(table, "y ~ x + kind", *effects), cluster="unit_id", errors="CR1")
    terms = ["x", *(t for t in expected.terms if t.startswith("kind"))]
    columns = ["estimate", "std_error", "statistic", "df", "p_value", "low", "high"]
    assert found.estimates.index.tolist() == terms
    # Singletons are no rows here and count in N - 1 there; this table has none.
    assert found.n_singletons == 0
    assert_allclose(found.estimates[columns], expected.estimates.loc[terms, columns], rtol=1e-7)
    assert_allclose(found.covariance, expected.covariance.loc[terms, terms], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("effects", [("unit_id",), ("unit_id", "period")])
def test_the_wild_bootstrap_equals_that_with_dummies(effects):
    # Subtracting means or adding dummies is the same refit, so the same draws give the same p values.
    table = panel(units=9)
    period = "period" if len(effects) == 2 else None
    found = fit_within(table, "y ~ x", unit="unit_id", period=period, seed=4)
    formula = dummies(table, "y ~ x", *effects)
    expected = fit_linear(table, formula, cluster="unit_id", errors="wild", drivers=["x"], seed=4)
    assert found.bootstrapped == ("x",)
    columns = ["p_value", "low", "high"]
    assert_allclose(
        found.estimates.loc["x", columns].tolist(), expected.term("x")[columns].tolist(), rtol=1e-6
    )


def test_forty_clusters_need_no_bootstrap():
    found = fit_within(panel(), "y ~ x", unit="unit_id")
    assert (found.clusters, found.bootstrapped) == (40, ())


def test_the_planted_link_within_units_is_found_and_a_planted_nothing_too():
    for planted in (0.5, 0.0):
        found = fit_within(panel(within=planted), "y ~ x", unit="unit_id", period="period").estimates.loc["x"]
        assert abs(found.estimate - planted) < 3 * found.std_error
        assert found.low < planted < found.high


def test_intervals_cover_the_truth_as_often_as_they_say():
    # 100 panels, 95%: 95 expected, standard deviation 2.2
    held = 0
    for seed in range(100):
        found = fit_within(panel(units=40, seed=seed), "y ~ x", unit="unit_id", period="period", errors="CR1")
        row = found.estimates.loc["x"]
        held += row.low < 0.5 < row.high
    assert 88 <= held <= 100


def test_row_order_labels_and_units_of_the_driver_do_not_matter():
    table = panel(units=12)
    first = fit_within(table, "y ~ x + kind", unit="unit_id", period="period")
    moved = table.sample(frac=1, random_state=5).assign(x=lambda t: t["x"] * 1000 + 7)
    moved["unit_id"] = moved["unit_id"].map(lambda u: f"renamed {u}")
    second = fit_within(moved, "y ~ x + kind", unit="unit_id", period="period")
    assert_allclose(
        second.estimates.loc["x", "estimate"] * 1000, first.estimates.loc["x", "estimate"], rtol=1e-6
    )
    assert_allclose(second.estimates["p_value"], first.estimates["p_value"], atol=2e-3)
    assert second.r_squared == pytest.approx(first.r_squared)


@pytest.mark.parametrize("unit_of_money", [1e-9, 1e6, 1e11])
def test_the_unit_of_the_outcome_scales_the_estimates_and_nothing_else(unit_of_money):
    table = panel(units=12, drop=0.3)
    first, second = (
        fit_within(t, "y ~ x + kind", unit="unit_id", period="period", errors="CR1")
        for t in (table, table.assign(y=table["y"] * unit_of_money))
    )
    scaled = ["estimate", "std_error", "low", "high"]
    assert_allclose(second.estimates[scaled], unit_of_money * first.estimates[scaled], rtol=1e-7)
    assert_allclose(second.estimates["p_value"], first.estimates["p_value"], rtol=1e-6)


def test_adding_a_unit_constant_changes_nothing_but_the_levels():
    table = panel()
    shift = table["unit_id"].factorize()[0] * 10.0
    first, second = (
        fit_within(t, "y ~ x", unit="unit_id") for t in (table, table.assign(y=table["y"] + shift))
    )
    assert_allclose(second.estimates["estimate"], first.estimates["estimate"], rtol=1e-9)
    assert_allclose(second.unit_effects - first.unit_effects, np.unique(shift), atol=1e-9)


def test_rows_with_holes_and_units_alone_are_counted_not_lost_in_silence():
    table = panel(drop=0.0)
    table.loc[3, "x"], table.loc[4, "y"], table.loc[5, "unit_id"] = np.inf, np.nan, None
    alone = table[(table["unit_id"] != "U01") | (table["period"] == 2000)]
    found = fit_within(alone, "y ~ x", unit="unit_id")
    assert (found.n_dropped, found.n_singletons, found.n_used, found.units) == (3, 1, 240 - 5 - 3 - 1, 39)
    assert "U01" not in found.unit_effects.index
    assert "3 rows incomplete, 1 alone" in found.summary()


def test_booleans_and_nullable_integers_are_numbers():
    table = panel()
    plain = table.assign(up=(table["x"] > 0).astype(float), count=np.round(table["x"]))
    nullable = table.assign(up=(table["x"] > 0).astype("boolean"), count=np.round(table["x"]).astype("Int64"))
    first, second = (fit_within(t, "y ~ up + count", unit="unit_id").estimates for t in (plain, nullable))
    pd.testing.assert_frame_equal(first, second)


def test_terms_that_do_not_move_within_units_are_named():
    with pytest.warns(LinkageWarning, match="region.* left out: no movement within unit_id"):
        found = fit_within(panel(), "y ~ x + region", unit="unit_id")
    assert found.estimates.index.tolist() == ["x"]
    assert len(found.absorbed) == 1
    assert "region" in found.summary()
    with pytest.raises(FitError, match="no movement within unit_id"):
        fit_within(panel(), "y ~ region", unit="unit_id")


def test_collinear_terms_are_refused_by_name():
    table = panel().assign(twice=lambda t: 2 * t["x"] + 1)
    with pytest.raises(FitError, match="twice"):
        fit_within(table, "y ~ x + twice", unit="unit_id")


def test_what_has_no_answer_is_refused():
    table = panel()
    with pytest.raises(LinkError, match="unit= and period="):
        fit_within(table, "y ~ x | unit_id", unit="unit_id")
    with pytest.raises(TableError, match="unit_ID"):
        fit_within(table, "y ~ x", unit="unit_ID")
    with pytest.raises(LinkError, match="HC3"):
        fit_within(table, "y ~ x", unit="unit_id", errors="HC3")
    with pytest.raises(LinkError, match="small_sample='areg'"):
        fit_within(table, "y ~ x", unit="unit_id", small_sample="areg")
    with pytest.raises(LinkError, match="constant"):
        fit_within(table, "y ~ 0 + x", unit="unit_id")
    with pytest.raises(FitError, match="'y' is 1"):
        fit_within(table.assign(y=1.0), "y ~ x", unit="unit_id")
    with pytest.raises(TooFewRowsError, match="one"):
        fit_within(table.assign(all="A"), "y ~ x", unit="unit_id", cluster="all")


def test_a_lagged_outcome_in_a_short_panel_is_warned_of():
    table = panel().assign(y_lag1=lambda t: t.groupby("unit_id")["y"].transform("mean") + t["x"] ** 2)
    with pytest.warns(LinkageWarning, match=r"y_lag1 beside unit_id effects.*bracket_lagged_outcome"):
        fit_within(table, "y ~ x + y_lag1", unit="unit_id")


def test_the_split_gives_the_within_estimate_and_the_difference():
    table = panel(within=0.5, between=2.0)
    found = split_within_between(table, "y ~ x", unit="unit_id")
    within = fit_within(table, "y ~ x", unit="unit_id").estimates.loc["x", "estimate"]
    parts = found.estimates.loc["x"]
    assert parts.loc["within", "estimate"] == pytest.approx(within, rel=1e-9)  # Mundlak 1978, eq. 2.12
    gap = parts.loc["between", "estimate"] - parts.loc["within", "estimate"]
    assert parts.loc["difference", "estimate"] == pytest.approx(gap)
    # with one term F is the square of its t
    assert found.statistic == pytest.approx(parts.loc["difference", "statistic"] ** 2)
    assert found.p_value == pytest.approx(parts.loc["difference", "p_value"])
    assert (found.df, found.df_residual, found.units, found.clusters) == (1, 39, 40, 40)


def test_few_units_are_jackknifed_and_one_alone_with_a_column_is_not():
    # A mean varies between units only. By hand: leave each unit out, refit, and add up the squared moves.
    table = panel(units=9)
    found = split_within_between(table, "y ~ x", unit="unit_id")
    between = {}
    for left in [None, *table["unit_id"].unique()]:
        kept = table[table["unit_id"] != left]
        means = kept.groupby("unit_id")["x"].transform("mean")
        design = np.column_stack([np.ones(len(kept)), kept["x"], means])
        own, gap = np.linalg.lstsq(design, kept["y"], rcond=None)[0][1:]
        between[left] = own + gap
    moves = np.array([value - between[None] for left, value in between.items() if left is not None])
    assert found.estimates.loc[("x", "between"), "std_error"] == pytest.approx(
        np.sqrt(8 / 9 * (moves**2).sum())
    )
    assert "CR3" in found.errors
    alone = table.assign(is_first=(table["unit_id"] == table["unit_id"].iloc[0]).astype(float))
    assert "CR1" in split_within_between(alone, "y ~ x + is_first", unit="unit_id").errors
    assert "CR1" in split_within_between(panel(units=40), "y ~ x", unit="unit_id").errors


def test_the_split_finds_what_was_planted_also_where_it_is_nothing():
    # The mean of x over few periods measures the level with error, so between is 2 - 1.5 / (1 + 5) or so: the
    # planted difference shrinks by var(level) / (var(level) + 1/T).
    differing = split_within_between(panel(units=200), "y ~ x + C(period)", unit="unit_id")
    alike = split_within_between(panel(units=200, between=0.5), "y ~ x + C(period)", unit="unit_id")
    assert abs(differing.estimates.loc[("x", "within"), "estimate"] - 0.5) < 0.1
    assert 1.4 < differing.estimates.loc[("x", "between"), "estimate"] < 2.0
    assert differing.p_value < 1e-6
    assert alike.p_value > 0.01


def test_the_split_keeps_what_only_differs_between_units_as_a_control():
    found = split_within_between(panel(), "y ~ x + region", unit="unit_id")
    region = [t for t in found.estimates.index.get_level_values("term") if t.startswith("region")]
    assert len(region) == 1
    assert "within a unit_id" in found.summary()
    with pytest.raises(FitError, match="fit_between"):
        split_within_between(panel(), "y ~ region", unit="unit_id")
