"""Weights that give a sample the known make-up of its population (raking)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, TableError
from linkage.results import Result
from linkage.rows import complete_rows
from linkage.weights.trimming import MOST_ROUNDS, aligned, check_trim, effective_n, trimmed

SUM_TOLERANCE = 1e-6
STILL = 1e-12  # a capped raking that no longer moves has come as close as the cap lets it


@dataclass(frozen=True, eq=False, repr=False)
class RakedWeights(Result):
    """Weights under which the sample has the shares it should have.

    margins : one row a column and value: n, start_share (before), weighted_share (after), target_share.
    weights : aligned with the table's index, mean 1; missing for rows without a value in a raked column.
    n_eff : independent answers that the weighted ones are worth. largest_gap : of a share from its target,
        relative to it. rounds : passes over all columns.
    trim, n_trimmed : cap as a multiple of the mean weight (None for none), and how many lie on it.
    """

    main_table = "margins"

    margins: pd.DataFrame
    weights: pd.Series
    n_eff: float
    largest_gap: float
    tolerance: float
    rounds: int
    trim: float | None
    n_trimmed: int
    n_used: int
    n_dropped: int

    @property
    def is_met(self) -> bool:
        """Whether every share is its target, within the tolerance; a cap may prevent it."""
        return self.largest_gap < self.tolerance

    def summary(self) -> str:
        known = self.weights.dropna()
        columns = ", ".join(self.margins["column"].unique())
        met = (
            "All shares are met" if self.is_met else f"The cap leaves shares up to {self.largest_gap:.1%} off"
        )
        cut = f"{self.n_trimmed:,} lie on the cap of {self.trim:g}" if self.trim else "none trimmed"
        dropped = f" {self.n_dropped:,} with an unknown value have no weight." if self.n_dropped else ""
        return (
            f"{self.n_used:,} answers raked to {columns} in {self.rounds:,} rounds. {met}. Weights run from "
            f"{known.min():.2f} to {known.max():.2f} (mean 1, {cut}); weighted, the answers are worth "
            f"{self.n_eff:,.0f} equal ones.{dropped}"
        )


def rake(
    table: pd.DataFrame,
    *,
    targets: Mapping[str, Mapping[object, float]],
    start: str | None = None,
    tolerance: float = 1e-8,
    trim: float | None = None,
) -> RakedWeights:
    """How much should each answer count, so that the sample looks like the population?

    table : one row an answer. targets : column -> {value: share of the population}; shares of a column sum to 1.
    start : column of positive weights to begin with, such as inverse response probabilities.
    trim : cap on a weight, times the mean; then the shares are met only as closely as the cap allows.

    Iterative proportional fitting: each column in turn, w <- w x target share / weighted share, until no share
    is off by more than `tolerance` of itself (Deming and Stephan 1940, Annals of Mathematical Statistics 11,
    p. 427). Raises TableError for impossible targets, FitError where no weights can meet them all.
    """
    check_trim(trim)
    columns = list(targets)
    rows = complete_rows(table.assign(_row=range(len(table))), [*([start] if start else []), "_row"], columns)
    codes, shares = margin_codes(rows, targets)
    first = starting_weights(rows, start)
    weights, rounds = fitted(first, codes, shares, tolerance, trim)
    gap = largest_gap(weights, codes, shares)
    if trim is None and gap >= tolerance:
        raise FitError(
            f"After {rounds:,} rounds a share is still {gap:.2%} off its target: the targets contradict each "
            "other on the combinations this sample holds. Merge sparse values, or rake to fewer columns."
        )
    return RakedWeights(
        margins=margin_table(targets, codes, first, weights),
        weights=aligned(rows["_row"], weights, table.index, "weight"),
        n_eff=effective_n(weights),
        largest_gap=gap,
        tolerance=tolerance,
        rounds=rounds,
        trim=trim,
        n_trimmed=0 if trim is None else int((weights >= trim * (1 - 1e-9)).sum()),
        n_used=len(rows),
        n_dropped=len(table) - len(rows),
    )


def margin_codes(
    rows: pd.DataFrame, targets: Mapping[str, Mapping[object, float]]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For each column the code of each row's value, and the target shares in the order of the codes."""
    if not targets:
        raise TableError("Raking needs targets: {column: {value: share of the population}}.")
    codes, shares = [], []
    for column, wanted in targets.items():
        share = np.array([float(part) for part in wanted.values()])
        if not (np.isfinite(share).all() and (share > 0).all() and abs(share.sum() - 1) < SUM_TOLERANCE):
            raise TableError(
                f"The targets of {column!r} are shares above 0 that sum to 1; they sum to {share.sum():g}: "
                f"{dict(wanted)}."
            )
        place = rows[column].astype(object).map({value: at for at, value in enumerate(wanted)})
        unknown = rows.loc[place.isna(), column]
        if len(unknown):
            raise TableError(
                f"Column {column!r}: {len(unknown):,} of {len(rows):,} answers have a value without a target, for "
                f"example {unknown.tolist()[0]!r}. Give it a target or merge it with another value."
            )
        empty = [value for at, value in enumerate(wanted) if not (place == at).any()]
        if empty:
            raise TableError(
                f"Column {column!r}: nobody in the sample has the value {empty[0]!r}, whose target is "
                f"{wanted[empty[0]]:g}. No weight can make up for that: merge it with another value."
            )
        codes.append(place.to_numpy(dtype=int))
        shares.append(share / share.sum())
    return codes, shares


