"""Units against what their conditions predict: each one's distance, drawn towards none by how much of it is chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from linkage.constituency.chance import UnitMeans, unit_means
from linkage.constituency.columns import held_columns
from linkage.errors import TooFewRowsError

SPARE_UNITS = 5
FALSE_SHARE = 0.05
"""The expected share of units named wrongly among those named (Benjamini and Hochberg 1995)."""


@dataclass(frozen=True, eq=False)
class Deviance:
    """units : one row a unit: n, mean, predicted (from its conditions), estimate (distance, drawn towards none),
    std_error, low, high, p_value, q_value, kept (share of the distance), is_better.
    spread : standard deviation of the true distances. explained : share of the differences that conditions tell.
    design : (U, p) the conditions as columns, in the order of `units`.
    """

    units: pd.DataFrame
    spread: float
    explained: float
    design: np.ndarray
    means: UnitMeans | None = None


def unit_deviance(
    rows: pd.DataFrame,
    conditions: pd.DataFrame,
    *,
    outcome: str,
    unit: str = "unit_id",
    mix: Sequence[str] = (),
    shared: Sequence[str] = (),
    better: str = "higher",
    confidence: float = 0.95,
) -> Deviance:
    """Which units do better than their conditions predict?

    rows : one row an answer, or a unit and period. conditions : one row a unit, indexed by it; numbers and categories.
    mix, shared : see `unit_means`. Units without all conditions are left out.

    See `deviance_of` for the method. Raises TooFewRowsError where units hardly outnumber conditions.
    """
    means = unit_means(rows, outcome=outcome, unit=unit, mix=mix, shared=shared)
    known = conditions.dropna()
    table = means.units[means.units.index.isin(known.index)]
    known = known.loc[table.index]
    held = held_columns(known.reset_index(drop=True), list(known))
    design = np.column_stack([np.ones(len(table)), held])
    made = deviance_of(
        table["mean"].to_numpy(), table["variance"].to_numpy(), design, better=better, confidence=confidence
    )
    made.units.index = table.index
    made.units.insert(0, "n", table["n"])
    return Deviance(made.units, made.spread, made.explained, design, means)


def deviance_of(
    mean: np.ndarray,
    variance: np.ndarray,
    design: np.ndarray,
    *,
    better: str = "higher",
    confidence: float = 0.95,
) -> Deviance:
    """mean, variance : (U,) of units, the variance by chance. design : (U, p) conditions with a constant.

    Mean = conditions + true distance + chance (Fay and Herriot 1979, JASA 74, p. 269): the spread of true distances by
    Paule and Mandel (1982), each distance kept by the share that is not chance, its error that of Prasad and Rao (1990,
    JASA 85, p. 163). The p-value of "no distance" holds a unit against what the other units alone predict for it.
    A unit is better where it is among those that Benjamini and Hochberg let through and its interval excludes zero; the
    intervals of these allow for having been chosen (Benjamini and Yekutieli 2005, JASA 100, p. 71).
    """
    units, p = design.shape
    if units < p + SPARE_UNITS:
        raise TooFewRowsError(
            f"{units} units are too few for {p - 1} conditions; {p + SPARE_UNITS} at least."
        )
    variance = np.maximum(variance, 1e-12 * max(float(np.var(mean)), 1e-12))
    spread = _spread(mean, variance, design)
    weight = 1 / (spread + variance)
    cover = np.linalg.inv(design.T @ (design * weight[:, None]))
    fitted = design @ (cover @ design.T @ (weight * mean))
    pull = np.einsum("ij,jk,ik->i", design, cover, design)
    kept = spread / (spread + variance)
    distance = kept * (mean - fitted)
    error = _error(kept, variance, spread, pull, weight)
    p_value = _no_distance(mean - fitted, variance, weight, pull, units - p)
    table = pd.DataFrame(
        {"mean": mean, "predicted": fitted, "estimate": distance, "std_error": error, "kept": kept}
    )
    plain = np.average((mean - np.average(mean, weights=weight)) ** 2, weights=weight)
    left = np.average((mean - fitted) ** 2, weights=weight)
    named = _named(table.assign(p_value=p_value), 1.0 if better == "higher" else -1.0, confidence)
    return Deviance(named, float(np.sqrt(spread)), float(1 - left / plain) if plain > 0 else 0.0, design)


def _spread(mean: np.ndarray, variance: np.ndarray, design: np.ndarray) -> float:
    """The variance of true distances at which weighted squares are as large as expected; zero if they are smaller."""
    spare = len(mean) - design.shape[1]

    def excess(spread: float) -> float:
        root = 1 / np.sqrt(spread + variance)
        held = design * root[:, None]
        left = mean * root - held @ np.linalg.lstsq(held, mean * root, rcond=1e-9)[0]
        return float(left @ left) - spare

    if excess(0.0) <= 0:
        return 0.0
    top = float(np.var(mean)) + 1e-12
    while excess(top) > 0:
        top *= 2
    return float(optimize.brentq(excess, 0.0, top))


def _error(kept, variance, spread: float, pull, weight) -> np.ndarray:
    """Root of the mean squared error of a distance: what is kept, the prediction's error, the spread's own error."""
    of_spread = 2 * len(weight) / weight.sum() ** 2
    third = variance**2 / (spread + variance) ** 3 * of_spread
    return np.sqrt(kept * variance + kept**2 * pull + 2 * third)


def _no_distance(left: np.ndarray, variance, weight, pull, df: int) -> np.ndarray:
    """p-values of "no true distance", each unit against the prediction from all others."""
    lever = np.minimum(weight * pull, 1 - 1e-9)
    alone = left / (1 - lever)
    error = np.sqrt(variance + lever / (1 - lever) / weight)
    return 2 * stats.t.sf(np.abs(alone) / error, df)


def _named(table: pd.DataFrame, sign: float, confidence: float) -> pd.DataFrame:
    """With q-values, intervals (wider for the chosen) and whether a unit is better than predicted."""
    from linkage.linking.multiplicity import adjust_p_values

    q_value = adjust_p_values(table["p_value"]).to_numpy()
    chosen = q_value <= FALSE_SHARE
    share = np.where(chosen, 1 - chosen.sum() * FALSE_SHARE / len(table), confidence)
    reach = stats.norm.ppf((1 + np.maximum(share, confidence)) / 2) * table["std_error"]
    low, high = table["estimate"] - reach, table["estimate"] + reach
    apart = (low > 0) if sign > 0 else (high < 0)
    return table.assign(low=low, high=high, q_value=q_value, is_better=chosen & apart)
