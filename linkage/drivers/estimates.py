"""The tables of a ranking: one row per driver, and the dominance tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.drivers.bootstrap import (
    Importance,
    interval,
    rank_interval,
    ranks_of,
    resampled_importance,
    shares_of,
)
from linkage.drivers.controls import partial_out
from linkage.drivers.importance import correlation_matrix, dominance
from linkage.drivers.sample import Sample
from linkage.drivers.sandwich import least_squares


def draw_importance(sample: Sample, *, use_lmg: bool, draws: int, seed: int) -> Importance:
    """The importance of each driver, and of a random one beside them, in sample and resamples."""
    noise, _ = partial_out(sample.noise(seed)[:, None], sample.held, sample.weights)
    columns = np.column_stack([sample.rest[:, :-1], noise, sample.rest[:, -1]])
    columns = columns / columns.std(axis=0)
    constant = np.ones((len(columns), 1))
    root = np.sqrt(sample.weights)[:, None]
    return resampled_importance(
        np.hstack([constant, sample.held, columns]) * root,
        correlations=correlation_matrix(columns[:, :-1], columns[:, -1], sample.weights),
        groups=sample.groups,
        use_lmg=use_lmg,
        draws=draws,
        seed=seed,
    )


def driver_estimates(sample: Sample, drawn: Importance, confidence: float) -> pd.DataFrame:
    """One row per driver, the one that counts most first."""
    parts = {**_coefficients(sample, confidence), **_fit_measures(sample), **_importance(drawn, confidence)}
    table = pd.DataFrame(parts, index=pd.Index(sample.drivers, name="driver"))
    return table.sort_values("rank", kind="stable")


def _coefficients(sample: Sample, confidence: float) -> dict:
    from scipy.stats import t

    x, y = sample.rest[:, :-1], sample.rest[:, -1]
    fit = least_squares(x, y, weights=sample.weights, groups=sample.groups, absorbed=sample.absorbed)
    error = np.sqrt(np.diag(fit.covariance))
    reach = t.ppf((1 + confidence) / 2, fit.df) * error
    correlations, plain = sample.correlations, correlation_matrix(sample.x, sample.y, sample.weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * t.sf(np.abs(fit.coefficients) / error, fit.df)
    return {
        "estimate": fit.coefficients,
        "std_error": error,
        "df": fit.df,
        "low": fit.coefficients - reach,
        "high": fit.coefficients + reach,
        "p_value": p_value,
        "beta": np.linalg.solve(correlations[:-1, :-1], correlations[:-1, -1]),
        "simple_r": plain[:-1, -1],
        "is_sign_flipped": fit.coefficients * plain[:-1, -1] < 0,
    }


def _fit_measures(sample: Sample) -> dict:
    correlations = sample.correlations
    with_outcome = correlations[:-1, -1]
    inverse = np.linalg.inv(correlations[:-1, :-1])
    beta, vif = inverse @ with_outcome, np.diag(inverse)
    # beta^2 / VIF is what R-squared loses when a driver leaves, whatever the number of drivers
    return {"vif": vif, "first": with_outcome**2, "last": beta**2 / vif, "pratt": beta * with_outcome}


def _importance(drawn: Importance, confidence: float) -> dict:
    share_low, share_high = interval(shares_of(drawn.draws), confidence)
    johnson_low, johnson_high = interval(drawn.johnson_draws, confidence)
    rank_low, rank_high = rank_interval(drawn.draws, confidence)
    gap_low, _ = interval(drawn.noise_gaps, confidence)
    return {
        "share": shares_of(drawn.sample),
        "share_low": share_low,
        "share_high": share_high,
        "lmg": drawn.sample if drawn.is_lmg else np.nan,
        "johnson": drawn.johnson,
        "johnson_low": johnson_low,
        "johnson_high": johnson_high,
        "rank": ranks_of(drawn.sample),
        "rank_low": rank_low.astype(int),
        "rank_high": rank_high.astype(int),
        "is_above_noise": gap_low > 0,
    }


def dominance_tables(sample: Sample, is_lmg: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Conditional (driver x others already in) and complete (driver x driver) dominance; empty unless LMG."""
    if not is_lmg:
        return pd.DataFrame(), pd.DataFrame()
    names, answer = pd.Index(sample.drivers, name="driver"), dominance(sample.correlations)
    steps = pd.RangeIndex(len(names), name="others_in")
    conditional = pd.DataFrame(answer.conditional, index=names, columns=steps)
    return conditional, pd.DataFrame(answer.complete, index=names, columns=list(names))
