"""Is there a point along a driver where its link with the outcome changes, and where?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.drivers.sandwich import error_name
from linkage.errors import LinkError
from linkage.limits.fewest import FEWEST_FOR_BREAK
from linkage.limits.foreseen import POWER_QUANTILE
from linkage.precision import check_confidence, check_draws, check_seed
from linkage.results import Result
from linkage.rows import as_names
from linkage.thresholds.breakfit import (
    ModelFit,
    broken_line,
    compare_models,
    fit_model,
    place_error,
    place_limit,
)
from linkage.thresholds.evidence import Evidence, weigh_break
from linkage.thresholds.families import FAMILIES, Family, choose_family
from linkage.thresholds.profile import Search, hinge, places_within, search_break
from linkage.thresholds.setting import (
    Setting,
    p_said,
    read_setting,
    refuse_few_values,
    rows_said,
)


@dataclass(frozen=True, eq=False, repr=False)
class Break(Result):
    """Where, if anywhere, the slope of an outcome along a driver changes.

    estimates : rows break_point (driver units), slope_before, slope_after, slope_change, straight_line (outcome
        units per driver unit; log odds or logarithms for binomial, poisson and gamma), with estimate, std_error,
        df, low, high, p_value. The p_value of slope_change is corrected for the search; break_point has none.
    is_shown : a break is shown, that is p_value < 1 - confidence. p_davies : Davies's upper bound of p_value.
    low_searched, high_searched : driver units. reaches_end : the break point's interval reaches one of them.
    detectable : change of slope in the middle of the driver that four of five samples would have shown.
    Where no break is shown, break_point and the slopes about it mean little.
    profile : driver, deviance. scan : driver, statistic, the t of a change of slope at each place.
    comparison : model, parameters, charged, deviance, bic, bic_difference, best first.
    curve : driver, estimate, std_error, low, high: the broken line at average controls, outcome units.
    """

    outcome: str
    driver: str
    controls: tuple[str, ...]
    cluster: str | None
    family: str
    first_slope: str
    estimates: pd.DataFrame
    is_shown: bool
    p_value: float
    p_davies: float
    low_searched: float
    high_searched: float
    reaches_end: bool
    detectable: float
    profile: pd.DataFrame
    scan: pd.DataFrame
    comparison: pd.DataFrame
    curve: pd.DataFrame
    n_used: int
    n_dropped: int
    clusters: int | None
    method: str
    draws: int
    seed: int
    confidence: float

    def summary(self) -> str:
        words = self._shown() if self.is_shown else self._not_shown()
        return f"{words} {rows_said(self.n_used, self.n_dropped, self.clusters)}"

    def _shown(self) -> str:
        place = self.estimates.loc["break_point"]
        open_end = " The interval reaches the end of what was searched." if self.reaches_end else ""
        before = "held at zero" if self.first_slope == "zero" else f"goes with {self._said('slope_before')}"
        best = self.comparison.index[0]
        doubt = "" if "break" in best else f" By BIC, though, the {best} serves better."
        return (
            f"{self.outcome} changes its slope at {place.estimate:.4g} of {self.driver} ("
            f"{self.confidence:.0%} interval {place.low:.4g} to {place.high:.4g}): "
            f"below it one unit more {before}, above it with "
            f"{self._said('slope_after')}{FAMILIES[self.family].slope_unit}. A straight line would seldom look so "
            f"({p_said(self.p_value)}, corrected for the search).{doubt}{open_end}"
        )

    def _not_shown(self) -> str:
        unit = FAMILIES[self.family].slope_unit
        return (
            f"No break shown in {self.outcome} between {self.low_searched:.4g} and {self.high_searched:.4g} of "
            f"{self.driver} ({p_said(self.p_value)}, corrected for the search): all along, one unit more goes with "
            f"{self._said('straight_line')}{unit}. In the middle, a change of slope of {self.detectable:.3g} or more "
            "would have been seen in four of five samples."
        )

    def _said(self, term: str) -> str:
        row = self.estimates.loc[term]
        return f"{row.estimate:+.3g} ({row.low:+.3g} to {row.high:+.3g})"


def find_break(
    table: pd.DataFrame,
    *,
    outcome: str,
    driver: str,
    controls: Sequence[str] = (),
    cluster: str | None = None,
    family: str = "gaussian",
    first_slope: str = "free",
    draws: int = 999,
    seed: int = 0,
    confidence: float = 0.95,
) -> Break:
    """Find the one point along a driver where its link with the outcome changes, if there is one.

    table : a linkage table; may hold several rows per `cluster`. controls : numbers, or categories.
    family : "gaussian" (a measure), "binomial" (0 or 1), "poisson" (a count), "gamma" (an amount above zero).
    first_slope : "free", or "zero" for a line that is flat up to the break. draws : of the bootstrap test.

    The place is that of greatest likelihood, searched between the 10% and 90% quantiles; its interval inverts
    the likelihood ratio, scaled for clusters; standard errors are Muggeo's (2003, Statistics in Medicine 22).
    The test is of a change of slope at any place against a straight line, whatever `first_slope`.
    Raises TooFewRowsError below 30 rows or 6 distinct driver values, TableError for an outcome the family cannot
    have, FitError where a fit has no solution. An association, not a cause.
    """
    _refuse_request(first_slope, draws, confidence)
    check_seed(seed)
    asked = {"outcome": outcome, "driver": driver, "controls": as_names(controls), "cluster": cluster}
    setting = read_setting(table, **asked)
    kind = choose_family(family, setting.outcome, outcome)
    refuse_few_values(setting.driver, driver, FEWEST_FOR_BREAK, "a break")
    free = first_slope == "free"
    evidence = weigh_break(setting, kind, draws=draws, seed=seed, confidence=confidence)
    search = search_break(setting, kind, free=free, count=100 if family == "gaussian" else 40)
    fit = broken_line(setting, kind, search.best, free=free)
    low, high = places_within(search, place_limit(fit, confidence))
    line = fit_model(setting, kind, setting.driver[:, None])
    place = _place(setting, search, fit, (low, high))
    slopes = _slopes(setting, fit, line, evidence, free=free, confidence=confidence)
    return Break(
        **asked,
        family=family,
        first_slope=first_slope,
        estimates=pd.concat([place, slopes]).rename_axis("term"),
        is_shown=evidence.p_value < 1 - confidence,
        p_value=evidence.p_value,
        p_davies=evidence.p_davies,
        low_searched=setting.raw(search.low),
        high_searched=setting.raw(search.high),
        reaches_end=bool(low <= search.low or high >= search.high),
        detectable=_detectable(setting, evidence),
        profile=pd.DataFrame({"driver": setting.raw(search.places), "deviance": search.deviance}),
        scan=pd.DataFrame({"driver": setting.raw(evidence.places), "statistic": evidence.statistic}),
        comparison=compare_models(setting, kind, line, _broken_models(setting, kind, fit, free)),
        curve=_curve(setting, kind, search.best, fit, free, confidence),
        **setting.counts(len(table)),
        method=f"{family} line with one break by profile likelihood, {error_name(cluster)}; "
        f"largest score with random signs of {'clusters' if cluster else 'rows'}",
        draws=draws,
        seed=seed,
        confidence=confidence,
    )


def _refuse_request(first_slope: str, draws: int, confidence: float) -> None:
    check_confidence(confidence)
    if first_slope not in ("free", "zero"):
        raise LinkError(f'first_slope is "free" or "zero", not {first_slope!r}.')
    check_draws(draws, at_least=99)  # a p-value of 0.01 could not be told otherwise


def _broken_models(setting: Setting, family: Family, fit: ModelFit, free: bool) -> dict[str, ModelFit]:
    """The broken line found, and the other kind beside it."""
    search = search_break(setting, family, free=not free, count=100 if family.name == "gaussian" else 40)
    other = broken_line(setting, family, search.best, free=not free)
    return {"line with a break": fit if free else other, "flat, then a break": other if free else fit}


def _slopes(
    setting: Setting, fit: ModelFit, line: ModelFit, evidence: Evidence, *, free: bool, confidence: float
) -> pd.DataFrame:
    """Slopes before and after the break, their difference, and the straight line's: outcome units per driver unit."""
    from scipy.stats import t

    k = len(fit.coefficients)
    take = np.zeros((3, k))  # slope before, after, change, as sums of coefficients
    take[1:, k - 2] = 1
    if free:
        take[:2, k - 3] = 1
    values = np.append(take @ fit.coefficients, line.coefficients[-1]) / setting.unit
    variance = np.append(np.diag(take @ fit.covariance @ take.T), line.covariance[-1, -1])
    error, df = np.sqrt(variance) / setting.unit, np.array([fit.df] * 3 + [line.df])
    if not free:
        error[0] = np.nan
    reach = t.ppf((1 + confidence) / 2, df) * error
    p_value = 2 * t.sf(np.abs(values) / error, df)
    p_value[2] = evidence.p_value
    names = ["slope_before", "slope_after", "slope_change", "straight_line"]
    columns = {
        "estimate": values,
        "std_error": error,
        "df": df,
        "low": values - reach,
        "high": values + reach,
    }
    return pd.DataFrame({**columns, "p_value": p_value}, index=names)


