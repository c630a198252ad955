"""A change that is a return to the usual is told from one that stays."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.linking.link_rows import link_rows
from linkage.refuting.sample import sample_of
from linkage.refuting.to_the_mean import hold_baseline, judge_to_the_mean
from linkage.refuting_rows.to_the_mean import to_the_mean_rows
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec

SPEC = LinkSpec(name="t", question="?", grain="employee_period", outcome="y", drivers=("x",), change=1)


def trained(kind: str, effect: float, seed=0, people=300, periods=8) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Changes, and the outcome behind them: who is trained is drawn by lot, worse for good, or had a bad quarter."""
    rng = np.random.default_rng(seed)
    level, who, start = (
        rng.normal(0, 0.15, people),
        rng.random(people) < 0.5,
        rng.integers(4, periods, people),
    )
    if kind == "worse for good":
        level = level - 0.15 * who
    y = 3.5 + level[:, None] + rng.normal(0, 0.4, (people, periods))
    if kind == "bad quarter":
        who = y[np.arange(people), start - 1] < np.quantile(y, 0.3)
    on = (np.arange(periods)[None, :] >= start[:, None]) & who[:, None]
    names = [f"202{4 + p // 4}Q{p % 4 + 1}" for p in range(periods)]
    long = pd.DataFrame(
        {
            "employee_id": np.repeat([f"E{i}" for i in range(people)], periods),
            "period": names * people,
            "value": (y + effect * on).ravel(),
            "on": on.ravel().astype(float),
        }
    )
    by = long.groupby("employee_id")
    changes = long.assign(y=by["value"].diff(), x=by["on"].diff()).dropna(ignore_index=True)
    return changes[["employee_id", "period", "y", "x"]], long[["employee_id", "period", "value"]]


def attacked(rows: pd.DataFrame, values: pd.DataFrame | None, spec: LinkSpec = SPEC):
    fit = fit_linear(rows, "y ~ x", cluster="employee_id")
    return hold_baseline(sample_of(fit, rows, spec), values, spec)


def test_the_baseline_is_held_fixed_as_a_control():
    rows, values = trained("by lot", 0.3)
    before = values.assign(y=values["value"], start=values.groupby("employee_id")["value"].shift())
    table = rows.merge(before[["employee_id", "period", "start"]], on=["employee_id", "period"])
    fit = fit_linear(table, "y ~ x + start", cluster="employee_id")
    found = attacked(rows, values).estimates
    for line, term in (("baseline_fixed", "x"), ("baseline", "start")):
        slope = fit.slope(term)
        assert_allclose(
            found.loc[line, ["estimate", "std_error"]].astype(float),
            [slope.estimate, slope.std_error],
            rtol=1e-9,
        )


def test_who_was_chosen_for_a_bad_quarter_is_doubted():
    for seed in range(4):
        found = attacked(*trained("bad quarter", 0.0, seed))
        assert found.estimates.loc["declared", "low"] > 0.2
        assert abs(found.estimates.loc["baseline_fixed", "estimate"]) < 0.15
        assert found.estimates.loc["dip", "high"] < 0
        assert found.standardised < -0.5
        assert judge_to_the_mean(found).verdict == REVIEW


def test_a_real_change_passes():
    verdicts = [judge_to_the_mean(attacked(*trained("by lot", 0.3, s))).verdict for s in range(8)]
    assert verdicts.count(PASS) >= 7


def test_a_difference_for_good_is_no_return():
    checks = [judge_to_the_mean(attacked(*trained("worse for good", 0.3, s))) for s in range(6)]
    assert [c.verdict for c in checks].count(PASS) >= 4
    assert any("differ for good" in c.advice for c in checks)


def test_the_order_of_rows_and_a_scale_do_not_matter():
    rows, values = trained("by lot", 0.3)
    first = attacked(rows, values).estimates["estimate"]
    mixed = rows.sample(frac=1, random_state=1, ignore_index=True)
    scaled = attacked(mixed.assign(y=mixed["y"] * 10), values.assign(value=values["value"] * 10)).estimates[
        "estimate"
    ]
    assert_allclose(scaled.drop("baseline"), 10 * first.drop("baseline"), rtol=1e-8)
    assert_allclose(scaled["baseline"], first["baseline"], rtol=1e-8)


def test_values_after_the_last_outcome_change_nothing():
    rows, values = trained("by lot", 0.3)
    early = rows[rows["period"] <= "2025Q2"].reset_index(drop=True)
    known = values[values["period"] <= "2025Q2"]
    moved = values.assign(value=values["value"].where(values["period"] <= "2025Q2", 99.0))
    short, whole = attacked(early, known), attacked(early, moved)
    pd.testing.assert_frame_equal(short.estimates, whole.estimates)
    pd.testing.assert_frame_equal(short.bands, whole.bands)
    assert short.n == whole.n == len(early)


def test_bands_hold_all_rows():
    rows, values = trained("by lot", 0.3)
    found = attacked(rows, values)
    assert found.bands["n"].sum() == found.n == len(rows)
    assert found.bands["baseline"].is_monotonic_increasing
    assert found.bands["change"].is_monotonic_decreasing


def test_without_a_change_or_a_start_nothing_is_assessed(demo):
    rows, values = trained("by lot", 0.3)
    assert attacked(rows, None) is None
    assert attacked(rows, values.iloc[:5]) is None
    assert judge_to_the_mean(None).verdict == NOT_ASSESSED
    spec = demo.study.links["engagement_and_satisfaction"]
    assert to_the_mean_rows(demo, spec, demo.last_complete_period) is None


def test_the_planted_training_passes_though_worse_employees_are_sent(demo, demo_truth):
    spec, through = demo.study.links["training_and_satisfaction"], demo.last_complete_period
    rows = link_rows(demo, spec, through)
    fit = fit_linear(rows, "csat ~ is_trained", cluster="employee_id")
    found = hold_baseline(sample_of(fit, rows, spec), to_the_mean_rows(demo, spec, through), spec)
    truth = next(e["value"] for e in demo_truth["effects"] if e["name"] == "training_on_satisfaction")
    row = found.estimates.loc["declared"]
    assert abs(row["estimate"] - truth) < 3 * row["std_error"]
    assert found.standardised < 0
    assert judge_to_the_mean(found).verdict == PASS


def test_a_change_between_named_years_starts_at_the_first(hospitals):
    spec, through = hospitals.study.links["rating_change_and_margin_change"], hospitals.last_complete_period
    rows = link_rows(hospitals, spec, through)
    fit = fit_linear(rows, "total_margin ~ overall_rating_share", cluster="state")
    values = to_the_mean_rows(hospitals, spec, through)
    found = hold_baseline(sample_of(fit, rows, spec), values, spec)
    assert found.n == fit.n_used
    start = values[values["period"] == "2019"].set_index("unit_id")["value"]
    mean = np.average(found.bands["baseline"], weights=found.bands["n"])
    assert_allclose(mean, start[rows.iloc[fit.rows_kept]["unit_id"]].mean(), rtol=1e-9)
    assert found.estimates.loc["baseline", "estimate"] == pytest.approx(-0.38, abs=0.1)
