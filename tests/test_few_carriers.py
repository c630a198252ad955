"""A driver that few rows or clusters carry: its error by definition, and no link in nothing however rare it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import linkage as lk
from linkage.linking.few_carriers import with_careful_errors
from linkage.linking.fitting import fit_link
from linkage.links import _asked
from linkage.refuting.refit import slope_of
from linkage.regression import fit_linear
from linkage.regression.few_carriers import careful_error, carriers


def coordinates(x, y, place=1):
    q, triangle = np.linalg.qr(x)
    return q, y - q @ (q.T @ y), np.linalg.inv(triangle)[place]


def flagged(seed: int, n: int = 200, share: float = 0.04) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return np.column_stack([np.ones(n), rng.random(n) < share, rng.normal(size=n)]), rng.normal(size=n)


@pytest.mark.parametrize("seed", range(3))
def test_by_row_it_is_the_hc2_of_statsmodels(seed):
    import statsmodels.api as sm

    x, y = flagged(seed)
    q, residuals, direction = coordinates(x, y)
    found, _ = careful_error(q, residuals, np.arange(len(y)), direction)
    assert_allclose(found, sm.OLS(y, x).fit(cov_type="HC2").bse[1], rtol=1e-12)


@pytest.mark.parametrize("set_in", [2, 5, 40])
def test_of_two_groups_the_degrees_are_those_of_welch_and_satterthwaite(set_in):
    """Imbens and Kolesar 2016, p. 703: for rows that scatter alike."""
    n = 200
    x = np.column_stack([np.ones(n), np.arange(n) < set_in]).astype(float)
    q, residuals, direction = coordinates(x, np.random.default_rng(0).normal(size=n))
    a, b = set_in, n - set_in
    by_hand = (1 / a + 1 / b) ** 2 / (1 / (a**2 * (a - 1)) + 1 / (b**2 * (b - 1)))
    assert_allclose(careful_error(q, residuals, np.arange(n), direction)[1], by_hand, rtol=1e-9)


def test_carriers_are_the_rows_of_a_rare_flag():
    rare = np.arange(600) < 3
    assert carriers(rare - rare.mean(), np.arange(600)) == pytest.approx(3, rel=0.02)
    assert carriers(rare - rare.mean(), np.arange(600) // 3) == pytest.approx(1, rel=0.02)


def test_by_cluster_both_are_those_of_their_definition():
    """Bell and McCaffrey 2002: each cluster's residuals times (I - H_gg)^(-1/2), all written out."""
    x, y = flagged(3)
    groups = np.random.default_rng(4).integers(0, 12, len(y))
    x[:, 1] = np.isin(groups, [0, 1, 2])
    q, residuals, direction = coordinates(x, y)
    left = np.eye(len(y)) - q @ q.T
    columns, squares = [], 0.0
    for group in range(12):
        rows = np.flatnonzero(groups == group)
        sizes, axes = np.linalg.eigh(left[np.ix_(rows, rows)])
        pull = axes @ np.diag(sizes**-0.5) @ axes.T @ q[rows] @ direction
        columns.append(left[:, rows] @ pull)
        squares += (pull @ residuals[rows]) ** 2
    together = np.array(columns) @ np.array(columns).T
    error, df = careful_error(q, residuals, groups, direction)
    assert_allclose(error, squares**0.5, rtol=1e-10)
    assert_allclose(df, np.trace(together) ** 2 / np.trace(together @ together), rtol=1e-10)


