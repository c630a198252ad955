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
    # scipy has no value where so little lies below the limit that rounding is all of it (less than 1e-11)
    below = np.nan_to_num(nctdtr(df, distance, [-limit, limit]))
    return float(1 - below[1] + below[0])


def _check_std_error(std_error: float, df: float) -> None:
    if not (np.isfinite(std_error) and std_error > 0 and df > 0):
        raise LinkError(f"std_error={std_error!r} and df={df!r} must be above 0.")
