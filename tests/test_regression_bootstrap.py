"""The wild cluster bootstrap: against refits by hand, its intervals, and few clusters that mislead others."""

import itertools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.regression import Errors, fit_linear
from linkage.regression.bootstrap import WEBB, Parts, cluster_parts, wild_draws, wild_interval


def sites(count: int = 8, size: int = 12, slope: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """A driver that varies between sites only, and an outcome whose errors are shared within sites."""
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(count), size)
    wait = rng.normal(size=count)[site]
    noise = rng.normal(size=count)[site] * 0.7 + rng.normal(size=len(site))
    return pd.DataFrame(
        {"site": site, "wait": wait, "csat": slope * wait + noise, "age": rng.normal(size=len(site))}
    )


def clustered_t(y, x, groups, place, value):
    """Least squares and the CR1 t statistic, written out."""
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    e = y - x @ b
    count, (n, k) = groups.max() + 1, x.shape
    meat = sum(np.outer(s, s) for s in (x[groups == g].T @ e[groups == g] for g in range(count)))
    v = count / (count - 1) * (n - 1) / (n - k) * inverse @ meat @ inverse
    return (b[place] - value) / np.sqrt(v[place, place])


@pytest.mark.parametrize("tested", [0.0, 0.35])
def test_bootstrap_t_statistics_are_those_of_refits(tested):
    table = sites(count=5, size=9, seed=2)
    x = np.column_stack([np.ones(len(table)), table["wait"], table["age"]])
    y, groups, place = table["csat"].to_numpy(), table["site"].to_numpy(), 1
    q, r = np.linalg.qr(x)
    back = np.linalg.inv(r)
    b = back @ q.T @ y
    drawn = wild_draws(back[place], cluster_parts(q, y - x @ b, groups), draws=20, seed=9)
    distance = b[place] - tested
    ours = (drawn.n0 + distance * drawn.n1) / np.sqrt(
        drawn.v0 + 2 * distance * drawn.v1 + distance**2 * drawn.v2
    )
    # by hand: impose the null, flip the restricted residuals of whole clusters, refit
    others = x[:, [0, 2]]
    held = y - tested * x[:, place]
    restricted = others @ np.linalg.lstsq(others, held, rcond=None)[0] + tested * x[:, place]
    picked = np.random.default_rng(9).integers(0, 6, size=(20, 5))
    weights = np.concatenate([-WEBB, WEBB])[picked]
    by_hand = [
        clustered_t(restricted + w[groups] * (y - restricted), x, groups, place, tested) for w in weights
    ]
    assert_allclose(ours, by_hand, rtol=1e-8)
    assert_allclose(distance / drawn.std_error, clustered_t(y, x, groups, place, tested), rtol=1e-9)


def test_webb_weights_have_mean_zero_variance_one_and_six_values():
    points = np.concatenate([-WEBB, WEBB])
    assert len(set(points)) == 6
    assert_allclose([points.mean(), (points**2).mean()], [0, 1], atol=1e-15)


def test_the_interval_holds_exactly_the_values_that_the_test_accepts():
    fit = fit_linear(sites(slope=0.5), "csat ~ wait", cluster="site")
    row = fit.slope("wait")
    width = row.high - row.low
    for value, accepted in (
        (row.low - 0.01 * width, False),
        (row.low + 0.01 * width, True),
        (row.high - 0.01 * width, True),
        (row.high + 0.01 * width, False),
    ):
        # testing another value is testing 0 on a shifted outcome
        shifted = sites(slope=0.5).assign(csat=lambda t, v=value: t["csat"] - v * t["wait"])
        p = fit_linear(shifted, "csat ~ wait", cluster="site").slope("wait").p_value
        assert (p >= 0.05) == accepted


def test_few_clusters_bring_the_bootstrap_many_do_not():
    few = fit_linear(sites(count=39, size=3), "csat ~ wait + age", cluster="site")
    many = fit_linear(sites(count=40, size=3), "csat ~ wait + age", cluster="site")
    assert few.bootstrapped == ("wait", "age")
    assert "wild cluster bootstrap-t (Webb, 9,999 draws) for wait, age" in few.errors
    assert many.bootstrapped == ()
    assert "wild" not in many.errors


