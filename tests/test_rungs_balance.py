"""The arms of a draw: alike where they were drawn by lot, told where they were not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from linkage.catalogue import LinkageColumn
from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.linking.link_estimates import estimates_of
from linkage.refuting import sample_of
from linkage.regression import fit_linear
from linkage.rungs import balance_of, judge_balance, judge_rungs, rungs_of, surviving_level
from linkage.study_file.declaration import LinkSpec


def trial(n=2000, seed=0, *, share=0.5) -> pd.DataFrame:
    """Contacts of customers; an arm drawn for each; half of the outcomes missing at random."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, n // 4, n)
    segment = np.array(["home", "office", "public"])[rng.choice(3, n // 4, p=[0.6, 0.3, 0.1])][who]
    age = rng.normal(45, 12, n // 4)[who]
    x = (rng.random(n) < share).astype(float)
    y = np.where(rng.random(n) < 0.5, 3 + 0.02 * age + rng.normal(size=n), np.nan)
    return pd.DataFrame({"customer_id": who, "segment": segment, "age": age, "x": x, "y": y})


def compared(table: pd.DataFrame, **how):
    asked = {"outcome": "y", "cluster": table["customer_id"].factorize()[0], "before": ["segment", "age"]}
    return balance_of(table, table["x"].to_numpy(), **{**asked, **how})


def test_differences_are_in_standard_deviations():
    # By hand: means 3 and 1, variances 2/3 and 2/3 (of the arm itself), so 2 / sqrt(2/3) = 2.449490.
    table = pd.DataFrame(
        {"age": [2.0, 3, 4, 0, 1, 2], "x": [1.0, 1, 1, 0, 0, 0], "y": 1.0, "customer_id": range(6)}
    )
    row = compared(table, before=["age"]).columns.iloc[0]
    assert (row["drawn"], row["other"], row["n"]) == (3, 1, 6)
    assert row["difference"] == pytest.approx(2.449490, abs=1e-6)


def test_the_joint_test_of_one_column_is_the_t_test_of_the_clusters_scores():
    table = trial()
    arm, age = table["x"] - table["x"].mean(), table["age"] - table["age"].mean()
    scores = (arm * age).groupby(table["customer_id"]).sum()
    by_hand = stats.ttest_1samp(scores, 0.0).pvalue
    assert_allclose(compared(table, before=["age"]).p_value, by_hand, rtol=1e-9)


def test_a_fair_draw_is_called_one_and_its_chances_are_even():
    found = [compared(trial(seed=s)) for s in range(60)]
    p_values = np.array([f.p_value for f in found])
    assert 0.35 < p_values.mean() < 0.65
    assert (p_values < 0.05).sum() <= 8
    assert sum(judge_balance(f).verdict == PASS for f in found) >= 57
    assert found[0].df == 3


def test_an_arm_that_was_chosen_is_told_and_the_columns_named():
    table = trial()
    chosen = np.random.default_rng(1).random(len(table)) < np.where(table["segment"] == "office", 0.7, 0.4)
    check = judge_balance(compared(table.assign(x=chosen.astype(float))))
    assert check.verdict == REVIEW
    assert "segment office" in check.advice


def test_a_draw_within_strata_is_balanced_within_them():
    table = trial()
    office = (table["segment"] == "office").to_numpy(dtype=float)
    drawn = (np.random.default_rng(1).random(len(table)) < np.where(office == 1, 0.7, 0.4)).astype(float)
    table = table.assign(x=drawn)
    assert compared(table, before=["age"], strata=office[:, None]).p_value > 0.01
    assert judge_balance(compared(table)).verdict == REVIEW


def test_answers_that_go_missing_in_one_arm_are_told():
    table = trial()
    lost = (table["x"] == 1) & (np.random.default_rng(2).random(len(table)) < 0.3)
    check = judge_balance(compared(table.assign(y=table["y"].where(~lost))))
    assert check.verdict == REVIEW
    assert "of the drawn arm have the outcome" in check.advice


def test_a_share_far_from_the_plan_is_told():
    table = trial(share=0.56)
    assert judge_balance(compared(table, planned_share=0.5)).verdict == REVIEW
    assert "planned" in judge_balance(compared(table, planned_share=0.5)).advice
    assert judge_balance(compared(table, planned_share=0.56)).verdict == PASS
    assert judge_balance(compared(table)).verdict == PASS


def test_clusters_that_crossed_over_are_told():
    table = trial()
    arm = np.random.default_rng(3).integers(0, 2, table["customer_id"].max() + 1).astype(float)
    whole = table.assign(x=arm[table["customer_id"]])
    assert compared(whole).crossing == 0
    assert judge_balance(compared(whole)).verdict == PASS
    crossed = whole.copy()
    crossed.loc[crossed.groupby("customer_id").head(1).index[:40], "x"] += 1
    check = judge_balance(compared(crossed.assign(x=crossed["x"] % 2)))
    assert check.verdict == REVIEW
    assert "in both arms" in check.advice
    each = compared(table)
    assert each.crossing == pytest.approx(each.expected_crossing, rel=0.1)


def test_too_few_clusters_are_not_assessed():
    table = trial(n=80)
    assert np.isnan(compared(table.assign(customer_id=table["customer_id"] % 5)).p_value)
    assert judge_balance(compared(table.assign(customer_id=table["customer_id"] % 5))).verdict == NOT_ASSESSED
    assert judge_balance("the rows do not show two arms").verdict == NOT_ASSESSED


def test_missing_constant_and_rare_columns_do_no_harm():
    table = trial().assign(none=np.nan, same=1.0, rare="a", flag=lambda t: t["age"] > 45)
    table.loc[:3, "rare"] = ["b", "c", None, "b"]
    table.loc[5:400, "age"] = np.nan
    found = compared(table, before=["segment", "age", "none", "same", "rare", "flag"])
    assert set(found.columns["column"]) == {"segment", "age", "flag", "rare"}
    assert np.isfinite(found.p_value)
    assert found.columns.set_index("column").loc["age", "n"] == table["age"].notna().sum()


COLUMNS = {
    "segment": LinkageColumn("segment", "Segment", kind="category", moment="fixed"),
    "age": LinkageColumn("age", "Age", kind="number", moment="fixed"),
    "x": LinkageColumn("x", "Arm", kind="flag", moment="before"),
    "y": LinkageColumn("y", "Outcome", kind="number", moment="at"),
}


def ladder_of(table: pd.DataFrame):
    asked = {"name": "t", "question": "?", "grain": "survey", "outcome": "y", "drivers": "x"}
    spec = LinkSpec.model_validate({**asked, "design": "randomised"})
    fit = fit_linear(table, "y ~ x", cluster="customer_id")
    estimates = estimates_of(fit, {"x": fit}, spec, 0.95, {})
    return rungs_of(sample_of(fit, table, spec), spec, estimates=estimates, rows=table, columns=COLUMNS)


def test_a_balanced_draw_is_l5_and_one_that_is_not_falls_to_what_it_holds_fixed():
    fair = ladder_of(trial())
    row = fair.rung("drawn by lot")
    assert (row["level"], row["is_declared"], row["estimate"]) == ("L5", True, fair.rung("raw")["estimate"])
    assert surviving_level(fair, judge_rungs(fair)).level == "L5"
    table = trial()
    chosen = np.random.default_rng(1).random(len(table)) < np.where(table["age"] > 45, 0.6, 0.4)
    unfair = ladder_of(table.assign(x=chosen.astype(float)))
    found = surviving_level(unfair, judge_rungs(unfair))
    assert (found.level, found.rung) == ("L2", "within")
    assert "balance does not hold" in found.why


def test_three_arms_compare_the_first_with_its_reference():
    arms = np.random.default_rng(4).choice(["a", "b", "c"], 2000)
    made = ladder_of(trial().assign(x=arms))
    assert made.driver == "x[T.b]"
    assert made.balance.drawn_share == pytest.approx(0.5, abs=0.05)
    one = ladder_of(trial().assign(x=lambda t: t["x"] + 0.5))
    assert one.balance == "the rows do not show two arms"
