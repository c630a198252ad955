"""Ordered answers: against statsmodels, planted truth, invariances, the one-slope check, refusals."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.miscmodels.ordinal_model import OrderedModel

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.regression import check_proportional_odds, fit_logit, fit_ordered


def answers(n: int = 700, seed: int = 0, uneven: float = 0.0) -> pd.DataFrame:
    """A score 1 to 4 with log odds -0.6 a unit of wait; `uneven` lets the slope differ at the top cut."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"wait": rng.normal(size=n), "nothing": rng.normal(size=n)})
    table["channel"] = rng.choice(["phone", "shop", "web"], n)
    table["customer"] = rng.integers(0, 80, n)
    table["weight"] = rng.uniform(0.5, 2, n)
    below = np.column_stack(
        [
            1 / (1 + np.exp(-(cut + (0.6 + extra) * table["wait"])))
            for cut, extra in ((-1.5, 0), (0, 0), (1.5, uneven))
        ]
    )
    table["score"] = 1 + (rng.random((n, 1)) > below).sum(axis=1)
    return table


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_slopes_thresholds_and_errors_are_those_of_statsmodels(link):
    table = answers()
    model = OrderedModel(table["score"].to_numpy(), table[["wait", "nothing"]].to_numpy(), distr=link)
    theirs = model.fit(method="newton", disp=False, maxiter=100)
    ours = fit_ordered(table, "score ~ wait + nothing", link=link, errors="iid")
    assert_allclose(ours.estimates["estimate"], theirs.params[:2], rtol=1e-6)
    assert_allclose(
        ours.thresholds["estimate"], model.transform_threshold_params(theirs.params)[1:-1], rtol=1e-6
    )
    assert_allclose(ours.estimates["std_error"], theirs.bse[:2], rtol=1e-5)
    assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-10)
    assert_allclose(ours.pseudo_r_squared, theirs.prsquared, rtol=1e-6)
    assert_allclose(ours.predict(table), theirs.predict(), rtol=1e-6)


def test_clustered_errors_are_a_sandwich_of_scores_summed_by_cluster():
    table = answers()
    iid = fit_ordered(table, "score ~ wait", errors="iid")
    ours = fit_ordered(table, "score ~ wait", cluster="customer")
    model = OrderedModel(table["score"].to_numpy(), table[["wait"]].to_numpy(), distr="logit")
    increments = np.log(np.diff(iid.thresholds["estimate"]))
    at = np.concatenate([iid.estimates["estimate"], iid.thresholds["estimate"].iloc[:1], increments])
    jacobian = np.array(
        [[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 1, *np.exp(increments) * [1, 0]], [0, 1, *np.exp(increments)]]
    )
    scores = approximate_scores(model, at) @ np.linalg.inv(jacobian)
    sums = pd.DataFrame(scores).groupby(table["customer"].to_numpy()).sum().to_numpy()
    order = ["wait", *iid.thresholds.index]
    bread = iid.covariance.loc[order, order].to_numpy()
    count, n, p = len(sums), len(table), 4
    expected = count / (count - 1) * (n - 1) / (n - p) * bread @ sums.T @ sums @ bread
    assert_allclose(ours.covariance.loc[order, order], expected, rtol=1e-4)
    assert (ours.clusters, ours.slope("wait").df) == (80, 79)


def approximate_scores(model: OrderedModel, at: np.ndarray, step: float = 1e-6) -> np.ndarray:
    moves = np.eye(len(at)) * step
    return np.column_stack(
        [(model.loglikeobs(at + m) - model.loglikeobs(at - m)) / (2 * step) for m in moves]
    )


def test_effects_are_changes_of_predicted_shares_and_sum_to_nothing():
    table = answers()
    fit = fit_ordered(table, "score ~ wait + channel")
    step = 1e-5
    up, down = (fit.predict(table.assign(wait=table["wait"] + s)).mean() for s in (step, -step))
    assert_allclose(fit.effects.loc["wait", "estimate"], (up - down) / (2 * step), rtol=1e-5)
    web, phone = (fit.predict(table.assign(channel=c)).mean() for c in ("web", "phone"))
    assert_allclose(fit.effects.loc["channel[web]", "estimate"], web - phone, rtol=1e-9)
    assert_allclose(fit.effects.groupby("driver")["estimate"].sum(), 0, atol=1e-12)


