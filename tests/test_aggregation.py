"""The gate before unit means: published tables, planted variance shares, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal
from scipy import stats

from linkage.aggregation import (
    correct_attenuation,
    gate_aggregation,
    gate_from_sums,
    shrink_unit_means,
    split_within_between,
)
from linkage.aggregation.agreement import median_with_interval, skewed_variance, within_agreement
from linkage.aggregation.variance import one_way, parts_from_sums
from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.errors import FitError, GrainError, TableError, TooFewRowsError

# Shrout and Fleiss 1979, Psychological Bulletin 86, p. 423, table 2: six targets, four judges
JUDGED = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def judged() -> pd.DataFrame:
    return pd.DataFrame({"unit_id": np.repeat(list("ABCDEF"), 4), "score": JUDGED.ravel()})


def units(count: int, each: int, share: float, seed: int = 0) -> pd.DataFrame:
    """Answers of variance 1, of which `share` lies between units; `truth` is the unit's true mean."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.normal(size=count) * np.sqrt(share), each)
    score = truth + rng.normal(size=count * each) * np.sqrt(1 - share)
    return pd.DataFrame({"unit_id": np.repeat(np.arange(count), each), "score": score, "truth": truth})


def sums_of(table: pd.DataFrame) -> pd.DataFrame:
    squared = table.assign(squares=table["score"] ** 2, n=1, total=table["score"])
    return squared.groupby("unit_id")[["n", "total", "squares"]].sum()


# --- ICC ----------------------------------------------------------------------------------------------


def test_iccs_match_shrout_and_fleiss():
    # One-way: ICC(1,1) .17 and ICC(1,4) .44, F 1.79 (p. 424); limits -.133 to .723 and -.884 to .912 by psych::ICC
    gate = gate_aggregation(judged(), group="unit_id", score="score", minimum_group=1)
    icc1, icc2 = gate.estimates.loc["icc1"], gate.estimates.loc["icc2"]
    assert_allclose([icc1["estimate"], icc2["estimate"], gate.f], [0.17, 0.44, 1.79], atol=0.005)
    assert_allclose([icc1["low"], icc1["high"]], [-0.133, 0.723], atol=5e-4)
    assert_allclose([icc2["low"], icc2["high"]], [-0.884, 0.912], atol=5e-4)
    assert (gate.df, gate.n0, gate.n_used) == ((5, 18), 4.0, 24)


def test_unequal_units_by_hand_with_both_conventions():
    # A: 1, 3; B: 4, 5, 6; C: 6, 7, 8, 9, 10. Means 2, 5, 8, all 5.9.
    # SSB = 2*3.9^2 + 3*.9^2 + 5*2.1^2 = 54.9, MSB = 27.45; SSW = 2 + 2 + 10 = 14, MSW = 2.
    # n0 mean 10/3: ICC1 = 25.45/(27.45 + 2.3333*2) = .7924; adjusted (10 - 38/10)/2 = 3.1: 25.45/31.65 = .8041
    table = pd.DataFrame({"unit_id": list("AABBBCCCCC"), "score": [1, 3, 4, 5, 6, 6, 7, 8, 9, 10]})
    simple = gate_aggregation(table, group="unit_id", score="score")
    adjusted = gate_aggregation(table, group="unit_id", score="score", method_n0="adjusted")
    assert_allclose([simple.n0, adjusted.n0], [10 / 3, 3.1])
    assert_allclose(simple.estimates.loc["icc1", "estimate"], 25.45 / (27.45 + 14 / 3))
    assert_allclose(adjusted.estimates.loc["icc1", "estimate"], 25.45 / 31.65)
    assert_allclose(simple.estimates.loc["icc2", "estimate"], 25.45 / 27.45)
    oracle = stats.f_oneway([1, 3], [4, 5, 6], [6, 7, 8, 9, 10])
    assert_allclose([simple.f, simple.p_value], oracle)


