"""Weights: planted non-response undone, margins met, and what no weight can mend."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal, assert_series_equal

from linkage.errors import FitError, TableError, TooFewRowsError
from linkage.metrics import mean_score
from linkage.weights import effective_n, rake, response_weights
from linkage.weights.trimming import trimmed


@pytest.fixture(scope="module")
def invited() -> pd.DataFrame:
    """3,000 invited: the long-standing and the small answer more, and the long-standing are happier."""
    rng = np.random.default_rng(21)
    n = 3000
    segment = rng.choice(["small", "middle", "large"], n)
    tenure = rng.gamma(2, 2, n)
    truth = np.clip(5 + 0.4 * tenure - 1.0 * (segment == "large") + rng.normal(size=n), 0, 10)
    chance = 1 / (1 + np.exp(1.6 - 0.25 * tenure - 0.8 * (segment == "small")))
    is_answered = rng.random(n) < chance
    return pd.DataFrame(
        {
            "segment": segment,
            "tenure_years": tenure,
            "tenure_band": np.select([tenure < 2, tenure < 5], ["short", "middle"], "long"),
            "truth": truth,
            "score": np.where(is_answered, truth, np.nan),
            "is_answered": is_answered,
            "account_id": np.arange(n) // 2,
        },
        index=np.arange(n) + 500,
    )


def shares(values: pd.Series) -> dict[object, float]:
    return values.value_counts(normalize=True).to_dict()


# --- response weights ---------------------------------------------------------------------------------


def test_weights_undo_the_planted_response(invited):
    found = response_weights(invited, responded="is_answered", predictors=["segment", "tenure_years"])
    truth = invited["truth"].mean()
    raw = mean_score(invited, score="score").estimates.loc["all"]
    table = invited.assign(weight=found.weights)
    mended = mean_score(table, score="score", weights="weight").estimates.loc["all"]
    assert raw["low"] > truth + 0.2  # who answers is happier, and sure of it
    assert abs(mended["estimate"] - truth) < 3 * mended["std_error"]
    assert abs(mended["estimate"] - truth) < 0.1 * abs(raw["estimate"] - truth)
    assert mended["n_eff"] == pytest.approx(found.n_eff)


def test_weights_of_one_category_are_inverse_rates():
    # 40 of 100 answered in one segment, 10 of 100 in the other: 1/.4 = 2.5 and 10; mean (100 + 100)/50 = 4
    table = pd.DataFrame(
        {"segment": ["a"] * 100 + ["b"] * 100, "answered": [1] * 40 + [0] * 60 + [1] * 10 + [0] * 90}
    )
    found = response_weights(table, responded="answered", predictors=["segment"])
    assert_allclose(found.weights.iloc[[0, 100]], [0.625, 2.5])
    assert_allclose(found.probabilities.iloc[[0, 150]], [0.4, 0.1])
    # Kish: (40*.625 + 10*2.5)^2 / (40*.625^2 + 10*2.5^2) = 2500 / 78.125 = 32
    assert_allclose(found.n_eff, 32)
    assert_allclose(found.estimates.loc["segment_b", "estimate"], np.log((10 / 90) / (40 / 60)))
    assert (found.n_responded, found.n_used, found.response_share) == (50, 200, 0.25)
    assert "50 of 200 invited answered (25.0%)" in found.summary()


def test_the_model_is_a_logit_with_robust_errors(invited):
    found = response_weights(invited, responded="is_answered", predictors=["tenure_years"]).estimates
    design = sm.add_constant(invited["tenure_years"])
    fit = sm.Logit(invited["is_answered"].astype(float), design).fit(disp=0, cov_type="HC1")
    assert_allclose(found["estimate"], fit.params, rtol=1e-6)
    assert_allclose(found["std_error"], fit.bse, rtol=1e-3)  # HC1 of both, of two link parametrisations
    assert_allclose(found["low"], fit.conf_int()[0], rtol=1e-3)
    assert (found["p_value"] < 1e-10).all()
    held = response_weights(
        invited, responded="is_answered", predictors=["tenure_years"], cluster="account_id"
    )
    groups = {"groups": invited["account_id"].to_numpy()}
    clustered = sm.Logit(invited["is_answered"].astype(float), design).fit(
        disp=0, cov_type="cluster", cov_kwds=groups
    )
    assert_allclose(held.estimates["std_error"], clustered.bse, rtol=1e-3)
    assert_allclose(held.estimates["estimate"], found["estimate"])


def test_planted_nothing_changes_little():
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"tenure": rng.normal(size=2000), "answered": rng.random(2000) < 0.5})
    found = response_weights(table, responded="answered", predictors=["tenure"])
    assert found.estimates.loc["tenure", "low"] < 0 < found.estimates.loc["tenure", "high"]
    assert found.n_eff > 0.99 * found.n_responded


def test_weights_keep_the_tables_index_and_miss_who_cannot_be_weighted(invited):
    holes = invited.assign(segment=invited["segment"].where(invited.index >= 510))
    before = holes.copy()
    found = response_weights(holes, responded="is_answered", predictors=["segment", "tenure_years"])
    assert found.weights.index.equals(invited.index)
    assert found.weights.notna().equals(invited["is_answered"] & (invited.index >= 510))
    assert found.probabilities.isna().sum() == 10 == found.n_dropped
    assert_allclose(found.weights.mean(), 1)
    assert "10 with an unknown predictor have no weight" in found.summary()
    assert_frame_equal(holes, before)


def test_trimming_is_said_and_keeps_the_mean(invited):
    plain = response_weights(invited, responded="is_answered", predictors=["segment", "tenure_years"])
    found = response_weights(
        invited, responded="is_answered", predictors=["segment", "tenure_years"], trim=1.5
    )
    known = found.weights.dropna()
    assert plain.weights.max() > 1.5
    assert_allclose([known.max(), known.mean()], [1.5, 1])
    assert found.n_trimmed == (known > 1.5 - 1e-9).sum() > 0
    assert f"{found.n_trimmed:,} cut to 1.5 times the mean" in found.summary()
    assert found.n_eff > plain.n_eff


def test_row_order_and_units_do_not_matter(invited):
    options = {"responded": "is_answered", "predictors": ["segment", "tenure_years"]}
    once = response_weights(invited, **options)
    moved = invited.sample(frac=1, random_state=1).assign(
        tenure_years=lambda rows: rows["tenure_years"] * 365 + 40
    )
    again = response_weights(moved, **options)
    assert_series_equal(once.weights, again.weights.loc[invited.index], rtol=1e-6)


def test_flags_and_nullable_responses_are_taken(invited):
    table = invited.assign(
        is_answered=invited["is_answered"].astype("boolean"), is_large=invited["segment"] == "large"
    )
    table.loc[500, "is_answered"] = pd.NA
    found = response_weights(table, responded="is_answered", predictors=["is_large"])
    assert found.n_dropped == 1


@pytest.mark.parametrize(
    ("changes", "options", "error", "words"),
    [
        ({"is_answered": True}, {}, FitError, "All 3,000 invited answered"),
        ({"is_answered": False}, {}, FitError, "All 3,000 invited stayed silent"),
        ({"is_answered": 2}, {}, TableError, "3,000 values are neither, for example 2"),
        ({"tenure_years": 1.0}, {}, FitError, "'tenure_years' is the same for everybody"),
        ({}, {"predictors": []}, TableError, "one or more columns known of everybody"),
        ({}, {"predictors": ["is_answered"]}, TableError, "not among them"),
        ({}, {"predictors": ["segmnt"]}, TableError, "Did you mean 'segment'"),
        ({}, {"trim": 0.9}, TableError, "lies above 1"),
    ],
)
def test_what_cannot_be_modelled_is_refused(invited, changes, options, error, words):
    with pytest.raises(error, match=words):
        response_weights(
            invited.assign(**changes),
            **{"responded": "is_answered", "predictors": ["tenure_years"], **options},
        )


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.assign(segment=pd.Categorical(t["segment"], ["giant", "large", "middle", "small"])),
        lambda t: t.assign(visits=[Decimal(v) for v in t["visits"].tolist()]),
        lambda t: t.convert_dtypes(dtype_backend="pyarrow"),
    ],
    ids=["a level nobody is of", "decimals", "Arrow"],
)
def test_predictors_of_another_type_give_the_same_weights(invited, change):
    table = invited[:600].assign(visits=np.arange(600) % 7)
    asked = {"responded": "is_answered", "predictors": ["visits", "segment"]}
    plain, found = (response_weights(t, **asked) for t in (table, change(table)))
    assert_frame_equal(found.estimates, plain.estimates)
    assert_series_equal(found.weights, plain.weights)


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_a_moment_is_no_predictor_and_one_cluster_no_sample(invited, zone):
    days = pd.Timestamp("2026-01-01", tz=zone) + pd.to_timedelta(np.arange(3000) % 9, unit="D")
    with pytest.raises(TableError, match="'joined_at' holds dates or durations"):
        response_weights(invited.assign(joined_at=days), responded="is_answered", predictors=["joined_at"])
    with pytest.raises(TooFewRowsError, match="All 3,000 complete rows share one account_id"):
        response_weights(
            invited.assign(account_id=1),
            responded="is_answered",
            predictors=["tenure_years"],
            cluster="account_id",
        )
    with pytest.raises(TableError, match="no column 'acount_id'"):
        response_weights(invited, responded="is_answered", predictors=["tenure_years"], cluster="acount_id")


def test_perfect_foresight_collinearity_and_few_answers_are_refused(invited):
    told = invited.assign(has_survey_cookie=invited["is_answered"].astype(int))
    with pytest.raises(FitError, match="foretell perfectly"):
        response_weights(told, responded="is_answered", predictors=["has_survey_cookie"])
    never = invited.assign(is_answered=invited["is_answered"] & (invited["segment"] != "large"))
    with pytest.raises(FitError, match="Merge rare categories"):
        response_weights(never, responded="is_answered", predictors=["segment"])
    twice = invited.assign(tenure_days=invited["tenure_years"] * 365)
    with pytest.raises(FitError, match="collinear"):
        response_weights(twice, responded="is_answered", predictors=["tenure_years", "tenure_days"])
    few = invited.assign(is_answered=np.arange(3000) < 9)
    with pytest.raises(TooFewRowsError, match="9 invited answered; at least 10"):
        response_weights(few, responded="is_answered", predictors=["segment"])


# --- raking -------------------------------------------------------------------------------------------


def test_one_margin_is_post_stratification():
    # 30 of a and 70 of b, wanted half and half: .5/.3 and .5/.7
    table = pd.DataFrame({"segment": ["a"] * 30 + ["b"] * 70})
    found = rake(table, targets={"segment": {"a": 0.5, "b": 0.5}})
    assert_allclose(found.weights.iloc[[0, 99]], [5 / 3, 5 / 7])
    # Kish: 100^2 / (30 * (5/3)^2 + 70 * (5/7)^2) = 10000 / 119.0476 = 84
    assert_allclose(found.n_eff, 84)
    assert found.margins["weighted_share"].tolist() == pytest.approx([0.5, 0.5])
    assert found.margins["start_share"].tolist() == pytest.approx([0.3, 0.7])
    assert found.margins["n"].tolist() == [30, 70]


def test_two_margins_by_hand():
    # Cells 40, 10 / 20, 30 to rows 50/50 and columns 50/50. Raking keeps the odds ratio 40*30/(10*20) = 6, so
    # the first cell is q with q^2/(.5 - q)^2 = 6: q = .5 sqrt(6)/(1 + sqrt(6)) = .3550510
    table = pd.DataFrame(
        {"a": ["x"] * 50 + ["y"] * 50, "b": ["u"] * 40 + ["v"] * 10 + ["u"] * 20 + ["v"] * 30}
    )
    half = {"a": {"x": 0.5, "y": 0.5}, "b": {"u": 0.5, "v": 0.5}}
    found = rake(table, targets=half)
    cells = found.weights.groupby([table["a"], table["b"]]).sum() / 100
    assert_allclose(cells.to_numpy(), [0.3550510, 0.1449490, 0.1449490, 0.3550510], rtol=1e-6)
    assert found.largest_gap < 1e-8
    assert found.is_met
    assert "raked to a, b" in found.summary()


def test_raking_undoes_the_planted_response(invited):
    answers = invited[invited["is_answered"]]
    targets = {name: shares(invited[name]) for name in ("segment", "tenure_band")}
    found = rake(answers, targets=targets)
    truth, raw = invited["truth"].mean(), answers["score"].mean()
    mended = np.average(answers["score"], weights=found.weights)
    assert raw - truth > 0.2
    assert abs(mended - truth) < 0.35 * (raw - truth)  # bands leave the tenure within them
    assert found.n_eff < len(answers)


def test_raking_from_response_weights_meets_the_shares_too(invited):
    start = response_weights(invited, responded="is_answered", predictors=["segment", "tenure_years"]).weights
    answers = invited.assign(start=start)[invited["is_answered"]]
    targets = {name: shares(invited[name]) for name in ("segment", "tenure_band")}
    found = rake(answers, targets=targets, start="start")
    assert found.is_met
    truth = invited["truth"].mean()
    assert abs(np.average(answers["score"], weights=found.weights) - truth) < 0.1
    flat = rake(answers, targets=targets)
    assert not np.allclose(found.weights, flat.weights)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), part=st.floats(0.2, 0.8))
def test_margins_are_met_whatever_the_targets(seed, part):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"flag": rng.random(200) < 0.4, "kind": rng.integers(0, 3, 200)})
    targets = {"flag": {True: part, False: 1 - part}, "kind": {0: 0.2, 1: 0.3, 2: 0.5}}
    found = rake(table, targets=targets)
    assert_allclose(found.margins["weighted_share"], found.margins["target_share"], rtol=1e-7)
    assert_allclose(found.weights.mean(), 1)
    shuffled = rake(table.sample(frac=1, random_state=seed), targets=targets)
    assert_allclose(shuffled.weights.loc[table.index], found.weights)


def test_a_cap_holds_and_is_said(invited):
    answers = invited[invited["is_answered"]]
    targets = {name: shares(invited[name]) for name in ("segment", "tenure_band")}
    free = rake(answers, targets=targets)
    held = rake(answers, targets=targets, trim=1.6)
    tight = rake(answers, targets=targets, trim=1.05)
    assert free.weights.max() > 1.6
    assert_allclose([held.weights.max(), held.weights.mean()], [1.6, 1])
    assert held.is_met
    assert held.n_trimmed > 0
    assert f"{held.n_trimmed:,} lie on the cap of 1.6" in held.summary()
    assert not tight.is_met
    assert_allclose([tight.weights.max(), tight.weights.mean()], [1.05, 1])
    assert "The cap leaves shares up to" in tight.summary()


def test_unknown_values_have_no_weight(invited):
    answers = invited[invited["is_answered"]]
    holes = answers.assign(segment=answers["segment"].where(np.arange(len(answers)) >= 7))
    before = holes.copy()
    found = rake(holes, targets={"segment": shares(invited["segment"])})
    assert found.n_dropped == found.weights.isna().sum() == 7
    assert found.weights.index.equals(answers.index)
    assert "7 with an unknown value have no weight" in found.summary()
    assert_frame_equal(holes, before)


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ({}, "needs targets"),
        ({"kind": {"a": 0.5, "b": 0.4}}, r"sum to 1; they sum to 0\.9"),
        ({"kind": {"a": 1.2, "b": -0.2}}, "above 0"),
        ({"kind": {"a": 1.0}}, "5 of 10 answers have a value without a target, for example 'b'"),
        (
            {"kind": {"a": 0.4, "b": 0.4, "c": 0.2}},
            "nobody in the sample has the value 'c', whose target is 0.2",
        ),
        ({"knd": {"a": 1.0}}, "Did you mean 'kind'"),
    ],
)
def test_impossible_targets_are_refused(targets, words):
    table = pd.DataFrame({"kind": ["a", "b"] * 5})
    with pytest.raises(TableError, match=words):
        rake(table, targets=targets)


def test_contradicting_targets_are_refused():
    # Everybody in x is in u and everybody in y in v: 70 percent x cannot go with 40 percent u
    table = pd.DataFrame({"a": ["x", "y"] * 10, "b": ["u", "v"] * 10})
    with pytest.raises(FitError, match="contradict each other"):
        rake(table, targets={"a": {"x": 0.7, "y": 0.3}, "b": {"u": 0.4, "v": 0.6}})


def test_starting_weights_must_be_positive():
    table = pd.DataFrame({"a": ["x", "y"] * 10, "start": [1.0, 0.0] * 10})
    with pytest.raises(TableError, match="10 starting weights are not above zero, for example 0"):
        rake(table, targets={"a": {"x": 0.5, "y": 0.5}}, start="start")


# --- weights as such ----------------------------------------------------------------------------------


def test_kish_by_hand():
    # (1 + 1 + 2)^2 / (1 + 1 + 4) = 16/6; a row without a weight does not count
    assert_allclose(effective_n(np.array([1, 1, 2, np.nan])), 16 / 6)
    assert effective_n(np.array([3.0, 3.0])) == 2
    assert effective_n(np.array([np.nan])) == 0


def test_trimming_by_hand():
    # 1, 1, 1, 5 has mean 2: .5, .5, .5, 2.5 of mean 1. Cut at 2, the rest share 2: 2/3 each.
    weights, cut = trimmed(np.array([0.5, 0.5, 0.5, 2.5]), 2.0)
    assert_allclose(weights, [2 / 3, 2 / 3, 2 / 3, 2])
    assert cut == 1
