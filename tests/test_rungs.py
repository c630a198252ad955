"""The ladder side by side: every rung equals its definition, and tells planted truth from planted trap."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.linking.clock import AFTER, SAME
from linkage.linking.link_estimates import estimates_of
from linkage.panel import event_study, first_differences, fit_within
from linkage.refuting import sample_of
from linkage.regression import fit_linear
from linkage.rungs import (
    Orders,
    before_and_after,
    judge_rungs,
    judge_trends,
    known_before,
    rungs_of,
    surviving_level,
)
from linkage.rungs.arrays import arrays_of
from linkage.rungs.verdicts import doubt_of
from linkage.study_file.declaration import LinkSpec

BASE = {"name": "asked", "question": "?", "grain": "unit_period", "outcome": "y", "drivers": "x"}


def quarter(number: int) -> str:
    return f"{2020 + number // 4}Q{number % 4 + 1}"


def panel(units=60, periods=8, *, slope=0.5, trait=0.0, noise=0.5, seed=0) -> pd.DataFrame:
    """A driver that moves y by `slope` at once; `trait` is what a unit's own level does to both, hidden."""
    rng = np.random.default_rng(seed)
    unit, when = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    level = rng.normal(size=units)[unit]
    season = rng.normal(size=periods)[when]
    x = level + 0.5 * season + rng.normal(size=len(unit))
    z = rng.normal(size=len(unit))
    y = slope * x + 0.3 * z + trait * level + season + noise * rng.normal(size=len(unit))
    names = {"unit_id": [f"U{u:03d}" for u in unit], "period": [quarter(w) for w in when]}
    return pd.DataFrame({**names, "x": x, "z": z, "y": y, "state": unit // 3})


def ladder(table: pd.DataFrame, *, orders: Orders | None = None, rows: pd.DataFrame | None = None, **link):
    """The ladder of a link as its card would ask for it."""
    spec = LinkSpec.model_validate({**BASE, **link})
    cluster = spec.cluster or next(c for c in ("unit_id", "customer_id") if c in table)
    formula = " + ".join([f"{spec.outcome} ~ {spec.drivers[0]}", *spec.drivers[1:], *spec.controls])
    fit = fit_linear(table, formula, cluster=cluster, drivers=spec.drivers, weights=spec.weights)
    used = table.iloc[fit.rows_kept]
    how = {"cluster": cluster, "weights": spec.weights}
    raw = {d: fit_linear(used, f"{spec.outcome} ~ {d}", **how) for d in spec.drivers}
    estimates = estimates_of(fit, raw, spec, 0.95, {})
    columns = table.attrs.get("columns")
    return rungs_of(
        sample_of(fit, table, spec), spec, estimates=estimates, rows=rows, orders=orders, columns=columns
    )


def near(rung: pd.Series, fitted: pd.Series, **how) -> None:
    for column in ("estimate", "std_error", "low", "high", "p_value", "df"):
        assert_allclose(rung[column], fitted[column], err_msg=column, **{"rtol": 1e-7, "atol": 1e-12, **how})


# ------------------------------------------------------------------------ each rung equals its definition


def test_raw_and_adjusted_are_the_cards_own():
    table = panel()
    made = ladder(table, controls="z")
    near(made.rung("raw"), fit_linear(table, "y ~ x", cluster="unit_id").slope("x"))
    near(made.rung("adjusted"), fit_linear(table, "y ~ x + z", cluster="unit_id").slope("x"))
    assert made.rungs.set_index("rung")["is_declared"].to_dict() == {
        "raw": False, "adjusted": True, "within": False, "change": False, "later": False,
    }  # fmt: skip
    assert made.rungs["order"].tolist() == [SAME, SAME, SAME, SAME, AFTER]


@pytest.mark.parametrize("cluster", ["unit_id", "state"])
def test_within_is_the_panel_fit_with_unit_and_period_effects(cluster):
    table = panel(units=130).drop(index=[3, 4, 5, 60])
    made = ladder(table, controls=["z"], cluster=cluster).rung("within")
    near(
        made,
        fit_within(table, "y ~ x + z", unit="unit_id", period="period", cluster=cluster).estimates.loc["x"],
    )
    assert made["n"] == len(table)
    assert "within 130 of 130 units" in made["note"]


def test_within_of_few_clusters_is_the_panel_fits_wild_bootstrap():
    table = panel(units=9)
    fitted = fit_within(table, "y ~ x + z", unit="unit_id", period="period").estimates.loc["x"]
    near(ladder(table, controls=["z"]).rung("within"), fitted, rtol=1e-6)


def test_rows_that_are_alone_do_not_count_within():
    table = pd.concat([panel(), panel(units=1, periods=1).assign(unit_id="lone")], ignore_index=True)
    found = ladder(table).rung("within")
    assert (found["n"], found["clusters"]) == (480, 60)
    near(found, ladder(panel()).rung("within"))


def test_change_on_change_of_two_periods_is_the_first_difference():
    table = panel(units=80, periods=2)
    fitted = first_differences(table, "y ~ x + z", unit="unit_id", period="period")
    near(ladder(table, controls=["z"]).rung("change"), fitted.slope("x"))


def test_change_on_change_pairs_by_the_calendar_and_takes_periods_out():
    table = panel().query("period != '2020Q3' or unit_id > 'U010'")
    ordered = table.sort_values(["unit_id", "period"])
    steps = ordered[["x", "z", "y"]].diff()
    place = ordered["period"].map({quarter(n): n for n in range(8)})
    known = (ordered["unit_id"] == ordered["unit_id"].shift()) & (place.diff() == 1)
    steps = steps.assign(period=ordered["period"], unit_id=ordered["unit_id"])[known]
    found = ladder(table, controls=["z"]).rung("change")
    near(found, fit_linear(steps, "y ~ x + z + period", cluster="unit_id").slope("x"))
    assert found["n"] == known.sum()


def test_later_holds_the_outcome_of_now_fixed():
    table = panel().sort_values(["unit_id", "period"], ignore_index=True)
    ahead = table.assign(after=table.groupby("unit_id")["y"].shift(-1)).dropna()
    fitted = fit_linear(ahead, "after ~ x + z + y", cluster="unit_id").slope("x")
    near(ladder(table, controls=["z"]).rung("later"), fitted)
    fetched = table.assign(y_next=table.groupby("unit_id")["y"].shift(-1))
    near(ladder(table, controls=["z"], rows=fetched).rung("later"), fitted)


def test_an_outcome_of_the_next_period_counts_also_where_its_driver_is_missing():
    table = panel().sort_values(["unit_id", "period"], ignore_index=True)
    ahead = table.assign(after=table.groupby("unit_id")["y"].shift(-1))
    sparse = ahead.assign(x=ahead["x"].where(ahead.index % 2 == 0))
    fitted = fit_linear(sparse.dropna(), "after ~ x + z + y", cluster="unit_id").slope("x")
    found = ladder(sparse, controls=["z"], rows=sparse.drop(columns="after").sample(frac=1, random_state=1))
    near(found.rung("later"), fitted)
    assert ladder(sparse.drop(columns="after"), controls=["z"]).rung("later") is None


def test_a_change_is_held_against_its_levels():
    table = panel(trait=-3.0)
    steps = table.sort_values(["unit_id", "period"])
    steps = steps.assign(**{c: steps.groupby("unit_id")[c].diff() for c in ("x", "y")})
    made = ladder(steps, rows=table, change=1)
    near(made.rung("change"), fit_linear(steps, "y ~ x", cluster="unit_id").slope("x"))
    near(made.rung("raw"), fit_linear(table, "y ~ x", cluster="unit_id").slope("x"))
    assert made.rungs.set_index("rung").loc["change", "is_declared"]
    levels, *_ = judge_rungs(made)
    assert levels.verdict == REVIEW
    assert "nothing held fixed -0." in levels.advice
    assert "each unit against itself +0." in levels.advice


def test_weights_count_in_every_rung():
    table = panel().assign(w=lambda t: 1.0 + (np.arange(len(t)) % 3))
    whole = ladder(table, controls=["z"], weights="w")
    dummies = fit_linear(table, "y ~ x + z + unit_id + period", cluster="unit_id", weights="w").slope("x")
    assert_allclose(whole.rung("within")["estimate"], dummies["estimate"], rtol=1e-7)
    ahead = table.assign(after=table.groupby("unit_id")["y"].shift(-1)).dropna()
    near(
        whole.rung("later"), fit_linear(ahead, "after ~ x + z + y", cluster="unit_id", weights="w").slope("x")
    )


# ------------------------------------------------------------------------------- planted truth, planted traps


def test_a_planted_link_is_found_on_every_rung_that_asks_for_it():
    made = ladder(panel(slope=0.5), controls=["z"])
    for name in ("within", "change"):
        row = made.rung(name)
        assert abs(row["estimate"] - 0.5) < 3 * row["std_error"]
    assert judge_rungs(made)[0].verdict == PASS


def test_a_planted_nothing_stays_one():
    for seed in range(4):
        made = ladder(panel(slope=0.0, seed=seed), controls=["z"])
        for name in ("within", "change", "later"):
            row = made.rung(name)
            assert abs(row["estimate"]) < 3.3 * row["std_error"]


def without_changes(made, **within: float):
    """The rungs, the comparison of each with itself replaced, and no change to see."""
    rungs = made.rungs.copy()
    for column, value in within.items():
        rungs.loc[rungs["rung"] == "within", column] = value
    rungs.loc[rungs["rung"] == "change", "status"] = "not possible"
    return rungs


def held_against(made, **within: float):
    """The check of levels and changes on such rungs."""
    return judge_rungs(replace(made, rungs=without_changes(made, **within)))[0]


def test_each_against_itself_doubts_a_link_that_it_would_have_shown_and_does_not():
    """Where it shows nothing, but could not have either, nothing is said."""
    made = ladder(panel(slope=0.5), controls=["z"])
    between = made.rung("adjusted")["estimate"]
    could = held_against(made, estimate=0.2 * between, low=-0.5 * between, high=0.9 * between)
    assert could.verdict == REVIEW and "one as large would have been" in could.advice
    could_not = held_against(made, estimate=0.2 * between, low=-0.7 * between, high=1.1 * between)
    assert could_not.verdict == NOT_ASSESSED
    smaller = held_against(made, estimate=0.7 * between, low=0.5 * between, high=0.9 * between)
    assert smaller.verdict == PASS  # noise in the driver takes part of it away


@pytest.mark.parametrize(
    ("itself", "kind"),
    [
        ((0.2, -0.1, 0.4), "less"),
        ((0.2, -0.5, 0.9), "unshown"),
        ((-0.5, -0.9, -0.1), "turned"),
        ((0.7, 0.5, 0.9), None),
        ((0.2, -0.7, 1.1), None),
    ],
)
def test_what_each_against_itself_holds_against_the_levels_has_a_kind(itself, kind):
    """The comparison of each with itself, in parts of what the levels show."""
    made = ladder(panel(slope=0.5), controls=["z"])
    between = made.rung("adjusted")["estimate"]
    found = dict(zip(("estimate", "low", "high"), (part * between for part in itself), strict=True))
    assert held_against(made, **found).verdict == (
        REVIEW if kind else PASS if itself[1] > 0 else NOT_ASSESSED
    )
    doubt = doubt_of(replace(made, rungs=without_changes(made, **found)))
    assert (doubt and doubt.kind) == kind
    assert doubt is None or doubt.itself["estimate"] == found["estimate"]


def test_a_hidden_trait_of_the_units_fools_levels_and_is_flagged():
    made = ladder(panel(slope=0.5, trait=-3.0), controls=["z"], orders=Orders(AFTER, AFTER, AFTER))
    adjusted, within = made.rung("adjusted"), made.rung("within")
    assert adjusted["high"] < 0
    assert abs(within["estimate"] - 0.5) < 3 * within["std_error"]
    levels, *_ = judge_rungs(made)
    assert levels.verdict == REVIEW
    assert f"{adjusted['estimate']:+.4g}" in levels.advice
    assert f"{within['estimate']:+.4g}" in levels.advice
    assert surviving_level(made, judge_rungs(made)).level == "L2"


def reverse(seed=0) -> pd.DataFrame:
    """The outcome of a period moves the driver of the same period, and nothing moves the outcome."""
    table = panel(units=150, slope=0.0, seed=seed)
    rng = np.random.default_rng(seed + 100)
    return table.assign(x=0.8 * table["y"] + rng.normal(size=len(table)))


def test_reverse_causality_shows_within_at_the_same_time_and_earns_no_more_than_that():
    made = ladder(reverse(), controls=["z"])
    assert made.rung("within")["low"] > 0
    assert made.rung("within")["order"] == SAME
    later = made.rung("later")
    assert abs(later["estimate"]) < 3.3 * later["std_error"]
    level = surviving_level(made, judge_rungs(made))
    assert level.level == "L2"
    assert "later: it does not agree" in level.why


# ------------------------------------------------------------------------------------- interventions


def rollout(
    cohorts=(5, None), *, size=20, effect=0.8, trend=0.0, noise=0.5, periods=10, seed=0
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for number, cohort in enumerate(c for c in cohorts for _ in range(size)):
        level = rng.normal() - (0.0 if cohort is None else 1.5)
        for when in range(periods):
            since = -99 if cohort is None else when - cohort
            y = level + 0.2 * when + noise * rng.normal()
            y += (trend * since if cohort is not None else 0.0) + effect * (since >= 0)
            at = None if cohort is None else quarter(cohort)
            rows.append((f"U{number:03d}", quarter(when), float(since >= 0), y, at))
    return pd.DataFrame(rows, columns=["unit_id", "period", "x", "y", "opened"])


def told(table: pd.DataFrame, **how):
    arrays = arrays_of(table, outcome="y", drivers=["x"], unit="unit_id", cluster="unit_id")
    return before_and_after(arrays, confidence=0.95, **how)


@pytest.mark.parametrize("cohorts", [(5, None), (3, 7, None)])
def test_the_event_study_is_that_of_the_panel(cohorts):
    table = rollout(cohorts)
    asked = {"outcome": "y", "unit": "unit_id", "period": "period", "treated_at": "opened"}
    fitted, found = event_study(table, **asked), told(table)
    columns = ["estimate", "std_error", "low", "high"]
    assert_allclose(found.events[columns], fitted.estimates[columns], rtol=1e-6, atol=1e-9)
    assert_allclose(found.p_value, fitted.pretrend["p_value"], rtol=1e-6)
    assert (found.units, found.never, found.cohorts) == (fitted.treated, 20, len(cohorts) - 1)
    assert found.events["event_time"].tolist() == fitted.estimates.index.tolist()


def test_two_groups_and_two_periods_are_the_difference_of_differences():
    table = rollout((1, None), periods=2, size=30)
    means = table.assign(t=table["opened"].notna()).groupby(["t", "period"])["y"].mean().unstack()
    by_hand = (means.loc[True].iloc[1] - means.loc[True].iloc[0]) - (
        means.loc[False].iloc[1] - means.loc[False].iloc[0]
    )
    found = told(table)
    assert found.slope.estimate == pytest.approx(by_hand)
    assert np.isnan(found.p_value)
    assert judge_trends(found).verdict == NOT_ASSESSED


def test_one_cohort_is_the_two_way_regression():
    table = rollout(periods=9, cohorts=(4, None), size=25)
    fitted = fit_within(table, "y ~ x", unit="unit_id", period="period").estimates.loc["x"]
    found = told(table)
    assert_allclose(
        [found.slope.estimate, found.slope.std_error], [fitted.estimate, fitted.std_error], rtol=1e-7
    )


def test_a_planted_effect_and_a_planted_nothing_lie_in_the_interval():
    for planted in (0.8, 0.0):
        found = ladder(rollout((3, 6, None), effect=planted), design="intervention")
        row = found.rung("before and after")
        assert abs(row["estimate"] - planted) < 3 * row["std_error"]
        assert (row["level"], row["order"]) == ("L4", AFTER)
    # The treated start 1.5 lower: levels say the opposite of what the event did.
    made = ladder(rollout((5, None), size=80), controls=["period"], design="intervention")
    assert made.rung("adjusted")["high"] < 0 < made.rung("before and after")["low"]


def test_a_lagged_link_of_an_event_is_studied_in_the_events_own_period():
    # A period later the outcome of the last row before the event is treated already: it cannot stand for before.
    table = rollout().sort_values(["unit_id", "period"], ignore_index=True)
    lagged = table.assign(y=table.groupby("unit_id")["y"].shift(-1), y_now=table["y"])
    made = ladder(lagged, controls=["y_now"], lag=1, design="intervention", rows=lagged)
    assert made.trends.slope.estimate == pytest.approx(told(table).slope.estimate)
    assert made.rungs.set_index("rung").loc["later", "note"] == "the declared link is this rung already"


def test_a_drift_that_began_before_is_no_effect_of_the_event():
    made = ladder(rollout(effect=0.0, trend=0.3, noise=0.3), design="intervention")
    assert made.rung("before and after")["low"] > 0
    check = judge_rungs(made)[-1]
    assert (check.name, check.verdict) == ("common trends", FAIL)
    # A straight line of 0.3 a period, from the middle of before (-2.5 or so) to that of after (+2): about 1.4.
    assert made.trends.drift == pytest.approx(0.3 * 4.5, rel=0.15)
    assert surviving_level(made, judge_rungs(made)).level == "L1"


def test_trends_that_part_but_do_not_explain_the_effect_are_reviewed():
    found = told(rollout(effect=6.0, trend=0.15, noise=0.3))
    check = judge_trends(found)
    assert check.verdict == REVIEW
    assert "did not move alike" in check.advice


def test_the_test_of_common_trends_is_quiet_where_they_are():
    p_values = [told(rollout(noise=1.0, seed=s)).p_value for s in range(40)]
    assert sum(p < 0.05 for p in p_values) <= 6
    assert 0.3 < np.mean(p_values) < 0.7


def test_an_until_ends_the_window_and_the_always_treated_are_left_out():
    table = rollout((3, 0, None))
    ended = table["period"] >= quarter(6)
    table.loc[ended & (table["opened"] == quarter(3)), ["x", "y"]] = [0.0, 50.0]
    found = told(table)
    assert found.always == 20
    assert found.events["event_time"].max() == 2  # after that it was off again
    assert abs(found.slope.estimate - 0.8) < 3 * found.slope.std_error


def test_a_partly_exposed_period_is_no_reference():
    table = rollout((5, None)).assign(x=lambda t: t["x"].where(t["period"] != quarter(4)))
    table.loc[table["opened"].isna(), "x"] = 0.0
    found = told(table.dropna(subset=["x"]))
    assert found.events.set_index("event_time").loc[-2, "estimate"] == 0.0
    assert -1 not in found.events["event_time"].to_numpy()
    assert abs(found.slope.estimate - 0.8) < 3 * found.slope.std_error


def test_few_treated_are_bootstrapped_and_doubted():
    table = rollout((5, None), size=40)
    few = table[(table["opened"].isna()) | (table["unit_id"] < "U004")]
    found = told(few)
    assert (found.treated, found.comparison) == (4, 40)
    check = judge_trends(replace(found, p_value=0.5))
    assert check.verdict == REVIEW
    assert "4 treated and 40 other clusters" in check.advice
    by_t = found.slope.std_error * 2.0167  # t(43)
    assert found.slope.high - found.slope.low > 2 * by_t


def test_what_is_no_event_says_why():
    table = rollout()
    for changed, said in (
        (table.assign(x=table["x"] / 2), "share between 0 and 1"),
        (table[table["opened"].notna()], "nobody has rows before and after"),
        (table.assign(x=1.0).iloc[:0], ""),
    ):
        if len(changed):
            assert said in told(changed)
    one = table[table["opened"].isna() | (table["unit_id"] == "U000")]
    assert "1 cluster treated" in told(one)
    made = ladder(table.assign(x=table["x"] / 2), design="intervention")
    assert made.rung("before and after") is None
    assert judge_rungs(made)[-1].verdict == NOT_ASSESSED


def contacts(seed=0, effect=0.6, n=4000) -> pd.DataFrame:
    """Answers of many customers in four regions; one region has something new from the fifth quarter on."""
    rng = np.random.default_rng(seed)
    region, when = rng.integers(0, 4, n), rng.integers(0, 9, n)
    who = region * 1000 + rng.integers(0, 250, n)
    x = ((region == 2) & (when >= 5)).astype(float)
    y = 0.5 * region + 0.1 * when + effect * x + rng.normal(size=n)
    place = np.array(["East", "North", "South", "West"])[region]
    names = {"customer_id": who, "period": [quarter(w) for w in when], "intervention_group": place}
    return pd.DataFrame({**names, "x": x, "y": y})


def test_answers_are_followed_as_the_groups_of_an_intervention():
    table = contacts()
    made = ladder(table, grain="survey", cluster="customer_id", design="intervention")
    row = made.rung("before and after")
    assert abs(row["estimate"] - 0.6) < 3 * row["std_error"]
    assert (made.trends.groups, made.trends.units) == (1, 1)
    assert made.trends.treated > 200
    dummies = fit_linear(
        table.query("period >= '2020Q2'"), "y ~ x + intervention_group + period", cluster="customer_id"
    ).slope("x")
    assert_allclose(row["estimate"], dummies["estimate"], rtol=0.02)
    assert "one group" in judge_trends(replace(made.trends, p_value=0.5)).advice


# ------------------------------------------------------------------------- properties and refusals


def test_row_order_units_and_kinds_of_columns_do_not_matter():
    table = panel().assign(x=lambda t: (t["x"] > 0).astype(float))
    base = ladder(table, controls=["z"]).rungs.set_index("rung")
    moved = table.sample(frac=1, random_state=3)
    kinds = table.assign(x=table["x"].astype(bool)), table.assign(x=table["x"].astype("Int64"))
    for other in (moved, *kinds):
        made = ladder(other, controls=["z"]).rungs.set_index("rung")
        columns = ["estimate", "std_error", "low", "high", "p_value"]
        assert_allclose(made[columns].astype(float), base[columns].astype(float), rtol=1e-6, atol=1e-10)
    scaled = ladder(table.assign(x=table["x"] / 60, y=table["y"] * 10), controls=["z"]).rungs.set_index(
        "rung"
    )
    assert_allclose(scaled["estimate"], base["estimate"] * 600, rtol=1e-6)
    assert_allclose(scaled["p_value"], base["p_value"], rtol=1e-6)


def test_missing_and_infinite_values_leave_their_rows_out():
    table = panel().astype({"x": "float64"})
    table.loc[[0, 9], "x"] = [np.nan, np.inf]
    table.loc[17, "y"] = np.nan
    near(
        ladder(table, controls=["z"]).rung("within"),
        ladder(table.drop(index=[0, 9, 17]), controls=["z"]).rung("within"),
    )


def test_what_the_rows_cannot_tell_is_said_on_its_rung():
    table = panel()
    plain = ladder(table.drop(columns=["unit_id"]), cluster="state").rungs.set_index("rung")
    assert plain.loc["within", "status"] == "not possible"
    assert "no unit_id" in plain.loc["within", "note"]
    assert "no unit_id and period" in plain.loc["change", "note"]
    assert plain.loc["adjusted", "note"] == "no controls are declared"
    fixed = ladder(table.assign(x=table["state"].astype(float))).rungs.set_index("rung")
    assert "the same in all rows" in fixed.loc["within", "note"]
    assert "changes for nobody" in fixed.loc["change", "note"]
    assert "never changes" in fixed.loc["later", "note"]
    doubled = ladder(pd.concat([table, table.iloc[:5]], ignore_index=True)).rungs.set_index("rung")
    assert "two rows in a period" in doubled.loc["later", "note"]
    once = ladder(table.query("period == '2020Q1'")).rungs.set_index("rung")
    assert once.loc["within", "note"] == "nobody has two rows"
    assert judge_rungs(ladder(table.query("period == '2020Q1'")))[0].verdict == NOT_ASSESSED


def test_answers_of_persons_are_compared_within_each_but_never_lagged():
    table = panel().rename(columns={"unit_id": "customer_id"})
    made = ladder(table, grain="survey", controls=["z"])
    near(
        made.rung("within"),
        fit_within(table, "y ~ x + z", unit="customer_id", period="period").estimates.loc["x"],
    )
    assert made.rung("within")["what"] == "each customer against themselves"
    assert made.rung("later") is None
    gone = ladder(table.drop(columns="period"), grain="survey", controls=["z"]).rung("within")
    near(gone, fit_within(table, "y ~ x + z", unit="customer_id").estimates.loc["x"])


def test_answers_that_name_nobody_do_not_become_one_person():
    table = panel().rename(columns={"unit_id": "customer_id"}).assign(team=lambda t: t["state"])
    table["customer_id"] = table["customer_id"].where(table["customer_id"] > "U009")
    made = ladder(table, grain="survey", cluster="team").rung("within")
    assert made["n"] == 50 * 8


def test_a_category_is_followed_by_its_first_term():
    table = panel().assign(x=lambda t: np.where(t["x"] > 0, "high", "low"))
    made = ladder(table, controls=["z"])
    assert made.driver == "x[T.low]"
    assert made.rung("within")["estimate"] < 0


def test_the_summary_tells_every_rung_with_interval_and_rows():
    text = ladder(panel(), controls=["z"]).summary()
    for said in ("nothing held fixed", "controls held fixed", "each unit against itself", "n = 480"):
        assert said in text
    assert "cause" not in text
    assert "significant" not in text


# ------------------------------------------------------------------------------------ the level that survives


def test_a_link_keeps_the_highest_rung_that_holds_and_agrees():
    table = rollout((3, 6, None), noise=0.3)
    table["y"] += table["opened"].notna() * 1.5  # no difference to begin with: levels and changes agree
    made = ladder(table, controls=["period"], design="intervention", orders=Orders(AFTER, AFTER, AFTER))
    checks = judge_rungs(made)
    assert (surviving_level(made, checks).level, surviving_level(made, checks).rung) == (
        "L4",
        "before and after",
    )
    doubted = [c if c.name != "common trends" else replace(c, verdict=REVIEW) for c in checks]
    assert surviving_level(made, doubted).level == "L3"
    placebo = Check("placebo", REVIEW, None, None, "")
    assert surviving_level(made, [*doubted, placebo]).level == "L2"
    failed = Check("leak", FAIL, None, None, "")
    assert surviving_level(made, [*checks, failed]).level == "L1"
    assert surviving_level(made, []).level == "L3"  # trends that were not judged carry nothing


def test_a_rung_that_disagrees_carries_nothing():
    made = ladder(panel(trait=2.0), controls=["z"], orders=Orders(levels=SAME))
    assert made.rung("adjusted")["low"] > made.rung("within")["high"]  # one sign, but no common ground
    assert surviving_level(made, judge_rungs(made)).level == "L2"
    after = ladder(panel(), controls=["z"], orders=Orders(AFTER, SAME, AFTER))
    assert surviving_level(after, judge_rungs(after)).level == "L3"
    turned = Check("levels and changes", REVIEW, None, None, "")
    assert surviving_level(after, [turned]).level == "L2"
    controls = Check("controls (x)", REVIEW, None, None, "")
    assert surviving_level(after, [controls]).level == "L2"


def test_nothing_estimated_is_no_level():
    made = ladder(panel())
    empty = replace(made, rungs=made.rungs.assign(status="not possible"))
    assert surviving_level(empty, ()).level == "L1"


# ---------------------------------------------------------------------------------------------- on the demo


@pytest.fixture(scope="module")
def on_demo(demo):
    """on_demo(link, **changes) gives the ladder of a demo link and its checks."""
    from linkage.grains import cluster_of
    from linkage.linking.fitting import formula_of
    from linkage.linking.link_rows import link_rows
    from linkage.refuting_rows.rungs import orders_of, rung_rows

    def ask(name, **changes):
        spec, through = demo.study.links[name].model_copy(update=changes), demo.last_complete_period
        rows, how = link_rows(demo, spec, through), {"cluster": cluster_of(spec)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = fit_linear(rows, formula_of(spec), drivers=spec.drivers, **how)
            raw = {
                d: fit_linear(rows.iloc[fit.rows_kept], f"{spec.outcome} ~ {d}", **how) for d in spec.drivers
            }
        estimates = estimates_of(fit, raw, spec, 0.95, {})
        made = rungs_of(
            sample_of(fit, rows, spec), spec, estimates=estimates, rows=rung_rows(demo, spec, through),
            orders=orders_of(demo.study, spec), columns=demo.study.columns[spec.grain],
        )  # fmt: skip
        return made, {c.name: c for c in judge_rungs(made)}

    return ask


def planted(truth: dict, name: str) -> float:
    return next(e["value"] for e in truth["effects"] if e["name"] == name)


def test_the_planted_training_lies_in_the_event_studys_interval(on_demo, demo_truth):
    made, checks = on_demo("training_and_satisfaction")
    row, value = made.rung("before and after"), planted(demo_truth, "training_on_satisfaction")
    assert row["low"] < value < row["high"]
    assert checks["common trends"].verdict == PASS
    # Who is sent to the training served worse before: levels see less of it than each against themselves.
    assert made.rung("raw")["high"] < row["low"] + 0.01
    assert surviving_level(made, checks.values()).level == "L4"


def test_the_hold_music_was_drawn_by_lot_and_found_to_do_nothing(on_demo, demo_truth):
    made, checks = on_demo("hold_music_and_satisfaction")
    row = made.rung("drawn by lot")
    assert row["low"] < planted(demo_truth, "hold_music") < row["high"]
    assert checks["balance"].verdict == PASS
    assert set(made.balance.columns["column"]) >= {"segment", "region", "topic"}
    assert made.balance.share_p > 0.001
    assert surviving_level(made, checks.values()).level == "L5"


def test_an_intervention_declared_of_a_region_is_followed_through_the_contacts(demo):
    from linkage.linking.link_rows import link_rows
    from linkage.opening import OpenStudy
    from linkage.refuting_rows.rungs import orders_of, rung_rows
    from linkage.study_file.interventions import Intervention

    made = Intervention.model_validate(
        {"name": "new_queue", "from": "2025-08-10", "where": {"region": "North"}}
    )
    declared = demo.study.declared.model_copy(update={"interventions": {"new_queue": made}})
    opened = OpenStudy(replace(demo.study, declared=declared), demo.warehouse)
    asked = {
        **BASE,
        "grain": "interaction",
        "outcome": "csat",
        "drivers": "new_queue",
        "controls": ["channel"],
    }
    spec = LinkSpec.model_validate({**asked, "design": "intervention"})
    rows = rung_rows(opened, spec, "2026Q3")
    assert sorted(rows["intervention_group"].unique()) == ["East", "North", "South", "West"]
    assert (rows["period"] == "2025Q3").any()
    assert not ((rows["period"] == "2025Q3") & (rows["region"] == "North")).any()
    fit = fit_linear(link_rows(opened, spec, "2026Q3"), "csat ~ new_queue + channel", cluster="customer_id")
    raw = fit_linear(rows, "csat ~ new_queue", cluster="customer_id")
    estimates = estimates_of(fit, {"new_queue": raw}, spec, 0.95, {})
    sample = sample_of(fit, link_rows(opened, spec, "2026Q3"), spec)
    found = rungs_of(sample, spec, estimates=estimates, rows=rows, orders=orders_of(opened.study, spec))
    row = found.rung("before and after")
    assert abs(row["estimate"]) < 3.3 * row["std_error"]  # nothing of the kind is planted
    assert found.rung("raw")["order"] == AFTER


def test_what_was_known_before_is_told_by_the_moment_of_its_column(demo):
    columns = demo.study.columns
    music = demo.study.links["hold_music_and_satisfaction"]
    known = known_before(columns["interaction"], music)
    assert {"segment", "region", "topic", "period"} <= set(known)
    assert not {"csat", "hold_minutes", "channel", "language", "customer_id", "hold_music_b"} & set(known)
    assert "handle_minutes" in known_before(
        columns["survey"], demo.study.links["loyalty_and_spend"]
    )  # the contacts of the days before an answer