def test_icc_intervals_cover_the_planted_share():
    found = [gate_aggregation(units(30, 8, 0.2, seed), group="unit_id", score="score") for seed in range(150)]
    icc1 = pd.DataFrame([gate.estimates.loc["icc1"] for gate in found])
    icc2 = pd.DataFrame([gate.estimates.loc["icc2"] for gate in found])
    planted = 8 * 0.2 / (1 + 7 * 0.2)
    assert 0.90 <= ((icc1["low"] <= 0.2) & (icc1["high"] >= 0.2)).mean() <= 0.99
    assert 0.90 <= ((icc2["low"] <= planted) & (icc2["high"] >= planted)).mean() <= 0.99
    assert_allclose(icc1["estimate"].mean(), 0.2, atol=0.02)
    assert_allclose(icc1["std_error"].astype(float).mean(), icc1["estimate"].astype(float).std(), rtol=0.2)


def test_units_that_do_not_differ_do_not_pass():
    gate = gate_aggregation(units(60, 10, 0.0, 3), group="unit_id", score="score")
    assert gate.estimates.loc["icc1", "low"] < 0 < gate.estimates.loc["icc1", "high"]
    assert gate.estimates.loc[["icc1", "icc2"], "verdict"].tolist() == [FAIL, FAIL]
    assert gate.verdict == FAIL
    assert gate.estimates.loc["reliable_units_share", "estimate"] == 0
    assert "stay with single answers" in gate.summary()


def test_reliability_of_each_unit_is_at_its_own_n():
    table = units(40, 20, 0.3, 1)
    few = table[(table["unit_id"] > 0) | (table.index < 3)]
    gate = gate_aggregation(few, group="unit_id", score="score")
    icc1 = gate.estimates.loc["icc1", "estimate"]
    assert_allclose(
        gate.units.loc[[0, 1], "reliability"], [3 * icc1 / (1 + 2 * icc1), 20 * icc1 / (1 + 19 * icc1)]
    )
    assert gate.units["is_reliable"].tolist() == [False] + [True] * 39
    assert_allclose(gate.estimates.loc["reliable_units_share", "estimate"], 39 / 40)
    assert gate.units.loc[0, ["mean", "rwg"]].isna().all()
    assert gate.units.loc[0, "suppressed"]


# --- rwg ----------------------------------------------------------------------------------------------


def test_agreement_by_hand():
    # 3, 4, 4, 5 on five points: variance 2/3, random (25 - 1)/12 = 2: rwg = 1 - 1/3 = .6667; skewed 1 - .6667/1.34
    # 1, 5, 1, 5: variance 16/3, more than random: floored at 0. Third unit: no variance, rwg 1.
    table = pd.DataFrame({"unit_id": list("AAAABBBBCCCC"), "score": [3, 4, 4, 5, 1, 5, 1, 5, 4, 4, 4, 4]})
    gate = gate_aggregation(table, group="unit_id", score="score", scale=(1, 5), minimum_group=1)
    assert_allclose(gate.units["rwg"], [2 / 3, 0, 1])
    assert_allclose(gate.units["rwg_skewed"], [1 - 2 / 3 / 1.34, 0, 1])
    assert (gate.floored, gate.floored_skewed) == (1, 1)
    assert_allclose(gate.estimates.loc["rwg", "estimate"], 2 / 3)
    assert "1 floored at 0" in gate.summary()


def test_agreement_of_several_items_by_hand():
    # James, Demaree and Wolf 1984: J = 3, mean variance a quarter of random: 3*.75/(3*.75 + .25) = .9
    found, floored = within_agreement(np.array([0.5, 0.0, 4.0, np.nan]), 2.0, items=3)
    assert_allclose(found, [0.9, 1.0, 0.0, np.nan])
    assert floored == 1


def test_gate_of_items_uses_their_mean_and_their_mean_variance():
    rng = np.random.default_rng(2)
    base = np.repeat(rng.normal(size=30), 12)
    names = ["q1", "q2", "q3"]
    table = pd.DataFrame({q: np.clip(np.round(3 + base + rng.normal(size=360)), 1, 5) for q in names})
    table["unit_id"] = np.repeat(np.arange(30), 12)
    gate = gate_aggregation(table, group="unit_id", items=names, scale=(1, 5))
    alone = gate_aggregation(table.assign(m=table[names].mean(axis=1)), group="unit_id", score="m")
    assert_allclose(
        gate.estimates.loc[["icc1", "icc2"], "estimate"], alone.estimates.loc[["icc1", "icc2"], "estimate"]
    )
    variance = table.groupby("unit_id")[names].var().mean(axis=1)
    assert_allclose(gate.units["rwg"], within_agreement(variance.to_numpy(), 2.0, 3)[0])
    assert gate.item_count == 3


