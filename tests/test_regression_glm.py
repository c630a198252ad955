"""Chances, counts, amounts and the two-part model: against statsmodels, planted truth, invariances, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from linkage.errors import FitError, LinkError, TableError
from linkage.regression import fit_counts, fit_logit, fit_positive, fit_two_part
from linkage.regression.glm import GAMMA, LOGIT, refit
from linkage.regression.separation import check_separation


def customers(n: int = 1200, seed: int = 0) -> pd.DataFrame:
    """Planted: log odds of buying 0.5 a point of nps, log amount 0.2, log contacts -0.3; `nothing` does nothing."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"nps": rng.normal(size=n), "nothing": rng.normal(size=n)})
    table["is_new"] = rng.random(n) > 0.6
    table["segment"] = rng.choice(["business", "consumer", "public"], n)
    table["store"] = rng.integers(0, 60, n)
    table["weight"] = rng.uniform(0.3, 3, n)
    table["bought"] = rng.random(n) < 1 / (1 + np.exp(-0.2 - 0.5 * table["nps"] - 0.4 * table["is_new"]))
    mean = np.exp(3 + 0.2 * table["nps"])
    table["amount"] = rng.gamma(2.0, mean / 2)
    table["spend"] = table["amount"] * table["bought"]
    table["contacts"] = rng.negative_binomial(2, 2 / (2 + np.exp(1 - 0.3 * table["nps"])))
    return table


def plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(bought=table["bought"].astype(float), is_new=table["is_new"].astype(float))


NEWTON = {"method": "newton", "tol": 1e-12, "maxiter": 200, "disp": False}


def test_a_logit_and_its_effects_are_those_of_statsmodels():
    table = customers()
    theirs = smf.logit("bought ~ nps + is_new", plain(table)).fit(**NEWTON)
    ours = fit_logit(table, "bought ~ nps + is_new", errors="iid")
    assert_allclose(ours.estimates["estimate"], theirs.params, rtol=1e-7)
    assert_allclose(ours.estimates["std_error"], theirs.bse, rtol=1e-7)
    assert_allclose(ours.estimates["p_value"], theirs.pvalues, rtol=1e-6)
    assert_allclose(ours.estimates[["low", "high"]], theirs.conf_int(), rtol=1e-7)
    assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-10)
    assert_allclose(ours.pseudo_r_squared, theirs.prsquared, rtol=1e-8)
    assert_allclose(ours.fitted, theirs.predict(), rtol=1e-7)
    effects = theirs.get_margeff(dummy=True).summary_frame()  # a flag from 0 to 1, a number by its slope
    assert_allclose(ours.effects["estimate"], effects.iloc[:, 0], rtol=1e-6)
    assert_allclose(ours.effects["std_error"], effects.iloc[:, 1], rtol=1e-6)


def test_clustered_logit_errors_are_those_of_statsmodels_with_t():
    table = customers()
    theirs = smf.logit("bought ~ nps + is_new", plain(table)).fit(
        **NEWTON, cov_type="cluster", cov_kwds={"groups": table["store"]}
    )
    ours = fit_logit(table, "bought ~ nps + is_new", cluster="store")
    assert_allclose(ours.estimates["std_error"], theirs.bse, rtol=1e-7)
    assert (ours.estimates["df"] == 59).all()
    assert (ours.clusters, ours.errors) == (60, "clustered by store (CR1), t(G-1)")


def test_survey_weights_enter_by_a_sandwich_and_not_as_repeated_rows():
    table = plain(customers())
    x, n, k = sm.add_constant(table[["nps"]]), len(table), 2
    model = sm.GLM(table["bought"], x, family=sm.families.Binomial(), var_weights=table["weight"])
    theirs = model.fit(tol=1e-12, cov_type="HC0")
    ours = fit_logit(table, "bought ~ nps", weights="weight")
    assert_allclose(ours.estimates["estimate"], theirs.params, rtol=1e-7)
    assert_allclose(ours.estimates["std_error"], theirs.bse * np.sqrt(n / (n - k)), rtol=1e-7)
    repeated = fit_logit(table.assign(weight=table["weight"] * 50), "bought ~ nps", weights="weight")
    assert_allclose(repeated.estimates, ours.estimates, rtol=1e-7)
    with pytest.raises(LinkError, match="robust errors"):
        fit_logit(table, "bought ~ nps", weights="weight", errors="iid")


