"""The attacks on a link: each equals its definition, fires where it must and is quiet where it should be."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage import refuting
from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.refuting.sample import group_sums
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


def sample(table: pd.DataFrame, controls=(), cluster="customer_id", errors="auto"):
    spec = LinkSpec(
        name="t",
        question="?",
        grain="survey",
        outcome="y",
        drivers=("x",),
        controls=controls,
        cluster=cluster,
    )
    formula = " + ".join(["y ~ x", *controls])
    fit = fit_linear(table, formula, cluster=cluster if errors == "auto" else None, errors=errors)
    return fit, refuting.sample_of(fit, table, spec)


def people(n=1500, clusters=150, slope=0.5, seed=0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    who = rng.integers(0, clusters, n)
    x, z = rng.normal(5, 2, n), rng.normal(size=n)
    y = 1 + slope * x + 0.5 * z + rng.normal(0, 0.5, clusters)[who] + rng.normal(0, 1.5, n)
    period = rng.choice(["2026Q1", "2026Q2", "2026Q3"], n)
    unit = np.array([f"U{i}" for i in rng.integers(0, 12, n)])
    return pd.DataFrame({"customer_id": who, "x": x, "z": z, "y": y, "period": period, "unit_id": unit})


def sites(seed: int, sites=60, each=25) -> pd.DataFrame:
    """A driver of the site, noise of the site, and nothing between them."""
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(sites), each)
    y = rng.normal(0, 1, sites)[site] + rng.normal(0, 1, len(site))
    return pd.DataFrame(
        {"customer_id": np.arange(len(site)), "site": site, "x": rng.normal(size=sites)[site], "y": y}
    )


def test_leaving_a_unit_out_equals_a_refit():
    table = people()
    _, kept = sample(table, ("z",))
    found = refuting.leave_out(kept, "unit_id").estimates.set_index("group")["estimate"]
    for unit in ("U0", "U7"):
        refit = fit_linear(table[table["unit_id"] != unit], "y ~ x + z").slope("x").estimate
        assert_allclose(found[unit], refit, rtol=1e-9)
    assert refuting.judge_left_out(refuting.leave_out(kept, "unit_id")).verdict == PASS


def test_sums_by_group_are_the_products_of_its_rows_with_and_without_weights():
    kept = sample(people(300, 30), ("z",))[1]
    for weights in (None, np.linspace(0.5, 2, 300)):
        xx, xy, n = group_sums(replace(kept, weights=weights), kept.groups)
        rows = kept.groups == 7
        w = np.ones(rows.sum()) if weights is None else weights[rows]
        assert_allclose(xx[7], kept.x[rows].T @ (kept.x[rows] * w[:, None]))
        assert_allclose(xy[7], kept.x[rows].T @ (kept.y[rows] * w))
        assert n[7] == rows.sum()


def test_a_link_that_one_unit_carries_is_named():
    table = people(slope=0.0)
    one = table["unit_id"] == "U3"
    table.loc[one, "y"] += 4.0 * (table.loc[one, "x"] - 5)
    check = refuting.judge_left_out(refuting.leave_out(sample(table)[1], "unit_id"))
    assert check.verdict == REVIEW
    assert "unit_id U3" in check.advice


def test_a_customer_is_never_named():
    table = people(n=300, clusters=20, slope=0.0)
    table.loc[table["customer_id"] == 4, ["x", "y"]] = [60.0, 500.0]
    check = refuting.judge_left_out(refuting.leave_out(sample(table)[1], "customer_id"))
    assert check.verdict == REVIEW
    assert "one customer_id" in check.advice


def test_two_periods_are_too_few_to_leave_one_out():
    table = people().query("period != '2026Q3'")
    assert refuting.leave_out(sample(table)[1], "period") is None
    assert refuting.judge_left_out(None, "period").verdict == NOT_ASSESSED


def test_the_strongest_clusters_are_taken_and_the_rest_refitted():
    table = people(slope=-0.05, seed=4)
    odd = table["customer_id"].isin([9, 11])
    table.loc[odd, "y"] += 6.0 * (table.loc[odd, "x"] - 5)
    _, kept = sample(table)
    found = refuting.strongest_clusters(kept)
    assert found.taken == 2
    assert found.without == pytest.approx(fit_linear(table[~odd], "y ~ x").slope("x").estimate, rel=1e-9)
    assert found.full > 0 > found.without
    assert refuting.judge_influence(found).verdict == REVIEW
    assert refuting.judge_influence(found, shown=False).verdict == NOT_ASSESSED
    assert refuting.judge_influence(refuting.strongest_clusters(sample(people())[1])).verdict == PASS
    few = people(n=200, clusters=10)
    assert refuting.judge_influence(refuting.strongest_clusters(sample(few)[1])).verdict == NOT_ASSESSED


def test_a_shuffle_reaches_what_only_a_few_sites_show():
    # Fifteen in a hundred of such null samples look like a link to errors that forget the sites; whole sites
    # shuffled reach those estimates easily.
    found = [
        refuting.shuffle_driver(sample(sites(s), cluster="site")[1], draws=199).p_value for s in range(12)
    ]
    assert min(found) > 0.01
    assert sum(p < 0.05 for p in found) <= 2


def test_a_link_that_only_the_periods_carry_stays_in_the_shuffle():
    table = people(slope=0.0, seed=3)
    late = (table["period"] == "2026Q3").astype(float)
    table["x"] += 6 * late
    table["y"] += 6 * late
    check = refuting.judge_placebo(refuting.shuffle_driver(sample(table)[1], draws=100))
    assert check.verdict == REVIEW
    assert "periods carry it" in check.advice
    held = refuting.shuffle_driver(sample(table, ("period",))[1], draws=100)
    assert abs(held.draws.mean()) < 0.05


def test_a_real_link_breaks_with_the_join():
    verdicts = [
        refuting.judge_placebo(refuting.shuffle_driver(sample(people(seed=s), ("z",))[1], draws=100)).verdict
        for s in range(8)
    ]
    assert verdicts == [PASS] * 8


def test_a_placebo_p_value_is_even_where_nothing_is_planted():
    small = [
        refuting.shuffle_driver(sample(people(n=300, slope=0.0, seed=s))[1], draws=99).p_value
        for s in range(60)
    ]
    assert 0.3 < np.mean(small) < 0.7


def test_drawing_clusters_again_agrees_with_the_clustered_error():
    fit, kept = sample(people(seed=2), ("z",))
    row = fit.slope("x")
    found = refuting.redraw_clusters(kept, low=row.low, high=row.high, seed=1)
    assert found.draws.std() == pytest.approx(row.std_error, rel=0.12)
    assert refuting.judge_redrawn(found).verdict == PASS
    wrong = refuting.redraw_clusters(kept, low=row.low - 1, high=row.high + 1, seed=1)
    assert refuting.judge_redrawn(wrong).verdict == REVIEW


def test_the_robustness_value_is_the_published_one():
    # Cinelli and Hazlett 2020, the Darfur example: t = 4.18445, 783 degrees of freedom: RV 13.9 %, at alpha .05 7.6 %.
    assert refuting.robustness_value(4.18445, 783) == pytest.approx(0.139, abs=5e-4)
    assert refuting.robustness_value(4.18445, 783, alpha=0.05) == pytest.approx(0.076, abs=5e-4)


def test_a_hidden_cause_as_strong_as_a_control_takes_away_what_it_would():
    # The hidden cause is drawn like the control, so what it does to the estimate is what the bound says: with
    # slopes 1 and 1 on both, a true slope of 0 shows as 0.5, and the bound must bring it back to 0.
    rng = np.random.default_rng(5)
    n = 40_000
    z, hidden = rng.normal(size=n), rng.normal(size=n)
    x = z + hidden + rng.normal(size=n)
    table = pd.DataFrame({"customer_id": np.arange(n), "x": x, "z": z, "y": z + hidden + rng.normal(size=n)})
    found = refuting.hidden_cause(sample(table, ("z",))[1])
    assert found.estimate == pytest.approx(0.5, abs=0.02)
    assert found.bounds["adjusted"].iloc[0] == pytest.approx(0.0, abs=0.02)
    table["y"] += 0.5 * z
    stronger = refuting.hidden_cause(sample(table, ("z",))[1])
    assert refuting.judge_hidden_cause(stronger, 1).verdict == REVIEW
    honest = refuting.hidden_cause(sample(people(), ("z",))[1])
    assert refuting.judge_hidden_cause(honest, 1).verdict == PASS
    assert refuting.judge_hidden_cause(honest, 0).verdict == NOT_ASSESSED


def test_uneven_scatter_is_seen_and_even_scatter_left_alone():
    table = people(seed=6)
    even = refuting.look_at_residuals(sample(table)[1])
    assert refuting.judge_scatter(even, robust=False).verdict == PASS
    noise = np.random.default_rng(1).standard_normal(len(table))
    table["y"] += np.abs(table["x"] - table["x"].min()) * noise
    uneven = refuting.look_at_residuals(sample(table)[1])
    assert refuting.judge_scatter(uneven, robust=False).verdict == REVIEW
    assert refuting.judge_scatter(uneven, robust=True).verdict == PASS


def test_outcomes_at_the_end_of_their_scale_are_said():
    table = people(seed=7)
    table["y"] = table["y"].clip(upper=table["y"].median())
    assert refuting.judge_scatter(refuting.look_at_residuals(sample(table)[1]), robust=True).verdict == REVIEW


def test_an_outcome_of_yes_and_no_has_no_middle_to_miss():
    table = people(seed=7)
    table["y"] = (table["y"] > 2).astype(float)
    assert refuting.judge_scatter(refuting.look_at_residuals(sample(table)[1]), robust=True).verdict == PASS


def test_scatter_along_a_flag_is_not_asked():
    table = people(seed=8)
    table["x"] = (table["x"] > 5).astype(float)
    assert refuting.look_at_residuals(sample(table)[1]) is None


def test_a_second_run_gives_the_same_figures():
    _, kept = sample(people(), ("z",))
    assert_allclose(refuting.shuffle_driver(kept, seed=3).draws, refuting.shuffle_driver(kept, seed=3).draws)