def test_the_skewed_null_is_the_published_distribution():
    # James, Demaree and Wolf 1984, p. 94: 5, 15, 20, 35 and 25 percent on 1 to 5
    points, chance = np.arange(1, 6), np.array([0.05, 0.15, 0.20, 0.35, 0.25])
    assert_allclose(skewed_variance(5), chance @ points**2 - (chance @ points) ** 2)
    assert np.isnan(skewed_variance(4))


def test_without_a_scale_agreement_is_not_assessed():
    gate = gate_aggregation(units(40, 20, 0.3, 1), group="unit_id", score="score")
    assert gate.estimates.loc[["rwg", "rwg_skewed"], "verdict"].tolist() == [NOT_ASSESSED, NOT_ASSESSED]
    assert gate.estimates.loc[["icc1", "icc2"], "verdict"].tolist() == [PASS, PASS]
    assert gate.verdict == NOT_ASSESSED


def test_a_gate_that_passes_says_so():
    table = units(40, 20, 0.4, 1)
    table["score"] = np.clip(np.round(4 + table["score"]), 1, 7)
    gate = gate_aggregation(table, group="unit_id", score="score", scale=(1, 7))
    assert gate.verdict == PASS
    assert gate.summary().startswith("PASS: means of score by unit_id. ICC(1) 0.")


def test_weak_agreement_between_clear_units_is_failed_by_name():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"unit_id": np.repeat(range(20), 40)})
    table["score"] = np.where(rng.random(800) < np.repeat(np.linspace(0.1, 0.9, 20), 40), 5, 1)
    gate = gate_aggregation(table, group="unit_id", score="score", scale=(1, 5))
    assert gate.estimates["verdict"].tolist() == [PASS, PASS, FAIL, REVIEW, PASS]
    assert gate.verdict == FAIL
    assert "Does not pass: rwg (FAIL), rwg_skewed (REVIEW)" in gate.summary()


def test_median_interval_uses_order_statistics():
    # Of 11 values the second and the tenth hold the median with 98.8%, the third and the ninth with 93.5%
    values = np.arange(1.0, 12.0)
    assert median_with_interval(values, 0.95) == (6, 2, 10)
    assert median_with_interval(values, 0.93) == (6, 3, 9)


# --- from sums ----------------------------------------------------------------------------------------


def test_sums_give_the_same_gate_as_rows():
    table = units(25, 12, 0.2, 5).assign(score=lambda rows: np.clip(np.round(3 + rows["score"]), 1, 5))
    rows = gate_aggregation(table, group="unit_id", score="score", scale=(1, 5))
    sums = gate_from_sums(sums_of(table), score="score", scale=(1, 5))
    assert_frame_equal(rows.estimates, sums.estimates)
    assert_frame_equal(rows.units, sums.units)
    assert (rows.verdict, rows.f, rows.n_used) == (sums.verdict, pytest.approx(sums.f), sums.n_used)


def test_sums_come_straight_from_the_database():
    import duckdb

    table = units(12, 15, 0.3, 6)
    with duckdb.connect() as connection:
        connection.register("link_survey", table)
        sums = connection.sql(
            "select unit_id, count(score) as n, fsum(score) as total, fsum(score * score) as squares "
            "from link_survey group by unit_id order by unit_id"
        ).df()
    gate = gate_from_sums(sums.set_index("unit_id"))
    rows = gate_aggregation(table, group="unit_id", score="score")
    assert_allclose(gate.estimates["estimate"], rows.estimates["estimate"], rtol=1e-9)


def test_broken_sums_are_refused():
    sums = sums_of(units(5, 4, 0.2))
    with pytest.raises(TableError, match="1 units have a sum of squares below"):
        gate_from_sums(sums.assign(squares=sums["squares"].where(sums.index != 2, 0.0)))
    with pytest.raises(GrainError, match="1 units have more than one row of sums, for example 4"):
        gate_from_sums(pd.concat([sums, sums.tail(1)]))
    with pytest.raises(TableError, match="whole count"):
        gate_from_sums(sums.assign(n=2.5))
    with pytest.raises(TableError, match="no column 'squares'"):
        gate_from_sums(sums.drop(columns="squares"))
    far = units(5, 4, 0.2).assign(score=lambda rows: rows["score"] + 1e9)
    with pytest.raises(FitError, match="Subtract a constant"):
        gate_from_sums(sums_of(far))