def test_the_error_of_an_effect_is_that_of_a_bootstrap():
    table = answers(n=500)
    fit = fit_ordered(table, "score ~ wait", errors="HC1")
    rng = np.random.default_rng(0)
    drawn = [
        fit_ordered(table.iloc[rng.integers(0, 500, 500)], "score ~ wait").effects["estimate"]
        for _ in range(80)
    ]
    assert_allclose(fit.effects["std_error"], np.std(drawn, axis=0, ddof=1), rtol=0.35)  # 80 draws: about 8%


def test_a_planted_slope_is_found_and_a_planted_nothing_is_not():
    fit = fit_ordered(answers(n=4000, seed=1), "score ~ wait + nothing", cluster="customer")
    for driver, planted in (("wait", -0.6), ("nothing", 0.0)):
        row = fit.slope(driver)
        assert abs(row.estimate - planted) < 3 * row.std_error
    assert_allclose(fit.thresholds["estimate"], [-1.5, 0, 1.5], atol=0.15)
    assert fit.effects.loc[("wait", 4), "high"] < 0 < fit.effects.loc[("wait", 1), "low"]


@pytest.mark.parametrize(("factor", "shift"), [(1e-5, 0.0), (1e5, 0.0), (1.0, 1e4)])
def test_row_order_and_the_units_of_a_driver_do_not_matter(factor, shift):
    table = answers(n=300)
    moved = table.sample(frac=1, random_state=5).assign(wait=lambda t: t["wait"] * factor + shift)
    one = fit_ordered(table, "score ~ wait + channel", cluster="customer")
    other = fit_ordered(moved, "score ~ wait + channel", cluster="customer")
    columns = ["estimate", "std_error"]
    assert_allclose(other.slope("wait")[columns] * factor, one.slope("wait")[columns], rtol=1e-6)
    assert_allclose(
        other.effects.loc["wait", "estimate"] * factor, one.effects.loc["wait", "estimate"], rtol=1e-5
    )


def test_counted_rows_are_repeated_rows():
    table = answers(n=120).assign(times=lambda t: np.arange(len(t)) % 4)
    repeated = table.loc[table.index.repeat(table["times"])]
    ours = fit_ordered(table, "score ~ wait", counts="times")
    assert_allclose(ours.estimates, fit_ordered(repeated, "score ~ wait").estimates, rtol=1e-12)
    assert ours.n_used == table["times"].sum()
    assert (table["score"].to_numpy()[ours.rows_kept] == repeated["score"].to_numpy()).all()
    assert "repeated by times" in ours.errors


def test_a_survey_weight_in_other_units_does_not_matter():
    table = answers(n=300)
    one = fit_ordered(table, "score ~ wait", weights="weight")
    other = fit_ordered(table.assign(weight=table["weight"] * 40), "score ~ wait", weights="weight")
    assert_allclose(one.estimates, other.estimates, rtol=1e-9)


def test_text_categories_need_an_order():
    words = {1: "poor", 2: "fair", 3: "good", 4: "best"}
    table = answers(n=300)
    text = table.assign(score=table["score"].map(words))
    with pytest.raises(LinkError, match=r"say order="):
        fit_ordered(text, "score ~ wait")
    with pytest.raises(TableError, match="order does not name"):
        fit_ordered(text, "score ~ wait", order=["poor", "fair", "good"])
    named = fit_ordered(text, "score ~ wait", order=list(words.values()))
    kept = fit_ordered(
        text.assign(score=pd.Categorical(text["score"], list(words.values()), ordered=True)), "score ~ wait"
    )
    for fit in (named, kept):
        assert_allclose(fit.estimates, fit_ordered(table, "score ~ wait").estimates, rtol=1e-12)
        assert fit.levels == tuple(words.values())


def test_missing_scores_and_nullable_integers_are_handled():
    table = answers(n=300)
    holes = table.assign(score=table["score"].astype("Int64"))
    holes.loc[[3, 4], "score"] = pd.NA
    fit = fit_ordered(holes, "score ~ wait")
    assert (fit.n_used, fit.n_dropped) == (298, 2)
    assert_allclose(
        fit.estimates, fit_ordered(table.drop(index=[3, 4]), "score ~ wait").estimates, rtol=1e-12
    )