def test_a_category_effect_moves_every_customer_from_the_reference_to_the_level():
    table = customers()
    fit = fit_logit(table, "bought ~ nps + segment")
    moved = {
        level: fit.predict(table.assign(segment=level))["estimate"].mean() for level in ("business", "public")
    }
    assert fit.effects.index.tolist() == ["nps", "segment[consumer]", "segment[public]"]
    effect = fit.effects.loc["segment[public]", "estimate"]
    assert_allclose(effect, moved["public"] - moved["business"], rtol=1e-9)


def test_an_effect_goes_through_a_curve_and_an_interaction():
    table = customers()
    fit = fit_logit(table, 'bought ~ cr(nps, df=4, constraints="center") * is_new')
    step = 1e-5
    inner = table[table["nps"].between(*table["nps"].quantile([0.01, 0.99]))]
    up, down = (fit.predict(table.assign(nps=table["nps"] + s))["estimate"].mean() for s in (step, -step))
    assert len(inner) < len(table)
    assert_allclose(fit.effects.loc["nps", "estimate"], (up - down) / (2 * step), rtol=1e-3)
    assert fit.effects.loc["nps", "std_error"] > 0


def test_a_gamma_fit_is_that_of_statsmodels():
    table = customers()
    model = sm.GLM(
        table["amount"], sm.add_constant(table[["nps"]]), family=sm.families.Gamma(sm.families.links.Log())
    )
    theirs, clustered = (
        model.fit(tol=1e-12, scale="X2"),
        model.fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": table["store"]}),
    )
    ours = fit_positive(table, "amount ~ nps", errors="iid")
    assert_allclose(ours.estimates["estimate"], theirs.params, rtol=1e-7)
    assert_allclose(ours.estimates["std_error"], theirs.bse, rtol=1e-7)
    assert_allclose(ours.dispersion, theirs.scale, rtol=1e-9)
    assert_allclose(
        fit_positive(table, "amount ~ nps", cluster="store").estimates["std_error"], clustered.bse, rtol=1e-7
    )
    assert_allclose(ours.effects.loc["nps", "estimate"], theirs.params["nps"] * theirs.mu.mean(), rtol=1e-6)


def test_poisson_and_negative_binomial_are_those_of_statsmodels():
    table = customers()
    poisson = smf.poisson("contacts ~ nps", table).fit(
        **NEWTON, cov_type="cluster", cov_kwds={"groups": table["store"]}
    )
    ours = fit_counts(table, "contacts ~ nps", cluster="store")
    assert_allclose(ours.estimates["estimate"], poisson.params, rtol=1e-7)
    assert_allclose(ours.estimates["std_error"], poisson.bse, rtol=1e-7)
    effect = poisson.get_margeff().summary_frame().iloc[0]
    assert_allclose(ours.effects.loc["nps", ["estimate", "std_error"]], effect.iloc[:2], rtol=1e-6)
    for errors, choice in (
        ("iid", {}),
        ("auto", {"cov_type": "cluster", "cov_kwds": {"groups": table["store"]}}),
    ):
        theirs = smf.negativebinomial("contacts ~ nps", table).fit(**NEWTON, **choice)
        cluster = "store" if errors == "auto" else None
        ours = fit_counts(table, "contacts ~ nps", kind="negative binomial", errors=errors, cluster=cluster)
        assert_allclose(ours.estimates["estimate"], theirs.params.iloc[:2], rtol=1e-6)
        # statsmodels counts alpha as a coefficient in (n-1)/(n-k), as we do
        assert_allclose(ours.estimates["std_error"], theirs.bse.iloc[:2], rtol=1e-5)
        assert_allclose(ours.dispersion, theirs.params["alpha"], rtol=1e-6)
        assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-9)
        family = sm.families.NegativeBinomial(alpha=ours.dispersion)
        glm = sm.GLM(table["contacts"], sm.add_constant(table[["nps"]]), family=family).fit()
        assert_allclose(ours.pseudo_r_squared, 1 - glm.deviance / glm.null_deviance, rtol=1e-6)