def starting_weights(rows: pd.DataFrame, start: str | None) -> np.ndarray:
    """Weights of mean 1 to begin with; refuses those that are not positive."""
    weights = rows[start].to_numpy() if start else np.ones(len(rows))
    if (weights <= 0).any():
        raise TableError(
            f"Column {start!r}: {(weights <= 0).sum():,} starting weights are not above zero, for example "
            f"{weights[weights <= 0][0]:g}; such an answer would never count."
        )
    return weights / weights.mean()


def fitted(
    weights: np.ndarray,
    codes: list[np.ndarray],
    shares: list[np.ndarray],
    tolerance: float,
    trim: float | None,
) -> tuple[np.ndarray, int]:
    """Weights of mean 1 after as many rounds as it takes, and how many that were."""
    rounds = 0
    while rounds < MOST_ROUNDS:
        rounds, before = rounds + 1, weights
        for code, share in zip(codes, shares, strict=True):
            weights = weights * (share / (np.bincount(code, weights) / len(weights)))[code]
        weights = trimmed(weights, trim)[0]
        still = np.abs(weights - before).max() < STILL
        if largest_gap(weights, codes, shares) < tolerance or still:
            break
    return weights, rounds


def largest_gap(weights: np.ndarray, codes: list[np.ndarray], shares: list[np.ndarray]) -> float:
    """How far the worst share is from its target, relative to the target."""
    gaps = [
        np.abs(np.bincount(code, weights) / weights.sum() / share - 1).max()
        for code, share in zip(codes, shares, strict=True)
    ]
    return float(max(gaps))


def margin_table(
    targets: Mapping[str, Mapping[object, float]],
    codes: list[np.ndarray],
    before: np.ndarray,
    after: np.ndarray,
) -> pd.DataFrame:
    """Each share before, after and as it should be."""
    frames = [
        pd.DataFrame(
            {
                "column": column,
                "value": pd.Series(list(wanted), dtype=object),
                "n": np.bincount(code),
                "start_share": np.bincount(code, before) / before.sum(),
                "weighted_share": np.bincount(code, after) / after.sum(),
                "target_share": list(wanted.values()),
            }
        )
        for code, (column, wanted) in zip(codes, targets.items(), strict=True)
    ]
    return pd.concat(frames, ignore_index=True)
