"""BG/NBD and Gamma-Gamma: likelihoods and forecasts by integration, planted parameters, properties, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import check_grad
from scipy.special import roots_genlaguerre, roots_jacobi

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.value import (
    expected_new,
    expected_purchases,
    expected_spend,
    fit_bgnbd,
    fit_gamma_gamma,
    probability_alive,
)
from linkage.value.expecting import alive, conditional, discounted
from linkage.value.likelihood import buying_rows, buying_score, spending_rows, spending_score

PARAMS = np.array([0.8, 6.0, 0.7, 2.0])


def simulate_buying(n: int, params=PARAMS, *, seed: int, span: float = 50.0) -> pd.DataFrame:
    """Customers who buy at gamma rates and leave after a purchase with a beta chance, as the model says."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(params[0], 1 / params[1], n), rng.beta(params[2], params[3], n)
    age = span - rng.uniform(0, 12, n)
    repeats, recency, clock, there = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    while there.any():
        clock = clock + rng.exponential(1 / rate)
        there &= clock <= age
        repeats[there] += 1
        recency[there] = clock[there]
        there &= rng.random(n) >= leaves
    return pd.DataFrame({"repeat_count": repeats, "recency": recency, "age": age})


def simulate_spending(repeats: np.ndarray, p: float, q: float, gamma: float, *, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    scale = rng.gamma(q, 1 / gamma, len(repeats))
    total = rng.gamma(p * np.maximum(repeats, 1), 1 / scale)
    return np.where(repeats > 0, total / np.maximum(repeats, 1), 0.0)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    table = simulate_buying(3000, seed=11)
    table["mean_amount"] = simulate_spending(table["repeat_count"].to_numpy(), 6, 4, 15, seed=12)
    return table


@pytest.fixture(scope="module")
def buying(customers):
    return fit_bgnbd(customers)


@pytest.fixture(scope="module")
def spending(customers):
    return fit_gamma_gamma(customers)


# ------------------------------------------------------------------------------------------- reference


def over_customers(of_rate_and_leaving, params=PARAMS, points: int = 60) -> float:
    """Mean over the gamma and beta distributions of customers, by Gauss-Laguerre and Gauss-Jacobi."""
    r, alpha, a, b = params
    rates, weights = roots_genlaguerre(points, r - 1)
    edges, jacobi = roots_jacobi(points, b - 1, a - 1)
    values = of_rate_and_leaving(rates[:, None] / alpha, (edges[None, :] + 1) / 2)
    return float(weights @ values @ jacobi / weights.sum() / jacobi.sum())


def history_density(x: int, recency: float, age: float):
    """Of one customer, Fader, Hardie and Lee 2005, equation (3): still there, or left after the last purchase."""

    def density(rate: float, leaves: float) -> float:
        there = (1 - leaves) ** x * rate**x * np.exp(-rate * age)
        left = leaves * (1 - leaves) ** (x - 1) * rate**x * np.exp(-rate * recency) if x else 0.0
        return there + left

    return density


@pytest.mark.parametrize(("x", "recency", "age"), [(0, 0.0, 9.0), (1, 4.0, 9.0), (3, 7.0, 8.0)])
def test_the_likelihood_is_the_mean_over_customers(x, recency, age):
    rows = buying_rows(*np.array([[x], [recency], [age]], dtype=float))
    value = np.exp(buying_score(np.log(PARAMS), rows, np.ones(1))[0])
    assert_allclose(value, over_customers(history_density(x, recency, age)), rtol=1e-6)


@pytest.mark.parametrize(("x", "recency", "age"), [(0, 0.0, 9.0), (2, 5.0, 9.0)])
def test_the_forecast_is_the_mean_over_customers_given_their_history(x, recency, age):
    # Who is there at rate l, leaving with chance p, buys (1 - exp(-l p t))/p times in t; weighted by how well
    # rate and chance explain the history, and times the chance of being there.
    def still_there(rate, leaves):
        return (1 - leaves) ** x * rate**x * np.exp(-rate * age)

    def future(rate, leaves):
        return still_there(rate, leaves) * -np.expm1(-rate * leaves * 20.0) / leaves

    whole = over_customers(history_density(x, recency, age))
    arrays = np.array([[x], [recency], [age]], dtype=float)
    assert_allclose(conditional(PARAMS, *arrays, 20.0)[0], over_customers(future) / whole, rtol=1e-6)
    assert_allclose(alive(PARAMS, *arrays)[0], over_customers(still_there) / whole, rtol=1e-6)


def test_a_hand_computed_chance_of_being_there():
    # x = 2, t_x = 10, T = 20, r = a = 1, alpha = 10, b = 2: 1/(1 + a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x))
    # = 1/(1 + (1/3) 1.5^3) = 1/(1 + 1.125) = .470588
    params = np.array([1.0, 10.0, 1.0, 2.0])
    assert_allclose(alive(params, np.array([2.0]), np.array([10.0]), np.array([20.0])), [0.470588], rtol=1e-6)


def test_a_hand_computed_spend():
    # p = 6, q = 4, gamma = 15; 2 repeats of 40 on average: 6 (15 + 2 x 40)/(6 x 2 + 4 - 1) = 570/15 = 38;
    # without repeats the mean of all, 6 x 15/(4 - 1) = 30.
    from linkage.value.gamma_gamma import spend

    assert_allclose(spend(np.array([6.0, 4, 15]), np.array([2.0, 0]), np.array([40.0, 0])), [38, 30])


def test_the_slopes_of_both_likelihoods_are_their_derivatives(customers):
    some = customers.iloc[:40]
    bought = buying_rows(*some[["repeat_count", "recency", "age"]].to_numpy().T)
    again = some[some["repeat_count"] > 0]
    spent = spending_rows(*again[["repeat_count", "mean_amount"]].to_numpy().T)
    for score, rows, start in (
        (buying_score, bought, np.log(PARAMS)),
        (spending_score, spent, np.log([6.0, 4, 15])),
    ):
        weights = np.linspace(0.5, 2, rows.repeats.size)
        gap = check_grad(
            lambda at, s=score, r=rows, w=weights: s(at, r, w)[0],
            lambda at, s=score, r=rows, w=weights: s(at, r, w)[1],
            start,
        )
        assert gap < 1e-4


def test_discounting_agrees_with_a_fine_sum():
    x, recency, age = np.array([[0.0, 3, 30], [0, 20, 38], [5, 30, 39]])
    times = np.linspace(0, 52, 20_001)
    cumulative = np.array([conditional(PARAMS, x, recency, age, t) for t in times[1:]])
    steps = np.diff(cumulative, axis=0, prepend=0.0)
    middle = np.exp(-0.01 * (times[1:] + times[:-1]) / 2)
    assert_allclose(discounted(PARAMS, x, recency, age, 52.0, 0.01), middle @ steps, rtol=1e-5)
    assert_allclose(
        discounted(PARAMS, x, recency, age, 52.0, 0.0), conditional(PARAMS, x, recency, age, 52.0)
    )


# -------------------------------------------------------------------------------------------- recovery


def test_planted_parameters_are_found(buying, spending):
    for fit, truth in ((buying, PARAMS), (spending, [6, 4, 15])):
        assert (abs(np.log(fit.params) - np.log(truth)) < 3 * np.sqrt(np.diag(fit.covariance))).all()


def test_the_intervals_hold_the_planted_parameters_about_as_often_as_they_say():
    held = []
    for seed in range(40):
        table = fit_bgnbd(simulate_buying(800, seed=seed), confidence=0.8).estimates
        held.append((table["low"] < PARAMS) & (table["high"] > PARAMS))
    # 40 x 80 %: binomial standard deviation of a share .063; three of them below.
    assert (np.mean(held, axis=0) > 0.8 - 3 * 0.063).all()


def test_no_link_of_spend_and_frequency_passes_and_a_planted_one_does_not(customers, spending):
    assert spending.check().verdict == "PASS"
    row = spending.independence.loc["pearson"]
    assert abs(row["estimate"]) < 3 * row["std_error"]
    tied = customers.assign(mean_amount=customers["mean_amount"] * customers["repeat_count"])
    linked = fit_gamma_gamma(tied)
    assert linked.check().verdict == "REVIEW" and linked.independence["low"].min() > 0
    assert "REVIEW" in linked.summary()


# -------------------------------------------------------------------------------------------- property


def test_units_of_time_and_money_move_only_their_own_parameters(customers, buying, spending):
    days = customers.assign(recency=customers["recency"] * 7, age=customers["age"] * 7)
    by_day = fit_bgnbd(days, time_unit="day")
    assert_allclose(by_day.params, buying.params * [1, 7, 1, 1], rtol=1e-5)
    # each repeat purchase is dated to the day instead of the week: log 7 less likelihood
    repeats = customers["repeat_count"].sum()
    assert_allclose(by_day.log_likelihood, buying.log_likelihood - repeats * np.log(7), rtol=1e-10)
    cents = fit_gamma_gamma(customers.assign(mean_amount=customers["mean_amount"] * 100))
    assert_allclose(cents.params, spending.params * [1, 1, 100], rtol=1e-5)


def test_order_types_and_incomplete_rows_do_not_matter(customers, buying, spending):
    turned = customers.iloc[::-1].astype({"repeat_count": "Int64", "age": "Float64"})
    holes = pd.DataFrame({"repeat_count": [1, None, 2], "recency": [np.inf, 1, 1], "age": [3, 3, np.nan]})
    holes["mean_amount"] = [np.nan, 3.0, np.inf]
    both = pd.concat([turned, holes.astype({"repeat_count": "Int64"})])
    again, spent = fit_bgnbd(both), fit_gamma_gamma(both)
    assert_allclose(again.params, buying.params, rtol=1e-6)
    assert_allclose(spent.params, spending.params, rtol=1e-6)
    assert (again.n_dropped, spent.n_dropped) == (3, 3)
    assert again.n_used == buying.n_used and spent.n_used + spent.n_single == 3000


def test_forecasts_keep_the_tables_order_and_leave_gaps_missing(buying, spending):
    table = pd.DataFrame(
        {
            "repeat_count": [3, None, 0],
            "recency": [20.0, 5, 0],
            "age": [30.0, 9, 30],
            "mean_amount": [9.0, 2, 0],
        },
        index=["c", "a", "b"],
    )
    for found in (
        probability_alive(buying, table),
        expected_purchases(buying, table, horizon=10),
        expected_spend(spending, table),
    ):
        assert list(found.index) == ["c", "a", "b"] and list(found.isna()) == [False, True, False]
    assert probability_alive(buying, table)["b"] == 1


@settings(max_examples=60, deadline=None)
@given(
    r=st.floats(0.05, 30),
    alpha=st.floats(0.05, 50),
    a=st.floats(0.02, 40),
    b=st.floats(0.02, 500),
    x=st.integers(0, 300),
    share=st.floats(0.05, 1),
    age=st.floats(0.5, 200),
)
def test_forecasts_are_finite_rise_with_time_and_stay_below_the_rate(r, alpha, a, b, x, share, age):
    arrays = np.array([[x], [share * age if x else 0.0], [age]], dtype=float)
    params = np.array([r, alpha, a, b])
    grows = np.array([conditional(params, *arrays, t)[0] for t in (0.5, 2.0, 10.0, 100.0)])
    there = alive(params, *arrays)[0]
    assert np.isfinite(grows).all() and 0 <= there <= 1
    assert (np.diff(grows) >= -1e-8 * (1 + grows[1:])).all() and grows[0] >= -1e-9
    # nobody buys faster than the mean rate of who has bought x times by then and is still there
    assert grows[0] <= 0.5 * there * (r + x) / (alpha + age) * (1 + 1e-6) + 1e-8


def test_whole_differences_of_parameters_do_not_break_the_forecast():
    # r - a = -6: scipy.special.hyp2f1 alone leads to 29.2, nan for x = 300. Reference: mpmath with 150 digits,
    # (a+b+x-1)/(a-1) (1 - w^(r+x) hyp2f1(r+x, b+x, a+b+x-1, 1-w)), w = (.5+T)/(.5+T+t).
    params = np.array([0.5, 0.5, 6.5, 114.5])
    x, age = np.array([20.0, 300.0]), np.array([5.33, 5.33])
    found = conditional(params, x, age, age, 56.84) / alive(params, x, age, age)
    assert_allclose(found, [25.204671031865313, 76.36278744561868], rtol=1e-6)


@pytest.mark.parametrize("a", [1.0, 0.3])
def test_the_poles_of_the_formula_are_no_poles_of_the_forecast(a):
    b = 0.7  # a = 1, and a + b = 1
    x, recency, age = np.array([[0.0, 4], [0, 20], [10, 30]])
    at, beside = (conditional(np.array([0.8, 6.0, a + d, b]), x, recency, age, 20.0) for d in (0.0, 1e-3))
    assert_allclose(at, beside, rtol=3e-3)


# --------------------------------------------------------------------------------------------- refusal


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"repeat_count": 1.5}, "whole number"),
        ({"repeat_count": -1}, "whole number"),
        ({"repeat_count": 2, "recency": 99.0, "age": 20.0}, "0 to age"),
        ({"repeat_count": 2, "recency": 0.0}, "with repeats"),
        ({"repeat_count": 0, "recency": 3.0, "age": 20.0}, "with repeats"),
    ],
)
def test_histories_that_cannot_be_are_refused(customers, row, said):
    broken = customers.assign(
        **{name: customers[name].mask(customers.index == 7, v) for name, v in row.items()}
    )
    with pytest.raises(TableError, match=said):
        fit_bgnbd(broken)