@pytest.mark.parametrize(
    ("fit", "outcome", "planted"),
    [(fit_logit, "bought", 0.5), (fit_positive, "amount", 0.2), (fit_counts, "contacts", -0.3)],
)
def test_planted_links_are_found_and_planted_nothing_is_not(fit, outcome, planted):
    found = fit(customers(n=5000, seed=4), f"{outcome} ~ nps + nothing + is_new", cluster="store")
    for driver, truth in (("nps", planted), ("nothing", 0.0)):
        row = found.slope(driver)
        assert abs(row.estimate - truth) < 3 * row.std_error
    assert found.effects.loc["nothing", "low"] < 0 < found.effects.loc["nothing", "high"]
    assert np.sign(found.effects.loc["nps", "estimate"]) == np.sign(planted)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([(1e-5, 0.0), (1e5, 0.0), (1.0, 1e4), (100.0, -1e6)]))
def test_row_order_and_the_units_of_a_driver_do_not_matter(seed, units):
    factor, shift = units
    table = customers(n=300)
    moved = table.sample(frac=1, random_state=seed).assign(nps=lambda t: t["nps"] * factor + shift)
    for fit, formula in (
        (fit_logit, "bought ~ nps + segment"),
        (fit_positive, "amount ~ nps + segment"),
        (fit_counts, "contacts ~ nps + segment"),
    ):
        one, other = fit(table, formula, cluster="store"), fit(moved, formula, cluster="store")
        columns = ["estimate", "std_error"]
        assert_allclose(other.slope("nps")[columns] * factor, one.slope("nps")[columns], rtol=1e-5)
        assert_allclose(
            other.effects.loc["nps", columns] * factor, one.effects.loc["nps", columns], rtol=1e-4
        )


def test_boolean_nullable_and_missing_values_are_handled_alike():
    table = customers(n=300)
    nullable = table.assign(
        bought=table["bought"].astype("boolean"), contacts=table["contacts"].astype("Int64")
    )
    nullable.loc[0, "bought"] = pd.NA
    nullable.loc[1, "nps"] = np.inf
    ours, cut = (
        fit_logit(nullable, "bought ~ nps + contacts"),
        fit_logit(table[2:], "bought ~ nps + contacts"),
    )
    assert (ours.n_used, ours.n_dropped) == (298, 2)
    assert_allclose(ours.estimates, cut.estimates, rtol=1e-9)


def test_complete_separation_is_refused_by_name():
    table = customers(n=300).assign(leak=lambda t: t["bought"] * 5.0 + t["nothing"].clip(-2, 2))
    with pytest.raises(FitError, match=r"in every row \(complete separation\) by leak"):
        fit_logit(table, "bought ~ nps + leak")


def test_quasi_complete_separation_is_refused_by_name():
    table = customers(n=300)
    table["segment"] = table["segment"].where(table["bought"], "consumer")  # only buyers in the others
    with pytest.raises(FitError, match=r"quasi-complete separation\) by segment"):
        fit_logit(table, "bought ~ nps + segment + is_new", reference={"segment": "consumer"})


def test_a_single_separating_row_pattern_is_found_in_a_large_table():
    table = customers(n=20_000).assign(rare=0.0)
    table.loc[table.index[table["bought"]][:3], "rare"] = 1.0
    with pytest.raises(FitError, match=r"in 3 of 20,000 rows .* by rare"):
        fit_logit(table, "bought ~ nps + rare")


