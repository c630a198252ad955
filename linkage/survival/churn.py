"""What goes with leaving, period by period: a discrete-time hazard on the person-period table."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.regression.design import Design, build_design
from linkage.regression.result import check_confidence, estimate_table, t_quantile
from linkage.results import Result
from linkage.rows import as_numbers, require_columns

BASELINES = {"dummies": "C({})", "spline": 'cr({}, df=4, constraints="center")', "constant": ""}
# A log hazard this far out, per standard deviation of a term, is an estimate on its way to infinity.
DIVERGED = 12.0


@dataclass(frozen=True, eq=False, repr=False)
class ChurnFit(Result):
    """What goes with leaving in a period, given one is still there at its start.

    estimates : per term: estimate (log hazard), std_error, statistic, df, p_value, low, high, and the same
        as a hazard_ratio with ratio_low and ratio_high per unit of the term.
    baseline : per duration: at_risk, events, observed (events / at_risk) and estimate, low, high: the share
        that leaves in the period, 0 to 1, where all terms are at their means.
    n_used, n_dropped : person-periods in the fit; incomplete ones. n_silent : person-periods of durations in
        which nobody (or everybody) left; they say nothing about the terms beside a dummy of their own.
    """

    outcome: str
    formula: str
    duration: str
    estimates: pd.DataFrame
    baseline: pd.DataFrame
    covariance: pd.DataFrame
    events: int
    n_used: int
    n_dropped: int
    n_silent: int
    cluster: str
    clusters: int
    errors: str
    confidence: float

    def summary(self) -> str:
        said = "; ".join(
            f"{term}: times {row.hazard_ratio:.3g} ({row.ratio_low:.3g} to {row.ratio_high:.3g})"
            for term, row in self.estimates.iterrows()
        )
        return (
            f"One unit more goes with a chance of {self.outcome} in the period multiplied by "
            f"({self.confidence:.0%} "
            f"intervals): {said} (n = {self.n_used:,} person-periods, {self.events:,} events, "
            f"{self.clusters:,} "
            f"clusters by {self.cluster}; {self.n_dropped:,} incomplete, {self.n_silent:,} in periods in "
            f"which "
            "nobody or everybody left)."
        )


def fit_churn(
    table: pd.DataFrame,
    formula: str,
    *,
    duration: str,
    cluster: str,
    baseline: str = "dummies",
    confidence: float = 0.95,
) -> ChurnFit:
    """Who leaves sooner? The hazard of leaving against drivers known at the start of the period.

    table : one row per customer and period at risk (`person_periods`), drivers joined by (customer, period)
        and lagged where they could be known only after the customer had left.
    formula : "is_lost ~ nps_lag1 + segment"; the outcome is 1 in the period of the event.
    duration : column of whole periods since the start. cluster : `customer_id`, or the unit above it.
    baseline : how the hazard depends on duration: "dummies" (free), "spline" (smooth), "constant".

    Binomial regression with complementary log-log link: exp(estimate) is the hazard ratio of a proportional
    hazards model observed in periods (Prentice & Gloeckler 1978, p. 59; Allison 1982). Errors CR1 and t(G-1).
    FitError where the likelihood has no maximum (a term that tells the leavers apart without fail).
    """
    check_confidence(confidence)
    _check_words(table, baseline, duration, cluster)
    speaking, silent = _speaking_rows(table, formula, duration, cluster, baseline == "dummies")
    # Of one duration alone the constant is the baseline.
    shape = BASELINES[baseline].format(duration) if speaking[duration].nunique() > 1 else ""
    design = build_design(speaking, f"{formula} + {shape}" if shape else formula, cluster=cluster)
    asked = [n for n in build_design(speaking, formula, cluster=cluster).recipe.names if n != "Intercept"]
    _check_events(design, asked)
    fit = _fit_hazard(design)
    names, df = design.recipe.names, design.cluster_counts[0] - 1
    every = estimate_table(
        names, np.asarray(fit.params), np.asarray(fit.cov_params()), df=df, confidence=confidence
    )
    return ChurnFit(
        outcome=design.recipe.outcome,
        formula=formula,
        duration=duration,
        estimates=_with_ratios(every.loc[asked]),
        baseline=_baseline(design, fit, asked, speaking[duration].to_numpy()[design.kept], confidence),
        covariance=pd.DataFrame(np.asarray(fit.cov_params()), names, names),
        events=int(design.y.sum()),
        n_used=len(design.y),
        n_dropped=len(table) - len(design.y) - silent,
        n_silent=silent,
        cluster=cluster,
        clusters=df + 1,
        errors=f"clustered by {cluster} (CR1), t(G-1)",
        confidence=confidence,
    )


def _check_words(table: pd.DataFrame, baseline: str, duration: str, cluster: str) -> None:
    if baseline not in BASELINES:
        raise LinkError(f"baseline={baseline!r} is unknown. Choose one of: {', '.join(BASELINES)}.")
    require_columns(table, [duration, cluster])


def _speaking_rows(table: pd.DataFrame, formula: str, duration: str, cluster: str, free: bool):
    """The complete rows whose duration saw both leavers and stayers; and how many others there are."""
    whole = build_design(table, formula, cluster=[cluster, duration])
    if not set(np.unique(whole.y)) <= {0.0, 1.0}:
        raise TableError(f"{whole.recipe.outcome} is 1 (left) or 0 (stayed), not {np.unique(whole.y)[-1]:g}.")
    spans = as_numbers(table[duration])
    if (spans < 0).any() or (spans.dropna() % 1 != 0).any():
        odd = spans[(spans < 0) | (spans % 1 != 0)].dropna()
        raise TableError(
            f"{duration} counts whole periods from 0; {len(odd):,} rows do not, such as {odd.iloc[0]:g}."
        )
    complete = table.iloc[whole.kept]
    if not free:
        return complete, 0
    share = pd.Series(whole.y).groupby(spans.to_numpy()[whole.kept]).transform("mean").to_numpy()
    speaks = (share > 0) & (share < 1)
    if not speaks.any():
        raise TooFewRowsError(
            f"In no {duration} are there both events and non-events of {whole.recipe.outcome} among "
            f"{len(complete):,} complete rows: there is nothing to compare."
        )
    return complete[speaks], int((~speaks).sum())


def _check_events(design: Design, asked: list[str]) -> None:
    events = int(min(design.y.sum(), len(design.y) - design.y.sum()))
    if events < max(5, len(design.recipe.names)):
        raise TooFewRowsError(
            f"{events:,} events (or non-events) cannot carry {len(design.recipe.names):,} coefficients, the "
            f"baseline's "
            "among them. Ask with fewer terms, or with baseline='spline' or 'constant'."
        )
    if design.cluster_counts[0] < 2:
        raise TooFewRowsError(
            f"All rows belong to one {design.cluster[0]}: errors cannot be clustered by it."
        )
    if not asked or not design.recipe.has_intercept:
        raise LinkError(
            "The formula needs its constant and a driver (for the curve alone ask `survival_curve`)."
        )


def _fit_hazard(design: Design):
    """statsmodels on scaled columns, handed back in the caller's units; refused where it runs away."""
    from linkage.regression.guards import check_condition, check_constants

    names, x = design.recipe.names, design.x
    centred = x[:, 1:] - x[:, 1:].mean(axis=0)
    size = np.abs(x[:, 1:]).max(axis=0)
    check_constants(np.abs(centred).max(axis=0), size, names[1:], len(x))
    spread = centred.std(axis=0)
    scaled = np.column_stack([np.ones(len(x)), centred / spread])
    check_condition(np.linalg.qr(scaled / np.linalg.norm(scaled, axis=0), mode="r"), names)
    fit = _fit_glm(design.y, scaled, design.groups[0])
    far = np.abs(np.asarray(fit.params)[1:]) > DIVERGED
    if not fit.converged or far.any() or not np.isfinite(fit.bse).all():
        named = [n for n, runs in zip(names[1:], far, strict=True) if runs] or names[1:]
        raise FitError(
            f"{', '.join(named)}: leaving and staying are told apart without fail (or the fit did not "
            f"settle), so no "
            "finite estimate exists. Look for a term known only once the customer has left."
        )
    change = np.eye(len(names))
    change[1:, 1:] /= spread[:, None]
    change[0, 1:] = -x[:, 1:].mean(axis=0) / spread
    return _Rescaled(change @ np.asarray(fit.params), change @ np.asarray(fit.cov_params()) @ change.T)


