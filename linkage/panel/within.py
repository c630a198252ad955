"""Each unit against itself: regressions with unit (and period) effects."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkageWarning, LinkError, TooFewRowsError
from linkage.limits.fitted import FEW_CLUSTERS
from linkage.panel.absorbing import absorb_effects
from linkage.panel.design import PanelDesign, group_means, moves, panel_design
from linkage.panel.wild import DRAWS, bootstrap_terms
from linkage.regression.result import check_confidence, estimate_table
from linkage.results import Result

CONVENTIONS = {
    "nested": "CR1, k without effects nested in the clusters",
    "dummies": "CR1, k counts every effect",
    "none": "CR0, no small-sample factor",
}
SHORT_PANEL = 30  # periods; below it the bias of a lagged outcome is 3% of 1 + rho or more


@dataclass(frozen=True, eq=False, repr=False)
class WithinFit(Result):
    """A regression with unit effects, and period effects if `period` is not None.

    estimates : one row a term: estimate, std_error, statistic, df, p_value, low, high; outcome units per
        unit of the term, within the same unit.
    covariance : of the estimates. r_squared : the within R-squared.
    n_used, n_dropped, n_singletons : rows in the fit; left out for a missing value; left out because their
        unit or period has no other row (their effect explains them whole).
    errors : the kind of standard error and its small-sample factor; bootstrapped : terms whose p_value, low
        and high are the wild cluster bootstrap's.
    unit_effects : each unit's level where all terms are 0, or None with period effects.
    absorbed : terms left out because they do not move within units (or periods).
    """

    outcome: str
    formula: str
    unit: str
    period: str | None
    estimates: pd.DataFrame
    covariance: pd.DataFrame
    r_squared: float
    n_used: int
    n_dropped: int
    n_singletons: int
    units: int
    cluster: str | None
    clusters: int | None
    errors: str
    bootstrapped: tuple[str, ...]
    unit_effects: pd.Series | None
    absorbed: tuple[str, ...]
    confidence: float

    def summary(self) -> str:
        held = f"the same {self.unit}" + (f", {self.period} effects taken out" if self.period else "")
        said = "; ".join(
            f"{term} {row.estimate:+.4g} ({row.low:+.4g} to {row.high:+.4g})"
            for term, row in self.estimates.iterrows()
        )
        grouped = f", {self.clusters:,} clusters by {self.cluster}" if self.clusters else ""
        absorbed = f" Left out, as they do not move: {', '.join(self.absorbed)}." if self.absorbed else ""
        return (
            f"Within {held}, one unit more goes with this much {self.outcome} ({self.confidence:.0%} "
            f"intervals): {said}. Together they explain {self.r_squared:.1%} of its movement within "
            f"{self.unit} (n = {self.n_used:,}, {self.units:,} units{grouped}; {self.n_dropped:,} rows "
            f"incomplete, {self.n_singletons:,} alone).{absorbed}"
        )


def fit_within(
    table: pd.DataFrame,
    formula: str,
    *,
    unit: str,
    period: str | None = None,
    cluster: str | None = None,
    errors: str = "auto",
    small_sample: str = "nested",
    confidence: float = 0.95,
    seed: int = 0,
) -> WithinFit:
    """When a driver is above its usual level in a unit, how far is the outcome above its own?

    formula : "outcome ~ driver + control"; the effects are not written into it.
    unit : column of unit effects: whatever about a unit does not change is held fixed.
    period : column of period effects too (what happened to all units at once).
    cluster : column the errors are clustered by; the unit unless said otherwise.
    errors : "auto": CR1 and t(G-1), and with fewer than 40 clusters that hold whole units p-value and
        interval from the wild cluster bootstrap-t; "CR1": without the bootstrap; "iid": equal variances,
        unclustered.
    small_sample : factor of the clustered covariance, G clusters, N rows. "nested": G/(G-1) (N-1)/(N-k),
        where k leaves out effects nested in the clusters (R fixest, Stata reghdfe); "dummies": the same with
        k counting every effect (R sandwich on lm with dummies, Stata areg); "none": 1 (R plm, arellano HC0).

    A term that does not move within units is left out with a LinkageWarning; FitError where none moves or
    terms are collinear. By pyfixest (singletons: Correia 2016; factors: Cameron & Miller 2015, sec. II.B).
    """
    check_confidence(confidence)
    clustered = _check_words(errors, small_sample)
    effects, cluster = [unit, *([period] if period else [])], cluster or unit
    design, alone = _without_singletons(panel_design(table, formula, [*effects, cluster]), effects)
    design, absorbed = drop_absorbed(design, effects)
    _warn_of_lagged_outcome(design, unit)
    fit = absorb_effects(design, map(design.codes, effects), design.codes(cluster), clustered, small_sample)
    count = fit.clusters
    wild = errors == "auto" and count < FEW_CLUSTERS and _is_nested(design, unit, cluster)
    df = count - 1 if clustered else fit.df
    estimates = estimate_table(design.names, fit.estimates, fit.covariance, df=df, confidence=confidence)
    if wild:
        estimates = bootstrap_terms(estimates, design, effects, cluster, confidence, seed)
    return WithinFit(
        outcome=design.outcome,
        formula=formula,
        unit=unit,
        period=period,
        estimates=estimates,
        covariance=pd.DataFrame(fit.covariance, design.names, design.names),
        r_squared=fit.r_squared,
        cluster=cluster if clustered else None,
        clusters=count,
        **_counts(design, unit, alone),
        errors=_words(cluster, clustered, wild, small_sample),
        bootstrapped=tuple(design.names) if wild else (),
        unit_effects=None if period else _levels(design, unit, fit.estimates),
        absorbed=absorbed,
        confidence=confidence,
    )


def drop_absorbed(design: PanelDesign, effects: list[str]) -> tuple[PanelDesign, tuple[str, ...]]:
    """The design without the terms that one of the effects determines, and the names of those; warns."""
    stays = np.ones(len(design.names), bool)
    for effect in effects:
        stays &= moves(design.x - group_means(design.x, design.codes(effect)), design.x)
    lost = tuple(name for name, stay in zip(design.names, stays, strict=True) if not stay)
    within = " or ".join(effects)
    if not stays.any():
        raise FitError(f"{', '.join(lost)}: no movement within {within}, so there is no within answer.")
    if lost:
        text = (
            f"{', '.join(lost)} left out: no movement within {within}, so their links cannot be told there."
        )
        warnings.warn(text, LinkageWarning, stacklevel=3)
    return design.keep_terms(stays), lost


def _counts(design: PanelDesign, unit: str, alone: int) -> dict[str, int]:
    return {
        "n_used": len(design.y),
        "n_dropped": design.n_dropped,
        "n_singletons": alone,
        "units": design.labels[unit].nunique(),
    }


def _words(cluster: str, clustered: bool, wild: bool, small_sample: str) -> str:
    if not clustered:
        return "equal variances (iid), t(n-k)"
    words = f"clustered by {cluster} ({CONVENTIONS[small_sample]}), t(G-1)"
    return words + (f"; wild cluster bootstrap-t (Webb, {DRAWS:,} draws)" if wild else "")


def _check_words(errors: str, small_sample: str) -> bool:
    if errors not in ("auto", "CR1", "iid"):
        raise LinkError(f"errors={errors!r} is unknown within units. Choose 'auto', 'CR1' or 'iid'.")
    if small_sample not in CONVENTIONS:
        raise LinkError(f"small_sample={small_sample!r} is unknown. Choose one of: {', '.join(CONVENTIONS)}.")
    return errors != "iid"


def _warn_of_lagged_outcome(design: PanelDesign, unit: str) -> None:
    past = [n for n in design.names if re.fullmatch(rf"{re.escape(design.outcome)}_lag\d+", n)]
    length = len(design.y) / design.labels[unit].nunique()
    if past and length < SHORT_PANEL:
        text = (
            f"{past[0]} beside {unit} effects comes out too low, by about (1 + rho)/(T - 1) with "
            f"T = {length:.0f} periods a {unit} (Nickell 1981, p. 1422), and draws the other terms along. "
            "`bracket_lagged_outcome` gives two answers that bracket the truth."
        )
        warnings.warn(text, LinkageWarning, stacklevel=3)


def _without_singletons(design: PanelDesign, effects: list[str]) -> tuple[PanelDesign, int]:
    """The design without rows that are alone in a unit or period, and how many those are.

    Leaving one out may leave another alone, so it goes on until none is left.
    """
    keep = np.arange(len(design.y))
    while True:
        alone = np.zeros(len(keep), bool)
        for effect in effects:
            codes = design.codes(effect)[keep]
            alone |= np.bincount(codes)[codes] == 1
        if not alone.any():
            break
        keep = keep[~alone]
    lost = len(design.y) - len(keep)
    if len(keep) < 2:
        raise TooFewRowsError(
            f"No {' or '.join(effects)} has two complete rows: there is no within to look at."
        )
    labels = design.labels.iloc[keep].reset_index(drop=True)
    return replace(design, y=design.y[keep], x=design.x[keep], labels=labels), lost


def _is_nested(design: PanelDesign, unit: str, cluster: str) -> bool:
    return unit == cluster or bool((design.labels.groupby(unit)[cluster].nunique() == 1).all())


def _levels(design: PanelDesign, unit: str, b: np.ndarray) -> pd.Series:
    left = pd.Series(design.y - design.x @ b)
    return left.groupby(design.labels[unit].to_numpy()).mean().rename("level").rename_axis(unit)
