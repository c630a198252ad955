"""Each rung of a link's ladder as a row: what is compared, the estimate, and what it rests on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from linkage.linking.clock import AFTER
from linkage.regression.design import cluster_codes
from linkage.rungs.arrays import Arrays, positions
from linkage.rungs.comparisons import changes, later, pooled, within
from linkage.rungs.material import Material
from linkage.rungs.result import ADJUSTED, CHANGE, EVENT, LATER, LOT, RAW, WITHIN, record
from linkage.rungs.slope import Slope
from linkage.rungs.trends import Trends

_THEMSELVES = {
    "customer_id": "each customer against themselves",
    "employee_id": "each employee against themselves",
    "unit_id": "each unit against itself",
}


def raw_step(made: Material) -> dict:
    """The main driver alone. A change is declared against its levels, which are what this rung compares."""
    order, what = made.orders.levels, "nothing held fixed"
    if made.is_change:
        return record(RAW, "L1", what, _pooled(made, controls=False), order=order)
    found, card = pooled(made.sample_alone, controls=False, **made.how), made.declared
    if not isinstance(found, str):
        numbers = {"estimate": "raw_estimate", "low": "raw_low", "high": "raw_high"}
        found = replace(found, **{name: float(card[column]) for name, column in numbers.items()})
    own = not made.controls and made.spec.design != "randomised"
    return record(RAW, "L1", what, found, order=order, is_declared=own)


def adjusted_step(made: Material) -> dict:
    """Controls held fixed: where the outcome comes after, this already is a lagged comparison."""
    order, what = made.orders.levels, "controls held fixed"
    level = "L3" if order == AFTER else "L2"
    if not made.controls:
        return record(ADJUSTED, level, what, "no controls are declared", order=order)
    if made.is_change:
        return record(ADJUSTED, level, what, _pooled(made, controls=True), order=order)
    own = made.spec.design != "randomised"
    return record(ADJUSTED, level, what, made.own_slope, order=order, is_declared=own)


def _pooled(made: Material, *, controls: bool) -> Slope | str:
    return made.levels if isinstance(made.levels, str) else pooled(made.levels, controls=controls, **made.how)


def within_step(made: Material) -> dict:
    """Unit and period effects: whatever about somebody does not change is held fixed."""
    arrays, what = made.levels, _THEMSELVES[made.key]
    if isinstance(arrays, str) or arrays.unit is None:
        reason = (
            arrays if isinstance(arrays, str) else f"the rows have no {made.key} to compare each with itself"
        )
        return record(WITHIN, "L3", what, reason, order=made.orders.levels)
    found, varying, units = within(arrays, **made.how)
    note = f"the driver varies within {varying:,} of {units:,} {made.key.removesuffix('_id')}s with two rows or more"
    return record(WITHIN, "L3", what, found, order=made.orders.levels, note=note)


def change_step(made: Material) -> dict:
    order, what = made.orders.changes, "change on change"
    if made.is_change:
        return record(CHANGE, "L3", what, made.own_slope, order=order, is_declared=True)
    reason = "the driver changes for nobody" if made.is_panel and made.is_constant else made.not_by_calendar
    if reason:
        return record(CHANGE, "L3", what, reason, order=order)
    found, moved = changes(made.levels, **made.how)
    return record(CHANGE, "L3", what, found, order=order, note=f"the driver changes in {moved:,} rows")


def later_step(made: Material) -> dict:
    """The outcome one period later (or as many as declared), beyond where it stood."""
    spec, order = made.spec, made.orders.later
    what = f"{spec.lag} periods later" if spec.lag > 1 else "one period later"
    now = _now(made)
    if isinstance(now, str):
        return record(LATER, "L3", what, now, order=order)
    found = later(now, _after(made, now), **made.how)
    return record(LATER, "L3", what, found, order=order, note="the outcome of the driver's period held fixed")


def _now(made: Material) -> Arrays | str:
    """The arrays with the outcome of the drivers' own period, or why there is nothing to tell."""
    spec = made.spec
    if made.is_panel and made.is_constant:
        return "the driver never changes for anybody: a later outcome says no more than one at the same time"
    if made.not_by_calendar:
        return made.not_by_calendar
    if made.is_change and not isinstance(spec.change, int):
        return "the change is declared between two named periods"
    if spec.lag and f"{spec.outcome}_now" in made.controls:
        return "the declared link is this rung already"
    return made.arrays(f"{spec.outcome}_now") if spec.lag else made.levels


def _after(made: Material, now: Arrays) -> np.ndarray:
    """The outcome of the later period beside each row, missing where it is not known."""
    column = made.spec.outcome if made.spec.lag else f"{made.spec.outcome}_next"
    if column in made.rows:
        return made.rows[column].to_numpy(dtype="float64", na_value=np.nan)[now.kept]
    outcome = made.spec.outcome
    known = made.rows[[made.key, "period", outcome]].dropna()
    places = positions(known["period"], cluster_codes(known["period"]))
    known = pd.Series(
        known[outcome].to_numpy(dtype="float64"), pd.MultiIndex.from_arrays([known[made.key], places])
    )
    known = known[~known.index.duplicated(keep=False)]
    wanted = [made.rows[made.key].iloc[now.kept], now.when + 1]
    return known.reindex(pd.MultiIndex.from_arrays(wanted)).to_numpy()


def event_step(trends: Trends | str) -> dict:
    what = "before and after, treated against not yet treated"
    if isinstance(trends, str):
        return record(EVENT, "L4", what, trends, order=AFTER)
    dates = "one date" if trends.cohorts == 1 else f"{trends.cohorts:,} dates"
    note = (
        f"{trends.units:,} treated from {dates} on, {trends.comparison:,} clusters to compare with "
        f"({trends.never:,} never treated); {trends.always:,} left out, treated in all their rows"
    )
    return record(EVENT, "L4", what, trends.slope, order=AFTER, note=note)


def lot_step(made: Material) -> dict:
    return record(LOT, "L5", "drawn by lot", made.own_slope, order=AFTER, is_declared=True)
