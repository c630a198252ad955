"""The outcome's own past among the drivers: unit effects and a lagged outcome do not go together."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from linkage.panel.within import fit_within
from linkage.regression import fit_linear
from linkage.results import Result
from linkage.rows import require_columns


@dataclass(frozen=True, eq=False, repr=False)
class DynamicBracket(Result):
    """One link under two accounts of why units differ.

    estimates : per term and account, `lagged_outcome` (units differ by where they stood a period ago) and
        `unit_effects` (units differ for good), as every estimate table; both on the same rows.
    """

    outcome: str
    unit: str
    estimates: pd.DataFrame
    n_used: int
    n_dropped: int
    units: int
    confidence: float

    def summary(self) -> str:
        said = []
        for term, rows in self.estimates.groupby(level="term", sort=False):
            ends = sorted(rows["estimate"])
            said.append(f"{term} {ends[0]:+.4g} to {ends[-1]:+.4g}")
        return (
            f"One unit more goes with this much {self.outcome}, between the two accounts: {'; '.join(said)} "
            f"({self.confidence:.0%} intervals {self.estimates['low'].min():+.4g} to "
            f"{self.estimates['high'].max():+.4g} over all; n = {self.n_used:,}, {self.units:,} units; "
            f"{self.n_dropped:,} rows without a past or incomplete)."
        )


def bracket_lagged_outcome(
    table: pd.DataFrame,
    formula: str,
    *,
    lagged: str,
    unit: str,
    period: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> DynamicBracket:
    """Two answers that bracket the truth where past outcome and unit effects cannot stand in one short panel.

    formula : without the lagged outcome. lagged : its column (`<outcome>_lag1` of `add_lags`).
    period : period effects in both accounts, if given. cluster : the unit unless said otherwise.

    If one of the two accounts holds, the other errs in a known direction, so the truth lies between them
    (Angrist & Pischke 2009, p. 245-247). Errors CR1 and t(G-1).
    """
    require_columns(table, [lagged, unit])
    cluster = cluster or unit
    known = table[table[lagged].notna()]
    past_formula = f"{formula} + {lagged}" + (f" + C({period})" if period else "")
    past = fit_linear(known, past_formula, cluster=cluster, errors="CR1", confidence=confidence)
    known = known.iloc[past.rows_kept]
    fixed = fit_within(
        known, formula, unit=unit, period=period, cluster=cluster, errors="CR1", confidence=confidence
    )
    terms = list(fixed.estimates.index)
    accounts = {"lagged_outcome": past.estimates.loc[terms], "unit_effects": fixed.estimates}
    rows = pd.concat(accounts, names=["account", "term"]).swaplevel().loc[terms]
    dropped = len(table) - past.n_used
    return DynamicBracket(past.outcome, unit, rows, past.n_used, dropped, fixed.units, confidence)
