"""How well several items measure one thing: alpha, omega, and what each item adds or spoils."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import fdtri, ndtri

from linkage.errors import FitError, TableError
from linkage.metrics.intervals import check_confidence
from linkage.metrics.one_factor import fit_one_factor, logit_interval, omega_error, omega_total
from linkage.metrics.scales import check_answers, check_scale
from linkage.results import Result
from linkage.rows import as_names, complete_rows
from linkage.sentences import capital

ENOUGH = 0.70
"""Reliability asked of a scale in early research (Nunnally 1978, Psychometric theory, p. 245)."""
ANSWERS_NEEDED = 10


@dataclass(frozen=True, eq=False, repr=False)
class ScaleReliability(Result):
    """How reliably several items measure one thing.

    estimates : one row a coefficient (alpha; omega_total with three items or more; spearman_brown with two):
        estimate, std_error, low, high, n, method.
    items : one row an item: mean, std_dev, item_rest_correlation, alpha_if_dropped, is_reversed (named in
        `reverse`), is_suspect (goes against the others: perhaps worded the other way round).
    n_used, n_dropped : rows with an answer to every item; rows without. notes : doubts to read first.
    """

    estimates: pd.DataFrame
    items: pd.DataFrame
    n_used: int
    n_dropped: int
    confidence: float
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        parts = []
        for name, row in self.estimates.iterrows():
            sure = f"{self.confidence:.0%} interval {row.low:.2f} to {row.high:.2f}"
            sure = sure if np.isfinite(row.low) else "no interval"
            parts.append(f"{str(name).replace('_', ' ')} {row.estimate:.2f} ({sure})")
        dropped = f"; {self.n_dropped:,} incomplete" if self.n_dropped else ""
        text = f"{len(self.items)} items: {', '.join(parts)}, n = {self.n_used:,}{dropped}"
        return ". ".join([text, *map(capital, self.notes)]) + "."

    @property
    def best(self) -> pd.Series:
        """The coefficient to quote: Spearman-Brown for two items, alpha for more."""
        return self.estimates.loc["spearman_brown" if len(self.items) == 2 else "alpha"]


def scale_reliability(
    table: pd.DataFrame,
    *,
    items: Sequence[str],
    scale: tuple[float, float] | None = None,
    reverse: Sequence[str] = (),
    confidence: float = 0.95,
) -> ScaleReliability:
    """Do these items measure one thing, and how reliably?

    table : one row an answer. items : two or more columns on one scale. reverse : items worded the other way
    round, to be turned over (needs `scale`). Nothing is turned over unless it is named here.

    Alpha (Cronbach 1951, Psychometrika 16, p. 299), interval of Feldt (1965, Psychometrika 30, p. 357),
    standard error of van Zyl, Neudecker and Nel (2000, Psychometrika 65, p. 271). Omega total from one factor
    by maximum likelihood. Two items: Spearman-Brown (Eisinga, te Grotenhuis and Pelzer 2013, International
    Journal of Public Health 58, p. 637), its interval by Fisher's z.
    Raises TableError for a constant item, items that cancel each other or answers off the scale, TooFewRowsError below
    ten complete rows.
    """
    check_confidence(confidence)
    rows = item_rows(table, items, scale, reverse)
    matrix = rows.to_numpy()
    estimates, notes = coefficients(matrix, confidence)
    described = describe_items(rows, reverse)
    return ScaleReliability(
        estimates=estimates,
        items=described,
        n_used=len(rows),
        n_dropped=len(table) - len(rows),
        confidence=confidence,
        notes=suspicion(described) + notes,
    )


def item_rows(
    table: pd.DataFrame, items: Sequence[str], scale: tuple[float, float] | None, reverse: Sequence[str]
) -> pd.DataFrame:
    """The rows with an answer to every item, checked against the scale, the named items turned over."""
    items, reverse = list(as_names(items)), as_names(reverse)
    if len(items) < 2 or len(set(items)) < len(items):
        raise TableError(f"Reliability needs two or more different items; got {', '.join(items) or 'none'}.")
    unknown = [item for item in reverse if item not in items]
    if unknown:
        raise TableError(f"reverse names {unknown[0]!r}, which is not among the items: {', '.join(items)}.")
    if len(reverse) and scale is None:
        raise TableError("Turning an item over needs its scale, such as scale=(1, 5).")
    rows = complete_rows(table, items, at_least=ANSWERS_NEEDED)
    for item in items:
        if scale is not None:
            check_answers(rows[item], scale)
        if rows[item].nunique() == 1:
            raise TableError(
                f"Item {item!r} has the same answer, {rows[item].iloc[0]:g}, in all {len(rows):,} complete "
                "rows: it measures nothing here. Leave it out."
            )
    for item in reverse:
        rows[item] = sum(check_scale(scale)) - rows[item]
    _refuse_opposites(rows)
    return rows


def _refuse_opposites(rows: pd.DataFrame) -> None:
    """Refuse items that cancel each other: of their sum, or of two opposites, no reliability is defined."""
    covariance = rows.cov().to_numpy()
    opposite = len(covariance) == 2 and rows.corr().iloc[0, 1] <= -1 + 1e-9
    if opposite or not varies_in_sum(covariance):
        raise TableError(
            f"The items {', '.join(map(str, rows.columns))} cancel each other in all {len(rows):,} complete rows: what "
            "one says more the others say less, so together they measure nothing. If one is worded the other way "
            "round, name it in reverse= and give its scale=; of parts of one whole, leave one out."
        )


def varies_in_sum(covariance: np.ndarray) -> bool:
    """Whether the sum of items varies, from their k x k covariance."""
    return bool(covariance.sum() > 1e-12 * np.trace(covariance))


def coefficients(matrix: np.ndarray, confidence: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table of reliability coefficients of n x k answers, and notes on those that could not be had."""
    n, k = matrix.shape
    covariance = np.cov(matrix, rowvar=False)
    lines = {"alpha": alpha_line(covariance, n, confidence)}
    notes: tuple[str, ...] = ()
    if k == 2:
        lines["spearman_brown"] = spearman_brown_line(covariance, n, confidence)
    else:
        try:
            lines["omega_total"], notes = omega_line(covariance, n, confidence)
        except FitError as error:
            notes = (f"omega was not computed: {error}".rstrip("."),)
    return pd.DataFrame(lines).T.infer_objects(), notes


