"""Value by loyalty band: one table a band for both forms, small bands hidden, gaps between bands."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.sentences import number, signed
from linkage.value.money import MoneyResult

NO_BAND = "no answer"
SHOWN = ["estimate", "std_error", "low", "high"]


@dataclass(frozen=True, eq=False, repr=False)
class ValueByBand(MoneyResult):
    """What customers of each loyalty band are worth.

    estimates : one row a band: n (customers), estimate (mean value), std_error, low, high, suppressed (fewer
        than `minimum_group` customers: nothing but n is shown), and the parts of the value (contract:
        retention, margin a period; purchases: p_alive, expected_count, expected_amount).
        Customers without a band are the band "no answer".
    gaps : every two shown bands: band, other, and how much more the first is worth, with its interval.
    overall : the same for all customers; missing where it would give a hidden band away.
    form : "contract" or "purchases". counted : whom the n of a band counts.
    draws, failed_draws : resamples of whole customers; without a solution.
    """

    gaps: pd.DataFrame
    overall: pd.Series
    form: str
    method: str
    minimum_group: int
    n_used: int
    n_dropped: int
    draws: int
    failed_draws: int
    seed: int
    counted: str = "customers"

    def summary(self) -> str:
        shown = self.estimates[~self.estimates["suppressed"]]
        said = "; ".join(
            f"{band} {number(row.estimate)} {self.currency} ({number(row.low)} to {number(row.high)}, "
            f"n = {int(row.n):,})"
            for band, row in shown.iterrows()
        )
        hidden = int(self.estimates["suppressed"].sum())
        few = f" {hidden:,} with fewer than {self.minimum_group} customers not shown." if hidden else ""
        apart, several = "", self._several()
        asked = self.gaps[(self.gaps[["band", "other"]] != NO_BAND).all(axis=1)]
        if len(asked):
            widest = asked.loc[asked["estimate"].abs().idxmax()]
            apart = (
                f" Being {widest.band} rather than {widest.other} goes with {signed(widest.estimate)} "
                f"{self.currency} ({signed(widest.low)} to {signed(widest.high)})."
            )
        return (
            f"Mean lifetime value by band ({100 * self.confidence:g}% intervals): {said}.{apart}{few} "
            f"({self.standing()}; {self.method}; n = {self.n_used:,} customers, {self.n_dropped:,} rows "
            f"incomplete. n of a band: {self.counted}{several}.)"
        )

    def _several(self) -> str:
        """That the bands hold some customers more than once, where they do."""
        added = int(self.estimates["n"].sum())
        return "" if added == self.n_used else f"; who moved counts in each, so they add up to {added:,}"


def band_codes(bands: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes (n,) into the bands' names: in the order of a categorical, else sorted; missing ones last."""
    if isinstance(bands.dtype, pd.CategoricalDtype):
        names, codes = list(bands.cat.categories), bands.cat.codes.to_numpy()
        present = np.isin(np.arange(len(names)), codes)
        names = [name for name, is_there in zip(names, present, strict=True) if is_there]
        codes = np.where(codes >= 0, np.cumsum(present)[codes] - 1, -1)
    else:
        codes, found = pd.factorize(bands, sort=True)
        names = list(found)
    names = [str(name) for name in names]
    if (codes < 0).any():
        codes, names = np.where(codes < 0, len(names), codes), [*names, NO_BAND]
    return codes.astype("int64"), names


def band_tables(
    names: list[str],
    counts: np.ndarray,
    values: np.ndarray,
    drawn: np.ndarray,
    *,
    minimum_group: int,
    confidence: float,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """The tables by band, of gaps and of all: counts (K,), values (K+1,) and draws (D, K+1), the last of all."""
    whole = _with_interval(values, drawn, confidence)
    whole.index = pd.Index([*names, "all"], name="band")
    estimates = whole.iloc[:-1].copy()
    estimates.insert(0, "n", counts)
    estimates["suppressed"] = counts < minimum_group
    estimates.loc[estimates["suppressed"], SHOWN] = np.nan
    overall = whole.iloc[-1].copy()
    hidden = counts[counts < minimum_group].sum()
    if 0 < hidden < minimum_group or (counts < minimum_group).sum() == 1:
        overall[:] = np.nan  # with the bands that are shown it would give the hidden one away
    shown = np.flatnonzero(counts >= minimum_group)
    pairs = list(itertools.combinations(shown[::-1], 2))
    first, other = [i for i, _ in pairs], [j for _, j in pairs]
    gaps = _with_interval(values[first] - values[other], drawn[:, first] - drawn[:, other], confidence)
    gaps.insert(0, "other", [names[j] for j in other])
    gaps.insert(0, "band", [names[i] for i in first])
    return estimates, gaps, overall


def hide_small(estimates: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """The table with further columns, hidden where the band is."""
    joined = estimates.join(parts)
    joined.loc[joined["suppressed"], list(parts.columns)] = np.nan
    return joined


def _with_interval(values: np.ndarray, drawn: np.ndarray, confidence: float) -> pd.DataFrame:
    tail = (1 - confidence) / 2
    if not len(values):
        return pd.DataFrame(columns=SHOWN, dtype="float64")
    low, high = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    error = np.nanstd(drawn, axis=0, ddof=1)
    return pd.DataFrame({"estimate": values, "std_error": error, "low": low, "high": high})
