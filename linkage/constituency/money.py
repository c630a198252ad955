"""What the end of a chain comes to in money: one observed step at its start, for all units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.sentences import in_sentence, number, plural
from linkage.study_file.declaration import LinkSpec
from linkage.worth.figures import ESTIMATED, MoneyFigure

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

GROWTH = "_growth"


@dataclass(frozen=True)
class Base:
    """What one unit of the chain's last outcome is worth, over all units. words : of what it is a part."""

    amount: float
    units: int
    words: str


@dataclass(frozen=True)
class Stride:
    """A step at the start of a chain, within what is observed. words : what it is."""

    size: float
    words: str


def base_of(study: OpenStudy, second: LinkSpec, through: str) -> Base | str:
    """The money behind a growth rate (the period's total), or behind an amount (the number of units); or why none."""
    columns, outcome = study.study.columns["unit_period"], second.outcome
    name = outcome.removesuffix(GROWTH)
    metric = study.study.metrics.get(columns[name].metric or "") if name in columns else None
    if metric is None or metric.unit != study.study.declared.currency:
        return (
            f"{outcome} is no amount in {study.study.declared.currency}: its end cannot be counted in money."
        )
    rows = study.table("link_unit_period", period=through, columns=["unit_id", name]).dropna()
    if len(rows) < study.study.declared.minimum_group:
        return f"{len(rows):,} units have {metric.label.lower()} in {through}: too few to add up."
    amount = float(rows[name].sum()) if outcome.endswith(GROWTH) else float(len(rows))
    return Base(amount, len(rows), f"{metric.label.lower()} of all {len(rows):,} units")


def stride_of(study: OpenStudy, first: LinkSpec, through: str) -> Stride | str:
    """From the 25th to the 75th percentile of units; a flag from no to yes; or why there is no such step."""
    cause = first.drivers[0]
    column = study.study.columns[first.grain][cause]
    rows = study.table(f"link_{first.grain}", period=through)
    if column.kind == "flag":
        left = 1.0 - float(rows[cause].astype(float).mean())
        return Stride(
            left, f"“{column.label.lower()}” turned from no to yes for the {left:.0%} of whom it is no"
        )
    means = rows.dropna(subset=[cause]).groupby("unit_id")[cause].mean()
    if len(means) < study.study.declared.minimum_group:
        return f"{len(means):,} units have {column.label.lower()} in {through}: too few for a usual range."
    low, high = means.quantile([0.25, 0.75])
    unit = plural(column.unit, float(high - low))
    words = f"{column.label.lower()} {number(float(high - low))} {unit} higher everywhere"
    return Stride(float(high - low), f"{words} (the step from the 25th to the 75th percentile of units)")


def money_of_chain(
    study: OpenStudy,
    first: LinkSpec,
    second: LinkSpec,
    indirect: pd.Series,
    *,
    through: str,
    level: str,
    n: int,
) -> MoneyFigure | str:
    """The indirect part of a chain times an observed step and the money it moves; or why it cannot be counted.

    The step and the money are what was observed, so that the interval is the chain's own.
    """
    base, stride = base_of(study, second, through), stride_of(study, first, through)
    for part in (base, stride):
        if isinstance(part, str):
            return part
    factor = base.amount * stride.size
    kind = study.study.declared.period
    later = f"{second.lag} {plural(kind, second.lag)} later" if second.lag else f"the same {kind}"
    label = study.study.columns["unit_period"][second.drivers[0]].label
    way = in_sentence(label)
    return MoneyFigure(
        figure=f"{in_sentence(study.study.columns[first.grain][first.drivers[0]].label)} to money",
        estimate=float(indirect["estimate"]) * factor,
        low=float(indirect["low"]) * factor,
        high=float(indirect["high"]) * factor,
        currency=study.study.declared.currency,
        horizon=f"one {kind}, {later}",
        level=level,
        basis=ESTIMATED,
        n=n,
        what=f"more {base.words}, with {stride.words}, by way of {way}; each link at its own grain",
        link_level=level,
        group="constituency",
    )