def test_a_driver_that_sorts_the_categories_is_refused():
    table = answers(n=300)
    table["leak"] = table["score"] + np.linspace(0, 0.5, 300)
    with pytest.raises(FitError, match=r"complete separation\) by leak"):
        fit_ordered(table, "score ~ wait + leak")
    table["only_top"] = (table["score"] == 4) & (table["wait"] < -1)
    with pytest.raises(FitError, match=r"quasi-complete separation\) by only_top"):
        fit_ordered(table, "score ~ wait + only_top")


@pytest.mark.parametrize(
    ("formula", "choice", "kind", "message"),
    [
        ("score ~ 0 + wait", {}, LinkError, "thresholds for an intercept"),
        ("score ~ wait", {"link": "cloglog"}, LinkError, "unknown"),
        ("is_top ~ wait", {}, FitError, "needs three"),
        ("scor ~ wait", {}, TableError, "score"),
        ("score ~ wait + twice", {}, FitError, "say the same thing"),
        ("score ~ wait", {"counts": "weight"}, TableError, "whole numbers"),
    ],
)
def test_what_an_ordered_fit_cannot_take_is_refused(formula, choice, kind, message):
    table = answers(n=200).assign(is_top=lambda t: t["score"] > 3, twice=lambda t: t["wait"] * 2)
    with pytest.raises(kind, match=message):
        fit_ordered(table, formula, **choice)


def test_too_few_rows_are_refused():
    table = answers(n=300).groupby("score").head(1)
    with pytest.raises(TooFewRowsError, match="4 complete rows"):
        fit_ordered(table, "score ~ wait + nothing")


def test_one_slope_passes_the_check_and_uneven_slopes_do_not():
    even = check_proportional_odds(answers(n=2500, seed=3), "score ~ wait + nothing")
    uneven = check_proportional_odds(answers(n=2500, seed=3, uneven=0.9), "score ~ wait + nothing")
    for column in ("lr_p_value", "wald_p_value"):
        assert even.tests.loc["(all terms)", column] > 0.01
        assert uneven.tests.loc["(all terms)", column] < 1e-6
        assert uneven.tests.loc["wait", column] < 1e-6
        assert uneven.tests.loc["nothing", column] > 0.01
    assert uneven.tests["df"].tolist() == [2, 2, 4]
    assert "differ from cut to cut" in uneven.summary()
    assert "may serve all cuts" in even.summary()


def test_the_logits_side_by_side_are_those_of_every_cut():
    table = answers()
    check = check_proportional_odds(table, "score ~ wait + channel", cluster="customer")
    top = fit_logit(table.assign(top=table["score"] > 3), "top ~ wait + channel", cluster="customer")
    column = check.side_by_side()["3|4"]
    assert check.side_by_side().shape == (3, 3)
    assert_allclose(column, top.estimates["estimate"].iloc[1:], rtol=1e-9)
    errors = check.estimates.xs("3|4", level="cut")["std_error"]
    assert_allclose(errors, top.estimates["std_error"].iloc[1:], rtol=1e-9)


def test_the_wald_test_counts_clusters_and_the_likelihood_ratio_stays_out():
    table = answers(n=300)
    doubled = pd.concat([table, table, table]).assign(row=np.tile(np.arange(300), 3))
    one = check_proportional_odds(table, "score ~ wait").tests.loc["wait"]
    same = check_proportional_odds(doubled, "score ~ wait", cluster="row").tests.loc["wait"]
    assert np.isnan(same.lr_p_value)
    assert_allclose(same.wald_statistic, one.wald_statistic, rtol=0.02)  # three copies tell nothing new


def test_where_a_cut_is_separated_its_slope_is_missing():
    table = answers(n=300)
    table["early"] = (table["score"] > 1) & (table["nothing"] > 0.5)
    check = check_proportional_odds(table, "score ~ early")
    assert check.side_by_side().loc["early"].isna().tolist() == [True, False, False]
