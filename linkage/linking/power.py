"""What could have been seen: the smallest link that the data would have shown, had it been there."""

from __future__ import annotations

import numpy as np

from linkage.errors import LinkError
from linkage.precision import check_confidence


def detectable_effect(
    std_error: float, df: float = np.inf, *, power: float = 0.8, confidence: float = 0.95
) -> float:
    """The smallest true effect whose two-sided test would show it with this chance, in units of std_error.

    std_error, df : of the estimate, as fitted. power : the chance to see it. confidence : 1 - the test's level.

    Exact, by the noncentral t (normal where df is infinite), not the sum of two quantiles. Cohen 1988, ch. 2;
    with clusters, df = G - 1 makes it honest about how few they are.
    """
    _check_std_error(std_error, df)
    check_confidence(confidence)
    if not 0.5 <= power < 1:
        raise LinkError(f"power is a chance between 0 and 1, 0.5 at least; not {power!r}.")
    from scipy.optimize import brentq

    def short_of(distance: float) -> float:
        return chance_to_detect(distance, 1.0, df, confidence=confidence) - power

    far = 1.0
    while short_of(far) < 0:
        far *= 2
    return std_error * float(brentq(short_of, 0.0, far, xtol=1e-12, rtol=1e-12))


def chance_to_detect(
    effect: float, std_error: float, df: float = np.inf, *, confidence: float = 0.95
) -> float:
    """The chance that a two-sided test would show a true effect of this size (its power)."""
    _check_std_error(std_error, df)
    from scipy.special import nctdtr, ndtr, ndtri, stdtrit

    distance = abs(effect) / std_error
    if np.isinf(df):
        limit = ndtri((1 + confidence) / 2)
        return float(ndtr(distance - limit) + ndtr(-distance - limit))
    limit = stdtrit(df, (1 + confidence) / 2)
    wrong_side = (
        nctdtr(df, distance, -limit) if distance < 6 else 0.0
    )  # below 1e-11 there, and scipy says nan
    return float(1 - nctdtr(df, distance, limit) + wrong_side)


def effective_n(n: float, cluster_size: float, icc: float) -> float:
    """How many independent rows n rows in clusters are worth: n / (1 + (m - 1) icc).

    cluster_size : the mean rows a cluster, m. icc : intraclass correlation of the outcome. Kish 1965, p. 162.
    """
    if n <= 0 or cluster_size < 1 or not 0 <= icc <= 1:
        raise LinkError(
            f"n={n!r} must be above 0, cluster_size={cluster_size!r} 1 or more, icc={icc!r} 0 to 1."
        )
    return n / (1 + (cluster_size - 1) * icc)


def detectable_clustered(
    clusters: int,
    cluster_size: float,
    icc: float,
    *,
    outcome_sd: float,
    driver_sd: float,
    power: float = 0.8,
    confidence: float = 0.95,
) -> float:
    """The smallest slope that a driver which varies between clusters only (a site's wait) could have shown.

    outcome_sd : of single rows. driver_sd : between clusters; of a yes or no with share s, sqrt(s (1 - s)).

    std_error = outcome_sd / (driver_sd sqrt(effective n)), df = clusters - 2. Outcome units per unit of driver.
    """
    if clusters < 3 or outcome_sd <= 0 or driver_sd <= 0:
        raise LinkError(
            f"clusters={clusters!r} must be 3 or more, outcome_sd={outcome_sd!r} and driver_sd={driver_sd!r} "
            "above 0."
        )
    worth = effective_n(clusters * cluster_size, cluster_size, icc)
    std_error = outcome_sd / (driver_sd * np.sqrt(worth))
    return detectable_effect(float(std_error), clusters - 2, power=power, confidence=confidence)


def _check_std_error(std_error: float, df: float) -> None:
    if not (np.isfinite(std_error) and std_error > 0 and df > 0):
        raise LinkError(f"std_error={std_error!r} and df={df!r} must be above 0.")