@dataclass(frozen=True, eq=False)
class _Rescaled:
    params: np.ndarray
    covariance: np.ndarray

    def cov_params(self) -> np.ndarray:
        return self.covariance


def _fit_glm(y: np.ndarray, x: np.ndarray, groups: np.ndarray):
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.families.links import CLogLog
    from statsmodels.genmod.generalized_linear_model import GLM

    start = np.zeros(x.shape[1])
    start[0] = np.log(-np.log1p(-y.mean()))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # judged by the estimates themselves
        return GLM(y, x, family=Binomial(link=CLogLog())).fit(
            start_params=start,
            maxiter=100,
            tol=1e-12,
            cov_type="cluster",
            cov_kwds={"groups": groups},
            use_t=True,
        )


def _with_ratios(estimates: pd.DataFrame) -> pd.DataFrame:
    ratios = {"hazard_ratio": "estimate", "ratio_low": "low", "ratio_high": "high"}
    return estimates.assign(**{name: np.exp(estimates[column]) for name, column in ratios.items()})


def _baseline(
    design: Design, fit: _Rescaled, asked: list[str], spans: np.ndarray, confidence: float
) -> pd.DataFrame:
    """The hazard at each duration where the asked terms are at their means."""
    spans = np.asarray(spans, dtype="float64")
    durations, first = np.unique(spans, return_index=True)
    x = design.x[first].copy()
    at_mean = [design.recipe.names.index(name) for name in asked]
    x[:, at_mean] = design.x[:, at_mean].mean(axis=0)
    line = x @ fit.params
    half = t_quantile((1 + confidence) / 2, np.array([design.cluster_counts[0] - 1.0]))
    half = half * np.sqrt(np.einsum("ij,jk,ik->i", x, fit.covariance, x))
    seen = pd.Series(design.y).groupby(spans).agg(["size", "sum"])
    columns = {"at_risk": seen["size"].to_numpy(), "events": seen["sum"].astype(int).to_numpy()}
    columns["observed"] = columns["events"] / columns["at_risk"]
    columns |= {
        name: -np.expm1(-np.exp(v))
        for name, v in (("estimate", line), ("low", line - half), ("high", line + half))
    }
    return pd.DataFrame(columns, index=pd.Index(durations.astype("int64"), name="duration"))
