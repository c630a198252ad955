"""The battery on one link: what its rows and fits say to each check."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage import checks as battery
from linkage.checks import Check
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.refuting.sample import LinkSample
    from linkage.regression import LinearFit


def driver_checks(fit: LinearFit, estimates: pd.DataFrame, spec: LinkSpec) -> list[Check]:
    """The checks of each driver: its controls and its size."""
    made = []
    for row in estimates.itertuples():
        several = len(estimates) > 1
        name = of_driver(row._asdict()) if several else ""
        statistic = row.estimate / row.std_error if row.std_error else math.nan
        df = fit.n_used - len(fit.terms)
        # Partial correlation from the t statistic of independent rows would overstate n; it is only a size.
        correlation = (
            statistic / math.sqrt(statistic**2 + df) if df > 0 and math.isfinite(statistic) else None
        )
        raw, adjusted = (row.raw_estimate, row.raw_low, row.raw_high), (row.estimate, row.low, row.high)
        controls = battery.check_controls(raw, adjusted, held_fixed(spec))
        plausible = battery.check_plausible(correlation)
        made += [replace(controls, name=f"controls{name}"), replace(plausible, name=f"plausible size{name}")]
    return made


def of_driver(row: dict) -> str:
    """What tells the checks of one driver, or of one category of it, from those of the others."""
    return f" ({row['driver']})" if pd.isna(row["category"]) else f" ({row['driver']}: {row['category']})"


def held_fixed(spec: LinkSpec) -> str:
    """What a link holds fixed: its controls, and with a change everything that does not change."""
    each = {
        "unit_period": "each unit",
        "customer_period": "each customer",
        "employee_period": "each employee",
    }
    own = [f"{each[spec.grain]}'s own level"] if spec.change is not None else []
    return " and ".join([*own, *([", ".join(spec.controls)] if spec.controls else [])])


def largest_vif(sample: LinkSample) -> float | None:
    """The largest variance inflation among the drivers' terms: the diagonal of the inverse correlation matrix."""
    others = [t for t in sample.names if t != "Intercept"]
    if len(others) < 2:
        return None
    x = sample.x[:, [sample.names.index(t) for t in others]]
    x = x - x.mean(axis=0)
    # By QR: the correlation matrix squares the condition, and its inverse then is noise of either sign.
    triangle = np.linalg.qr(x / np.linalg.norm(x, axis=0), mode="r")
    inflation = (np.linalg.inv(triangle) ** 2).sum(axis=1)
    return float(max(inflation[others.index(t)] for t in sample.terms))


def complete_check(rows: pd.DataFrame, spec: LinkSpec, used: int) -> Check:
    """How many of the rows with outcome and drivers the fit could use, and which control most often lacks."""
    asked = rows[[spec.outcome, *spec.drivers]].notna().all(axis=1)
    counts = {c: int((rows[c].isna() & asked).sum()) for c in spec.controls if c in rows}
    column = max(counts, key=lambda c: counts[c], default=None)
    most = f", most often {column} ({counts[column]:,})" if column and counts[column] else ""
    return battery.check_complete(int(asked.sum()), used, most)


def records_check(rows: pd.DataFrame, spec: LinkSpec, opens: dict[str, pd.Timestamp] | None) -> Check:
    """Compare when drivers were written down with when the outcome's window opened."""
    named = [c for c in (f"{d}_recorded_at" for d in spec.drivers) if c in rows.columns]
    opened = _opened(rows, opens) if named else None
    if opened is None:
        return battery.check_records(None)
    late = dated = 0
    for column in named:
        has = rows[column].notna() & opened.notna() & rows[column.removesuffix("_recorded_at")].notna()
        dated += int(has.sum())
        late += int((has & (pd.to_datetime(rows[column]) >= opened)).sum())
    return battery.check_records(late / dated if dated else None, late, dated)


def _opened(rows: pd.DataFrame, opens: dict[str, pd.Timestamp] | None) -> pd.Series | None:
    if "answered_at" in rows:
        return pd.to_datetime(rows["answered_at"])
    if "period" in rows and opens:
        return rows["period"].map(opens)
    return None
