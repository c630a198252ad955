"""What would have been seen: the smallest effect a design detects."""

from __future__ import annotations

from linkage.errors import LinkError


def detectable_effect(std_error: float, df: float, *, power: float = 0.8, confidence: float = 0.95) -> float:
    """The smallest true effect that a two-sided test finds with a given power.

    std_error : of the estimate, clustered where the fit was. df : its degrees of freedom (infinite: normal).
    In the estimate's own units: (t quantile of the test + t quantile of the power) x std_error (Bloom 1995).
    Raises LinkError where power or confidence is not between 0 and 1.
    """
    from scipy.special import ndtri, stdtrit

    for name, share in (("power", power), ("confidence", confidence)):
        if not 0 < share < 1:
            raise LinkError(f"{name}={share!r} must lie between 0 and 1.")
    quantile = (lambda share: ndtri(share)) if df == float("inf") else (lambda share: stdtrit(df, share))
    return float((quantile((1 + confidence) / 2) + quantile(power)) * std_error)
