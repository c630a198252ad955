"""Did the values under contract foretell what customers brought? Fitted up to a year before the end, then compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import PeriodError
from linkage.results import Result
from linkage.sentences import number, plural
from linkage.suppressing import shown_groups
from linkage.worth.people import periods_a_year

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

ALL = "all"


@dataclass(frozen=True, eq=False, repr=False)
class HeldOut(Result):
    """Margin and staying in the hold-out, foretold and actual.

    estimates : by band known at the cut, and "all": n, predicted and actual (mean margin a customer, undiscounted),
        low, high (of actual; t over customers), estimate (actual - predicted), std_error, predicted_stay, actual_stay
        (share still there at the end), suppressed.
    """

    estimates: pd.DataFrame
    cut: str
    periods: int
    time_unit: str
    currency: str
    confidence: float
    n_used: int

    def summary(self) -> str:
        row = self.estimates.loc[ALL]
        return (
            f"Held out: the {self.periods} {plural(self.time_unit, self.periods)} after {self.cut}. A customer brought "
            f"{number(row.actual)} {self.currency}, {number(row.predicted)} were foretold (actual {number(row.low)} to "
            f"{number(row.high)}, {self.confidence:.0%} interval; L1, estimated; "
            f"{row.predicted / row.actual - 1:+.1%}); "
            f"{row.actual_stay:.1%} stayed, {row.predicted_stay:.1%} were foretold (n = {self.n_used:,})."
        )


def hold_out_contract(
    rows: pd.DataFrame, study: OpenStudy, through: str, *, confidence: float = 0.95
) -> HeldOut:
    """Retention and margin by band up to a year before a period, put to the test in that year.

    rows : customer_periods with `value`, the margin of each. PeriodError where there are not two years of them.
    """
    a_year = periods_a_year(study)
    last = study.study.period(through).position
    cut = last - a_year
    before = rows[rows["position"] <= cut]
    if before["position"].nunique() <= a_year:
        raise PeriodError(f"A hold-out needs more than two years of customers before the end of {through}.")
    fit = before[before["position"] > before["position"].min() + a_year - 1]
    stay = 1 - fit.groupby("band", observed=True)["is_lost"].mean()
    margin = fit.groupby("band", observed=True)["value"].mean()
    after = rows[rows["position"] > cut]
    there = rows[(rows["position"] == cut) & (rows["is_lost"] == 0)]["customer_id"]
    at_start = after[(after["position"] == cut + 1) & after["customer_id"].isin(there)].set_index(
        "customer_id"
    )
    people = pd.DataFrame({"band": at_start["band"].astype(str)})
    r, m = people["band"].map(stay).astype(float), people["band"].map(margin).astype(float)
    people["predicted"] = m * sum(r**k for k in range(a_year))
    people["predicted_stay"] = r**a_year
    held = after[after["customer_id"].isin(people.index)].groupby("customer_id")
    people["actual"] = held["value"].sum().reindex(people.index)
    people["actual_stay"] = 1 - held["is_lost"].max().reindex(people.index)
    people = people.dropna()
    table = _table(people, list(stay.index.astype(str)), study.study.declared.minimum_group, confidence)
    return HeldOut(
        table, str(study.study.period(through).shift(-a_year)), a_year, study.study.declared.period,
        study.study.declared.currency, confidence, len(people),
    )  # fmt: skip


def _table(people: pd.DataFrame, order: list[str], small: int, confidence: float) -> pd.DataFrame:
    from scipy.special import stdtrit

    doubled = pd.concat([people, people.assign(band=ALL)])
    grouped = doubled.groupby("band", sort=False)
    table = grouped[["predicted", "actual", "predicted_stay", "actual_stay"]].mean()
    table = table.reindex([b for b in (*order, ALL) if b in table.index])
    n = grouped.size().reindex(table.index)
    table.insert(0, "n", n)
    table["estimate"] = table["actual"] - table["predicted"]
    table["std_error"] = grouped["actual"].std().reindex(table.index) / np.sqrt(n)
    half = stdtrit(np.maximum(n - 1, 1), 0.5 + confidence / 2) * table["std_error"]
    table["low"], table["high"] = table["actual"] - half, table["actual"] + half
    is_band = table.index != ALL
    table["suppressed"] = n < small
    table.loc[is_band, "suppressed"] = ~shown_groups(n[is_band].to_numpy(), None, small)
    table.loc[table["suppressed"], table.columns[1:-1]] = np.nan
    return table
