"""What shape has the link: a curve with its band, its slope everywhere, and whether a straight line would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.drivers.sandwich import error_name
from linkage.errors import LinkError, TooFewRowsError
from linkage.limits.fewest import FEWEST_FOR_BREAK
from linkage.precision import check_confidence
from linkage.results import Result
from linkage.rows import as_names
from linkage.thresholds.breakfit import ModelFit, broken_line, compare_models, fit_model
from linkage.thresholds.families import FAMILIES
from linkage.thresholds.profile import search_break
from linkage.thresholds.setting import (
    Setting,
    p_said,
    read_setting,
    refuse_few_values,
    rows_said,
)
from linkage.thresholds.spline import place_knots, spline_columns, spline_slopes

GAUSSIAN = FAMILIES["gaussian"]


@dataclass(frozen=True, eq=False, repr=False)
class Shape(Result):
    """An outcome along a driver as a smooth curve, at average controls.

    estimates : driver, from its 1% to its 99% quantile; estimate, std_error, low, high : the expected outcome;
        slope, slope_std_error, slope_low, slope_high : outcome units per driver unit there. Bands are pointwise.
    p_value : of a straight line, against the curve (a joint F of its bends, f_value on f_df and df).
    comparison : straight line, spline and line with a break by BIC, best first; the break pays for its place,
        `break_at`, driver units (missing where the driver has too few values for a break).
    knots : driver units. df_used : columns of the spline; fewer than df_asked where ties demand it.
    straight_slope, straight_low, straight_high : of the straight line.
    """

    outcome: str
    driver: str
    controls: tuple[str, ...]
    cluster: str | None
    estimates: pd.DataFrame
    comparison: pd.DataFrame
    p_value: float
    f_value: float
    f_df: int
    df: int
    break_at: float
    straight_slope: float
    straight_low: float
    straight_high: float
    knots: tuple[float, ...]
    df_asked: int
    df_used: int
    n_used: int
    n_dropped: int
    clusters: int | None
    method: str
    confidence: float

    def summary(self) -> str:
        straight = (
            f"as a straight line, one unit more of {self.driver} goes with {self.straight_slope:+.3g} "
            f"({self.straight_low:+.3g} to {self.straight_high:+.3g})"
        )
        fewer = f" ({self.df_asked} bends and slopes asked for; ties allow {self.df_used})"
        return (
            f"{self.outcome} along {self.driver}: {self._verdict()}; {straight}. The curve's slope is "
            f"{self._slope(0)}, and {self._slope(-1)} ({self.confidence:.0%} bands)"
            f"{fewer if self.df_used < self.df_asked else ''}. By BIC the {self.comparison.index[0]} serves best. "
            f"{rows_said(self.n_used, self.n_dropped, self.clusters)}"
        )

    def _verdict(self) -> str:
        if self.p_value < 1 - self.confidence:
            return f"a curve fits better than a straight line ({p_said(self.p_value)})"
        return f"no curve shown beside a straight line ({p_said(self.p_value)})"

    def _slope(self, row: int) -> str:
        here = self.estimates.iloc[row]
        return f"{here.slope:+.3g} ({here.slope_low:+.3g} to {here.slope_high:+.3g}) at {here.driver:.4g}"


def fit_shape(
    table: pd.DataFrame,
    *,
    outcome: str,
    driver: str,
    controls: Sequence[str] = (),
    cluster: str | None = None,
    df: int = 4,
    grid: int = 50,
    confidence: float = 0.95,
) -> Shape:
    """Draw the shape of a link: the expected outcome along a driver, and the slope of that curve.

    table : a linkage table; may hold several rows per `cluster`. controls : numbers, or categories.
    df : columns of the natural cubic spline, 2 to 6, with df + 1 knots at quantiles of the driver.
    grid : points of the curve. confidence : coverage of the pointwise bands.

    Least squares with clustered errors. Raises TooFewRowsError below 30 rows, 3 distinct driver values, or
    with fewer clusters than bends to test. An association, not a cause.
    """
    check_confidence(confidence)
    if not 2 <= df <= 6 or grid < 2:
        raise LinkError(f"df is 2 to 6 and grid 2 or more, not {df} and {grid}.")
    asked = {"outcome": outcome, "driver": driver, "controls": as_names(controls), "cluster": cluster}
    setting = read_setting(table, **asked)
    refuse_few_values(setting.driver, driver, 3, "a curve")
    knots = _knots(setting, df)
    line = fit_model(setting, GAUSSIAN, setting.driver[:, None])
    curve = fit_model(setting, GAUSSIAN, _centred(setting, knots))
    broken, place = _broken(setting)
    f_value, p_value = _curvature(curve, driver)
    straight = _straight(setting, line, confidence)
    return Shape(
        **asked,
        estimates=_curve(setting, curve, knots, grid, confidence),
        comparison=compare_models(setting, GAUSSIAN, line, {"spline": curve, **broken}),
        p_value=p_value,
        f_value=f_value,
        f_df=curve.extra - 1,
        df=curve.df,
        break_at=place,
        straight_slope=straight[0],
        straight_low=straight[1],
        straight_high=straight[2],
        knots=tuple(float(setting.raw(k)) for k in knots),
        df_asked=df,
        df_used=curve.extra,
        **setting.counts(len(table)),
        method=f"natural cubic spline by least squares, {error_name(cluster)}",
        confidence=confidence,
    )


def _knots(setting: Setting, df: int) -> np.ndarray:
    """Knots that ties leave apart; where most rows share a value, spread over the distinct values instead."""
    distinct = np.unique(setting.driver)
    df = min(df, len(distinct) - 1)
    knots = place_knots(setting.driver, df)
    return knots if len(knots) >= 3 else place_knots(distinct, df)


def _centred(setting: Setting, knots: np.ndarray) -> np.ndarray:
    """Spline columns about their means: the constant is then the mean outcome, and no column repeats it."""
    columns = spline_columns(setting.driver, knots)
    return columns - columns.mean(axis=0)


def _broken(setting: Setting) -> tuple[dict[str, ModelFit], float]:
    if len(np.unique(setting.driver)) < FEWEST_FOR_BREAK:
        return {}, np.nan
    search = search_break(setting, GAUSSIAN, free=True, count=100)
    fit = broken_line(setting, GAUSSIAN, search.best, free=True)
    return {"line with a break": fit}, float(setting.raw(search.best))


def _curvature(curve: ModelFit, driver: str) -> tuple[float, float]:
    """F of all bends being zero, and its p-value (Wald, with the robust covariance)."""
    from scipy.stats import f

    bends = curve.extra - 1
    if curve.df < bends:
        raise TooFewRowsError(
            f"{curve.df + 1} clusters cannot test {bends} bends of {driver}. Use a smaller df, or a finer cluster."
        )
    part = slice(-bends, None)
    values, covariance = curve.coefficients[part], curve.covariance[part, part]
    f_value = float(values @ np.linalg.solve(covariance, values)) / bends
    return f_value, float(f.sf(f_value, bends, curve.df))


def _straight(setting: Setting, line: ModelFit, confidence: float) -> tuple[float, float, float]:
    from scipy.stats import t

    slope = line.coefficients[-1] / setting.unit
    reach = t.ppf((1 + confidence) / 2, line.df) * np.sqrt(line.covariance[-1, -1]) / setting.unit
    return float(slope), float(slope - reach), float(slope + reach)


def _curve(
    setting: Setting, curve: ModelFit, knots: np.ndarray, grid: int, confidence: float
) -> pd.DataFrame:
    from scipy.stats import t

    places = np.linspace(*np.quantile(setting.driver, [0.01, 0.99]), grid)
    means = spline_columns(setting.driver, knots).mean(axis=0)
    level = np.zeros((grid, len(curve.coefficients)))
    level[:, 0] = 1  # controls stay 0, their average
    level[:, -curve.extra :] = spline_columns(places, knots) - means
    slope = np.zeros_like(level)
    slope[:, -curve.extra :] = spline_slopes(places, knots) / setting.unit
    columns = {"driver": setting.raw(places)}
    quantile = t.ppf((1 + confidence) / 2, curve.df)
    for front, design in (("", level), ("slope_", slope)):
        values = design @ curve.coefficients
        error = np.sqrt(np.einsum("ij,jk,ik->i", design, curve.covariance, design))
        columns |= {
            "slope" if front else "estimate": values,
            f"{front}std_error": error,
            f"{front}low": values - quantile * error,
            f"{front}high": values + quantile * error,
        }
    return pd.DataFrame(columns)