# --- properties and refusals --------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(shift=st.floats(-1e4, 1e4), factor=st.floats(0.01, 1000), seed=st.integers(0, 99))
def test_iccs_do_not_depend_on_units_or_order(shift, factor, seed):
    table = units(12, 6, 0.3)
    moved = table.assign(score=table["score"] * factor + shift).sample(frac=1, random_state=seed)
    once, again = (gate_aggregation(part, group="unit_id", score="score") for part in (table, moved))
    assert_allclose(once.estimates["estimate"], again.estimates["estimate"], rtol=1e-6)


def test_missing_answers_nullable_numbers_and_flags_are_taken():
    table = units(20, 10, 0.3).assign(is_pleased=lambda rows: rows["score"] > 0)
    table["stars"] = (table["score"] > 0).astype("Int64")
    table.loc[:4, "stars"] = pd.NA
    before = table.copy()
    flags = gate_aggregation(table, group="unit_id", score="is_pleased")
    stars = gate_aggregation(table, group="unit_id", score="stars")
    assert (flags.n_used, flags.n_dropped, stars.n_used, stars.n_dropped) == (200, 0, 195, 5)
    assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"score": None}, TableError, "Name what is averaged"),
        ({"items": ["score"]}, TableError, "not both"),
        ({"method_n0": "median"}, TableError, "method_n0"),
        ({"scale": (1, 5)}, TableError, "outside the scale"),
        ({"group": "unit"}, TableError, "Did you mean 'unit_id'"),
        ({"score": "constant"}, FitError, "All answers are the same"),
        ({"group": "row"}, TooFewRowsError, "has one answer"),
        ({"group": "half"}, TooFewRowsError, "2 units; at least 3"),
    ],
)
def test_what_cannot_be_gated_is_refused(options, error, words):
    table = units(10, 5, 0.2).assign(constant=1.0)
    table = table.assign(row=range(50), half=np.arange(50) % 2)
    with pytest.raises(error, match=words):
        gate_aggregation(table, **{"group": "unit_id", "score": "score", **options})


# --- attenuation, shrinkage ---------------------------------------------------------------------------


def test_correction_divides_by_the_reliability():
    found = correct_attenuation(0.21, 0.03, 0.42).estimates
    assert_allclose(found["estimate"], [0.21, 0.5])
    assert_allclose(found["std_error"], [0.03, 0.03 / 0.42])
    assert_allclose(
        found.loc["corrected", ["low", "high"]].astype(float), 0.5 + np.array([-1, 1]) * 0.14 / 1, rtol=1e-3
    )
    assert_allclose(found["p_value"], 2 * stats.norm.sf(7))
    # delta: sqrt(.03^2 + (.5 * .05)^2) / .42
    unsure = correct_attenuation(0.21, 0.03, 0.42, reliability_error=0.05).estimates
    assert_allclose(unsure.loc["corrected", "std_error"], np.sqrt(0.03**2 + 0.025**2) / 0.42)


@pytest.mark.parametrize("reliability", [0, -0.3, 1.1, np.nan])
def test_an_impossible_reliability_is_refused(reliability):
    with pytest.raises(TableError, match="reliability lies above 0"):
        correct_attenuation(0.2, 0.1, reliability)


def test_both_remedies_recover_the_planted_slope():
    # Three answers a unit, slope .5 on the unit's true mean: the plain slope is about ICC(2) of it
    table = units(400, 3, 0.3, 7)
    truth = table.groupby("unit_id")["truth"].first()
    outcome = 0.5 * truth + np.random.default_rng(8).normal(size=400) * 0.2
    means = table.groupby("unit_id")["score"].mean()
    plain = sm.OLS(outcome, sm.add_constant(means)).fit()
    gate = gate_aggregation(table, group="unit_id", score="score")
    corrected = correct_attenuation(
        plain.params["score"], plain.bse["score"], gate.estimates.loc["icc2", "estimate"]
    )
    shrunk = shrink_unit_means(table, score="score", group="unit_id", minimum_group=1).estimates["estimate"]
    again = sm.OLS(outcome, sm.add_constant(shrunk)).fit()
    assert plain.params["score"] < 0.35
    assert (
        abs(corrected.estimates.loc["corrected", "estimate"] - 0.5)
        < 3 * corrected.estimates.loc["corrected", "std_error"]
    )
    assert abs(again.params["estimate"] - 0.5) < 3 * again.bse["estimate"]


