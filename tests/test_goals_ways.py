"""One metric's goal three ways: planted turns, targets and costs are found; by hand, mirrored, in other units."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.catalogue import FEEDBACK, OPERATIONS, LinkageColumn
from linkage.errors import FitError, TableError, TooFewRowsError
from linkage.goals.declared import GoalRules, MetricGoal, PromiseRule
from linkage.goals.fitting import fit_metric
from linkage.goals.questions import Question
from linkage.goals.reach import reach_by, reach_of
from linkage.goals.rows import flexible_columns, usable_controls
from linkage.goals.settled import settle
from linkage.goals.ways import Way, by_break, by_optimum, by_target
from linkage.goals.words import metric_sentence
from linkage.study_file.declaration import LinkSpec

CUSTOMERS, EACH = 600, 5


def question(better="lower", outcome_better="higher", unit="minute", kind="number", beside=(), **stated):
    return Question(
        metric=LinkageColumn(
            "wait", "Wait", unit, kind, "before", OPERATIONS, "wait", better if better else "higher"
        ),
        outcome=LinkageColumn(
            "csat", "Satisfaction", "point", "number", "at", FEEDBACK, "csat", outcome_better
        ),
        spec=LINK,
        declared="wait_and_csat",
        beside=beside,
        turn={"lower": 1, "higher": -1, None: 0}[better],
        sign=1 if outcome_better == "higher" else -1,
        stated=MetricGoal(**stated),
    )


LINK = LinkSpec(
    name="wait_and_csat",
    question="?",
    grain="interaction",
    outcome="csat",
    drivers=["wait"],
    controls=["channel"],
)


def contacts(course, seed=2, noise=0.8, values=None):
    """Contacts of customers who differ, with a planted course of satisfaction along the wait."""
    rng = np.random.default_rng(seed)
    n = CUSTOMERS * EACH
    wait = rng.lognormal(2.2, 0.45, n) if values is None else values(rng, n)
    channel = rng.integers(0, 3, n)
    customer = np.repeat(np.arange(CUSTOMERS), EACH)
    csat = 3.5 + course(wait) + 0.2 * channel + 0.3 * rng.standard_normal(CUSTOMERS)[customer]
    csat = csat + noise * rng.standard_normal(n)
    table = pd.DataFrame({"wait": wait, "csat": csat, "channel": channel.astype(str)})
    return table.assign(customer_id=customer.astype(str), period="2026Q1")


def bent(wait):
    return -0.08 * np.maximum(wait - 12, 0)


def fit(rows, asked=None, **more):
    asked = asked or question()
    return fit_metric(rows, LINK, asked, **{"fewest": 10, "seed": 0, "confidence": 0.95, **more})


def decided(rows, asked=None, *, verdict="", p_link=None, p_turn=None):
    asked = asked or question()
    fitted = fit(rows, asked)
    last = pd.DataFrame({"value": rows["wait"].astype(float), "cluster": rows["customer_id"]})
    return settle(
        asked, fitted, last, "",
        p_link=fitted.p_link if p_link is None else p_link,
        p_turn=fitted.p_turn if p_turn is None else p_turn,
        judged=("L2", verdict, "It leaks."), currency="EUR", period="2026Q1", seed=0, confidence=0.95,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ recovery


def test_a_planted_threshold_is_the_goal():
    found = decided(contacts(bent))
    assert found.goal.way == "break"
    assert found.direction == "at most"
    assert found.goal.low <= 12 <= found.goal.high
    assert abs(found.goal.goal - 12) <= 3 * found.goal.std_error
    before, after = found.sides.loc["before"], found.sides.loc["after"]
    assert abs(before["estimate"]) <= 3 * before["std_error"]
    assert abs(after["estimate"] + 0.08) <= 3 * after["std_error"]
    assert "within it no change is shown" in metric_sentence(found)


def test_the_interval_of_a_goal_holds_the_planted_threshold_as_often_as_it_says():
    held = []
    for seed in range(20):
        fitted = fit(contacts(bent, seed=seed))
        way = by_break(fitted.course(fitted.turning, 1, 1))
        held.append(way.low <= 12 <= way.high)
    assert sum(held) >= 17  # of 20 at 95%; fewer fall less than twice in a hundred


def test_a_straight_line_has_no_threshold_and_every_minute_counts_equally():
    found = decided(contacts(lambda wait: -0.05 * wait))
    assert found.goal is None
    assert (found.form, found.found) == ("straight", "no turn")
    assert "any improvement counts equally" in metric_sentence(found)


def test_an_irrelevant_metric_gets_no_goal_whatever_is_stated():
    asked = question(target=3.5, cost=0.1, value=10)
    found = [decided(contacts(lambda wait: 0 * wait, seed=s), asked) for s in range(20)]
    goals = [f for f in found if f.goal is not None]
    assert len(goals) <= 3  # 5% wanted; more than 3 of 20 falls less than twice in a hundred
    quiet = next(f for f in found if f.found == "no link")
    assert quiet.ways == ()
    said = metric_sentence(quiet)
    assert "No link with " in said
    assert "would have been seen only above" in said
    assert "does not matter" not in said
    assert "would have been seen" in metric_sentence(quiet)


def test_what_levels_off_beyond_the_turn_has_no_threshold_to_stop_at():
    found = decided(contacts(lambda wait: -0.12 * np.minimum(wait, 10)))
    assert found.goal is None
    assert found.found == "saturated"
    assert "hardly matters how far" in metric_sentence(found)


def test_a_link_against_what_is_declared_better_gives_no_goal():
    found = decided(contacts(lambda wait: 0.05 * wait))
    assert (found.found, found.goal) == ("contrary", None)
    assert "the other way than the study says" in metric_sentence(found)
    free = decided(contacts(lambda wait: 0.08 * np.minimum(wait, 10)), question(better=None))
    assert (free.direction, free.goal.way) == ("at least", "break")
    assert free.goal.low <= 10 <= free.goal.high


def test_few_values_with_a_step_have_the_last_good_one_as_goal():
    rows = contacts(lambda n: -0.5 * (n > 1), values=lambda rng, n: rng.integers(0, 5, n).astype(float))
    found = decided(rows, question(unit="transfer"))
    assert (found.form, found.goal.way) == ("steps", "break")
    assert (found.goal.goal, found.goal.low, found.goal.high) == (1, 1, 1)
    other = rows.assign(wait=-rows["wait"])
    mirrored = decided(other, question(better="higher", unit="transfer"))
    assert (mirrored.goal.goal, mirrored.direction) == (-1, "at least")


def test_yes_or_no_has_no_value_to_stop_at():
    rows = contacts(lambda flag: -0.4 * flag, values=lambda rng, n: rng.integers(0, 2, n).astype(float))
    found = decided(rows, question(kind="flag", unit="share", target=3.6))
    assert (found.found, found.goal) == ("yes or no", None)
    assert "each contact counts equally" in metric_sentence(found)


def test_what_three_rows_differ_in_gives_no_goal():
    rows = contacts(lambda wait: 3.6 + 0 * wait)
    rows["wait"] = np.where(np.isin(np.arange(len(rows)), [0, 100, 200]), 2.0, 0.0)
    with pytest.raises(TooFewRowsError, match="About 3 of the customers, units or rows carry the metric"):
        fit(rows)


def test_a_metric_that_only_moves_with_another_gets_no_goal_of_its_own():
    rows = contacts(bent)
    rng = np.random.default_rng(9)
    echo = rows.assign(other=rows["wait"], wait=rows["wait"] * 0.3 + rng.uniform(0, 2, len(rows)))
    found = decided(echo, question(beside=("other",)))
    assert found.found == "not its own"
    assert found.goal is None
    assert found.fitted.p_any < 1e-6  # seen alone it does go with satisfaction
    own = decided(rows.assign(other=rng.standard_normal(len(rows))), question(beside=("other",)))
    assert own.goal.low <= 12 <= own.goal.high


def test_a_link_that_may_not_be_used_gives_no_goal():
    found = decided(contacts(bent), verdict="unsafe")
    assert (found.found, found.goal, found.form) == ("not to be used", None, "not assessed")
    assert metric_sentence(found) == "Wait: not to be used. It leaks."


def test_a_declared_link_that_is_shown_counts_among_many_metrics_too():
    rows = contacts(lambda wait: -0.05 * wait)
    assert decided(rows, p_link=0.2).found == "no link"
    assert decided(rows, p_link=0.2, verdict="linked").found == "no turn"


# ------------------------------------------------------------------------------------------------ reference


def line_of(slope=-0.05, **more):
    rows = contacts(lambda wait: slope * wait, **more)
    fitted = fit(rows)
    return rows, fitted, fitted.course(fitted.line, 1, 1)


def test_the_straight_slope_is_that_of_statsmodels():
    rows, fitted, _ = line_of()
    design = sm.add_constant(pd.get_dummies(rows[["wait", "channel"]], drop_first=True).astype(float))
    want = sm.OLS(rows["csat"], design).fit(
        cov_type="cluster", cov_kwds={"groups": rows["customer_id"].astype(int)}, use_t=True
    )
    assert fitted.slope["estimate"] == pytest.approx(want.params["wait"], rel=1e-9)
    assert fitted.slope["std_error"] == pytest.approx(want.bse["wait"], rel=1e-9)
    assert fitted.slope["low"] == pytest.approx(want.conf_int().loc["wait", 0], rel=1e-9)
    reach = fitted.slope["high"] - fitted.slope["estimate"]
    assert fitted.slope["detectable"] == pytest.approx(reach + 0.8416 * want.bse["wait"], rel=1e-9)


def test_the_gain_of_a_cap_on_a_line_is_the_slope_times_the_mean_cut():
    rows, fitted, course = line_of()
    values = rows["wait"].to_numpy()
    cut = np.mean(np.minimum(values, 10) - values)
    found = course.gain(values, 10.0)
    assert found["estimate"] == pytest.approx(fitted.slope["estimate"] * cut, rel=1e-9)
    assert found["std_error"] == pytest.approx(fitted.slope["std_error"] * abs(cut), rel=1e-9)
    assert found["low"] == pytest.approx(fitted.slope["high"] * cut, rel=1e-9)


def test_no_gain_is_counted_beyond_what_was_seen():
    rows, _, course = line_of()
    top = rows["wait"].max()
    assert course.gain(np.array([top]), 10.0) == course.gain(np.array([10 * top]), 10.0)


def test_the_target_is_met_up_to_where_the_line_crosses_it():
    _, _, course = line_of()
    expected = course.level(np.array([0.0, 1.0]))["estimate"]
    by_hand = (3.2 - expected[0]) / (expected[1] - expected[0])
    found = by_target(course, 3.2)
    assert found.goal == pytest.approx(by_hand, rel=1e-6)
    ends = course.level(np.array([found.low, found.high]))
    assert ends["low"].iloc[0] == pytest.approx(3.2, abs=1e-3)  # the worse end of the band meets it there
    assert ends["high"].iloc[1] == pytest.approx(3.2, abs=1e-3)


def test_a_target_out_of_reach_or_met_all_along_is_no_goal_outside_of_what_was_seen():
    _, _, course = line_of()
    assert by_target(course, 5.0).found == "met nowhere"
    assert by_target(course, 1.0).found == "met all along"
    assert not by_target(course, 1.0).is_goal


@pytest.mark.parametrize(
    ("cost", "found"), [(0.05, "pays all along"), (0.6, "inside"), (5.0, "pays nowhere")]
)
def test_the_optimum_lies_where_the_worth_of_a_unit_meets_its_cost(cost, found):
    # Beyond the bend a minute is worth 0.11 x 10 = 1.10, within it 0.30: 0.60 is paid beyond it alone.
    rows = contacts(lambda wait: bent(wait) - 0.03 * wait)
    fitted = fit(rows)
    course = fitted.course(fitted.turning, 1, 1)
    way = by_optimum(course, rows["wait"].to_numpy(), value=10.0, cost=cost, seed=0)
    assert way.found == found
    assert way.worth[1][0] == pytest.approx(1.1, abs=0.15)
    if found == "inside":
        assert way.low <= 12 <= way.high
        place = fitted.held.middle + fitted.held.unit * fitted.turning.bend.place
        assert way.goal == pytest.approx(place, abs=0.3)  # a step of the grid of places


def test_the_optimum_of_a_curve_is_where_its_slope_falls_to_the_cost():
    # Loss of wait^2 / 200 points: a minute costs wait / 100 points, worth wait / 10; it meets 1.00 at 10 minutes.
    rows = contacts(lambda wait: -(wait**2) / 200, noise=0.2, values=lambda rng, n: rng.uniform(1, 20, n))
    fitted = fit(rows)
    course = fitted.course(fitted.others["spline"], 1, 1)
    way = by_optimum(course, rows["wait"].to_numpy(), value=10.0, cost=1.0, seed=0)
    assert way.low <= 10 <= way.high
    assert way.goal == pytest.approx(10, abs=2)


def test_the_share_beyond_a_goal_is_counted_and_its_interval_holds_that_of_the_goal():
    rows, _, course = line_of()
    last = pd.DataFrame({"value": rows["wait"], "cluster": rows["customer_id"]})
    found = reach_of(course, last, Way("target", "inside", 12.0, 11.0, 13.0))
    assert found["share"] == (rows["wait"] > 12).mean()
    assert found["share_low"] < (rows["wait"] > 13).mean() < found["share"]
    assert found["share"] < (rows["wait"] > 11).mean() < found["share_high"]
    assert (found["n"], found["customers"]) == (len(rows), CUSTOMERS)


def test_groups_too_small_and_those_they_could_be_told_from_are_not_shown():
    rows, _, course = line_of()
    unit = np.where(np.arange(len(rows)) < 25, "tiny", np.where(np.arange(len(rows)) < 300, "small", "large"))
    last = pd.DataFrame({"value": rows["wait"], "cluster": rows["customer_id"], "unit_id": unit})
    table, hidden = reach_by(course, last, Way("target", "inside", 12.0, 11.0, 13.0), "unit_id", fewest=10)
    # 25 rows of 5 customers are too few; hidden alone, the total less the others would tell them
    assert hidden == 2
    assert list(table["unit_id"]) == ["large"]
    assert table["share"].iloc[0] == pytest.approx((last.loc[unit == "large", "value"] > 12).mean())
    none, hidden = reach_by(
        course, last.drop(columns="unit_id"), Way("target", "x", 1.0), "unit_id", fewest=10
    )
    assert (len(none), hidden) == (0, 0)


# ------------------------------------------------------------------------------------------------ property


def test_the_order_of_rows_does_not_matter():
    rows = contacts(bent)
    shuffled = rows.sample(frac=1, random_state=5).reset_index(drop=True)
    one, other = decided(rows), decided(shuffled)
    assert one.goal.goal == pytest.approx(other.goal.goal, rel=1e-6)
    assert one.reach["gain"] == pytest.approx(other.reach["gain"], rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(unit=st.floats(0.01, 100))
def test_a_metric_in_another_unit_has_the_same_goal_in_that_unit(unit):
    rows = contacts(bent)
    one, other = decided(rows), decided(rows.assign(wait=rows["wait"] * unit))
    assert other.goal.goal == pytest.approx(one.goal.goal * unit, rel=1e-5)
    assert other.goal.low == pytest.approx(one.goal.low * unit, rel=1e-4)
    assert other.reach["share"] == pytest.approx(one.reach["share"], abs=1e-9)
    assert other.reach["gain_low"] == pytest.approx(one.reach["gain_low"], rel=1e-5)


def test_turned_round_metric_and_outcome_have_the_mirrored_goal():
    asked = {"target": 3.2, "cost": 0.4, "value": 10.0}
    rows = contacts(bent)
    one = decided(rows, question(**asked))
    other = decided(rows.assign(wait=-rows["wait"]), question(better="higher", **asked))
    worse = decided(
        rows.assign(csat=-rows["csat"]), question(outcome_better="lower", **{**asked, "target": -3.2})
    )
    for mine, mirrored, flipped in zip(one.ways, other.ways, worse.ways, strict=True):
        assert mirrored.goal == pytest.approx(-mine.goal, rel=1e-4)
        assert flipped.goal == pytest.approx(mine.goal, rel=1e-4)
        if mine.way != "optimum":  # its interval is drawn
            assert mirrored.low == pytest.approx(-mine.high, rel=1e-4)
            assert flipped.low == pytest.approx(mine.low, rel=1e-4)
    assert other.reach["share"] == one.reach["share"]
    assert worse.reach["gain"] == pytest.approx(-one.reach["gain"])


def test_missing_infinite_nullable_and_boolean_values_are_read_as_they_are():
    rows = contacts(lambda n: -0.3 * n, values=lambda rng, n: rng.integers(0, 9, n).astype(float))
    want = fit(rows).slope["estimate"]
    whole = rows.assign(wait=rows["wait"].astype("Int64"))
    assert fit(whole).slope["estimate"] == pytest.approx(want, rel=1e-12)
    extra = pd.concat([rows, rows.head(3).assign(wait=[np.nan, np.inf, -np.inf])], ignore_index=True)
    assert fit(extra).slope["estimate"] == pytest.approx(want, rel=1e-12)
    flag = rows.assign(wait=rows["wait"] > 4)
    assert fit(flag, question(kind="flag")).slope["estimate"] < -0.5


def test_other_metrics_become_columns_that_leave_nothing_of_them_even_where_they_are_missing():
    rng = np.random.default_rng(2)
    x = rng.lognormal(0, 1, 400)
    rows = pd.DataFrame({"late": np.where(rng.random(400) < 0.4, np.nan, x), "same": 1.0})
    columns = flexible_columns(rows, ("late", "same"))
    y = np.where(rows["late"].isna(), 2.0, 3 * rows["late"].fillna(0))
    design = np.column_stack([np.ones(400), columns])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    assert np.abs(left).max() < 1e-8
    assert flexible_columns(rows, ()).shape == (400, 0)


# ------------------------------------------------------------------------------------------------ refusal


def test_too_few_rows_or_customers_are_refused():
    rows = contacts(bent)
    with pytest.raises(TooFewRowsError, match="50 rows hold metric and outcome"):
        fit(rows.head(50))
    few = rows.assign(customer_id=np.arange(len(rows)) % 8)
    with pytest.raises(TooFewRowsError, match="of 8 customers or units"):
        fit(few)


def test_a_metric_that_does_not_vary_or_is_text_is_refused():
    rows = contacts(bent)
    with pytest.raises(FitError, match="wait"):
        fit(rows.assign(wait=3.0))
    with pytest.raises(TableError, match="wait is a category"):
        fit(rows.assign(wait=["long", "short"] * (len(rows) // 2)))


def test_controls_that_say_nothing_or_the_same_fall_away():
    rows = contacts(bent).assign(
        region=lambda t: t["channel"].map({"0": "north", "1": "north", "2": "south"})
    )
    rows = rows.assign(
        ticket=np.arange(len(rows)).astype(str), empty=None, gaps=["a", None] * (len(rows) // 2)
    )
    spec = LINK.model_copy(update={"controls": ("channel", "region", "ticket", "empty", "gaps")})
    made, usable = usable_controls(rows, spec)
    assert usable.controls == ("channel", "gaps")
    assert set(made["gaps"]) == {"a", "(none)"}


def test_what_is_stated_contradictorily_is_refused():
    with pytest.raises(ValueError, match="either 'promised'"):
        PromiseRule()
    with pytest.raises(ValueError, match="either 'promised'"):
        PromiseRule(promised="promised_at", late="days_late", early="days_early")
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        MetricGoal(cost=-1)


def test_a_metric_takes_from_the_study_what_it_does_not_state_itself():
    rules = GoalRules(outcome="csat", value=10, target=3, metrics={"wait": {"target": 4, "cost": 1}})
    assert rules.of("wait") == MetricGoal(outcome="csat", value=10, target=4, cost=1)
    assert rules.of("other") == MetricGoal(outcome="csat", value=10, target=3)


def test_a_turn_shown_needs_more_than_a_small_p_value():
    fitted = fit(contacts(bent))
    assert fitted.turns(0.01, 0.05)
    assert not fitted.turns(0.06, 0.05)
    straight = fit(contacts(lambda wait: -0.05 * wait))
    assert not straight.turns(0.01, 0.05)  # by BIC the straight line serves
    assert by_break(fitted.course(fitted.turning, 1, 1)).found == "threshold"
