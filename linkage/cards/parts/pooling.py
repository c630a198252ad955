"""Slopes of several groups, each drawn towards their mean as far as it is uncertain and the groups are alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

STEPS = 200


class Pooled(NamedTuple):
    """mean, mean_error : of the groups' slopes, weighted by precision. q_value, q_df, p_value : Cochran's Q of one
    slope for all. tau : standard deviation of the true slopes. slopes, errors (k,) : drawn towards the mean."""

    mean: float
    mean_error: float
    q_value: float
    q_df: int
    p_value: float
    tau: float
    slopes: np.ndarray
    errors: np.ndarray


def pool_slopes(slopes: np.ndarray, covariance: np.ndarray, df: np.ndarray) -> Pooled:
    """Partial pooling of slopes (k,) with their covariance (k, k): groups may share clusters. df (k,) of each t.

    Q, tau and mean : DerSimonian and Laird (1986, Controlled Clinical Trials 7, 177-188), with the whole
    covariance in place of its diagonal, each error widened to a normal one with the same 95% interval. The slopes
    drawn in are means of the normal hierarchical model, tau averaged over what the data leave open under the
    uniform shrinkage prior (Daniels 1999, Canadian Journal of Statistics 27, 567-578): their errors hold the
    uncertainty of the mean and of tau.
    """
    from scipy.special import chdtrc

    wide = _as_normal(df)
    covariance = covariance * np.outer(wide, wide)
    k, one = len(slopes), np.ones(len(slopes))
    inverse = np.linalg.pinv(covariance, hermitian=True)
    total = one @ inverse @ one
    apart = slopes - one @ inverse @ slopes / total
    q_value = max(float(apart @ inverse @ apart), 0.0)
    trace = np.trace(inverse) - one @ inverse @ inverse @ one / total
    tau2 = max(0.0, (q_value - (k - 1)) / trace)
    weight = np.linalg.pinv(covariance + tau2 * np.eye(k), hermitian=True)
    drawn, spread = _shrunken(slopes, covariance)
    return Pooled(
        mean=float(one @ weight @ slopes / (one @ weight @ one)),
        mean_error=float(1 / np.sqrt(one @ weight @ one)),
        q_value=q_value,
        q_df=k - 1,
        p_value=float(chdtrc(k - 1, q_value)),
        tau=float(np.sqrt(tau2)),
        slopes=drawn,
        errors=np.sqrt(spread),
    )


def _as_normal(df: np.ndarray) -> np.ndarray:
    """How much wider a t interval of these degrees of freedom is than a normal one."""
    from scipy.special import ndtri, stdtrit

    return stdtrit(np.asarray(df, dtype=float), 0.975) / ndtri(0.975)


def _shrunken(slopes: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of the true slopes, tau integrated over a grid that is fine where the prior is."""
    k = len(slopes)
    scale = k / (1 / np.diag(covariance)).sum()
    share = (np.arange(STEPS) + 0.5) / STEPS  # of a variance drawn in: even under the prior
    tau2 = (scale * (1 - share) / share)[:, None]
    weight = np.linalg.inv(covariance + tau2[:, :, None] * np.eye(k))
    row = weight.sum(axis=2)
    total = row.sum(axis=1)
    mean = row @ slopes / total
    apart = slopes - mean[:, None]
    pull = np.einsum("sij,sj->si", weight, apart)
    fit = np.linalg.slogdet(weight)[1] - np.log(total) - (apart * pull).sum(axis=1)
    chance = np.exp(0.5 * (fit - fit.max()))
    chance /= chance.sum()
    means = mean[:, None] + tau2 * pull
    own = tau2 * (1 - tau2 * np.einsum("sii->si", weight))
    variances = own + (1 - tau2 * row) ** 2 / total[:, None]
    centre = chance @ means
    return centre, chance @ (variances + (means - centre) ** 2)