def test_shrunk_means_match_the_mixed_model_and_cover_the_truth():
    table = units(60, 5, 0.3, 9)
    found = shrink_unit_means(table, score="score", group="unit_id", minimum_group=1)
    fit = sm.MixedLM(table["score"], np.ones(len(table)), groups=table["unit_id"]).fit(reml=True)
    # balanced: REML variances are those of the analysis of variance, so the predictions agree
    predicted = fit.fe_params.iloc[0] + np.array([part.iloc[0] for part in fit.random_effects.values()])
    assert_allclose(found.estimates["estimate"], predicted, atol=1e-4)
    truth = table.groupby("unit_id")["truth"].first()
    covered = (found.estimates["low"] <= truth) & (truth <= found.estimates["high"])
    assert 0.88 <= covered.mean() <= 1
    distance = (found.estimates["estimate"] - found.overall) / (found.estimates["mean"] - found.overall)
    assert_allclose(distance, found.estimates["reliability"])


def test_units_that_do_not_differ_are_drawn_to_one_mean():
    table = pd.DataFrame({"unit_id": np.repeat(range(30), 10), "score": np.tile(np.arange(10.0), 30)})
    found = shrink_unit_means(table, score="score", group="unit_id")
    assert found.icc1 < 0
    assert_allclose(found.estimates["estimate"], 4.5)
    assert (found.estimates["reliability"] == 0).all()
    gate = gate_aggregation(table, group="unit_id", score="score")
    assert np.isnan(gate.estimates.loc["icc2", "estimate"])  # it has no bound below
    assert gate.verdict == FAIL


def test_small_units_are_not_shown():
    table = units(30, 10, 0.3).iloc[5:]
    found = shrink_unit_means(table, score="score", group="unit_id")
    # Unit 0 has five answers; the overall mean less those of the others would tell its own, so one more is hidden.
    assert found.estimates.loc[[0, 1], ["estimate", "mean"]].isna().all(axis=None)
    assert found.estimates["suppressed"].sum() == 2 and found.estimates.loc[2:, "estimate"].notna().all()
    assert "2 units not shown, so that no figure tells of fewer than 10 answers" in found.summary()
    gate = gate_aggregation(table, score="score", group="unit_id")
    assert gate.units["suppressed"].sum() == 2 and gate.units.loc[[0, 1], "mean"].isna().all()


# --- within and between -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ecological() -> pd.DataFrame:
    """Within slope .2, between slope -1, over 60 units of 20."""
    rng = np.random.default_rng(12)
    place = np.repeat(rng.normal(size=60), 20)
    own = rng.normal(size=1200)
    own = own - np.repeat(own.reshape(60, 20).mean(axis=1), 20)
    noise = np.repeat(rng.normal(size=60) * 0.3, 20) + rng.normal(size=1200)
    unit_id = np.repeat(np.arange(60), 20)
    return pd.DataFrame({"driver": place + own, "outcome": 0.2 * own - place + noise, "unit_id": unit_id})


def test_slopes_within_and_between_are_recovered_and_told_apart(ecological):
    found = split_within_between(ecological, outcome="outcome", driver="driver", group="unit_id")
    for name, planted in {"within": 0.2, "between": -1.0, "difference": -1.2}.items():
        line = found.estimates.loc[name]
        assert abs(line["estimate"] - planted) < 3 * line["std_error"]
    assert found.is_ecological
    assert "not an effect on customers" in found.summary()
    share = found.driver_between_share
    mixed = (
        share * found.estimates.loc["between", "estimate"]
        + (1 - share) * found.estimates.loc["within", "estimate"]
    )
    assert_allclose(found.estimates.loc["pooled", "estimate"], mixed)


