"""What a chain answers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError
from linkage.limits.fitted import FEW_CLUSTERS
from linkage.results import Result

MOST_FAILED = 0.05  # share of draws without a solution beyond which the rest is no fair sample


@dataclass(frozen=True, eq=False, repr=False)
class Chain(Result):
    """A link taken apart into what runs through the stages between and what does not.

    estimates : first the paths ("cause -> stage", "stage -> outcome"), each with everything earlier held
        fixed; then `indirect` (the product of the paths, along the whole chain), `other routes` (through
        some stages only; chains of two or more stages), `direct`, and `total`, which is their sum. Columns:
        estimate, std_error, low, high, p_value from the bootstrap over clusters, and scale ("per unit", "log
        odds", "probability").
    delta : the first-order (Sobel) errors as a check, per row and convention: "least squares" (n-k),
        "maximum likelihood" (n), "clustered" (CR1, where there are clusters); None with binary stages.
    sensitivity : the indirect part were the errors of the last stage and the outcome correlated by rho; None
        with binary stages. rho_zero : the correlation at which nothing indirect is left.
    contrast : with binary stages, the two values of the cause that are compared.
    n_used, n_dropped : rows in the fit; incomplete. failed_draws : draws that had no solution, left out.
    """

    cause: str
    between: tuple[str, ...]
    outcome: str
    estimates: pd.DataFrame
    delta: pd.DataFrame | None
    sensitivity: pd.DataFrame | None
    rho_zero: float
    contrast: tuple[float, float] | None
    within: str | None
    n_used: int
    n_dropped: int
    cluster: str | None
    clusters: int
    draws: int
    failed_draws: int
    seed: int
    confidence: float

    def summary(self) -> str:
        rows = self.estimates
        parts = {name: _said(rows.loc[name]) for name in ("indirect", "direct", "total")}
        per = (
            "One unit more"
            if self.contrast is None
            else f"{self.contrast[1]:g} instead of {self.contrast[0]:g}"
        )
        counted = (
            f"{self.clusters:,} clusters by {self.cluster}" if self.cluster else f"{self.clusters:,} rows"
        )
        few = (
            f" Fewer than {FEW_CLUSTERS} clusters: take the intervals as too narrow."
            if self.clusters < FEW_CLUSTERS
            else ""
        )
        hidden = ""
        if np.isfinite(self.rho_zero):
            hidden = (
                f" Nothing indirect would be left if hidden causes correlated the errors of "
                f"{self.between[-1]} and {self.outcome} by {self.rho_zero:+.2f}."
            )
        return (
            f"{per} of {self.cause} goes with {parts['indirect']} {self.outcome} by way of "
            f"{', then '.join(self.between)}, and with {parts['direct']} otherwise; {parts['total']} in all "
            f"({self.confidence:.0%} intervals, bootstrap over {counted}; n = {self.n_used:,}, "
            f"{self.n_dropped:,} "
            f"incomplete).{hidden}{few}"
        )


def chain_names(shared: dict) -> list[str]:
    """The names of the paths and of the parts, in order."""
    line = [shared["cause"], *shared["between"], shared["outcome"]]
    paths = [f"{a} -> {b}" for a, b in itertools.pairwise(line)]
    return [*paths, "indirect", "other routes", "direct", "total"]


def refuse_failed(failed: int, draws: int) -> None:
    """Raise FitError where too many draws had no solution."""
    if failed > MOST_FAILED * draws:
        raise FitError(
            f"{failed:,} of {draws:,} draws had no solution: too few clusters vary in the cause, a stage or "
            f"a control. "
            "Leave out controls with rare categories, or draw finer clusters."
        )


def _said(row: pd.Series) -> str:
    return f"{row.estimate:+.4g} ({row.low:+.4g} to {row.high:+.4g})"


def bootstrap_table(
    values: np.ndarray, drawn: np.ndarray, names: list[str], confidence: float
) -> pd.DataFrame:
    """Estimates (K,) with standard deviation, percentile interval and p value of their draws (B, K).

    p = 2 min(share of draws <= 0, share >= 0), with one added to each count (Davison & Hinkley 1997, p. 141).
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    count = len(drawn)
    sides = np.minimum((drawn <= 0).sum(axis=0), (drawn >= 0).sum(axis=0))
    p_value = np.minimum(2 * (sides + 1) / (count + 1), 1.0)
    columns = {"estimate": values, "std_error": drawn.std(axis=0, ddof=1), "low": low, "high": high}
    return pd.DataFrame({**columns, "p_value": p_value}, index=pd.Index(names, name="path"))
