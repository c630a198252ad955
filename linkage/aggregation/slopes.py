"""Is a link one of customers within a unit, or one of units? The slopes within, between and pooled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from linkage.errors import FitError, TooFewRowsError
from linkage.metrics.intervals import check_confidence
from linkage.results import Result
from linkage.rows import complete_rows

UNITS_NEEDED = 4
NO_VARIANCE = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class WithinBetween(Result):
    """The slope among answers of the same unit, the slope among unit means, and their mixture.

    estimates : rows within, between, pooled and difference (between less within): estimate (outcome units per
        unit of the driver), std_error, low, high, p_value, df. A slope without variance to rest on is missing.
    driver_between_share, outcome_between_share : share of each one's variance that lies between units.
        pooled = driver_between_share x between + the rest x within.
    n_used, n_dropped : rows; groups : units.
    """

    outcome: str
    driver: str
    group: str
    estimates: pd.DataFrame
    driver_between_share: float
    outcome_between_share: float
    groups: int
    n_used: int
    n_dropped: int
    confidence: float

    @property
    def is_ecological(self) -> bool:
        """Whether unit means tell another story than the answers within units."""
        row = self.estimates.loc["difference"]
        return bool(row["low"] > 0 or row["high"] < 0)

    def summary(self) -> str:
        within, between, pooled = (self._said(name) for name in ("within", "between", "pooled"))
        text = (
            f"One more of {self.driver} goes with {within} of {self.outcome} among answers of the same "
            f"{self.group}, and with {between} among the means of {self.groups:,} units. Pooled, {pooled} mixes the "
            f"two: {self.driver_between_share:.0%} of the driver's variance lies between units (n = {self.n_used:,}; "
            f"{self.n_dropped:,} incomplete)."
        )
        if self.is_ecological:
            return (
                text + " The two differ beyond chance: a slope of unit means is not an effect on customers."
            )
        return text + " That they are the same is not ruled out."

    def _said(self, name: str) -> str:
        row = self.estimates.loc[name]
        if not np.isfinite(row["estimate"]):
            return "no slope (no variance to rest on)"
        return (
            f"{row['estimate']:+.3f} ({self.confidence:.0%} interval {row['low']:+.3f} to {row['high']:+.3f})"
        )


def split_within_between(
    table: pd.DataFrame, *, outcome: str, driver: str, group: str, confidence: float = 0.95
) -> WithinBetween:
    """Does the link hold among customers of the same unit, or only among units?

    table : one row an answer. A description: no other driver is held fixed.

    within: least squares on deviations from unit means, errors clustered by unit, t with units - 1 degrees of
    freedom. between: unit means weighted by their answers, HC3 errors (MacKinnon and White 1985), t with
    units - 2. pooled: all rows, clustered. The difference uses both errors and their clustered covariance.
    (Robinson 1950, American Sociological Review 15, p. 351; Raudenbush and Bryk 2002, p. 139.)
    Raises TooFewRowsError below four units, FitError for a constant driver.
    """
    check_confidence(confidence)
    rows = complete_rows(table, [outcome, driver], [group], at_least=UNITS_NEEDED)
    codes = rows[group].factorize()[0]
    count = int(codes.max()) + 1
    if count < UNITS_NEEDED:
        raise TooFewRowsError(f"{count:,} units of {group}; at least {UNITS_NEEDED} are needed.")
    x, y = (rows[name].to_numpy() - rows[name].mean() for name in (driver, outcome))
    if (x**2).sum() <= NO_VARIANCE * max((rows[driver] ** 2).sum(), 1e-300):
        raise FitError(f"The driver {driver!r} is constant over {len(rows):,} rows: it has no slope.")
    lines, shares = slope_lines(x, y, codes, confidence)
    return WithinBetween(
        outcome=outcome,
        driver=driver,
        group=group,
        estimates=pd.DataFrame(lines).T,
        driver_between_share=shares[0],
        outcome_between_share=shares[1],
        groups=count,
        n_used=len(rows),
        n_dropped=len(table) - len(rows),
        confidence=confidence,
    )


def slope_lines(
    x: np.ndarray, y: np.ndarray, codes: np.ndarray, confidence: float
) -> tuple[dict[str, dict[str, float]], tuple[float, float]]:
    """The four lines and the between shares of driver and outcome, from centred arrays and unit codes."""
    n = np.bincount(codes).astype(float)
    x_mean, y_mean = np.bincount(codes, x) / n, np.bincount(codes, y) / n
    x_in, y_in = x - x_mean[codes], y - y_mean[codes]
    count, total = len(n), (x**2).sum()
    within, within_pull = clustered_slope(x_in, y_in, codes, total)
    between, between_error, between_pull = means_slope(n, x_mean, y_mean, total)
    pooled, pooled_pull = clustered_slope(x, y, codes, total)
    step = count / (count - 1)
    within_error, pooled_error = (np.sqrt(step * (pull**2).sum()) for pull in (within_pull, pooled_pull))
    shared = step * (within_pull * between_pull).sum()
    apart = np.sqrt(max(within_error**2 + between_error**2 - 2 * shared, 0.0))
    lines = {
        "within": slope_line(within, within_error, count - 1, confidence),
        "between": slope_line(between, between_error, count - 2, confidence),
        "pooled": slope_line(pooled, pooled_error, count - 1, confidence),
        "difference": slope_line(between - within, apart, count - 2, confidence),
    }
    y_total = (y**2).sum()
    shares = (n * x_mean**2).sum() / total, (n * y_mean**2).sum() / y_total if y_total > 0 else np.nan
    return lines, (float(shares[0]), float(shares[1]))


def clustered_slope(
    x: np.ndarray, y: np.ndarray, codes: np.ndarray, total: float
) -> tuple[float, np.ndarray]:
    """A slope through the origin and what each unit pulls at it; missing where x does not vary."""
    square = (x**2).sum()
    if square <= NO_VARIANCE * total:
        return np.nan, np.full(codes.max() + 1, np.nan)
    slope = (x * y).sum() / square
    return float(slope), np.bincount(codes, x * (y - slope * x)) / square


def means_slope(n: np.ndarray, x: np.ndarray, y: np.ndarray, total: float) -> tuple[float, float, np.ndarray]:
    """Slope of unit means weighted by n, its HC3 error, and what each unit pulls at it."""
    square = (n * x**2).sum()
    if square <= NO_VARIANCE * total:
        return np.nan, np.nan, np.full(len(n), np.nan)
    slope = (n * x * y).sum() / square
    pull = n * x * (y - slope * x) / square
    leverage = n / n.sum() + n * x**2 / square
    with np.errstate(divide="ignore"):
        error = np.sqrt(((pull / np.maximum(1 - leverage, 1e-12)) ** 2).sum())
    return float(slope), float(error), pull


def slope_line(estimate: float, error: float, df: int, confidence: float) -> dict[str, float]:
    """One row of estimates, t with df degrees of freedom."""
    reach = stats.t.isf((1 - confidence) / 2, df) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stats.t.sf(abs(np.float64(estimate) / error), df)
    return {
        "estimate": estimate,
        "std_error": error,
        "low": estimate - reach,
        "high": estimate + reach,
        "p_value": float(p_value),
        "df": df,
    }
