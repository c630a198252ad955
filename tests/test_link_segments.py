"""Who a link holds for: slopes by segment equal separate fits, are drawn in honestly, and hide what is small."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from linkage.cards.parts import judge_segments, segments_of_link
from linkage.cards.parts.correcting import holm
from linkage.cards.parts.pooling import pool_slopes
from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.errors import TableError
from linkage.linking.multiplicity import adjust_p_values
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec
from linkage.suppressing import shown_groups


def link(controls=(), segments=("kind",), cluster="customer_id", **more) -> LinkSpec:
    return LinkSpec(
        name="t", question="?", grain="survey", outcome="y", drivers=("x",), controls=controls, cluster=cluster,
        segments=segments, **more,
    )  # fmt: skip


def people(slopes, each=60, rows=6, seed=0, noise=1.0) -> pd.DataFrame:
    """Customers of several kinds, each kind with a slope and a level of its own."""
    rng = np.random.default_rng(seed)
    sizes = each if isinstance(each, (list, tuple)) else [each] * len(slopes)
    kind = np.repeat(np.repeat(np.arange(len(slopes)), sizes), rows)
    who = np.repeat(np.arange(sum(sizes)), rows)
    x, z = rng.normal(size=len(who)), rng.normal(size=len(who))
    y = np.array(slopes)[kind] * x + kind + 0.3 * z + 0.5 * rng.normal(size=sum(sizes))[who]
    y += noise * rng.normal(size=len(who))
    names = np.array([f"kind {chr(65 + k)}" for k in range(len(slopes))])
    return pd.DataFrame({"customer_id": who, "x": x, "z": z, "y": y, "kind": names[kind]})


def by_category(effects) -> pd.DataFrame:
    return effects.estimates.set_index("category")


def test_without_controls_each_slope_is_that_of_a_fit_of_its_own():
    table = people([0.5, 0.2, 0.4])
    found = by_category(segments_of_link(table, link()))
    for kind, own in table.groupby("kind"):
        fit = fit_linear(own, "y ~ x", cluster="customer_id", errors="CR3").slope("x")
        row = found.loc[kind]
        assert_allclose(
            [row["estimate"], row["std_error"], row["low"], row["high"], row["df"]],
            [fit.estimate, fit.std_error, fit.low, fit.high, fit.df],
            rtol=1e-8,
        )
        assert (row["n"], row["clusters"]) == (len(own), own["customer_id"].nunique())


def test_with_controls_the_slopes_are_those_of_one_fit():
    table = people([0.5, 0.2, 0.4])
    dummies = table.assign(**{f"x{k}": (table["kind"] == f"kind {k}") * table["x"] for k in "ABC"})
    fit = fit_linear(dummies, "y ~ xA + xB + xC + z + kind", cluster="customer_id")
    for controls in (("z",), ("z", "kind")):
        found = by_category(segments_of_link(table, link(controls)))
        assert_allclose(found["estimate"], [fit.slope(f"x{k}").estimate for k in "ABC"], rtol=1e-8)
        assert_allclose(found["std_error"], [fit.slope(f"x{k}").std_error for k in "ABC"], rtol=0.06)


def test_weights_count():
    table = people([0.5, 0.2]).assign(w=lambda t: 1.0 + t.index % 2)
    found = by_category(segments_of_link(table, link(weights="w")))
    for kind, own in table.groupby("kind"):
        fit = fit_linear(own, "y ~ x", cluster="customer_id", weights="w").slope("x")
        assert found.loc[kind, "estimate"] == pytest.approx(fit.estimate)
        assert found.loc[kind, "std_error"] == pytest.approx(fit.std_error, rel=0.05)


def test_pooling_without_shared_clusters_is_dersimonian_and_laird():
    from statsmodels.stats.meta_analysis import combine_effects

    slopes, errors = np.array([0.10, 0.30, 0.35, 0.65, 0.45]), np.array([0.05, 0.1, 0.04, 0.08, 0.06])
    theirs = combine_effects(slopes, errors**2, method_re="chi2")
    mine = pool_slopes(slopes, np.diag(errors**2), np.full(5, 1e9))
    frame = theirs.summary_frame()
    assert mine.tau**2 == pytest.approx(theirs.tau2)
    assert mine.q_value == pytest.approx(theirs.q)
    assert mine.mean == pytest.approx(frame.loc["random effect", "eff"])
    assert mine.mean_error == pytest.approx(frame.loc["random effect", "sd_eff"])


def test_pooled_slopes_are_the_posterior_means_by_plain_integration():
    # The same model integrated over tau by quadrature: prior of tau^2 s0^2 / (s0^2 + tau^2)^2 (Daniels 1999).
    from scipy.integrate import quad

    slopes, variances = np.array([0.1, 0.5, 0.3]), np.array([0.01, 0.04, 0.02])
    scale = 3 / (1 / variances).sum()

    def parts(tau2):
        weight = 1 / (variances + tau2)
        mean = (weight * slopes).sum() / weight.sum()
        like = np.sqrt(weight.prod() / weight.sum()) * np.exp(-0.5 * (weight * (slopes - mean) ** 2).sum())
        draw = variances * weight
        return like * scale / (scale + tau2) ** 2, mean * draw + slopes * (1 - draw)

    whole = quad(lambda t: parts(t)[0], 0, np.inf)[0]
    expected = [quad(lambda t, k=k: parts(t)[0] * parts(t)[1][k], 0, np.inf)[0] / whole for k in range(3)]
    found = pool_slopes(slopes, np.diag(variances), np.full(3, 1e9))
    assert_allclose(found.slopes, expected, rtol=1e-3)


def test_a_slope_is_drawn_towards_the_mean_the_more_the_less_is_known_of_it():
    table = people([0.3, 0.3, 0.9], each=[150, 150, 12])
    effects = segments_of_link(table, link(("z",)))
    found, mean = by_category(effects), effects.segments.loc["kind", "mean"]
    raw, drawn = (found["estimate"] - mean).abs(), (found["shrunken"] - mean).abs()
    assert (drawn < raw).all()
    assert drawn["kind C"] / raw["kind C"] < drawn["kind A"] / raw["kind A"] + 1e-9
    alike = segments_of_link(people([0.4] * 4), link(("z",))).estimates
    assert (alike["shrunken_std_error"] < alike["std_error"]).all()


def test_drawn_intervals_cover_and_equal_slopes_are_not_called_different():
    covered, alarms = [], 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        true = 0.4 + 0.15 * rng.normal(size=4)
        found = segments_of_link(people(true, each=25, rows=4, seed=seed), link()).estimates
        covered += list((found["shrunken_low"] < true) & (true < found["shrunken_high"]))
        equal = segments_of_link(people([0.4] * 4, each=15, rows=4, seed=100 + seed), link())
        alarms += equal.segments.loc["kind", "verdict"] in ("differs", "against the trend")
    assert np.mean(covered) > 0.90  # 160 intervals
    assert alarms <= 2


def test_the_verdict_words():
    def said(slopes, **more):
        effects = segments_of_link(people(slopes, **more), link(("z",)))
        return effects.segments.loc["kind", "verdict"], judge_segments(effects)

    assert said([0.5, 0.5, 0.5])[0] == "holds in every segment"
    assert said([0.0, 0.0])[0] == "shown in no segment"
    assert said([0.15, 0.15, 0.15], each=[200, 200, 12])[0] in (
        "no difference shown",
        "holds in every segment",
    )
    word, check = said([0.8, 0.2, 0.4])
    assert (word, check.verdict) == ("differs", REVIEW)
    word, check = said([0.6, 0.6, 0.6, -0.6])
    assert (word, check.verdict) == ("against the trend", REVIEW)
    assert "kind D" in check.advice
    assert said([0.5, 0.5, 0.5])[1].verdict == PASS


def test_a_difference_that_decides_nothing_is_none():
    table = people([0.50, 0.55], each=2500, rows=4, noise=0.5)
    effects = segments_of_link(table, link(("z",)))
    assert effects.segments.loc["kind", "p_adjusted"] < 0.01
    assert effects.segments.loc["kind", "verdict"] == "holds in every segment"


def test_small_groups_are_joined_and_cannot_be_computed():
    table = people([0.3] * 4, each=[80, 60, 40, 4])
    effects = segments_of_link(table, link())
    # D has four customers: hidden, and C with it, since all less the others would tell D.
    assert list(effects.estimates["category"]) == ["kind A", "kind B", "2 smaller ones together"]
    joined = effects.estimates.iloc[-1]
    assert joined["is_joined"]
    assert joined["n"] == table["kind"].isin(["kind C", "kind D"]).sum()
    assert effects.segments.loc["kind", ["shown", "hidden"]].tolist() == [2, 2]
    assert "kind D" not in effects.summary()
    two = segments_of_link(table[table["kind"].isin(["kind A", "kind D"])], link())
    assert two.estimates.empty
    assert "fewer than two" in two.skipped["kind"]
    assert judge_segments(two).verdict == NOT_ASSESSED


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(2, 20))
def test_nothing_hidden_can_be_told_from_the_total(sizes, fewest):
    shown = shown_groups(np.array(sizes), None, fewest)
    sizes = np.array(sizes)
    assert (sizes[shown] >= fewest).all()
    if not shown.all() and shown.any():
        assert (~shown).sum() >= 2
        assert sizes[~shown].sum() >= fewest
    if (sizes >= fewest).all():
        assert shown.all()


def test_keys_are_never_named_and_measures_are_no_segments():
    table = people([0.3, 0.3, 0.3])
    table["unit_id"] = table["kind"].str.replace("kind ", "secret-")
    table["age"] = np.random.default_rng(0).normal(50, 10, len(table))
    table["is_new"] = table["customer_id"] % 2 == 0
    effects = segments_of_link(table, link(), ["unit_id", "age", "is_new", "missing", "x"])
    assert "secret" not in effects.to_frame().to_string() + effects.summary()
    assert set(effects.estimates["category"]) == {"unit 1", "unit 2", "unit 3", "yes", "no"}
    assert "measure" in effects.skipped["age"]
    assert "no such column" in effects.skipped["missing"]
    assert "driver itself" in effects.skipped["x"]


def test_rows_that_name_no_segment_are_counted():
    table = people([0.3, 0.5])
    table.loc[table.index[:30], "kind"] = None
    effects = segments_of_link(table, link())
    assert effects.segments.loc["kind", "without"] == 30
    assert effects.estimates["n"].sum() == len(table) - 30


def test_a_driver_that_does_not_vary_in_a_segment_has_no_slope_there():
    table = people([0.3, 0.5, 0.4])
    table.loc[table["kind"] == "kind B", "x"] = 1.0
    effects = segments_of_link(table, link())
    assert list(effects.estimates["category"]) == ["kind A", "kind C"]


def test_a_small_group_without_a_slope_is_hidden_like_any_other():
    # One customer with the same x in both rows: told apart, "two rows have no slope" would be that customer.
    table = people([0.3] * 3, each=[80, 60, 40])
    lone = pd.DataFrame({"customer_id": 999, "x": 1.0, "z": 0.0, "y": [2.0, 3.0], "kind": "kind Z"})
    effects = segments_of_link(pd.concat([table, lone], ignore_index=True), link())
    assert list(effects.estimates["category"]) == ["kind A", "kind B", "2 smaller ones together"]
    assert effects.segments.loc["kind", "without"] == 0


def test_order_and_units_do_not_matter():
    table = people([0.5, 0.2, 0.4])
    own = by_category(segments_of_link(table, link(("z",))))
    moved = table.assign(x=table["x"] * 60 + 1000).sample(frac=1, random_state=1)
    other = by_category(segments_of_link(moved, link(("z",))))
    for column in ("estimate", "low", "high", "shrunken", "shrunken_low", "shrunken_high"):
        assert_allclose(other[column] * 60, own[column], rtol=1e-6)
    assert_allclose(other["p_value"], own["p_value"], rtol=1e-5, atol=1e-12)


def test_independent_rows_and_nullable_numbers():
    table = (
        people([0.5, 0.2])
        .drop(columns="customer_id")
        .assign(level=lambda t: (t["kind"] == "kind A").astype("Int64"))
    )
    effects = segments_of_link(table, link(cluster=None), ["level"])
    assert list(effects.estimates["category"]) == ["0", "1"]
    assert effects.estimates["clusters"].isna().all()
    table.loc[3, "x"] = np.inf
    assert segments_of_link(table, link(cluster=None), ["level"]).n_used == len(table) - 1


def test_what_is_wrong_is_refused_or_said():
    table = people([0.5, 0.2])
    with pytest.raises(TableError, match="no column 'x'"):
        segments_of_link(table.drop(columns="x"), link())
    words = segments_of_link(table.assign(x=np.where(table["x"] > 0, "up", "down")), link())
    assert "category itself" in words.skipped["kind"]
    assert segments_of_link(table, link(), []).summary() == "No segment is declared."
    assert judge_segments(None).verdict == NOT_ASSESSED


def test_holm_is_the_projects_own():
    p_values = np.array([0.01, 0.04, np.nan, 0.03, 0.5])
    assert_allclose(holm(p_values), adjust_p_values(p_values, method="holm"))