def test_a_steep_but_overlapping_driver_is_fitted():
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=500) * 10, [0.5, -0.5]])
    y = np.concatenate([(x[:500] > 0) * 1.0, [0.0, 1.0]])  # two rows lie on the wrong side
    fit = fit_logit(pd.DataFrame({"x": x, "y": y}), "y ~ x", errors="iid")
    assert fit.slope("x").estimate > 1
    assert np.abs(fit.recipe.matrix(pd.DataFrame({"x": x})) @ fit.estimates["estimate"]).max() > 12


def test_separation_is_exact_on_small_cases():
    x = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    overlapping, touching = np.array([-1, 1, -1, 1]), np.array([-1, -1, 1, 1])
    check_separation(x * overlapping[:, None], ["Intercept", "x"], "y")
    with pytest.raises(FitError, match="complete separation"):
        check_separation(x * touching[:, None], ["Intercept", "x"], "y")


def test_a_category_of_zeros_has_no_count_model():
    table = customers(n=400)
    table.loc[table["segment"] == "public", "contacts"] = 0
    for kind in ("poisson", "negative binomial"):
        with pytest.raises(FitError, match=r"segment\[T.public\]"):
            fit_counts(table, "contacts ~ nps + segment", kind=kind)


@pytest.mark.parametrize(
    ("fit", "formula", "kind", "message"),
    [
        (fit_logit, "contacts ~ nps", TableError, "must be 0 and 1"),
        (fit_positive, "spend ~ nps", TableError, "use fit_two_part"),
        (fit_counts, "nps ~ nothing", TableError, "0 or more"),
        (fit_two_part, "nps ~ nothing", TableError, "refunds"),
        (fit_two_part, "amount ~ nps", FitError, "use fit_positive"),
        (fit_logit, "bought ~ nps + twice", FitError, "say the same thing"),
        (fit_positive, "amount ~ always", FitError, "the same value"),
        (fit_counts, "always ~ nps", FitError, "nothing to explain"),
    ],
)
def test_what_a_model_cannot_take_is_refused(fit, formula, kind, message):
    table = customers(n=200).assign(twice=lambda t: 2 * t["nps"], always=1.0)
    with pytest.raises(kind, match=message):
        fit(table, formula)


def test_a_negative_binomial_wants_whole_numbers_and_no_weights():
    table = customers(n=300)
    with pytest.raises(TableError, match="whole numbers"):
        fit_counts(table, "amount ~ nps", kind="negative binomial")
    with pytest.raises(LinkError, match="no survey weights"):
        fit_counts(table, "contacts ~ nps", kind="negative binomial", weights="weight")
    with pytest.raises(LinkError, match="unknown"):
        fit_counts(table, "contacts ~ nps", kind="zip")


def test_counts_that_scatter_less_than_poisson_have_no_negative_binomial():
    table = customers(n=300).assign(even=[1, 2] * 150)
    with pytest.raises(FitError, match="Use kind='poisson'"):
        fit_counts(table, "even ~ nps", kind="negative binomial")


def test_only_errors_that_the_model_offers_are_taken():
    with pytest.raises(LinkError, match="not offered"):
        fit_logit(customers(n=200), "bought ~ nps", errors="HC3")


def test_a_refit_with_other_weights_is_the_weighted_fit():
    table = plain(customers(n=400))
    x = np.column_stack([np.ones(400), table["nps"]])
    w = np.random.default_rng(0).poisson(1, 400).astype(float)
    for family, ours, y in (
        (sm.families.Binomial(), LOGIT, table["bought"].to_numpy()),
        (sm.families.Gamma(sm.families.links.Log()), GAMMA, table["amount"].to_numpy()),
    ):
        whole = sm.GLM(y, x, family=family).fit(tol=1e-12).params
        expected = sm.GLM(y, x, family=family, var_weights=w).fit(tol=1e-12).params
        assert_allclose(refit(ours, y, x, w, whole), expected, rtol=1e-6)


