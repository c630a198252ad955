"""Money over time: what flows in each period, discounted, and what it costs. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

FLOW, LOST, GROWTH = "flow", "lost", "growth"


@dataclass(frozen=True)
class Plan:
    """What is fixed in a scenario.

    kind : the last outcome is money of a customer ("flow"), the chance to leave ("lost") or a share of growth
        ("growth"). by : the move. a_period : outcome windows a period (1 where the outcome is of a period).
    people : customers it is for. periods : of the horizon; a_year of them make a year. offset : periods from now
        to the start. lag : periods from the move to the money. once, per_year : cost.
    """

    kind: str
    by: float
    a_period: float
    people: float
    periods: int
    a_year: int
    offset: int
    lag: int
    once: float
    per_year: float


@dataclass(frozen=True, eq=False)
class Parts:
    """What is uncertain, each (D,) but slopes (D, S).

    margin_share : of the money outcome. touched : share of customers the driver speaks of in a period. retention : a
    period. margin : of a customer and period. reach, discount (a year), cost (a factor) : as assumed.
    """

    slopes: np.ndarray
    margin_share: np.ndarray
    touched: np.ndarray
    retention: np.ndarray
    margin: np.ndarray
    reach: np.ndarray
    discount: np.ndarray
    cost: np.ndarray

    def with_(self, name: str, value: float | np.ndarray) -> Parts:
        """The same with one part set to a value; `slopes.1` is the second step's slope."""
        if name.startswith("slopes."):
            slopes = self.slopes.copy()
            slopes[:, int(name.partition(".")[2])] = value
            return replace(self, slopes=slopes)
        return replace(self, **{name: np.full_like(self.reach, value)})


def moved(parts: Parts, plan: Plan) -> np.ndarray:
    """What the last outcome moves by where the scenario reaches: (D,)."""
    return parts.slopes.prod(axis=1) * plan.by * parts.touched


def flows(parts: Parts, plan: Plan) -> np.ndarray:
    """Margin a customer reached brings more, by period of the horizon: (D, periods).

    Nothing before the chain's lags have passed. "lost": customers kept by a lower chance to leave go on bringing
    their margin; "growth" lifts the level once and holds it, without compounding.
    """
    after = np.clip(np.arange(1, plan.periods + 1) - plan.lag, 0, None)
    effect = moved(parts, plan)[:, None]
    if plan.kind == LOST:
        stay = parts.retention[:, None]
        kept = np.clip(stay - effect, 0, 1) ** after - stay**after
        return parts.margin[:, None] * kept
    if plan.kind == GROWTH:
        return (after > 0) * effect * parts.margin[:, None]
    return (after > 0) * effect * plan.a_period * parts.margin_share[:, None]


def present_values(parts: Parts, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Benefit and cost as present values of all reached: (D,), (D,). Money of a period counts at its end."""
    when = (np.arange(1, plan.periods + 1) + plan.offset) / plan.a_year
    worth = (flows(parts, plan) * _discounted(parts.discount, when)).sum(axis=1)
    return worth * parts.reach * plan.people, parts.cost * _cost(parts.discount, plan)


def yearly(parts: Parts, plan: Plan) -> np.ndarray:
    """Margin a year of a customer reached for one unit of the driver, undiscounted, once the lags have passed: (D,)."""
    one = replace(plan, by=1.0, periods=plan.a_year + plan.lag)
    return flows(parts, one).sum(axis=1)


def _cost(discount: np.ndarray, plan: Plan) -> np.ndarray:
    start, years = plan.offset / plan.a_year, plan.periods / plan.a_year
    whole = np.arange(int(years)) + 0.5
    ends = [*whole, *([int(years) + (years % 1) / 2] if years % 1 else [])]
    weight = np.array([*np.ones(int(years)), *([years % 1] if years % 1 else [])])
    running = plan.per_year * (_discounted(discount, np.array(ends) + start) * weight).sum(axis=1)
    return plan.once * _discounted(discount, np.array([start]))[:, 0] + running


def _discounted(discount: np.ndarray, years: np.ndarray) -> np.ndarray:
    return (1 + discount[:, None]) ** -years[None, :]


def through_a_year(kind: str, over: str) -> str:
    """How the money of one period or window comes to that of a year (see yearly), in words. over : that span."""
    return {
        LOST: "that of a year of those who then stay",
        GROWTH: "the level reached once and held for a year",
        FLOW: f"{over} repeated through the year",
    }[kind]
