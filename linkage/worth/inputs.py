"""What a bridge rests on: every input with its range, and whether it was estimated or assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.sentences import in_words
from linkage.worth.figures import ASSUMED, ESTIMATED
from linkage.worth.flows import FLOW, GROWTH, LOST, Parts, Plan
from linkage.worth.people import rules_of

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.worth.declared import Scenario
    from linkage.worth.ending import Ground
    from linkage.worth.steps import Step

COLUMNS = ["input", "value", "low", "high", "unit", "basis", "level", "source", "part"]


def inputs_table(
    study: OpenStudy,
    scenario: Scenario,
    steps: list[Step],
    ground: Ground,
    plan: Plan,
    parts: Parts,
    confidence: float,
) -> pd.DataFrame:
    """One row an input: value, low, high, unit, basis, level, source, and the part of the sum it is ("" if fixed).

    Estimated inputs have the interval of the draws; assumed ones the range that was declared, if any. The slope of a
    link that is not shown keeps its interval and counts as assumed.
    """
    rows = _links(steps, parts, confidence) + _counted(study, ground, plan, parts, confidence)
    rows += _assumed(study, scenario, ground, plan)
    return pd.DataFrame(rows, columns=COLUMNS).set_index("input")


def _links(steps: list[Step], parts: Parts, confidence: float) -> list[tuple]:
    rows = []
    for place, step in enumerate(steps):
        drawn = _interval(parts.slopes[:, place], confidence)
        basis, level = (ESTIMATED, step.level) if step.is_shown else (ASSUMED, "L0")
        doubt = "" if step.is_shown else ", which is not shown"
        said = f"link “{in_words(step.name)}”{doubt}, n = {step.card.n_used:,}"
        rows.append((step.label, *drawn, step.unit, basis, level, said, f"slopes.{place}"))
    return rows


def _counted(study: OpenStudy, ground: Ground, plan: Plan, parts: Parts, confidence: float) -> list[tuple]:
    currency, period = study.study.declared.currency, study.study.declared.period
    whom = f" where {ground.segment}" if ground.segment else ""
    rows = [("customers now", ground.people, np.nan, np.nan, "customer", ESTIMATED, "", f"counted{whom}", "")]
    money = "assumed margin" if ground.money.is_assumed else "margin"
    if plan.kind == FLOW and not ground.money.is_assumed and np.ptp(parts.margin_share) > 0:
        drawn = _interval(parts.margin_share, confidence)
        rows.append(
            ("margin share", *drawn, "share of spend", ESTIMATED, "L1", "last year's sales", "margin_share")
        )
    if np.ptp(parts.touched) > 0:
        drawn = _interval(parts.touched, confidence)
        rows.append(
            (
                f"customers with a contact in a {period}",
                *drawn,
                "share",
                ESTIMATED,
                "L1",
                "last year",
                "touched",
            )
        )
    if plan.kind in (LOST, GROWTH):
        drawn, unit = _interval(parts.margin, confidence), f"{currency} a {period}"
        basis, level = (ASSUMED, "L0") if ground.money.is_assumed else (ESTIMATED, "L1")
        rows.append((f"{money} of a customer", *drawn, unit, basis, level, "last year's sales", "margin"))
    if plan.kind == LOST:
        drawn = _interval(parts.retention, confidence)
        rows.append(
            (f"customers who stay a {period}", *drawn, "share", ESTIMATED, "L1", "last year", "retention")
        )
    return rows


def _assumed(study: OpenStudy, scenario: Scenario, ground: Ground, plan: Plan) -> list[tuple]:
    rules, currency = rules_of(study), study.study.declared.currency
    mine, theirs = scenario.source or "not said", rules.source or "not said"
    rows = [_ranged("reach", scenario.reach, "share of the customers", mine, "reach")]
    rows.append(_ranged("discount", rules.discount, "a year", theirs, "discount"))
    if ground.money.is_assumed and plan.kind == FLOW:
        share = ground.money.share or (1.0, 1.0, 1.0)
        source = theirs if ground.money.share else "nothing says what margin is: revenue counts in full"
        rows.append(_ranged("margin share", share, "share of spend", source, "margin_share"))
    cost = scenario.cost
    for name, value in (("cost, once", cost.once), ("cost, a year", cost.per_year)):
        if value:
            span = (cost.low * value, value, cost.high * value)
            rows.append(_ranged(name, span, currency, mine, ""))
    if cost.once or cost.per_year:
        rows.append(_ranged("all of the cost", (cost.low, 1.0, cost.high), "of what is stated", mine, "cost"))
    span = plan.periods / plan.a_year
    said = theirs if scenario.horizon is None else mine
    rows.append(("horizon", span, np.nan, np.nan, "year", ASSUMED, "L0", said, ""))
    return rows


def _ranged(name: str, given: tuple[float, float, float], unit: str, source: str, part: str) -> tuple:
    low, value, high = given
    known = (low, high) if low < high else (np.nan, np.nan)
    return (name, value, *known, unit, ASSUMED, "L0", source, part)


def _interval(values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(values[1:], [tail, 1 - tail])
    return float(values[0]), float(low), float(high)