def test_slopes_match_least_squares(ecological):
    found = split_within_between(ecological, outcome="outcome", driver="driver", group="unit_id").estimates
    means = ecological.groupby("unit_id")[["driver", "outcome"]].transform("mean")
    count, n = 60, len(ecological)
    inner = sm.OLS(ecological["outcome"] - means["outcome"], ecological["driver"] - means["driver"])
    inner = inner.fit(cov_type="cluster", cov_kwds={"groups": ecological["unit_id"]}, use_t=True)
    assert_allclose(found.loc["within", ["estimate", "std_error", "p_value"]].astype(float),
                    [inner.params.iloc[0], inner.bse.iloc[0], inner.pvalues.iloc[0]])  # fmt: skip
    pooled = sm.OLS(ecological["outcome"], sm.add_constant(ecological["driver"]))
    pooled = pooled.fit(cov_type="cluster", cov_kwds={"groups": ecological["unit_id"]}, use_t=True)
    # statsmodels also multiplies by (n - 1)/(n - 2)
    assert_allclose(found.loc["pooled", "std_error"], pooled.bse.iloc[1] * np.sqrt((n - 2) / (n - 1)))
    units_only = ecological.groupby("unit_id")[["driver", "outcome"]].mean()
    outer = sm.OLS(units_only["outcome"], sm.add_constant(units_only["driver"])).fit(
        cov_type="HC3", use_t=True
    )
    assert_allclose(found.loc["between", ["estimate", "std_error", "low", "high"]].astype(float),
                    [outer.params.iloc[1], outer.bse.iloc[1], *outer.conf_int().iloc[1]])  # fmt: skip
    assert found.loc["between", "df"] == count - 2


def test_unequal_units_weigh_by_their_answers(ecological):
    part = ecological[(ecological["unit_id"] % 3 > 0) | (ecological.index % 4 == 0)]
    found = split_within_between(part, outcome="outcome", driver="driver", group="unit_id").estimates
    means = part.groupby("unit_id")[["driver", "outcome"]].mean()
    outer = sm.WLS(means["outcome"], sm.add_constant(means["driver"]), weights=part.groupby("unit_id").size())
    outer = outer.fit(cov_type="HC3")
    assert_allclose(
        found.loc["between", ["estimate", "std_error"]].astype(float),
        [outer.params.iloc[1], outer.bse.iloc[1]],
    )


def test_one_planted_slope_is_not_told_apart_more_often_than_promised():
    rng = np.random.default_rng(4)
    alarms = 0
    for _ in range(150):
        unit_id = np.repeat(np.arange(25), 8)
        driver = rng.normal(size=25)[unit_id] + rng.normal(size=200)
        outcome = 0.3 * driver + rng.normal(size=25)[unit_id] + rng.normal(size=200)
        table = pd.DataFrame({"unit_id": unit_id, "driver": driver, "outcome": outcome})
        found = split_within_between(table, outcome="outcome", driver="driver", group="unit_id")
        alarms += found.is_ecological
    assert alarms / 150 <= 0.10


def test_a_driver_of_units_has_no_slope_within(ecological):
    table = ecological.assign(driver=ecological["unit_id"] % 7)
    found = split_within_between(table, outcome="outcome", driver="driver", group="unit_id")
    assert np.isnan(found.estimates.loc["within", "estimate"])
    assert found.driver_between_share == 1
    assert not found.is_ecological
    assert "no slope" in found.summary()


def test_a_driver_that_units_share_alike_has_no_slope_between(ecological):
    table = ecological.assign(driver=ecological.index % 20)
    found = split_within_between(table, outcome="outcome", driver="driver", group="unit_id")
    assert np.isnan(found.estimates.loc["between", "estimate"])
    assert np.isfinite(found.estimates.loc["within", "estimate"])


def test_split_refusals(ecological):
    with pytest.raises(FitError, match="'driver' is constant over 1,200 rows"):
        split_within_between(
            ecological.assign(driver=3.3), outcome="outcome", driver="driver", group="unit_id"
        )
    with pytest.raises(TooFewRowsError, match="3 units of unit_id"):
        split_within_between(ecological.head(60), outcome="outcome", driver="driver", group="unit_id")
    with pytest.raises(TableError, match="no column 'drive'"):
        split_within_between(ecological, outcome="outcome", driver="drive", group="unit_id")


def test_parts_of_sums_keep_their_digits():
    table = units(5, 4, 0.2).assign(score=lambda rows: rows["score"] + 1e3)
    parts = parts_from_sums(sums_of(table), n="n", total="total", squares="squares")
    plain = gate_aggregation(table, group="unit_id", score="score")
    assert_allclose(one_way(parts).f, plain.f, rtol=1e-7)