def test_too_little_to_go_by_is_refused(customers):
    with pytest.raises(TooFewRowsError, match="at least 30"):
        fit_bgnbd(customers.iloc[:20])
    once = customers.assign(repeat_count=0, recency=0.0)
    with pytest.raises(TooFewRowsError, match="bought again"):
        fit_bgnbd(once)
    with pytest.raises(TooFewRowsError, match="bought again"):
        fit_gamma_gamma(once)
    with pytest.raises(TableError, match=r"no column 'recency'\. Did you mean 'recencies'"):
        fit_bgnbd(customers.rename(columns={"recency": "recencies"}))
    with pytest.raises(TableError, match="negative"):
        fit_gamma_gamma(customers.assign(mean_amount=-1.0))


def test_a_likelihood_without_a_top_is_refused(customers):
    # Nobody ever leaves: the chance of leaving goes to 0 and its spread means nothing.
    rng = np.random.default_rng(3)
    rate, age = rng.gamma(2, 0.1, 800), np.full(800, 40.0)
    repeats = rng.poisson(rate * age)
    last = np.where(repeats > 0, age * rng.beta(np.maximum(repeats, 1), 1), 0.0)
    with pytest.raises(FitError, match="no clear top"):
        fit_bgnbd(pd.DataFrame({"repeat_count": repeats, "recency": last, "age": age}))
    with pytest.raises(FitError, match="no clear top"):
        fit_gamma_gamma(customers.assign(mean_amount=20.0))


@pytest.mark.parametrize("horizon", [0, -1, np.inf, np.nan])
def test_a_horizon_without_bound_is_refused(customers, buying, horizon):
    with pytest.raises(LinkError, match="horizon"):
        expected_purchases(buying, customers, horizon=horizon)
    with pytest.raises(LinkError, match="times"):
        expected_new(buying, [-1.0, np.inf])
