"""How sure a ranking is: importance in bootstrap samples, its intervals, and a driver of pure noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.drivers.importance import entry_weights, johnson_weights, scaled, subset_r_squared, sweep_first
from linkage.drivers.resampling import resampled_moments
from linkage.errors import TooFewRowsError

STATES_AT_ONCE = 2**21


class Importance(NamedTuple):
    """Importance in R-squared units: sample (p,) and draws (d, p) of the main measure, LMG or Johnson's;
    johnson (p,) and johnson_draws (d, p); sample_noise (p + 1,) and draws_noise (d, p + 1): the main
    measure once a random column has joined as the last driver."""

    is_lmg: bool
    sample: np.ndarray
    draws: np.ndarray
    johnson: np.ndarray
    johnson_draws: np.ndarray
    sample_noise: np.ndarray
    draws_noise: np.ndarray

    @property
    def noise_gaps(self) -> np.ndarray:
        """Each driver's share less that of the random one, in every draw: (d, p)."""
        shares = shares_of(self.draws_noise)
        return shares[:, :-1] - shares[:, -1:]


def noise_column(rows: int, groups: np.ndarray | None, *, whole_clusters: bool, seed: int) -> np.ndarray:
    """A random normal driver (rows,); one value a cluster where a real driver too is constant in clusters.

    Noise that varies within clusters would be too easy to beat for a driver that does not.
    """
    rng = np.random.default_rng([seed, 1])
    if whole_clusters and groups is not None:
        return rng.standard_normal(groups.max() + 1)[groups]
    return rng.standard_normal(rows)


def is_constant_within(columns: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Which columns (n, p) hold one value in each cluster: (p,)."""
    if groups is None:
        return np.zeros(columns.shape[1], dtype=bool)
    order = np.argsort(groups, kind="stable")
    same = np.diff(groups[order]) == 0
    return (np.diff(columns[order], axis=0)[same] == 0).all(axis=0)


def resampled_importance(
    columns: np.ndarray,
    *,
    correlations: np.ndarray,
    groups: np.ndarray | None,
    use_lmg: bool,
    draws: int,
    seed: int,
) -> Importance:
    """Importance in the sample and in bootstrap samples of whole clusters.

    columns (n, held + p + 2) : root of weight times constant, controls, drivers, noise, outcome.
    correlations (p + 2, p + 2) : of drivers, noise and outcome in the sample, controls taken out.
    The controls are taken out anew in each sample. A sample in which a driver no longer varies is left
    out; TooFewRowsError where that is more than a tenth of them.
    """
    moments = resampled_moments(columns, groups, draws=draws, seed=seed)
    moments = moments / moments[:, :1, :1]
    for _ in range(columns.shape[1] - len(correlations)):
        moments = sweep_first(moments)
    usable = (np.diagonal(moments, axis1=1, axis2=2) > 1e-9).all(axis=1)
    if usable.mean() < 0.9:
        raise TooFewRowsError(
            f"In {(~usable).sum():,} of {draws:,} bootstrap samples a driver does not vary at all. "
            "Use more rows or clusters, or leave out the rarest driver."
        )
    # the sample itself goes first: one calculation serves it and its resamples
    stack = np.concatenate([correlations[None], scaled(moments[usable])])
    plain = np.delete(np.delete(stack, -2, axis=1), -2, axis=2)
    johnson = johnson_weights(plain)
    main, noise = lmg_stack(stack) if use_lmg else (johnson, johnson_weights(stack))
    return Importance(use_lmg, main[0], main[1:], johnson[0], johnson[1:], noise[0], noise[1:])


def lmg_stack(correlations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """LMG without (d, p) and with (d, p + 1) the last driver, from the same subsets."""
    p = correlations.shape[-1] - 2
    without, joined = entry_weights(p).T, entry_weights(p + 1).T
    step = max(1, STATES_AT_ONCE // 2 ** (p + 1))
    answers = []
    for begin in range(0, len(correlations), step):
        fits = subset_r_squared(correlations[begin : begin + step])
        answers.append((fits[:, : 2**p] @ without, fits @ joined))
    return np.vstack([a for a, _ in answers]), np.vstack([b for _, b in answers])


def interval(values: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval of each column (d, k)."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    return low, high


def shares_of(weights: np.ndarray) -> np.ndarray:
    """Weights (..., p) as shares that sum to 1."""
    return weights / weights.sum(axis=-1, keepdims=True)


def ranks_of(weights: np.ndarray) -> np.ndarray:
    """Ranks 1 (counts most) to p along the last axis."""
    return (-weights).argsort(axis=-1, kind="stable").argsort(axis=-1, kind="stable") + 1


def rank_interval(draws: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Whole ranks (p,) between which each driver lies in `confidence` of the draws (d, p)."""
    tail, ranks = (1 - confidence) / 2, ranks_of(draws)
    low = np.quantile(ranks, tail, axis=0, method="inverted_cdf")
    return low, np.quantile(ranks, 1 - tail, axis=0, method="inverted_cdf")


def pair_table(drivers: Sequence[str], drawn: Importance, confidence: float) -> pd.DataFrame:
    """Every two drivers: difference of their shares with its interval, and how often the first is ahead."""
    first, second = np.triu_indices(len(drivers), k=1)
    here, shares = shares_of(drawn.sample), shares_of(drawn.draws)
    gaps = shares[:, first] - shares[:, second]
    low, high = interval(gaps, confidence)
    return pd.DataFrame(
        {
            "driver": [drivers[i] for i in first],
            "other": [drivers[j] for j in second],
            "estimate": here[first] - here[second],
            "std_error": gaps.std(axis=0, ddof=1),
            "low": low,
            "high": high,
            "ahead_share": (gaps > 0).mean(axis=0),
        }
    )


def noise_table(drivers: Sequence[str], drawn: Importance, confidence: float) -> pd.DataFrame:
    """Each driver's share less that of a random normal driver ranked among them.

    Above noise: the whole interval lies above zero (Tonidandel, LeBreton and Johnson 2009, Psychological
    Methods 14, pp. 387-399).
    """
    here, gaps = shares_of(drawn.sample_noise), drawn.noise_gaps
    low, high = interval(gaps, confidence)
    return pd.DataFrame(
        {
            "estimate": here[:-1] - here[-1],
            "std_error": gaps.std(axis=0, ddof=1),
            "low": low,
            "high": high,
            "is_above_noise": low > 0,
        },
        index=pd.Index(list(drivers), name="driver"),
    )
