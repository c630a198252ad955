"""The specification curve: each point equals its own fit, the verdict follows the shares."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.linking.link_rows import link_rows
from linkage.refuting import sample_of
from linkage.refuting.choices import MOST, choices_of
from linkage.refuting.specification import curve_specifications, judge_specifications
from linkage.refuting_rows.windows import window_rows
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


def company(seed=0, slope=0.5, n=900) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    who = rng.integers(0, 120, n)
    x, a = rng.normal(5, 2, n), rng.normal(size=n)
    y = np.exp(0.2 * (slope * x + 0.5 * a + rng.normal(0, 0.5, 120)[who] + rng.normal(size=n)))
    return pd.DataFrame(
        {
            "customer_id": who,
            "x": x,
            "a": a,
            "kind": rng.choice(["p", "q", "r"], n),
            "period": rng.choice(["2026Q1", "2026Q2", "2026Q3", "2026Q4"], n),
            "unit_id": rng.choice([f"U{i}" for i in range(50)], n),
            "other": rng.normal(size=n),
            "y": y,
            "y2": y + rng.normal(size=n),
            "w": rng.uniform(0.5, 2, n),
        }
    )


def sample(table, controls=("a", "kind"), weights=None, drivers=("x",)):
    spec = LinkSpec(
        name="t", question="?", grain="survey", outcome="y", drivers=drivers, controls=controls,
        cluster="customer_id", weights=weights,
    )  # fmt: skip
    formula = " + ".join([f"y ~ {drivers[0]}", *drivers[1:], *controls])
    return sample_of(fit_linear(table, formula, cluster="customer_id", weights=weights), table, spec)


COLUMNS = ["estimate", "std_error", "low", "high"]


def point(found, **choice) -> pd.Series:
    frame = found.estimates
    wanted = {
        "controls": "a, kind", "outcome": "as declared", "period_effects": False, "rows": "all",
        "window": "as declared", "weights": "as declared", "errors": "as declared", **choice,
    }  # fmt: skip
    rows = frame[np.logical_and.reduce([frame[c] == v for c, v in wanted.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


def same(row, fit, term="x"):
    assert_allclose(row[COLUMNS].astype(float), fit.estimates.loc[term, COLUMNS].astype(float), rtol=1e-6)
    assert row["n"] == fit.n_used


def test_each_point_equals_its_own_fit():
    table = company()
    table.loc[:9, "y2"] = np.nan
    table.loc[:4, "other"] = np.nan
    windows = pd.DataFrame({"y|half": table["y"] + table["a"], "a|half": table["a"] ** 2})
    found = curve_specifications(sample(table), outcomes=("y2",), controls=(("other", "a"),), windows=windows)
    how = {"cluster": "customer_id"}
    same(point(found), fit_linear(table, "y ~ x + a + kind", **how))
    same(point(found, controls="none"), fit_linear(table, "y ~ x", **how))
    same(point(found, controls="a", period_effects=True), fit_linear(table, "y ~ x + a + period", **how))
    same(point(found, outcome="y2", controls="kind"), fit_linear(table, "y2 ~ x + kind", **how))
    same(point(found, controls="other, a"), fit_linear(table, "y ~ x + other + a", **how))
    logs = table.assign(y=np.log1p(table["y"]))
    same(point(found, outcome="log(1 + outcome)"), fit_linear(logs, "y ~ x + a + kind", **how))
    clipped = table.assign(y=table["y"].clip(*table["y"].quantile([0.01, 0.99])))
    same(point(found, outcome="winsorised 1 to 99 %"), fit_linear(clipped, "y ~ x + a + kind", **how))
    inner = table[table["period"].isin(["2026Q2", "2026Q3"])]
    same(point(found, rows="without the first and last period"), fit_linear(inner, "y ~ x + a + kind", **how))
    half = table.assign(y=windows["y|half"], a=windows["a|half"])
    same(point(found, window="half"), fit_linear(half, "y ~ x + a + kind", **how))
    same(point(found, errors="HC1"), fit_linear(table, "y ~ x + a + kind", errors="HC1"))
    same(point(found, errors="unit_id"), fit_linear(table, "y ~ x + a + kind", cluster="unit_id"))


def test_two_way_errors_are_those_of_the_fit():
    table = company(1)
    found = curve_specifications(sample(table))
    fit = fit_linear(table, "y ~ x + a + kind", cluster=["customer_id", "period"])
    row = point(found, errors="customer_id and period")
    assert_allclose(row["std_error"], fit.estimates.loc["x", "std_error"], rtol=1e-6)


def test_weights_are_kept_and_left_out():
    table = company(2)
    found = curve_specifications(sample(table, weights="w"))
    same(point(found), fit_linear(table, "y ~ x + a + kind", cluster="customer_id", weights="w"))
    same(point(found, weights="none"), fit_linear(table, "y ~ x + a + kind", cluster="customer_id"))
    effects = point(found, period_effects=True)
    same(effects, fit_linear(table, "y ~ x + a + kind + period", cluster="customer_id", weights="w"))


def test_shares_are_counted_over_the_others():
    found = curve_specifications(sample(company(3)))
    others = found.estimates[~found.estimates["declared"]]
    assert found.estimates["declared"].sum() == 1
    assert found.same_sign == (others["standard"] > 0).mean()
    assert found.shown == (others["low"] > 0).mean()
    assert_allclose(
        [found.median, found.smallest, found.largest],
        [others["standard"].median(), others["standard"].min(), others["standard"].max()],
    )
    spread = company(3)
    declared = found.estimates[found.estimates["declared"]].iloc[0]
    size = spread["x"].std() / spread["y"].std()
    assert_allclose(declared["standard"], declared["estimate"] * size, rtol=1e-6)


def test_a_sound_link_passes_and_a_confounded_one_is_reviewed():
    assert judge_specifications(curve_specifications(sample(company(4)))).verdict == PASS
    table = company(4)
    # y = a - 2 x with a = 3 x and noise: with a held fixed the slope is -2, without it +1.
    table["a"] = 3 * table["x"] + np.random.default_rng(1).normal(size=len(table))
    table["y"] = table["a"] - 2 * table["x"] + np.random.default_rng(2).normal(size=len(table))
    check = judge_specifications(curve_specifications(sample(table)))
    assert check.verdict == REVIEW
    assert "controls" in check.advice


def test_where_nothing_is_a_link_few_choices_show_one():
    shown = [
        judge_specifications(curve_specifications(sample(company(seed, slope=0))), shown=False).verdict
        for seed in range(10)
    ]
    assert shown.count(PASS) >= 8


def test_many_controls_stay_within_the_cap():
    table = company(5)
    rng = np.random.default_rng(0)
    names = tuple(f"c{i}" for i in range(7))
    table = table.assign(**{n: rng.normal(size=len(table)) for n in names})
    kept = choices_of(sample(table, controls=names))
    sets = {c.controls for c in kept.specifications}
    assert names in sets
    assert ("c0",) in sets
    assert names[1:] in sets
    assert len(sets) == 1 + 7 + 7 + 1
    five = choices_of(sample(table, controls=names[:5]))
    assert len({c.controls for c in five.specifications}) == 2**5
    assert len(five.specifications) <= MOST + 10


def test_a_driver_that_does_not_vary_beside_the_controls_is_left_out():
    table = company(6)
    table["x"] = table["period"].map({"2026Q1": 1, "2026Q2": 2, "2026Q3": 4, "2026Q4": 3}).astype(float)
    found = curve_specifications(sample(table))
    assert not found.estimates["period_effects"].any()


def test_row_order_and_boolean_drivers_do_not_matter():
    table = company(7).assign(x=lambda t: t["x"] > 5)
    found = curve_specifications(sample(table))
    again = curve_specifications(sample(table.sample(frac=1, random_state=1)))
    assert_allclose(again.estimates["estimate"], found.estimates["estimate"], rtol=1e-7)
    numbers = curve_specifications(sample(table.assign(x=table["x"].astype(int))))
    assert_allclose(numbers.estimates["standard"], found.estimates["standard"], rtol=1e-7)


def test_other_lags_are_shown_but_not_counted():
    table = company(8)
    windows = pd.DataFrame({"y|lag 2": np.random.default_rng(0).normal(size=len(table))})
    found = curve_specifications(sample(table), windows=windows)
    rows = found.estimates[found.estimates["window"] == "lag 2"]
    assert len(rows) == 1
    assert not rows["counted"].any()
    assert judge_specifications(found).verdict == PASS


def test_too_few_ways_to_ask_are_not_assessed():
    table = company(9)[["customer_id", "x", "y"]].assign(y=lambda t: (t["y"] > 1.5).astype(float))
    assert curve_specifications(sample(table, controls=())) is None
    assert judge_specifications(None).verdict == NOT_ASSESSED


def test_other_windows_of_money_are_sums_of_purchases(demo):
    spec = demo.study.links["loyalty_and_spend"]
    frame = window_rows(demo, spec, demo.last_complete_period)
    rows = link_rows(demo, spec, demo.last_complete_period).merge(frame, on="response_id")
    known = rows.dropna(subset=["spend_after", "spend_after|half the days"])
    assert (known["spend_after|half the days"] <= known["spend_after"] + 1e-9).all()
    known = rows.dropna(subset=["spend_after", "spend_after|twice the days"])
    assert (known["spend_after|twice the days"] >= known["spend_after"] - 1e-9).all()
    answer = rows.dropna(subset=["spend_before|half the days"]).iloc[11]
    days = round(demo.study.declared.windows.before / 2)
    (total,) = demo.connection.execute(
        "select coalesce(sum(cast(p.spend as double)), 0) from event_purchase p join link_survey s "
        "on s.customer_id = p.customer_id where s.response_id = ? and p.purchased_at <= s.answered_at "
        f"and p.purchased_at > s.answered_at - interval {days} days",
        [answer["response_id"]],
    ).fetchall()[0]
    assert answer["spend_before|half the days"] == pytest.approx(total)


def test_other_lags_of_a_panel_are_the_outcome_of_those_periods(demo):
    spec = demo.study.links["satisfaction_and_growth"]
    frame = window_rows(demo, spec, demo.last_complete_period)
    assert {"spend_growth|lag 1", "spend_growth|lag 3"} <= set(frame)
    table = demo.connection.sql(
        "select unit_id, period, cast(spend_growth as double) g from link_unit_period"
    )
    known = table.df().set_index(["unit_id", "period"])["g"]
    row = frame[frame["period"] == "2025Q1"].iloc[0]
    assert row["spend_growth|lag 3"] == known[(row["unit_id"], "2025Q4")]
    assert window_rows(demo, demo.study.links["handle_time_and_satisfaction"], "2026Q3") is None
