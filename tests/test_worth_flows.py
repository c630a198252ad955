"""Money over time, by hand; what a study may declare; how far a driver may be moved; what a figure must carry."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pydantic import ValidationError

from linkage.errors import LinkError, TableError
from linkage.worth.declared import Cost, Scenario, ValueRules
from linkage.worth.figures import MONEY_MIME, MoneyFigure, publish_money
from linkage.worth.flows import FLOW, GROWTH, LOST, Parts, Plan, flows, present_values, yearly
from linkage.worth.moving import move_of

PLAN = Plan(
    kind=FLOW, by=2.0, a_period=1.0, people=10, periods=2, a_year=1, offset=0, lag=0, once=5.0, per_year=3.0
)


def parts(**given) -> Parts:
    plain = {
        "slopes": [[3.0, 0.5]],
        "margin_share": 0.5,
        "touched": 1.0,
        "retention": 0.8,
        "margin": 100.0,
        "reach": 0.5,
        "discount": 0.10,
        "cost": 1.0,
    }
    return Parts(**{k: np.atleast_1d(np.asarray(v, dtype=float)) for k, v in (plain | given).items()})


def worth(plan: Plan, **given) -> tuple[float, float]:
    benefit, cost = present_values(parts(**given), plan)
    return float(benefit[0]), float(cost[0])


# ------------------------------------------------------------------------------------------- reference


def test_the_present_value_of_a_flow_by_hand():
    # 3 x .5 x 2 = 3 a period, half of it margin: 1.5; ten customers, half of them reached: 7.5 a year.
    # 7.5/1.1 + 7.5/1.21 = 6.81818 + 6.19835 = 13.01653.
    # Cost: 5 at once, 3 a year in the middle of each: 5 + 3/1.1^.5 + 3/1.1^1.5 = 5 + 2.86039 + 2.60035 = 10.46074.
    assert_allclose(worth(PLAN), (13.01653, 10.46074), rtol=1e-6)


def test_a_lag_and_a_later_start_put_money_off_by_hand():
    # A lag of one year leaves only the second: 7.5/1.21 = 6.19835. A start a year later divides all by 1.1.
    assert_allclose(worth(replace(PLAN, lag=1))[0], 6.19835, rtol=1e-6)
    later = worth(replace(PLAN, offset=1))
    assert_allclose(later, (13.01653 / 1.1, 10.46074 / 1.1), rtol=1e-6)


def test_customers_kept_by_hand():
    # Chance to leave down by .1 (slope -.05 a unit, two units): retention .8 to .9; margin 100, two years.
    # kept: .1, then .81 - .64 = .17: 10/1.1 + 17/1.21 = 9.09091 + 14.04959 = 23.14050; x 10 x .5.
    found = worth(replace(PLAN, kind=LOST), slopes=[[-0.05]])[0]
    assert_allclose(found, 115.7025, rtol=1e-6)


def test_growth_lifts_the_level_once_by_hand():
    # .01 of growth a unit, two units: 2 % of 100 each year, not compounded: 2/1.1 + 2/1.21 = 3.47107; x 5.
    assert_allclose(worth(replace(PLAN, kind=GROWTH), slopes=[[0.01]])[0], 17.35537, rtol=1e-6)


def test_a_point_a_customer_and_year_by_hand():
    # Four periods a year of 1.5 x .5 = .75 margin for one unit (not two): 3.0; the lag takes nothing from it.
    assert_allclose(yearly(parts(), replace(PLAN, a_year=4, lag=2)), 3.0)


def test_half_a_year_pays_half_of_a_yearly_cost_by_hand():
    # 18 months at no discount: 5 + 3 x 1.5 = 9.5.
    plan = replace(PLAN, periods=6, a_year=4)
    assert_allclose(worth(plan, discount=0.0)[1], 9.5)


# -------------------------------------------------------------------------------------------- property


@given(scale=st.floats(0.01, 100), kind=st.sampled_from([FLOW, GROWTH]))
def test_the_unit_of_a_driver_does_not_matter(scale, kind):
    here = worth(replace(PLAN, kind=kind))[0]
    there = worth(replace(PLAN, kind=kind, by=2.0 * scale), slopes=[[3.0 / scale, 0.5]])[0]
    assert_allclose(there, here, rtol=1e-9)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_reach_never_brings_less(one, other):
    low, high = sorted((one, other))
    assert worth(PLAN, reach=low)[0] <= worth(PLAN, reach=high)[0] + 1e-12


def test_kept_customers_never_bring_more_than_all_staying():
    found = flows(parts(slopes=[[-5.0]]), replace(PLAN, kind=LOST, periods=3))
    assert_allclose(found, 100 * (1 - 0.8 ** np.array([[1, 2, 3]])))


# ----------------------------------------------------------------------------------- what may be declared


def test_a_scenario_says_either_by_or_to():
    for given_ in ({}, {"by": 1, "to": 2}):
        with pytest.raises(ValidationError, match="say either 'by'"):
            Scenario(question="q", link="a", **given_)


def test_shares_ranges_and_spans_are_read_and_refused():
    asked = Scenario(question="q", link="a", by=1, chain="b", reach=[0.2, 0.4, 0.5], horizon="18 months")
    assert (asked.reach, asked.horizon, asked.chain) == ((0.2, 0.4, 0.5), 1.5, ("b",))
    assert ValueRules(horizon="6 quarters").horizon == 1.5
    with pytest.raises(ValidationError, match="lies between 0 and 1"):
        Scenario(question="q", link="a", by=1, reach=40)
    with pytest.raises(ValidationError, match="not in order"):
        Scenario(question="q", link="a", by=1, reach=[0.5, 0.4, 0.6])
    with pytest.raises(ValidationError, match="span such as"):
        ValueRules(horizon="soon")
    with pytest.raises(ValidationError, match="names all of"):
        ValueRules(kept_shares={"promoter": 0.9})
    with pytest.raises(ValidationError):
        Cost(once=-1)


# ---------------------------------------------------------------------------------------------- moving


def sample(values, groups) -> SimpleNamespace:
    """As much of a link's sample as a move looks at."""
    x = np.column_stack([np.ones(len(values)), values])
    return SimpleNamespace(x=x, names=("Intercept", "wait"), groups=np.asarray(groups), cluster="customer_id")