def test_what_one_cluster_alone_carries_has_no_error():
    x, y = flagged(5)
    x[:, 1] = np.arange(len(y)) < 1
    q, residuals, direction = coordinates(x, y)
    assert careful_error(q, residuals, np.arange(len(y)), direction) == (np.inf, 0.0)
    assert careful_error(q, residuals, np.arange(len(y)) // 2, direction) == (np.inf, 0.0)
    found = slope_of(x, y, np.arange(len(y)), 1)
    assert (found.low, found.high, found.p_value) == (-np.inf, np.inf, 1.0)


def company(seed: int, k: int, n: int = 300, effect: float = 0.0) -> pd.DataFrame:
    """Customers of whom the first k have a flag; what they spend follows what they spent, and the flag if told so."""
    rng = np.random.default_rng(seed)
    before, is_rare = rng.normal(10, 3, n), np.arange(n) < k
    spent = 0.5 * before + effect * is_rare + rng.normal(0, 3, n)
    return pd.DataFrame({"customer_id": np.arange(n), "is_rare": is_rare, "before": before, "spent": spent})


SPEC = _asked(
    "spent", ("is_rare",), ("is_rare", "before"),
    grain="survey", expect="either", cluster="customer_id", question=None,
)  # fmt: skip


@pytest.mark.parametrize("k", [1, 2, 3, 6, 12])
def test_a_rare_flag_is_found_in_nothing_one_time_in_twenty(k):
    """400 companies: at a chance of 0.05 more than 30 false alarms come once in a hundred times."""
    p_values = []
    for seed in range(400):
        t = company(seed, k)
        x = np.column_stack([np.ones(len(t)), t["is_rare"], t["before"]]).astype(float)
        p_values.append(slope_of(x, t["spent"].to_numpy(), t["customer_id"].to_numpy(), 1).p_value)
    assert (np.array(p_values) < 0.05).sum() <= 30


def test_a_link_and_each_attack_on_it_have_the_same_error():
    t = company(7, 4)
    fits = fit_link(t, SPEC, cluster="customer_id", confidence=0.95)
    x = np.column_stack([np.ones(len(t)), t["is_rare"], t["before"]]).astype(float)
    again = slope_of(x, t["spent"].to_numpy(), t["customer_id"].to_numpy(), 1)
    row = fits.fit.estimates.loc["is_rare"]
    for name in ("std_error", "low", "high", "p_value"):
        assert row[name] == pytest.approx(getattr(again, name), rel=1e-9)
    assert fits.few == {"is_rare": pytest.approx(3.0, abs=0.2)}


def test_a_rare_flag_that_does_much_is_still_found_and_its_interval_holds_the_truth():
    cards = [
        lk.link("spent ~ is_rare + before", company(s, 6, effect=8.0), cluster="customer_id")
        for s in range(20)
    ]
    rows = [card.estimates.iloc[0] for card in cards]
    assert sum(row["verdict"] == "linked" for row in rows) >= 18
    assert sum(row["low"] <= 8 <= row["high"] for row in rows) >= 17
    check = cards[0].checks().loc["clusters"]
    assert check["verdict"] == "REVIEW" and "few clusters of customer_id carry it" in check["advice"]
    assert "Bell and McCaffrey" in cards[0].errors


def test_one_customer_makes_no_link_and_the_card_says_so():
    card = lk.link("spent ~ is_rare + before", company(0, 1, effect=50.0), cluster="customer_id")
    row = card.estimates.iloc[0]
    assert row["verdict"] == "no link" and np.isinf(row["detectable"]) and np.isinf(row["high"])
    assert "one of the clusters of customer_id alone carries it" in card.checks().loc["clusters", "advice"]


def test_a_driver_that_many_carry_keeps_its_error():
    table = company(1, 150)
    fit = fit_linear(table, "spent ~ is_rare + before", cluster="customer_id")
    x, groups = fit.recipe.matrix(table), pd.factorize(table["customer_id"])[0]
    kept, few = with_careful_errors(fit, x, groups, None, ["is_rare", "before"])
    assert kept is fit and few == {}


def pilot(seed: int, k: int, units: int = 45, rows: int = 10) -> pd.DataFrame:
    """Units of which the first k try something that does nothing; what they share moves all their customers."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), rows)
    spent = rng.normal(0, 0.3, units)[unit] + rng.normal(size=len(unit))
    return pd.DataFrame(
        {"customer_id": np.arange(len(unit)), "unit_id": unit, "is_pilot": unit < k, "spent": spent}
    )


def test_few_pilot_units_of_many_are_judged_as_few():
    spec = SPEC.model_copy(update={"drivers": ["is_pilot"], "controls": []})
    found = [fit_link(pilot(s, 3), spec, cluster="customer_id", confidence=0.95) for s in range(30)]
    assert all(f.spec.cluster == "unit_id" and f.few["is_pilot"] < 3 for f in found)
    assert sum(f.fit.estimates.loc["is_pilot", "p_value"] < 0.05 for f in found) <= 5