def test_the_two_part_mean_and_effect_follow_the_product_rule():
    table = plain(customers(n=600))
    fit = fit_two_part(table, "spend ~ nps + is_new", cluster="store", draws=60)
    p = fit.any.predict(table)["estimate"]
    m = fit.amount.predict(table)["estimate"]
    a, b = fit.any.slope("nps").estimate, fit.amount.slope("nps").estimate
    assert_allclose(fit.estimates.loc["(mean)", "estimate"], (p * m).mean(), rtol=1e-9)
    by_rule = (p * (1 - p) * a * m + p * m * b).mean()
    assert_allclose(fit.estimates.loc["nps", "estimate"], by_rule, rtol=1e-6)
    assert_allclose(fit.predict(table)["estimate"], p * m, rtol=1e-12)
    assert (fit.n_used, fit.n_positive, fit.clusters) == (600, (table["spend"] > 0).sum(), 60)
    assert_allclose(
        fit.amount.estimates,
        fit_positive(table[table["spend"] > 0], "spend ~ nps + is_new", cluster="store").estimates,
    )


def test_the_two_part_model_finds_what_is_planted():
    table = customers(n=6000, seed=2)
    fit = fit_two_part(table, "spend ~ nps + nothing + is_new", cluster="store", draws=100)
    eta = 0.2 + 0.5 * table["nps"] + 0.4 * table["is_new"]
    p, m = 1 / (1 + np.exp(-eta)), np.exp(3 + 0.2 * table["nps"])
    planted = {"nps": (p * (1 - p) * 0.5 * m + p * m * 0.2).mean(), "nothing": 0.0}
    for driver, value in planted.items():
        row = fit.estimates.loc[driver]
        assert abs(row.estimate - value) < 3 * row.std_error
    assert fit.estimates.loc["nps", "p_value"] < 0.05 < fit.estimates.loc["nothing", "p_value"]
    assert np.isnan(fit.estimates.loc["(mean)", "p_value"])


def test_the_two_part_bootstrap_agrees_with_a_jackknife_and_repeats():
    table = customers(n=900)
    fit = fit_two_part(table, "spend ~ nps", cluster="store", draws=400, seed=3)
    left = [
        fit_two_part(table[table["store"] != store], "spend ~ nps", draws=0 + 2).estimates.loc[
            "nps", "estimate"
        ]
        for store in range(60)
    ]
    jackknife = np.sqrt(59 / 60 * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert_allclose(fit.estimates.loc["nps", "std_error"], jackknife, rtol=0.2)  # two estimates of one spread
    again = fit_two_part(table, "spend ~ nps", cluster="store", draws=400, seed=3)
    pd.testing.assert_frame_equal(fit.estimates, again.estimates)


def test_a_two_part_model_draws_the_same_rows_in_any_order():
    table = customers(n=300)
    first, second = (
        fit_two_part(t, "spend ~ nps", draws=60).estimates
        for t in (table, table.sample(frac=1, random_state=2))
    )
    pd.testing.assert_frame_equal(first, second, rtol=1e-6)


def test_a_two_part_model_that_most_samples_cannot_carry_is_refused():
    table = customers(n=60)
    table["rare"] = 0.0
    table.loc[[0, 1], "rare"] = 1.0
    table.loc[[0, 1], "spend"] = [5.0, 0.0]
    with pytest.raises(FitError, match="bootstrap samples"):
        fit_two_part(table, "spend ~ rare", draws=80)


def test_summaries_speak_in_outcome_units_and_name_no_cause():
    table = customers(n=400)
    for fit in (
        fit_logit(table, "bought ~ nps", cluster="store"),
        fit_positive(table, "amount ~ nps", weights="weight"),
        fit_counts(table, "contacts ~ nps"),
        fit_two_part(table, "spend ~ nps", draws=40),
    ):
        text = fit.summary()
        assert "95% interval" in text
        assert "n = " in text
        assert "caus" not in text
        assert "significan" not in text
        assert "<table" in fit._repr_html_()
