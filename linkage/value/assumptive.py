"""What would the usual rules of thumb say? Money from fixed shares a loyalty group: assumed, never estimated.

Brandt, Gupta and Roberts (2004) tell such assumptive figures from those estimated by joining data. They are
here to be set beside an estimate, and never leave level L0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import TableError
from linkage.sentences import number
from linkage.value.money import MoneyResult
from linkage.value.quantity import Quantity, as_quantity

ALL = "all"


@dataclass(frozen=True, eq=False, repr=False)
class AssumedValue(MoneyResult):
    """Money that fixed shares imply. Its basis is "assumed", its level L0, whatever goes in.

    estimates : a figure a row; estimate, low, high (all assumptions at their lower or upper end together: a
        range, no interval; missing where no range was given), std_error missing.
    assumptions : what was put in: value, low, high.
    """

    assumptions: pd.DataFrame
    question: str

    def summary(self) -> str:
        said = "; ".join(
            f"{name} {number(row.estimate)} {self.currency}"
            + (" (no range was given)" if pd.isna(row.low) else f" ({number(row.low)} to {number(row.high)})")
            for name, row in self.estimates.iterrows()
        )
        return (
            f"{self.question}: {said}. ({self.standing()}. It rests on {len(self.assumptions):,} assumptions and "
            "on no joined data; ranges move all of them together.)"
        )


def assume_value(
    *,
    customers: Mapping[str, float],
    margin: object,
    kept_shares: Mapping[str, object],
    currency: str,
    horizon: float = 1,
    time_unit: str = "year",
) -> AssumedValue:
    """What do assumed shares of promoters, passives and detractors who stay imply in money?

    customers : how many in each group. margin : money a customer over the horizon. kept_shares : by group, the
        share that stays, 0 to 1. Numbers, or (low, value, high) ranges.

    A row a group: customers x margin x share kept; "at risk" in the same way with 1 - share; and the sum.
    """
    if set(customers) != set(kept_shares):
        raise TableError(
            f"customers has the groups {', '.join(customers)}; kept_shares has {', '.join(kept_shares)}. "
            "Give both for each."
        )
    if any(not (np.isfinite(n) and n >= 0) for n in customers.values()):
        raise TableError(f"customers are counts from 0; found {dict(customers)}.")
    money = _assumed(margin, "margin", (0.0, np.inf))
    kept = {g: _assumed(share, f"kept_shares of {g}", (0.0, 1.0)) for g, share in kept_shares.items()}
    figures = {f"kept: {g}": _product(n, money, kept[g]) for g, n in customers.items()}
    figures["kept: all"] = _sum(figures)
    lost = {f"at risk: {g}": _product(n, money, _rest(kept[g])) for g, n in customers.items()}
    figures |= lost | {"at risk: all": _sum(lost)}
    given = {"margin": money} | {f"kept share: {g}": share for g, share in kept.items()}
    return _result("Value by assumed shares", figures, given, currency, horizon, time_unit)


def assume_exposure(
    revenue: float,
    *,
    exposed_share: object,
    lost_share: object,
    currency: str,
    horizon: float = 1,
    time_unit: str = "year",
) -> AssumedValue:
    """What revenue would poor experiences put at risk, and lose, by assumed shares?

    exposed : revenue x exposed_share (often quoted: 0.20). lost : exposed x lost_share (often quoted: 0.27 are
    lost for ever). Numbers, or (low, value, high) ranges.
    """
    whole = _assumed(revenue, "revenue", (0.0, np.inf))
    exposed = _assumed(exposed_share, "exposed_share", (0.0, 1.0))
    lost = _assumed(lost_share, "lost_share", (0.0, 1.0))
    at_stake = _product(1.0, whole, exposed)
    figures = {"exposed": at_stake, "lost": _product(1.0, at_stake, lost)}
    given = {"revenue": whole, "exposed share": exposed, "lost share": lost}
    return _result("Revenue exposed by assumed shares", figures, given, currency, horizon, time_unit)


def _assumed(given: object, name: str, bounds: tuple[float, float]) -> Quantity:
    """As a quantity, but assumed whatever its origin: this calculator estimates nothing."""
    found = as_quantity(given, name, bounds=bounds)
    return Quantity(found.estimate, found.low, found.high)


def _product(count: float, one: Quantity, other: Quantity) -> Quantity:
    """Product of what is not negative, at the lower ends, as given, and at the upper ends."""
    return Quantity(
        count * one.estimate * other.estimate, count * one.low * other.low, count * one.high * other.high
    )


def _rest(share: Quantity) -> Quantity:
    return Quantity(1 - share.estimate, 1 - share.high, 1 - share.low)


def _sum(figures: Mapping[str, Quantity]) -> Quantity:
    parts = np.array([(q.estimate, q.low, q.high) for q in figures.values()])
    return Quantity(*parts.sum(axis=0))


def _result(
    question: str,
    figures: Mapping[str, Quantity],
    given: Mapping[str, Quantity],
    currency: str,
    horizon: float,
    time_unit: str,
) -> AssumedValue:
    ranged = any(q.has_interval for q in given.values())
    rows = {
        name: {
            "estimate": q.estimate,
            "std_error": np.nan,
            "low": q.low if ranged else np.nan,
            "high": q.high if ranged else np.nan,
        }
        for name, q in figures.items()
    }
    assumptions = {name: {"value": q.estimate, "low": q.low, "high": q.high} for name, q in given.items()}
    return AssumedValue(
        estimates=pd.DataFrame.from_dict(rows, orient="index").rename_axis("figure"),
        currency=currency,
        horizon=horizon,
        time_unit=time_unit,
        level="L0",
        basis="assumed",
        confidence=np.nan,
        assumptions=pd.DataFrame.from_dict(assumptions, orient="index").rename_axis("assumption"),
        question=question,
    )