def cronbach_alpha(covariance: np.ndarray) -> float:
    """k/(k-1) (1 - sum of variances / variance of the sum), from the k x k covariance; nan where no sum varies."""
    k = len(covariance)
    if not varies_in_sum(covariance):
        return np.nan
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def alpha_line(covariance: np.ndarray, n: int, confidence: float) -> dict[str, object]:
    """Alpha with Feldt's interval: 1 - (1 - alpha) F, F with n - 1 and (n - 1)(k - 1) degrees of freedom."""
    k, alpha = len(covariance), cronbach_alpha(covariance)
    tail, df = (1 - confidence) / 2, (n - 1, (n - 1) * (k - 1))
    low, high = (1 - (1 - alpha) * fdtri(*df, at) for at in (1 - tail, tail))
    total, squared = covariance.sum(), covariance @ covariance
    spread = (
        total * (np.trace(squared) + np.trace(covariance) ** 2) - 2 * np.trace(covariance) * squared.sum()
    )
    error = np.sqrt(2 * k**2 / ((k - 1) ** 2 * total**3) * spread / n)
    return line(alpha, error, low, high, n, "Cronbach 1951, interval of Feldt 1965")


def spearman_brown_line(covariance: np.ndarray, n: int, confidence: float) -> dict[str, object]:
    """2 r/(1 + r) of two items, its interval from Fisher's z of r."""
    r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    reach = -ndtri((1 - confidence) / 2) / np.sqrt(n - 3)
    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    low, high = (2 * np.tanh(at) / (1 + np.tanh(at)) for at in (z - reach, z + reach))
    error = 2 / (1 + r) ** 2 * (1 - r**2) / np.sqrt(n - 1) if r > -1 else np.nan
    return line(2 * r / (1 + r), error, low, high, n, "Spearman-Brown, Eisinga et al. 2013")


def omega_line(
    covariance: np.ndarray, n: int, confidence: float
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Omega total with a delta interval; without one, and with a note, in a Heywood case."""
    factor = fit_one_factor(covariance, n)
    omega, method = omega_total(factor), "McDonald 1999, one factor by maximum likelihood"
    if factor.heywood.any():
        note = (
            f"a Heywood case: {factor.heywood.sum()} of {len(covariance)} items have no variance of their own "
            "left, so omega is at the edge of what the model allows and has no interval; the items may "
            "measure more than one thing"
        )
        return line(omega, np.nan, np.nan, np.nan, n, method), (note,)
    error = omega_error(factor, n)
    low, high = logit_interval(omega, error, confidence) if 0 < omega < 1 else (np.nan, np.nan)
    return line(omega, error, low, high, n, method), ()


def line(estimate: float, error: float, low: float, high: float, n: int, method: str) -> dict[str, object]:
    """One row of estimates."""
    return {"estimate": estimate, "std_error": error, "low": low, "high": high, "n": n, "method": method}


def describe_items(rows: pd.DataFrame, reverse: Sequence[str]) -> pd.DataFrame:
    """What each item adds: its correlation with the sum of the others, and alpha without it."""
    reverse = [reverse] if isinstance(reverse, str) else list(reverse)
    covariance = rows.cov().to_numpy()
    lines = []
    for at, item in enumerate(rows.columns):
        others = np.delete(np.delete(covariance, at, 0), at, 1)
        rest = np.nan
        if varies_in_sum(others):
            rest = np.delete(covariance[at], at).sum() / np.sqrt(covariance[at, at] * others.sum())
        lines.append(
            {
                "item": item,
                "mean": rows[item].mean(),
                "std_dev": rows[item].std(),
                "item_rest_correlation": rest,
                "alpha_if_dropped": cronbach_alpha(others) if len(others) > 1 else np.nan,
                "is_reversed": item in reverse,
                "is_suspect": bool(rest < 0),
            }
        )
    return pd.DataFrame(lines).set_index("item")


def suspicion(items: pd.DataFrame) -> tuple[str, ...]:
    """A note that names the items which go against the others; they are named, never turned over."""
    found = items.loc[items["is_suspect"], "item_rest_correlation"]
    if found.empty:
        return ()
    named = ", ".join(f"{item} (item-rest r = {r:.2f})" for item, r in found.items())
    return (
        f"perhaps worded the other way round: {named}. Nothing was turned over; if the wording says so, "
        f"name it: reverse={tuple(map(str, found.index))!r}",
    )
