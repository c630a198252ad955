"""What would a move be worth? Effect x reach x margin over a horizon, discounted, less the cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.cards.card import column_of, label_of
from linkage.errors import LinkError
from linkage.precision import check_confidence, check_draws
from linkage.value.quantity import Quantity, drawn
from linkage.worth.draws import DRAWS, Drawn, allow_for_few, draw_pipeline
from linkage.worth.ending import Ending, Ground, ending_of, ground_of, speaks_of_contacts
from linkage.worth.flows import FLOW, GROWTH, LOST, Parts, Plan, moved, present_values, through_a_year, yearly
from linkage.worth.inputs import inputs_table
from linkage.worth.moving import Move, move_of
from linkage.worth.people import periods_a_year, rules_of
from linkage.worth.result import Bridge, bridge_estimates, refused_bridge
from linkage.worth.steps import Step, chain_specs, chain_steps, common_cluster, labels_of
from linkage.worth.tornado import tornado_table

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.worth.declared import Scenario

ASSUMED_RANGE = 0.95
"""What the bounds of an assumed range are taken to hold: the same share as an interval at 95 %."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A scenario asked of a study, up to a period, in so many draws."""

    study: OpenStudy
    name: str
    scenario: Scenario
    period: str
    draws: int
    seed: int
    confidence: float


@dataclass(frozen=True, eq=False)
class Crossing:
    """What lies between the driver and the money: the links, the move, whom it is counted over, and the draws."""

    steps: list[Step]
    ending: Ending
    move: Move
    plan: Plan
    ground: Ground
    pipeline: Drawn

    @property
    def level(self) -> str:
        """The lowest of the links: a chain is as sure as its weakest."""
        return min(step.level for step in self.steps)


def cross_bridge(
    study: OpenStudy,
    name: str,
    scenario: Scenario,
    *,
    period: object,
    draws: int = DRAWS,
    seed: int = 0,
    confidence: float = 0.95,
) -> Bridge:
    """What is a scenario worth, how sure is that, and what would it take to break even?

    The slopes of the chain's links multiplied, times the move, the share reached, the margin and the customers
    there are, over the horizon, discounted, less the cost. Whole clusters are drawn once and every stage's sums
    reweighted with the same draw, so that the interval holds what the stages owe to the same customers; ranges of
    assumed inputs are drawn beside it. Net present value after Rust, Zahorik and Keiningham 1995 (Journal of
    Marketing 59(2), p. 58): quality as an investment that must be accountable.

    Never raises for what the data lack: the answer then says why nothing was valued (`reason`).
    """
    check_confidence(confidence)
    check_draws(draws, confidence=confidence)
    asked = Asked(study, name, scenario, study.check_period(period), draws, seed, confidence)
    try:
        crossing = _crossing(asked)
    except LinkError as error:
        return refused_bridge(study, name, scenario, asked.period, str(error), confidence)
    return _answered(asked, crossing, _parts(asked, crossing))


def _crossing(asked: Asked) -> Crossing:
    study, scenario = asked.study, asked.scenario
    chain = chain_specs(study, (scenario.link, *scenario.chain), scenario.driver)
    ending = ending_of(study, chain[-1][0])
    steps = chain_steps(study, chain, asked.period)
    move = _move(asked, steps[0])
    column = common_cluster(steps)
    ground = ground_of(study, scenario.where, asked.period, column=column, metric=ending.metric)
    plan = _plan(asked, steps, ending, move, ground)
    labels = [labels_of(study, step, column) for step in steps]
    pipeline = draw_pipeline(steps, labels, ground.sums, ground.labels, draws=asked.draws, seed=asked.seed)
    return Crossing(steps, ending, move, plan, ground, allow_for_few(pipeline))


def _move(asked: Asked, step: Step) -> Move:
    study, rows = asked.study, step.sample.table
    last = study.study.period(asked.period)
    recent = {str(last.shift(-k)) for k in range(periods_a_year(study))}
    return move_of(
        step.sample,
        step.driver,
        by=asked.scenario.by,
        to=asked.scenario.to,
        recent=rows["period"].isin(recent) if "period" in rows else None,
        label=label_of(column_of(step.card, step.driver), step.spec.change is not None),
    )


