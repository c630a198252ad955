"""What goes with moving a touch point to the median: slope and distance drawn together, whole clusters at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.chain.moments import is_solvable
from linkage.drivers.controls import control_columns
from linkage.drivers.resampling import resampled_moments
from linkage.errors import TooFewRowsError
from linkage.rows import as_names, as_numbers

COLUMNS = ("estimate", "std_error", "low", "high")


@dataclass(frozen=True, eq=False)
class _Columns:
    """z (n, q) : constant, controls, drivers and outcome of the fitted complete rows, zero elsewhere; then, for each
    driver, whether it was rated in the period, and that rating. The products of these columns hold the slopes and the
    means of a sample together. Of units the rating is what each is short of the median unit.
    """

    z: np.ndarray
    held: int
    drivers: int
    medians: np.ndarray

    def slopes_and_means(self, moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(..., p) slopes of the outcome and (..., p) means of the period, from products (..., q, q)."""
        first = 1 + self.held
        place = first + self.drivers
        b = np.linalg.solve(moments[..., :place, :place], moments[..., :place, place, None])[..., 0]
        rated = place + 1 + 2 * np.arange(self.drivers)
        return b[..., first:], moments[..., rated, rated + 1] / moments[..., rated, rated]


def move_to_median(
    table: pd.DataFrame,
    *,
    outcome: str,
    drivers: list[str],
    scales: dict[str, tuple[float, float, str]],
    now: np.ndarray,
    fitted: np.ndarray | None = None,
    of_units: bool = False,
    controls: list[str] | tuple[str, ...] = (),
    cluster: str | None = None,
    weights: str | None = None,
    draws: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What change of the outcome goes with each driver moved to the median of all drivers?

    table : one row an answer. scales : of each driver its lowest and highest point and which way is better.
    now, fitted : (n,) the rows whose means are moved, and those the slopes come from (default: all).
    of_units : rows are units, and every unit worse than the median unit is moved up to it.

    One row a driver: mean, target (the median place of all drivers' means, on this driver's own scale; of units the
    median unit), step (what the mean moves by), slope, and estimate = slope x step with std_error, low, high; outcome
    units. Both factors, and which place the median of answers is, come anew from every bootstrap sample of whole
    clusters, so that their errors go together. Raises TooFewRowsError where a driver has no rating among `now`, or the
    slopes have no answer.
    """
    drivers, controls = as_names(drivers), as_names(controls)
    fitted = np.ones(len(table), bool) if fitted is None else np.asarray(fitted)
    if cluster is not None:
        known = table[cluster].notna().to_numpy()
        table, now, fitted = table[known], np.asarray(now)[known], fitted[known]
    ends = [scales[d] for d in drivers]
    made = _columns_of(
        table, outcome, list(drivers), list(controls), now, fitted, weights, ends if of_units else None
    )
    groups = None if cluster is None else table[cluster].factorize(sort=True)[0]
    whole = made.z.T @ made.z
    if not is_solvable(whole[None, : 1 + made.held + made.drivers, : 1 + made.held + made.drivers])[0]:
        raise TooFewRowsError("The slopes of the touch points have no single answer in these rows.")
    samples = _samples(made, groups, draws, seed)
    slope, mean = made.slopes_and_means(whole)
    if of_units:
        step, target, moved = mean, made.medians, samples[0] * samples[1]
        mean = np.array([as_numbers(table[d])[np.asarray(now)].mean() for d in drivers])
    else:
        target = _target(mean, ends)
        step, moved = target - mean, samples[0] * (_target(samples[1], ends) - samples[1])
    tail = (1 - confidence) / 2
    low, high = np.quantile(moved, [tail, 1 - tail], axis=0)
    return pd.DataFrame(
        {"mean": mean, "target": target, "step": step, "slope": slope, "estimate": slope * step,
         "std_error": moved.std(axis=0, ddof=1), "low": low, "high": high},
        index=pd.Index(drivers, name="touch_point"),
    )  # fmt: skip


def _samples(
    made: _Columns, groups: np.ndarray | None, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and means (B, p) of samples of whole clusters in which both have an answer."""
    drawn = resampled_moments(made.z, groups, draws=draws, seed=seed)
    place = 1 + made.held + made.drivers
    rated = place + 1 + 2 * np.arange(made.drivers)
    usable = is_solvable(drawn[:, :place, :place])
    usable &= (np.diagonal(drawn, axis1=1, axis2=2)[:, rated] > 0).all(axis=1)
    if usable.mean() < 0.9:
        raise TooFewRowsError(
            f"In {(~usable).sum():,} of {draws:,} samples the slopes have no answer: too few clusters."
        )
    return made.slopes_and_means(drawn[usable])


def _target(mean: np.ndarray, ends: list[tuple[float, float, str]]) -> np.ndarray:
    """(..., p) the median place of the means (..., p), on each one's own scale."""
    low, high = (np.array([e[i] for e in ends], dtype=float) for i in (0, 1))
    is_lower = np.array([e[2] == "lower" for e in ends])
    place = (mean - low) / (high - low)
    middle = np.median(np.where(is_lower, 1 - place, place), axis=-1, keepdims=True)
    return low + np.where(is_lower, 1 - middle, middle) * (high - low)


def _columns_of(table, outcome, drivers, controls, now, fitted, weights, short_of) -> _Columns:
    """short_of : of units, the ends of each driver's scale; None where answers are moved as a whole."""
    numbers = pd.DataFrame({c: as_numbers(table[c]) for c in (*drivers, outcome)})
    chosen = fitted & numbers.notna().all(axis=1).to_numpy() & table[controls].notna().all(axis=1).to_numpy()
    if chosen.sum() < 10 * len(drivers):
        raise TooFewRowsError(
            f"{chosen.sum():,} complete answers are too few for {len(drivers)} touch points."
        )
    root = (
        np.ones(len(table)) if weights is None else np.sqrt(as_numbers(table[weights]).fillna(0).to_numpy())
    )
    held = control_columns(table[chosen].reset_index(drop=True), controls)
    held = _independent(held)
    fit = np.zeros((len(table), 2 + held.shape[1] + len(drivers)))
    fit[chosen] = np.column_stack([np.ones(chosen.sum()), held, numbers[chosen].to_numpy()])
    rated, medians = [], []
    for place, driver in enumerate(drivers):
        there = np.asarray(now) & numbers[driver].notna().to_numpy()
        if not there.any():
            raise TooFewRowsError(f"Nobody rated {driver} in the period.")
        values = numbers[driver].fillna(0).to_numpy()
        medians.append(float(np.median(values[there])))
        if short_of is not None:
            gap = medians[-1] - values
            values = np.minimum(gap, 0) if short_of[place][2] == "lower" else np.maximum(gap, 0)
        rated += [there.astype(float), np.where(there, values, 0.0)]
    z = np.column_stack([fit, *rated]) * root[:, None]
    return _Columns(z, held.shape[1], len(drivers), np.array(medians))


def _independent(held: np.ndarray) -> np.ndarray:
    """The controls (n, k) without those that follow from others."""
    if not held.shape[1]:
        return held
    left, spread, _ = np.linalg.svd(held, full_matrices=False)
    return left[:, spread > 1e-9 * spread[0]] * np.sqrt(len(held))
