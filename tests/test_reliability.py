"""Alpha, omega, loyalty indices and the share of a common source: formulas, papers, planted truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from linkage.checks import PASS, REVIEW
from linkage.errors import FitError, TableError, TooFewRowsError
from linkage.metrics import first_factor_share, mean_score, rapid_indices, scale_reliability
from linkage.metrics.one_factor import fit_one_factor, omega_total
from linkage.metrics.reliability import alpha_line

LOADINGS = np.array([0.8, 0.7, 0.6, 0.5])
ITEMS = ["q1", "q2", "q3", "q4"]

# Shrout and Fleiss 1979, Psychological Bulletin 86, p. 423, table 2: six targets, four judges
JUDGED = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def one_factor_answers(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shared, own = rng.normal(size=(n, 1)), rng.normal(size=(n, len(LOADINGS)))
    return pd.DataFrame(shared * LOADINGS + own * np.sqrt(1 - LOADINGS**2), columns=ITEMS)


def with_covariance(covariance, n: int = 60, seed: int = 0) -> pd.DataFrame:
    """Answers whose sample covariance is exactly the one given."""
    raw = np.random.default_rng(seed).normal(size=(n, len(covariance)))
    raw = raw - raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return pd.DataFrame(
        white @ np.linalg.cholesky(np.asarray(covariance)).T, columns=ITEMS[: len(covariance)]
    )


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    """Four items of one thing on 1 to 5, the fourth worded the other way round."""
    answers = np.clip(np.round(3 + one_factor_answers(300, seed=4)), 1, 5)
    return answers.assign(q4=6 - answers["q4"], customer_id=np.arange(300) // 3)


# --- alpha --------------------------------------------------------------------------------------------


def test_alpha_and_feldts_interval_match_shrout_and_fleiss():
    # Alpha is ICC(3,k): .91 in the paper (p. 424). Its limits, .676 and .986, are those of psych::ICC in R.
    found = alpha_line(np.cov(JUDGED, rowvar=False), len(JUDGED), 0.95)
    assert_allclose(found["estimate"], 0.91, atol=0.005)
    assert_allclose([found["low"], found["high"]], [0.676, 0.986], atol=5e-4)


def test_alpha_is_the_two_way_analysis_of_variance(survey):
    # Hoyt 1941, Psychometrika 6, p. 153: (MS persons - MS residual) / MS persons
    x = survey[ITEMS].to_numpy()
    n, k = x.shape
    persons = k * ((x.mean(axis=1) - x.mean()) ** 2).sum() / (n - 1)
    residual = ((x - x.mean(axis=1, keepdims=True) - x.mean(axis=0) + x.mean()) ** 2).sum() / (
        (n - 1) * (k - 1)
    )
    found = scale_reliability(survey, items=ITEMS).estimates.loc["alpha", "estimate"]
    assert_allclose(found, (persons - residual) / persons)


def test_alpha_interval_covers_and_its_error_is_its_spread():
    # For essentially parallel items with covariance .5 and variance 1: alpha = 4 * .5 / (1 + 3 * .5) = .8
    rng = np.random.default_rng(5)
    lines = []
    for _ in range(400):
        x = rng.normal(size=(40, 1)) * np.sqrt(0.5) + rng.normal(size=(40, 4)) * np.sqrt(0.5)
        lines.append(alpha_line(np.cov(x, rowvar=False), 40, 0.95))
    lines = pd.DataFrame(lines)
    assert 0.925 <= ((lines["low"] <= 0.8) & (lines["high"] >= 0.8)).mean() <= 0.975
    assert_allclose(lines["std_error"].mean(), lines["estimate"].std(), rtol=0.15)


def test_items_are_described_by_the_others(survey):
    found = scale_reliability(survey, items=ITEMS, scale=(1, 5), reverse=["q4"])
    turned = survey[ITEMS].assign(q4=6 - survey["q4"])
    rest = turned.drop(columns="q2").sum(axis=1)
    item = found.items.loc["q2"]
    assert_allclose(item["item_rest_correlation"], turned["q2"].corr(rest))
    without = scale_reliability(turned.drop(columns="q2"), items=["q1", "q3", "q4"])
    assert_allclose(item["alpha_if_dropped"], without.estimates.loc["alpha", "estimate"])
    assert_allclose([item["mean"], item["std_dev"]], [turned["q2"].mean(), turned["q2"].std()])
    assert found.items["is_reversed"].tolist() == [False, False, False, True]


def test_a_reversed_item_is_named_and_never_turned_over(survey):
    plain = scale_reliability(survey, items=ITEMS, scale=(1, 5))
    turned = scale_reliability(survey, items=ITEMS, scale=(1, 5), reverse=["q4"])
    assert plain.items.index[plain.items["is_suspect"]].tolist() == ["q4"]
    assert "q4 (item-rest r = -0." in plain.summary()
    assert "reverse=('q4',)" in plain.summary()
    assert plain.estimates.loc["alpha", "estimate"] < 0.4 < 0.6 < turned.estimates.loc["alpha", "estimate"]
    assert turned.notes == ()
    assert_allclose(plain.items.loc["q4", "mean"], survey["q4"].mean())


# --- omega and two items ------------------------------------------------------------------------------


def test_omega_of_a_known_factor_is_its_formula():
    # Sum of loadings 2.6, of their squares 1.74: 2.6^2 / (2.6^2 + 4 - 1.74) = 6.76 / 9.02 = .7494457
    covariance = np.outer(LOADINGS, LOADINGS) + np.diag(1 - LOADINGS**2)
    found = scale_reliability(with_covariance(covariance), items=ITEMS).estimates.loc["omega_total"]
    assert_allclose(found["estimate"], 0.7494457, rtol=1e-4)
    # items in units of 1, 2, 3 and 4: loadings .8, 1.4, 1.8, 2 sum to 6; unique .36 + 2.04 + 5.76 + 12 = 20.16
    units = np.array([1.0, 2.0, 3.0, 4.0])
    scaled = scale_reliability(with_covariance(covariance * np.outer(units, units)), items=ITEMS)
    assert_allclose(scaled.estimates.loc["omega_total", "estimate"], 36 / 56.16, rtol=1e-4)


def test_omega_interval_covers_the_planted_value():
    found = [scale_reliability(one_factor_answers(150, seed), items=ITEMS).estimates for seed in range(150)]
    omegas = pd.DataFrame([estimates.loc["omega_total"] for estimates in found])
    assert 0.90 <= ((omegas["low"] <= 0.7494457) & (omegas["high"] >= 0.7494457)).mean() <= 0.99
    assert_allclose(omegas["std_error"].mean(), omegas["estimate"].std(), rtol=0.2)


def test_a_heywood_case_is_said():
    # r12 r13 / r23 = .8 * .7 / .45 = 1.24: the first item would share more than all its variance
    answers = with_covariance([[1, 0.8, 0.7], [0.8, 1, 0.45], [0.7, 0.45, 1]], n=100)
    found = scale_reliability(answers, items=ITEMS[:3])
    assert "Heywood case: 1 of 3 items" in found.summary()
    assert np.isnan(found.estimates.loc["omega_total", "low"])


def test_a_copied_item_leaves_alpha_and_refuses_omega(survey):
    copied = survey.assign(copy=survey["q1"])
    found = scale_reliability(copied, items=["q1", "q2", "copy"])
    assert "omega was not computed: the items are linearly dependent" in found.summary().lower()
    with pytest.raises(FitError, match="linearly dependent"):
        fit_one_factor(copied[["q1", "q2", "copy"]].cov().to_numpy(), len(copied))


def test_omega_does_not_depend_on_the_sign_of_the_factor():
    assert omega_total(fit_one_factor(np.outer(LOADINGS, LOADINGS) + np.diag(1 - LOADINGS**2), 100)) > 0.7


def test_two_items_get_spearman_brown():
    # r = .5: 2 * .5 / 1.5 = .6667; Fisher's z .5493 -+ 1.959964 / sqrt(57) gives r .2809 to .6698
    found = scale_reliability(with_covariance([[1, 0.5], [0.5, 1]], n=60), items=ITEMS[:2])
    line = found.estimates.loc["spearman_brown"]
    z = np.arctanh(0.5) + np.array([-1, 1]) * 1.959964 / np.sqrt(57)
    assert_allclose(line["estimate"], 2 / 3)
    assert_allclose([line["low"], line["high"]], 2 * np.tanh(z) / (1 + np.tanh(z)), rtol=1e-6)
    assert found.best.name == "spearman_brown"
    assert "omega_total" not in found.estimates.index
    assert found.items["alpha_if_dropped"].isna().all()


def test_two_unrelated_items_measure_nothing_together():
    found = scale_reliability(with_covariance(np.eye(2), n=60), items=ITEMS[:2]).best
    assert_allclose(found["estimate"], 0, atol=1e-9)
    assert found["low"] < 0 < found["high"]


# --- properties and refusals --------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(shift=st.floats(-50, 50), factor=st.floats(0.1, 100), seed=st.integers(0, 1000))
def test_coefficients_do_not_depend_on_units_or_order(shift, factor, seed):
    answers = one_factor_answers(60, seed=3)
    moved = (answers * factor + shift).sample(frac=1, random_state=seed)[ITEMS[::-1]]
    once, again = (scale_reliability(table, items=list(table.columns)) for table in (answers, moved))
    assert_frame_equal(once.estimates, again.estimates, rtol=1e-4)


def test_incomplete_rows_are_counted_and_the_table_is_left_alone(survey):
    holes = survey.astype("Float64")
    holes.loc[:4, "q1"] = pd.NA
    before = holes.copy()
    found = scale_reliability(holes, items=ITEMS, scale=(1, 5), reverse="q4")
    assert (found.n_used, found.n_dropped) == (295, 5)
    assert "5 incomplete" in found.summary()
    assert_frame_equal(holes, before)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"items": ["q1"]}, "two or more different items"),
        ({"items": ["q1", "q1"]}, "two or more different items"),
        ({"items": ["q1", "same"]}, "'same' has the same answer, 3, in all 300"),
        ({"items": ITEMS, "reverse": ["q4"]}, "needs its scale"),
        ({"items": ITEMS, "reverse": ["q9"], "scale": (1, 5)}, "'q9', which is not among"),
        ({"items": ITEMS, "scale": (1, 4)}, "outside the scale 1 to 4, for example 5"),
        ({"items": ["q1", "q22"]}, "no column 'q22'"),
        ({"items": ITEMS, "confidence": 95}, "confidence"),
        ({"items": ["q1", "not_q1"]}, "q1, not_q1 cancel each other in all 300 complete rows"),
        ({"items": ["q1", "twice_not_q1"]}, "name it in reverse="),
        ({"items": ["q1", "q2", "the_rest"]}, "q1, q2, the_rest cancel each other"),
    ],
)
def test_what_cannot_be_judged_is_refused(survey, options, words):
    with pytest.raises(TableError, match=words):
        table = survey.assign(same=3, not_q1=6 - survey["q1"], twice_not_q1=12 - 2 * survey["q1"])
        scale_reliability(table.assign(the_rest=10 - table["q1"] - table["q2"]), **options)


@pytest.mark.filterwarnings("error")
def test_an_item_whose_others_cancel_each_other_has_no_reliability_without_it(survey):
    table = survey.assign(not_q1=6 - survey["q1"])
    found = scale_reliability(table, items=["q1", "q2", "not_q1"])
    assert found.items["alpha_if_dropped"].isna().tolist() == [False, True, False]
    assert np.isfinite(found.estimates.loc["alpha", ["estimate", "std_error", "low", "high"]]).all()
    with_reversed = scale_reliability(table, items=["q1", "not_q1"], scale=(1, 5), reverse=["not_q1"])
    assert with_reversed.best["estimate"] == pytest.approx(1)


def test_nine_answers_are_too_few(survey):
    with pytest.raises(TooFewRowsError, match="9 of 9 rows"):
        scale_reliability(survey.head(9), items=ITEMS)


# --- loyalty indices ----------------------------------------------------------------------------------


def test_indices_are_means_of_their_items(survey):
    found = rapid_indices(
        survey, retention=["q1", "q4"], advocacy=["q2"], purchasing=["q3"], scale=(1, 5), reverse=["q4"]
    )
    retention = (survey["q1"] + 6 - survey["q4"]) / 2
    assert_allclose(found.scores["retention_score"], retention)
    alone = mean_score(survey.assign(x=retention), score="x", scale=(1, 5)).estimates.loc["all"]
    line = found.estimates.loc["RLI"]
    for part in ("estimate", "std_error", "low", "high", "n"):
        assert_allclose(line[part], alone[part])
    assert found.estimates["item_count"].tolist() == [2, 1, 1]
    sure = scale_reliability(survey, items=["q1", "q4"], scale=(1, 5), reverse=["q4"]).best
    assert_allclose(line[["reliability", "reliability_low"]].astype(float), [sure["estimate"], sure["low"]])
    assert np.isnan(found.estimates.loc["ALI", "reliability"])
    assert "ALI: a single item" in found.summary()
    assert_allclose(found.correlations.loc["retention_score", "advocacy_score"], retention.corr(survey["q2"]))


def test_indices_keep_the_tables_index_and_miss_what_is_missing(survey):
    holes = survey.set_axis(survey.index + 1000).astype("Float64")
    holes.loc[1000, "q1"] = pd.NA
    found = rapid_indices(holes, advocacy=["q1", "q2", "q3"], scale=(1, 5), cluster="customer_id")
    assert found.scores.index.equals(holes.index)
    assert np.isnan(found.scores.loc[1000, "advocacy_score"])
    assert found.estimates.loc["ALI", ["n", "clusters"]].tolist() == [299, 100]
    free = rapid_indices(holes, advocacy=["q1", "q2", "q3"], scale=(1, 5))
    assert found.estimates.loc["ALI", "std_error"] != free.estimates.loc["ALI", "std_error"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs items"),
        ({"retention": ["q1"], "advocacy": ["q1"]}, "'q1' is named more than once"),
        ({"retention": ["q1"], "reverse": ["q2"]}, "'q2', which is in no index"),
        ({"retention": ["q1"], "scale": (1, 3)}, "outside the scale"),
    ],
)
def test_impossible_indices_are_refused(survey, options, words):
    with pytest.raises(TableError, match=words):
        rapid_indices(survey, **{"scale": (1, 5), **options})


def test_an_index_of_few_answers_is_not_shown(survey):
    found = rapid_indices(survey.head(8), retention=["q1", "q2"], scale=(1, 5))
    assert found.estimates["estimate"].isna().all()
    assert "RLI: not shown, fewer than 10 people" in found.summary()


# --- common source ------------------------------------------------------------------------------------


def test_first_share_of_equal_correlations_is_its_formula():
    # k items with correlation r: (1 + (k - 1) r)/k = (1 + 3 * .6)/4 = .7
    found = first_factor_share(with_covariance(np.full((4, 4), 0.6) + 0.4 * np.eye(4)), columns=ITEMS)
    assert_allclose(found.estimates["estimate"], 0.7)
    assert_allclose(found.eigenvalues, [2.8, 0.4, 0.4, 0.4])
    assert (found.check.verdict, found.check.limit) == (REVIEW, 0.5)
    assert "70% of the variance of 4 answers" in found.summary()


def test_unrelated_answers_share_little():
    answers = pd.DataFrame(np.random.default_rng(1).normal(size=(500, 6)))
    found = first_factor_share(answers, columns=list(answers.columns))
    assert found.check.verdict == PASS
    assert found.estimates.iloc[0]["high"] < 0.3


def test_the_error_of_the_share_is_its_spread():
    found = [
        first_factor_share(one_factor_answers(150, seed), columns=ITEMS).estimates for seed in range(150)
    ]
    shares = pd.concat(found)
    assert_allclose(shares["std_error"].mean(), shares["estimate"].std(), rtol=0.2)


def test_doubled_answers_of_a_customer_count_once():
    answers = one_factor_answers(200, seed=2)
    doubled = pd.concat([answers, answers]).assign(customer_id=np.tile(np.arange(200), 2))
    once = first_factor_share(answers, columns=ITEMS).estimates.iloc[0]
    held = first_factor_share(doubled, columns=ITEMS, cluster="customer_id").estimates.iloc[0]
    assert_allclose(held[["estimate", "std_error", "low"]], once[["estimate", "std_error", "low"]])


def test_common_source_refusals(survey):
    with pytest.raises(TableError, match="'same' is constant"):
        first_factor_share(survey.assign(same=1), columns=["q1", "same"])
    with pytest.raises(TableError, match="two or more different columns"):
        first_factor_share(survey, columns=["q1"])
    with pytest.raises(TooFewRowsError):
        first_factor_share(survey.head(20), columns=ITEMS)


def test_an_interval_widens_with_its_confidence(survey):
    narrow, wide = (scale_reliability(survey, items=ITEMS[:3], confidence=level) for level in (0.8, 0.99))
    assert (wide.estimates["low"] < narrow.estimates["low"]).all()
    assert (wide.estimates["high"] > narrow.estimates["high"]).all()


def test_the_same_answers_give_the_same_digits(survey):
    once, again = (scale_reliability(survey, items=ITEMS[:3]).estimates for _ in range(2))
    assert_frame_equal(once, again, check_exact=True)