def _plan(asked: Asked, steps: list[Step], ending: Ending, move: Move, ground: Ground) -> Plan:
    scenario, a_year = asked.scenario, periods_a_year(asked.study)
    plan = Plan(
        kind=ending.kind,
        by=move.by,
        a_period=ending.a_period,
        people=ground.people,
        periods=max(1, round((scenario.horizon or rules_of(asked.study).horizon) * a_year)),
        a_year=a_year,
        offset=_offset(asked.study, scenario, asked.period),
        lag=sum(step.spec.lag for step in steps),
        once=scenario.cost.once,
        per_year=scenario.cost.per_year,
    )
    if plan.periods <= plan.lag:
        raise LinkError(
            f"The horizon of {plan.periods} periods is over before the chain's {plan.lag} periods have passed."
        )
    return plan


def _offset(study: OpenStudy, scenario: Scenario, period: str) -> int:
    """Periods from the report's end to the start; a scenario that has begun counts from the report on."""
    if scenario.starts is None:
        return 0
    starts = study.study.period(scenario.starts).position
    return max(0, starts - study.study.period(period).position - 1)


def _parts(asked: Asked, crossing: Crossing) -> Parts:
    """Every uncertain part of the sum in each draw, the first as it stands."""
    ground, plan, first = crossing.ground, crossing.plan, crossing.steps[0]
    rows, touched, lost, margin, revenue = crossing.pipeline.totals.T
    ones = np.ones(len(rows))
    share = ones
    if plan.kind == FLOW and crossing.ending.metric != ground.money.margin:
        share = _margin_share(margin, revenue, ground)
    if ground.money.is_assumed:  # the share's own range, about the value as stated
        factor = _revenue_factor(ground, len(rows), asked.seed)
        share, margin = share * factor / factor[0], margin * factor / factor[0]
    contacts = speaks_of_contacts(asked.study, first.spec, first.driver) and plan.kind != GROWTH
    return Parts(
        slopes=crossing.pipeline.slopes,
        margin_share=share,
        touched=_a_customer(touched, rows) if contacts else ones,
        retention=1 - _a_customer(lost, rows),
        margin=_a_customer(margin, rows),
        **_assumed(asked.study, asked.scenario, len(rows), asked.seed),
    )