def test_the_range_is_within_customers_not_between_them():
    # Customers stand at 0, 10, ..., 190 and each has been 1 above and 1 below: 2 more has never been seen.
    level = np.repeat(10.0 * np.arange(20), 2)
    rows = sample(level + np.tile([-1.0, 1.0], 20), np.repeat(np.arange(20), 2))
    move = move_of(rows, "wait", by=-1.0, to=None)
    assert (move.low, move.high, move.within) == (-1.0, 1.0, True)
    with pytest.raises(LinkError, match="within customers it has been between"):
        move_of(rows, "wait", by=2.0, to=None)


def test_customers_seen_once_are_compared_with_the_mean_and_it_is_said():
    rows = sample(np.linspace(0, 10, 100), np.arange(100))
    move = move_of(rows, "wait", by=None, to=7.0)
    assert not move.within
    assert_allclose(move.by, 2.0)
    with pytest.raises(LinkError, match="in all rows"):
        move_of(rows, "wait", by=20.0, to=None)


def test_a_move_does_not_leave_what_has_been_seen_at_all():
    # One customer in five has been at 0 and at 10, so 3 less was seen within them; but the mean stands at 1.
    values = np.concatenate([np.zeros(80), np.tile([0.0, 10.0], 10)])
    with pytest.raises(LinkError, match="and nothing below 0"):
        move_of(sample(values, np.repeat(np.arange(50), 2)), "wait", by=-3.0, to=None)


def test_a_flag_moves_between_its_two_values():
    rows = sample(np.tile([0.0, 1.0, 0.0, 0.0], 20), np.repeat(np.arange(40), 2))
    assert move_of(rows, "wait", by=0.5, to=None).by == 0.5
    with pytest.raises(LinkError, match="it ends at 0 and 1"):
        move_of(rows, "wait", by=0.9, to=None)


# ------------------------------------------------------------------------------------------- a figure


FIGURE = MoneyFigure("benefit", 10.0, 5.0, 15.0, "EUR", "3 years", "L0", "assumed", 100, "present margin")


def test_a_figure_without_what_it_must_carry_is_refused():
    with pytest.raises(TableError, match="assumed is L0"):
        replace(FIGURE, level="L3")
    with pytest.raises(TableError, match="assumed is L0"):
        replace(FIGURE, basis="estimated")
    with pytest.raises(TableError, match="neither estimated nor assumed"):
        replace(FIGURE, basis="felt")
    with pytest.raises(TableError, match="currency and its horizon"):
        replace(FIGURE, currency="")


def test_a_published_figure_carries_all_of_it():
    made = publish_money([FIGURE])._repr_mimebundle_()
    (row,) = made[MONEY_MIME]
    assert {k: row[k] for k in ("currency", "horizon", "level", "basis", "low", "high", "n")} == {
        "currency": "EUR", "horizon": "3 years", "level": "L0", "basis": "assumed", "low": 5, "high": 15, "n": 100,
    }  # fmt: skip
    assert "assumed" in made["text/html"]
    nothing = publish_money([])
    assert nothing.frame.empty
    assert nothing._repr_mimebundle_()[MONEY_MIME] == []
