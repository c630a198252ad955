"""A driver that helps to predict rows the fit has not seen is told from one that only fits."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.refuting.out_of_sample import judge_out_of_sample, predict_ahead
from linkage.refuting.sample import sample_of
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


def panel(seed=0, n=900, slope=0.4, periods=6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    who, when = rng.integers(0, 150, n), rng.integers(0, periods, n)
    x = rng.normal(size=n)
    y = slope * x + rng.normal(0, 0.4, 150)[who] + rng.normal(size=n)
    names = np.array([f"202{4 + p // 4}Q{p % 4 + 1}" for p in range(periods)])
    return pd.DataFrame({"customer_id": who, "period": names[when], "x": x, "z": rng.normal(size=n), "y": y})


def sample(table: pd.DataFrame, controls=("z",)):
    spec = LinkSpec(
        name="t", question="?", grain="customer_period", outcome="y", drivers=("x",), controls=controls
    )
    fit = fit_linear(table, " + ".join(["y ~ x", *controls]), cluster="customer_id")
    return sample_of(fit, table, spec)


def squares(fit_rows, new_rows, columns):
    x, new = (np.column_stack([np.ones(len(t)), *(t[c] for c in columns)]) for t in (fit_rows, new_rows))
    slope = np.linalg.lstsq(x, fit_rows["y"], rcond=None)[0]
    return float(((new_rows["y"] - new @ slope) ** 2).sum())


def test_the_gain_is_that_of_refitting_every_period():
    table = panel()
    found = predict_ahead(sample(table))
    assert found.how == "rolling"
    errors = np.zeros(3)
    # The first two of six periods hold a third of the rows: the first fit needs a quarter of them.
    for when in sorted(table["period"].unique())[2:]:
        past, new = table[table["period"] < when], table[table["period"] == when]
        errors += [squares(past, new, ["x", "z"]), squares(past, new, ["z"]), squares(past, new, [])]
    rows = found.estimates["estimate"]
    assert found.n == (table["period"] >= "2024Q3").sum()
    assert_allclose(rows["without_driver"], (errors[1] - errors[0]) / errors[2], rtol=1e-9)
    assert_allclose([rows["r_squared"], rows["mean"]], 1 - errors[0] / errors[2], rtol=1e-9)
    assert_allclose(found.steps["n"].sum(), found.n)


def test_an_outcome_not_yet_known_is_not_fitted_on():
    table = panel()
    found = predict_ahead(sample(table), lag=2)
    total = np.zeros(2)
    for place, when in enumerate(sorted(table["period"].unique())):
        known = table[table["period"].isin(sorted(table["period"].unique())[: max(place - 1, 0)])]
        if len(known) >= 0.25 * len(table):
            new = table[table["period"] == when]
            total += [squares(known, new, ["x", "z"]), squares(known, new, [])]
    assert_allclose(found.estimates.loc["r_squared", "estimate"], 1 - total[0] / total[1], rtol=1e-9)


def test_one_period_is_predicted_in_folds_of_whole_clusters():
    table = panel().assign(period="2026Q1")
    found = predict_ahead(sample(table))
    assert found.how == "folds"
    assert found.n == len(table)
    assert found.estimates.loc["without_driver", "low"] > 0


def test_a_held_period_is_compared_within():
    table = panel(slope=0.4)
    table["y"] += 3 * table["period"].rank(method="dense")
    found = predict_ahead(sample(table, ("z", "period")))
    assert found.within_periods
    assert found.estimates.loc["r_squared", "estimate"] == pytest.approx(0.13, abs=0.07)


def test_a_link_passes_and_noise_does_not_help():
    verdicts = [judge_out_of_sample(predict_ahead(sample(panel(s)))).verdict for s in range(5)]
    assert verdicts == [PASS] * 5
    gains = [predict_ahead(sample(panel(s, slope=0.0))).estimates.loc["without_driver"] for s in range(12)]
    assert np.mean([g["estimate"] for g in gains]) < 0
    assert sum(g["low"] > 0 for g in gains) <= 1


def test_a_link_of_the_first_periods_only_is_doubted():
    table = panel(slope=0.0)
    early = table["period"] < "2024Q4"
    table.loc[early, "y"] += 0.8 * table.loc[early, "x"]
    check = judge_out_of_sample(predict_ahead(sample(table)), shown=True)
    assert check.verdict == REVIEW
    assert "does not help" in check.advice
    assert judge_out_of_sample(predict_ahead(sample(table)), shown=False).verdict == PASS


def test_the_own_past_is_a_rival():
    rng = np.random.default_rng(1)
    rows = [
        (c, f"2025Q{q}", m + rng.normal(0, 0.1))
        for c, m in enumerate(rng.normal(size=120))
        for q in range(1, 5)
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "period", "y"])
    table["x"], table["z"] = table["y"] * 0.2 + rng.normal(size=len(table)), rng.normal(size=len(table))
    found = predict_ahead(sample(table))
    assert found.estimates.loc["own_past", "high"] < 0
    assert "last value alone" in judge_out_of_sample(found).advice


def test_rows_may_come_in_any_order_and_units():
    table = panel()
    first = predict_ahead(sample(table)).estimates["estimate"]
    mixed = table.sample(frac=1, random_state=3, ignore_index=True)
    assert_allclose(predict_ahead(sample(mixed)).estimates["estimate"], first, rtol=1e-9)
    scaled = table.assign(x=table["x"] * 1000)
    assert_allclose(predict_ahead(sample(scaled)).estimates["estimate"], first, rtol=1e-9)


def test_too_few_rows_are_not_assessed():
    assert predict_ahead(sample(panel(n=25).assign(period="2026Q1"))) is None
    assert judge_out_of_sample(None).verdict == NOT_ASSESSED
