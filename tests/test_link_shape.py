"""The shape of a link: planted bends, curves and steps are found, straight lines stay straight, numbers agree."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from linkage.cards.parts import judge_shape, shape_of, shape_sentence
from linkage.cards.parts.held import as_sample
from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.errors import FitError, LinkageWarning, TableError
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec
from linkage.thresholds import find_break, fit_shape

LABELS, UNITS = ("wait", "satisfaction"), ("minute", "point")


def link(controls=(), cluster="customer_id", **more) -> LinkSpec:
    return LinkSpec(
        name="t", question="?", grain="survey", outcome="y", drivers=("x",), controls=controls, cluster=cluster, **more
    )  # fmt: skip


def answers(of, n=1500, clusters=250, seed=0, noise=1.0, x=None) -> pd.DataFrame:
    """y = of(x) + a control + the customer + noise."""
    rng = np.random.default_rng(seed)
    who, z = rng.integers(0, clusters, n), rng.normal(size=n)
    x = rng.uniform(0, 20, n) if x is None else x(rng, n)
    y = of(x) + 0.5 * z + 0.4 * rng.normal(size=clusters)[who] + noise * rng.normal(size=n)
    return pd.DataFrame({"customer_id": who, "x": x, "z": z, "y": y})


def bent(x):
    return -0.2 * np.maximum(x - 12, 0)


@pytest.fixture(scope="module")
def broken():
    table = answers(bent)
    return table, shape_of(table, link(("z",)))


def test_a_planted_bend_is_found(broken):
    _, shape = broken
    rows = shape.estimates
    assert shape.form == "bent"
    assert shape.is_straight is False
    assert rows.loc["break point", "low"] < 12 < rows.loc["break point", "high"]
    assert rows.loc["before", "low"] < 0 < rows.loc["before", "high"]
    assert rows.loc["after", "low"] < -0.2 < rows.loc["after", "high"]
    assert_allclose(
        rows.loc["change", "estimate"], rows.loc["after", "estimate"] - rows.loc["before", "estimate"]
    )
    check = judge_shape(shape)
    assert check.verdict == REVIEW
    assert "The slope turns at 1" in check.advice


def test_the_bend_is_that_of_find_break(broken):
    # One place of a break in a report: the module of thresholds and the card must say the same.
    table, shape = broken
    found = find_break(table, outcome="y", driver="x", controls=("z",), cluster="customer_id").estimates
    for mine, theirs in (
        ("break point", "break_point"),
        ("before", "slope_before"),
        ("after", "slope_after"),
    ):
        columns = ["estimate", "std_error", "low", "high"]
        assert_allclose(
            shape.estimates.loc[mine, columns].to_numpy(float),
            found.loc[theirs, columns].to_numpy(float),
            rtol=1e-6,
        )


def test_the_comparison_is_that_of_fit_shape():
    table = answers(lambda x: np.log1p(x), seed=3)
    mine = shape_of(table, link(("z",)))
    theirs = fit_shape(table, outcome="y", driver="x", controls=("z",), cluster="customer_id")
    for model in ("straight line", "spline", "line with a break"):
        assert_allclose(
            mine.comparison.loc[model, ["deviance", "bic_difference"]].to_numpy(float),
            theirs.comparison.loc[model, ["deviance", "bic_difference"]].to_numpy(float),
            rtol=1e-6, atol=1e-6,
        )  # fmt: skip
    # Two shapes were tried, so the p-value counts twice.
    assert_allclose(mine.comparison.loc["spline", "p_value"], min(1, 2 * theirs.p_value), rtol=1e-6)


@pytest.mark.parametrize("clusters", [300, 20])
def test_the_straight_line_is_the_links_own(clusters):
    table = answers(lambda x: 0.1 * x, clusters=clusters)
    row = shape_of(table, link(("z",))).estimates.loc["straight line"]
    errors = "CR1" if clusters >= 40 else "CR3"
    fit = fit_linear(table, "y ~ x + z", cluster="customer_id", errors=errors).slope("x")
    assert_allclose(
        [row["estimate"], row["std_error"], row["low"], row["high"]],
        [fit.estimate, fit.std_error, fit.low, fit.high],
        rtol=1e-8,
    )


def test_weights_and_independent_rows_give_the_links_own_line():
    table = answers(bent).assign(w=lambda t: 1 + (t.index % 3))
    row = shape_of(table.drop(columns="customer_id"), link(("z",), cluster=None, weights="w")).estimates.loc[
        "straight line"
    ]
    fit = fit_linear(table, "y ~ x + z", weights="w").slope("x")
    assert_allclose([row["estimate"], row["std_error"]], [fit.estimate, fit.std_error], rtol=1e-8)


def test_a_weight_of_two_is_a_row_twice():
    table = answers(bent, noise=0.5)
    twice = table.assign(w=np.where(table.index % 3 == 0, 2.0, 1.0))
    doubled = pd.concat([table, table[table.index % 3 == 0]], ignore_index=True)
    for part in ("break point", "before", "after"):
        assert_allclose(
            shape_of(twice, link(weights="w")).estimates.loc[part, "estimate"],
            shape_of(doubled, link()).estimates.loc[part, "estimate"],
            rtol=2e-3,  # places to try stand at quantiles, which do not count weights
        )


def test_a_planted_curve_is_found_with_its_slopes():
    # y = 0.02 x^2: slopes 0.04 x at the quartiles of an even driver, 5, 10 and 15.
    shape = shape_of(answers(lambda x: 0.02 * x**2, n=3000), link(("z",)))
    assert shape.form == "curved"
    rows = shape.estimates.loc[["at 25%", "at 50%", "at 75%"]]
    assert_allclose(rows["at"], [5, 10, 15], atol=0.5)
    assert (np.abs(rows["estimate"] - 0.04 * rows["at"]) < 3 * rows["std_error"] + 0.02).all()
    assert "No one slope" in shape_sentence(shape, LABELS, UNITS)
    assert "The slope changes along x: from +0." in judge_shape(shape).advice


def test_planted_steps_are_found_against_neutral():
    def whole(rng, n):
        return rng.integers(1, 6, n).astype(float)

    table = answers(lambda x: np.where(x == 5, 2.0, 0.0), x=whole)
    shape = shape_of(table, link(("z",)), scales={"x": (1, 5)})
    assert shape.form == "steps"
    assert shape.reference == "3"
    assert "do not lie on a line" in judge_shape(shape).advice
    assert "Against 3 of wait" in shape_sentence(shape, LABELS, UNITS)
    five = shape.estimates.loc["5 against 3"]
    assert five["low"] < 2 < five["high"]
    assert five["n"] == (table["x"] == 5).sum()
    assert shape.estimates.loc["1 against 3", "low"] < 0 < shape.estimates.loc["1 against 3", "high"]
    lowest = shape_of(table, link(("z",)))
    assert lowest.reference == "1"


def test_the_rarest_levels_are_joined_and_never_shown():
    rng = np.random.default_rng(5)
    table = answers(
        lambda x: np.where(x >= 3, 3.0, 0.0), x=lambda rng, n: rng.integers(0, 5, n).astype(float)
    )
    rare = rng.choice(len(table), 4, replace=False)
    table.loc[rare, "x"] = [8.0, 9.0, 8.0, 9.0]
    shape = shape_of(table, link())
    assert shape.form == "steps"
    assert any("4 or more" in part for part in shape.estimates.index)
    assert not any(part.startswith(("8", "9")) for part in shape.estimates.index)
    assert shape.bins["n"].min() >= 10


def test_straight_lines_and_nothing_stay_straight():
    forms = [shape_of(answers(lambda x: 0.05 * x, n=400, seed=s), link()).form for s in range(15)]
    flat = [shape_of(answers(lambda x: 0 * x, n=400, clusters=60, seed=s), link()).form for s in range(15)]
    assert set(forms + flat) <= {"straight", "flat"}
    assert flat.count("flat") >= 12
    assert judge_shape(shape_of(answers(lambda x: 0.1 * x), link())).verdict == PASS


def test_a_curvature_too_small_to_matter_is_no_curve():
    # A bend that 20,000 rows show beyond doubt, and that bends the line by a hundredth of the scatter.
    table = answers(lambda x: 0.2 * x - 0.012 * np.maximum(x - 10, 0), n=20_000, clusters=20_000, noise=1.0)
    shape = shape_of(table, link(("z",)))
    assert shape.form == "straight"
    assert shape.comparison["gap"].max() < 0.05


def test_penalty_and_reward_around_neutral():
    table = answers(lambda x: np.where(x < 0, 0.8 * x, 0.1 * x), x=lambda rng, n: rng.normal(0, 1.5, n))
    found = shape_of(table, link(("z",))).neutral
    rows = found.estimates
    assert (found.neutral, found.why) == (0.0, "zero")
    assert rows.loc["below", "low"] < 0.8 < rows.loc["below", "high"]
    assert rows.loc["above", "low"] < 0.1 < rows.loc["above", "high"]
    assert found.is_lopsided
    assert found.words == "the worse side counts more"
    assert rows.loc["below", "n"] == (table["x"] < 0).sum()
    flipped = shape_of(table, link(("z",)), better="lower").neutral
    assert flipped.words == "the better side counts more"


def test_neutral_is_the_middle_of_a_scale_or_the_median():
    table = answers(lambda x: 0.1 * x)
    assert shape_of(table, link(), scales={"x": (0, 20)}).neutral.neutral == 10
    far = shape_of(table, link(), scales={"x": (0, 100)}).neutral
    assert far.why == "the median"
    assert not far.is_lopsided


def opinions(slopes, n=3000, seed=1) -> pd.DataFrame:
    """Answers 1 to 5 cut from an opinion; slopes : of the driver at each of the four cuts."""
    rng = np.random.default_rng(seed)
    who, x = rng.integers(0, 500, n), rng.normal(size=n)
    noise = rng.normal(size=n)
    above = [slope * x + noise > cut for slope, cut in zip(slopes, (-1.2, -0.4, 0.4, 1.2), strict=True)]
    return pd.DataFrame({"customer_id": who, "x": x, "y": 1.0 + np.sum(above, axis=0)})


def test_each_cut_is_a_fit_of_zero_and_one():
    table = opinions([0.4] * 4)
    cuts = shape_of(table, link()).cuts
    assert list(cuts.estimates.index) == ["2 or more", "3 or more", "4 or more", "5 or more"]
    for cut, row in zip((2, 3, 4, 5), cuts.estimates.itertuples(), strict=True):
        fit = fit_linear(table.assign(y=(table["y"] >= cut) * 1.0), "y ~ x", cluster="customer_id").slope("x")
        assert_allclose(
            [row.estimate, row.std_error, row.low, row.high], [fit.estimate, fit.std_error, fit.low, fit.high]
        )
        assert row.share == pytest.approx((table["y"] >= cut).mean())


def test_the_latent_slope_is_that_of_a_probit():
    import statsmodels.api as sm

    table = opinions([0.4] * 4)
    cuts = shape_of(table, link()).cuts.estimates
    groups = table["customer_id"]
    for cut, row in zip((2, 3, 4, 5), cuts.itertuples(), strict=True):
        probit = sm.Probit((table["y"] >= cut) * 1.0, sm.add_constant(table["x"]))
        fit = probit.fit(disp=0, cov_type="cluster", cov_kwds={"groups": groups})
        assert_allclose(row.latent, fit.params["x"], rtol=1e-5)
        # Expected here, observed information there: the errors are close, not the same.
        assert_allclose(row.latent_std_error, fit.bse["x"], rtol=0.03)


def test_cuts_that_differ_are_told_from_cuts_that_agree():
    assert shape_of(opinions([0.4] * 4), link()).cuts.words == "all along the scale"
    found = shape_of(opinions([0.7, 0.5, 0.3, 0.1]), link())
    assert found.cuts.words == "mostly at the bottom of the scale"
    assert found.cuts.p_value < 0.001
    p_values = [shape_of(opinions([0.4] * 4, n=500, seed=s), link()).cuts.p_value for s in range(20)]
    assert sum(p < 0.05 for p in p_values) <= 4
    assert shape_of(answers(bent), link()).cuts is None


def test_bins_stand_on_the_curve_and_hold_all_rows(broken):
    table, shape = broken
    assert shape.bins["n"].sum() == len(table)
    on_curve = np.interp(shape.bins["driver_mean"], shape.curve["driver"], shape.curve["estimate"])
    inside = (on_curve > shape.bins["low"]) & (on_curve < shape.bins["high"])
    assert inside.mean() >= 0.8
    assert (shape.curve["low"] < shape.curve["estimate"]).all()


def test_bins_without_controls_are_plain_means():
    table = answers(bent)
    first = shape_of(table, link()).bins.iloc[0]
    inside = table[table["x"].between(first["driver_low"], first["driver_high"])]
    assert first["estimate"] == pytest.approx(inside["y"].mean())
    assert first["n"] == len(inside)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scale=st.floats(0.01, 100), shift=st.floats(-50, 50), seed=st.integers(0, 5))
def test_units_and_order_do_not_matter(scale, shift, seed):
    table = answers(bent, n=700, noise=0.5)
    own = shape_of(table, link())
    moved = table.assign(x=table["x"] * scale + shift).sample(frac=1, random_state=seed)
    other = shape_of(moved, link())
    assert other.form == own.form
    for part in ("straight line", "before", "after"):
        assert_allclose(
            other.estimates.loc[part, "estimate"] * scale, own.estimates.loc[part, "estimate"], rtol=1e-4, atol=1e-6
        )  # fmt: skip
    place = own.estimates.loc["break point", "estimate"] * scale + shift
    assert_allclose(other.estimates.loc["break point", "estimate"], place, rtol=1e-4, atol=1e-3 * scale)


def test_unusual_values_are_read_as_numbers():
    table = answers(lambda x: 0.3 * x, x=lambda rng, n: rng.integers(0, 30, n).astype(float))
    whole = table.assign(x=table["x"].astype("Int64"))
    assert_allclose(
        shape_of(whole, link()).estimates.loc["straight line", "estimate"],
        shape_of(table, link()).estimates.loc["straight line", "estimate"],
    )
    table.loc[[1, 2], "x"] = [np.nan, np.inf]
    assert shape_of(table, link()).n_used == len(table) - 2
    flag = shape_of(table.assign(x=table["x"] > 10), link())
    assert flag.is_straight
    assert "two values" in flag.reason
    assert judge_shape(flag).verdict == PASS


def test_what_cannot_be_assessed_says_why():
    few = shape_of(answers(bent, n=40), link())
    assert (few.form, few.is_straight, few.neutral) == ("not assessed", None, None)
    assert "40 rows are too few" in few.reason
    assert judge_shape(few).verdict == NOT_ASSESSED
    sites = shape_of(answers(bent, n=300, clusters=3), link())
    assert "3 clusters are too few" in sites.reason
    words = shape_of(answers(bent).assign(x=lambda t: np.where(t["x"] > 9, "late", "soon")), link())
    assert "category" in words.reason
    perfect = answers(bent).assign(y=lambda t: 2 * t["z"], x=lambda t: t["x"])
    with pytest.warns(LinkageWarning, match="without remainder"):
        assert "without remainder" in shape_of(perfect, link(("z",))).reason
    with pytest.warns(LinkageWarning, match="without remainder"):
        assert shape_of(perfect.assign(y=lambda t: 2 * t["x"]), link()).form == "straight"
    assert judge_shape(None).verdict == NOT_ASSESSED


def test_what_is_wrong_is_refused():
    table = answers(bent)
    with pytest.raises(TableError, match="no column 'x'"):
        shape_of(table.drop(columns="x"), link())
    with pytest.raises(FitError, match="same value"):
        shape_of(table.assign(x=1.0), link())


def test_sentences_carry_the_interval_and_the_levels_verb(broken):
    shape = broken[1]
    said = shape_sentence(shape, LABELS, UNITS)
    assert said.startswith("No change shown up to ")
    assert "beyond, each minute more goes with \N{MINUS SIGN}0." in said
    assert said.count("(") == 2
    assert "is followed by" in shape_sentence(shape, LABELS, UNITS, level="L3")
    assert "lowers satisfaction by" in shape_sentence(shape, LABELS, UNITS, level="L4")
    shares = shape_sentence(shape, LABELS, ("share", "share"))
    assert "percentage points" in shares
    assert "each 10 percentage points more" in shares
    assert "straight line" in shape_sentence(shape_of(answers(lambda x: 0.1 * x), link()), LABELS, UNITS)
    for word in ("cause", "significant"):
        assert word not in said + shape.summary()


def test_the_same_sample_gives_the_same_shape(broken):
    table, shape = broken
    again = shape_of(as_sample(table, link(("z",))), link(("z",)))
    pd.testing.assert_frame_equal(again.estimates, shape.estimates)
    pd.testing.assert_frame_equal(again.comparison, shape.comparison)


def test_the_planted_break_of_the_demo_replaces_its_slope(demo, demo_truth):
    from linkage.linking.link_rows import link_rows

    spec = demo.study.links["handle_time_and_satisfaction"]
    shape = shape_of(link_rows(demo, spec, demo.last_complete_period), spec)
    planted = {e["name"]: e["value"] for e in demo_truth["effects"]}
    assert shape.form == "bent"
    for part, name in (
        ("break point", "handle_time_break"),
        ("before", "handle_time_slope_before"),
        ("after", "handle_time_slope_after"),
    ):
        row = shape.estimates.loc[part]
        assert abs(row["estimate"] - planted[name]) < 3 * row["std_error"]