def _a_customer(total: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A total for each customer counted; not known in a draw that holds none."""
    return np.divide(total, rows, out=np.full(len(rows), np.nan), where=rows > 0)


def _margin_share(margin: np.ndarray, revenue: np.ndarray, ground: Ground) -> np.ndarray:
    """Margin over revenue in each draw; the assumed share (or all of it) where no margin is known."""
    if ground.money.is_assumed:
        return np.full(len(margin), ground.money.share[1] if ground.money.share else 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(revenue > 0, margin / revenue, np.nan)


def _revenue_factor(ground: Ground, count: int, seed: int) -> np.ndarray:
    share = ground.money.share or (1.0, 1.0, 1.0)
    normal = np.random.default_rng([seed, 3]).standard_normal(count)
    return _of_range(share, normal, (0.0, 1.0))


def _assumed(study: OpenStudy, scenario: Scenario, count: int, seed: int) -> dict[str, np.ndarray]:
    """Draws of what is assumed; the first is the value as stated."""
    normals = np.random.default_rng([seed, 2]).standard_normal((3, count))
    return {
        "reach": _of_range(scenario.reach, normals[0], (0.0, 1.0)),
        "discount": _of_range(rules_of(study).discount, normals[1], (-0.99, 1.0)),
        "cost": _of_range((scenario.cost.low, 1.0, scenario.cost.high), normals[2], (0.0, np.inf)),
    }


def _of_range(
    given: tuple[float, float, float], normal: np.ndarray, bounds: tuple[float, float]
) -> np.ndarray:
    low, value, high = given
    found = drawn(Quantity(value, low, high), normal, ASSUMED_RANGE, bounds)
    found[0] = value
    return found


def _answered(asked: Asked, crossing: Crossing, parts: Parts) -> Bridge:
    study, steps, ground, plan = asked.study, crossing.steps, crossing.ground, crossing.plan
    benefit, cost = present_values(parts, plan)
    columns = {"unit": yearly(parts, plan), "outcome": moved(parts, plan)}
    columns |= {"benefit": benefit, "cost": cost, "net": benefit - cost}
    inputs = inputs_table(study, asked.scenario, steps, ground, plan, parts, asked.confidence)
    level = crossing.level if all(step.is_shown for step in steps) else "L0"
    return Bridge(
        name=asked.name,
        question=asked.scenario.question,
        estimates=bridge_estimates(columns, asked.confidence, level, ground.money.is_assumed),
        inputs=inputs,
        tornado=tornado_table(inputs, parts, plan),
        path=path_table(steps),
        stages=stages_table(crossing, parts),
        draws=pd.DataFrame({k: columns[k][1:] for k in ("benefit", "cost", "net")}),
        p_break_even=float((columns["net"][1:] >= 0).mean()),
        currency=study.study.declared.currency,
        horizon=plan.periods / plan.a_year,
        period=asked.period,
        confidence=asked.confidence,
        level=crossing.level,
        move=crossing.move,
        driver=steps[0].driver,
        driver_label=column_of(steps[0].card, steps[0].driver).label,
        driver_unit=column_of(steps[0].card, steps[0].driver).unit,
        people=ground.people,
        segment=ground.segment,
        counted=ground.money.words(),
        extended=through_a_year(plan.kind, _over(study, crossing)),
        clusters=crossing.pipeline.groups,
    )


def _over(study: OpenStudy, crossing: Crossing) -> str:
    """The span that the last link's money is of: a window after an answer, or a period."""
    if crossing.steps[-1].spec.grain == "survey":
        return f"the {study.study.declared.windows.after} days after an answer"
    return f"a {study.study.declared.period}"


def path_table(steps: list[Step]) -> pd.DataFrame:
    """One row a link of the chain: from, to, estimate, low, high, level, verdict, n."""
    rows = []
    for step in steps:
        row = step.card.estimates.set_index("driver").loc[step.driver]
        rows.append(
            {
                "link": step.name,
                "from": step.driver,
                "to": step.spec.outcome,
                **{c: float(row[c]) for c in ("estimate", "std_error", "low", "high")},
                "level": step.level,
                "verdict": row["verdict"],
                "n": step.card.n_used,
            }
        )
    return pd.DataFrame(rows).set_index("link")


def stages_table(crossing: Crossing, parts: Parts) -> pd.DataFrame:
    """What the scenario should move the mean of each stage by, over all it is for: the driver, then every outcome.

    One row a stage: grain, column, effect, std_error, lag (periods from the start). Money is of a customer and period.
    """
    steps, plan, ground = crossing.steps, crossing.plan, crossing.ground
    effect, lag = plan.by * parts.reach, 0
    rows = [("driver", steps[0].spec.grain, steps[0].driver, effect, lag)]
    for place, step in enumerate(steps):
        effect, lag = effect * parts.slopes[:, place], lag + step.spec.lag
        last = place == len(steps) - 1
        if not last:
            rows.append(("stage", step.spec.grain, step.spec.outcome, effect, lag))
        elif plan.kind == LOST:
            rows.append(("money", "customer_period", "is_lost", effect * parts.touched, lag))
        else:
            per_period = effect * parts.touched * plan.a_period
            if plan.kind == GROWTH:
                per_period = effect * ground.sums[:, 4].sum() / ground.sums[:, 0].sum()
            rows.append(("money", "customer_period", ground.metric, per_period, lag))
    table = pd.DataFrame(
        [(kind, grain, column, e[0], e[1:].std(ddof=1), k) for kind, grain, column, e, k in rows],
        columns=["kind", "grain", "column", "effect", "std_error", "lag"],
    )
    return table.set_index("kind")