def _place(setting: Setting, search: Search, fit: ModelFit, ends: tuple[float, float]) -> pd.DataFrame:
    """The break point itself, driver units; no p-value is one of a place."""
    place = {
        "estimate": setting.raw(search.best),
        "std_error": place_error(fit) * setting.unit,
        "df": fit.df,
        "low": setting.raw(ends[0]),
        "high": setting.raw(ends[1]),
        "p_value": np.nan,
    }
    return pd.DataFrame([place], index=["break_point"])


def _detectable(setting: Setting, evidence: Evidence) -> float:
    middle = int(np.abs(evidence.places - np.median(setting.driver)).argmin())
    return float((evidence.critical + POWER_QUANTILE) * evidence.error[middle] / setting.unit)


def _curve(
    setting, family: Family, place: float, fit: ModelFit, free: bool, confidence: float
) -> pd.DataFrame:
    low, high = np.quantile(setting.driver, [0.01, 0.99])
    grid = np.unique(np.append(np.linspace(low, high, 100), place))
    shape = [grid, hinge(grid, place)] if free else [hinge(grid, place)]
    design = np.zeros((len(grid), len(fit.coefficients)))
    design[:, 0] = 1  # controls stay 0, their average
    design[:, -1 - len(shape) :] = np.column_stack([*shape, -(grid > place).astype(float)])
    return curve_table(setting.raw(grid), design, fit, family, confidence)


def curve_table(
    driver: np.ndarray, design: np.ndarray, fit: ModelFit, family: Family, confidence: float
) -> pd.DataFrame:
    """Expected outcome with its pointwise band, outcome units; std_error is of the linear predictor."""
    from scipy.stats import t

    predictor = design @ fit.coefficients
    error = np.sqrt(np.einsum("ij,jk,ik->i", design, fit.covariance, design))
    reach = t.ppf((1 + confidence) / 2, fit.df) * error
    return pd.DataFrame(
        {
            "driver": driver,
            "estimate": family.mean(predictor),
            "std_error": error,
            "low": family.mean(predictor - reach),
            "high": family.mean(predictor + reach),
        }
    )
