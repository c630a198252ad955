"""The outcome along a driver, bin by bin: the plainest look at a shape, before any model."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from linkage.drivers.controls import group_codes, modelled_rows
from linkage.errors import LinkError
from linkage.group_codes import without_gaps
from linkage.precision import check_confidence
from linkage.results import Result
from linkage.sentences import plural
from linkage.thresholds.setting import rows_said


@dataclass(frozen=True, eq=False, repr=False)
class BinnedMeans(Result):
    """The mean outcome in bins of a driver that hold about as many rows each.

    estimates : one row per bin, lowest driver first. driver_low, driver_high, driver_mean : the driver in
        the bin; estimate, std_error, df, low, high : the mean outcome; n, clusters : rows and clusters in it.
        std_error is missing where a bin holds a single cluster.
    bins_asked : bins asked for; there are fewer where ties in the driver demand it.
    """

    outcome: str
    driver: str
    cluster: str | None
    estimates: pd.DataFrame
    bins_asked: int
    n_used: int
    n_dropped: int
    clusters: int | None
    method: str
    confidence: float

    def summary(self) -> str:
        first, last = self.estimates.iloc[0], self.estimates.iloc[-1]
        count = len(self.estimates)
        bins = f"{count} {plural('bin', count)} of {self.driver}"
        fewer = f" ({self.bins_asked} were asked for; rows with equal values stay together)"
        return (
            f"{self.outcome} in {bins}{fewer if count < self.bins_asked else ''}: "
            f"{self._said(first)} in the lowest, {self._said(last)} in the highest; "
            f"{self.confidence:.0%} intervals. {rows_said(self.n_used, self.n_dropped, self.clusters)}"
        )

    def _said(self, row: pd.Series) -> str:
        between = f"{row.driver_low:.4g} to {row.driver_high:.4g}"
        return f"{row.estimate:.3g} ({row.low:.3g} to {row.high:.3g}) at {between}"


def bin_means(
    table: pd.DataFrame,
    *,
    outcome: str,
    driver: str,
    bins: int = 10,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> BinnedMeans:
    """Show the mean outcome in bins of a driver, each of about as many rows.

    table : a linkage table; may hold several rows per `cluster`. Rows with the same driver value share a bin.
    confidence : coverage of each bin's interval, of t with the bin's own clusters less one.

    The error of a mean is that of a ratio of cluster sums to cluster sizes (Cochran 1977, chapter 6).
    Raises TooFewRowsError below two rows a bin.
    """
    check_confidence(confidence)
    if isinstance(bins, bool) or not isinstance(bins, Integral) or bins < 1:
        raise LinkError(f"bins is a whole number, 1 or more; not {bins!r}.")
    if outcome == driver:
        raise LinkError(f"{driver} is outcome and driver of the same question.")
    rows = modelled_rows(table, numbers=[driver, outcome], controls=(), cluster=cluster, at_least=2 * bins)
    x, y = rows[driver].to_numpy(), rows[outcome].to_numpy()
    groups = group_codes(rows, cluster)
    codes = bin_codes(x, bins)
    parts = [np.flatnonzero(codes == b) for b in np.unique(codes)]
    estimates = pd.DataFrame([_bin(x[part], y[part], groups, part, confidence) for part in parts])
    estimates.index = pd.RangeIndex(1, len(parts) + 1, name="bin")
    return BinnedMeans(
        outcome=outcome,
        driver=driver,
        cluster=cluster,
        estimates=estimates,
        bins_asked=bins,
        n_used=len(rows),
        n_dropped=len(table) - len(rows),
        clusters=None if groups is None else int(groups.max()) + 1,
        method=f"means of equal-n bins; errors {'clustered by ' + cluster if cluster else 'of independent rows'}",
        confidence=confidence,
    )


def bin_codes(values: np.ndarray, bins: int) -> np.ndarray:
    """Bin 0, 1, ... of each value (n,): as equal in number as ties allow, equal values together."""
    shares = np.arange(1, bins) / bins
    edges = np.unique(np.quantile(values, shares, method="inverted_cdf"))
    return np.searchsorted(edges, values, side="left")


def _bin(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray | None, part: np.ndarray, confidence: float
) -> dict:
    from scipy.stats import t

    residuals = y - y.mean()
    if groups is not None:
        codes = without_gaps(groups[part])
        residuals = np.bincount(codes, weights=residuals)
    count = len(residuals)
    error = np.sqrt(count / (count - 1) * (residuals**2).sum()) / len(y) if count > 1 else np.nan
    reach = t.ppf((1 + confidence) / 2, count - 1) * error if count > 1 else np.nan
    return {
        "driver_low": x.min(),
        "driver_high": x.max(),
        "driver_mean": x.mean(),
        "estimate": y.mean(),
        "std_error": error,
        "df": count - 1,
        "low": y.mean() - reach,
        "high": y.mean() + reach,
        "n": len(y),
        "clusters": count if groups is not None else np.nan,
    }