def test_only_the_named_drivers_are_bootstrapped_and_others_keep_t():
    table = sites().assign(kind=["a", "b"] * 48)
    every = fit_linear(table, "csat ~ wait + age + kind", cluster="site")
    named = fit_linear(table, "csat ~ wait + age + kind", cluster="site", drivers=["wait"])
    plain = fit_linear(table, "csat ~ wait + age + kind", cluster="site", errors="CR1")
    category = fit_linear(table, "csat ~ wait + age + kind", cluster="site", drivers=["kind"])
    assert every.bootstrapped == ("wait", "age")
    assert named.bootstrapped == ("wait",)
    assert category.bootstrapped == ("kind[T.b]",)
    assert_allclose(named.estimates.drop(index="wait"), plain.estimates.drop(index="wait"))
    assert_allclose(named.estimates["std_error"], plain.estimates["std_error"])
    assert named.slope("wait").p_value != plain.slope("wait").p_value


def test_the_same_seed_gives_the_same_answer_and_another_a_close_one():
    one, again, other = (
        fit_linear(sites(slope=0.4), "csat ~ wait", cluster="site", seed=s).slope("wait") for s in (1, 1, 2)
    )
    assert (one == again).all()
    assert one["low"] != other["low"]
    assert abs(one["p_value"] - other["p_value"]) < 0.02


def test_draws_made_in_pieces_are_the_same_draws(monkeypatch):
    rng = np.random.default_rng(0)
    parts = Parts(np.tile(np.eye(2), (7, 1, 1)) / 7, rng.normal(size=(7, 2)), 1.2)
    whole = wild_draws(np.array([1.0, 0.5]), parts, draws=50, seed=4)
    monkeypatch.setattr("linkage.regression.bootstrap.CELLS_AT_ONCE", 7 * 8)
    pieces = wild_draws(np.array([1.0, 0.5]), parts, draws=50, seed=4)
    assert_allclose(whole.n0, pieces.n0, rtol=1e-12)
    assert_allclose(whole.v1, pieces.v1, rtol=1e-9, atol=1e-15)


def test_two_clusters_cannot_exclude_anything_and_say_so():
    row = fit_linear(sites(count=3), "csat ~ age", cluster="site", errors=Errors("wild", draws=999)).slope(
        "age"
    )
    assert row.p_value > 0.005
    two = fit_linear(sites(count=2), "csat ~ age", cluster="site", errors="wild").slope("age")
    assert (two.low, two.high) == (-np.inf, np.inf)


def test_where_others_see_links_that_are_not_there_the_bootstrap_sees_few():
    # 10 sites, no link planted: tests at 5%. White's errors reject in about six of ten samples.
    alarms = {"HC1": 0, "wild": 0}
    for seed in range(60):
        table = sites(count=10, size=20, seed=100 + seed)
        quick = Errors("wild", draws=399)
        alarms["HC1"] += fit_linear(table, "csat ~ wait").slope("wait").p_value < 0.05
        alarms["wild"] += (
            fit_linear(table, "csat ~ wait", cluster="site", errors=quick).slope("wait").p_value < 0.05
        )
    assert alarms["HC1"] > 20
    assert alarms["wild"] <= 8  # of 60: 3 expected, 8 or fewer in 99.6% of series


def test_survey_weights_enter_the_bootstrap_as_scaled_rows():
    table = sites(slope=0.4).assign(weight=lambda t: 1 + (t["age"] > 0))
    root = np.sqrt(table["weight"] / table["weight"].mean())
    scaled = pd.DataFrame({"csat": table["csat"] * root, "one": root, "wait": table["wait"] * root})
    weighted = fit_linear(table, "csat ~ wait", cluster="site", weights="weight").slope("wait")
    by_hand = fit_linear(scaled.assign(site=table["site"]), "csat ~ 0 + one + wait", cluster="site").slope(
        "wait"
    )
    assert_allclose(weighted, by_hand, rtol=1e-8)


def test_the_interval_is_found_for_any_confidence():
    table = sites(slope=0.5, seed=3)
    widths = [
        np.ptp(fit_linear(table, "csat ~ wait", cluster="site", confidence=c).slope("wait")[["low", "high"]])
        for c in (0.5, 0.8, 0.9, 0.95)
    ]
    assert all(a < b for a, b in itertools.pairwise(widths))
    parts = cluster_parts(*_orthonormal(table))
    drawn = wild_draws(np.array([0.0, 1.0]), parts, draws=199, seed=0)
    below, above = wild_interval(drawn, 0.9)
    assert below < 0 < above


def _orthonormal(table):
    q, _ = np.linalg.qr(np.column_stack([np.ones(len(table)), table["wait"]]))
    y = table["csat"].to_numpy()
    return q, y - q @ (q.T @ y), table["site"].to_numpy()
