"""How far a unit's mean lies from the truth by chance: by which answers came, which customers, and which employees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.constituency.columns import held_columns
from linkage.drivers.controls import is_number
from linkage.errors import TooFewRowsError
from linkage.group_codes import crossed
from linkage.group_means import less_group_means
from linkage.rows import complete_rows


@dataclass(frozen=True, eq=False)
class UnitMeans:
    """units : one row a unit, indexed by it: n, mean (at the mix of all units), variance (of the mean, by chance).
    components : variance between employees, between customers, ..., and of single answers ("answer").
    """

    units: pd.DataFrame
    components: pd.Series
    n_dropped: int


def unit_means(
    rows: pd.DataFrame, *, outcome: str, unit: str, mix: Sequence[str] = (), shared: Sequence[str] = ()
) -> UnitMeans:
    """The mean of every unit, had all the same mix, and how much of it is chance.

    rows : one row an answer (or a unit and period). mix : what differs between answers and is not the unit's doing
    (channel, topic, segment, period): its slopes come from comparisons within units. shared : columns whose values
    answers of a unit share (employee_id, customer_id): which of them a unit happens to have is chance too; a missing
    value is one of its own.

    Variance components by equating sums of squares and of cross-products within units with their expectations
    (Searle, Casella and McCulloch 1992, chapter 5), none below zero.
    """
    numbers = [outcome, *[c for c in mix if is_number(rows[c])]]
    labels = [unit, *[c for c in mix if c not in numbers]]
    kept = complete_rows(rows.assign(_place=np.arange(len(rows))), [*numbers, "_place"], labels, at_least=10)
    there = kept["_place"].to_numpy().astype(int)
    codes, names = pd.factorize(kept[unit], sort=True)
    if len(names) < 3:
        raise TooFewRowsError(f"{len(names)} units with answers are too few to compare; 3 at least.")
    y = _at_the_same_mix(kept, outcome, list(mix), codes)
    sizes = np.bincount(codes)
    mean = np.bincount(codes, weights=y) / sizes
    cells = [_cells(rows[key].iloc[there], codes) for key in shared]
    parts, weight = _components(y - mean[codes], codes, cells, list(shared))
    table = pd.DataFrame(
        {"n": sizes, "mean": mean, "variance": weight @ parts.to_numpy()}, index=pd.Index(names, name=unit)
    )
    return UnitMeans(table, parts, len(rows) - len(kept))


def _at_the_same_mix(rows: pd.DataFrame, outcome: str, mix: list[str], codes: np.ndarray) -> np.ndarray:
    """The outcome (n,), less what its mix adds to it, as comparisons within units tell."""
    y = rows[outcome].to_numpy()
    x = held_columns(rows, mix)
    if not x.shape[1]:
        return y
    slopes = np.linalg.lstsq(less_group_means(x, codes), less_group_means(y, codes), rcond=1e-9)[0]
    return y - x @ slopes  # held_columns are centred over all rows: the mix of all units


def _cells(key: pd.Series, codes: np.ndarray) -> np.ndarray:
    """(n,) codes of the unit and key of each row; who is not named stands alone."""
    found = pd.factorize(key)[0].astype("int64")
    alone = found < 0
    found[alone] = found.max(initial=0) + 1 + np.arange(alone.sum())
    return crossed(codes, found)


def _components(
    left: np.ndarray, codes: np.ndarray, cells: list[np.ndarray], names: list[str]
) -> tuple[pd.Series, np.ndarray]:
    """Variance components, none below zero, and (U, k) how much of each is in a unit's mean."""
    while True:
        matrix, right, weight = _equations(left, codes, cells)
        parts = np.linalg.lstsq(matrix, right, rcond=None)[0]
        if not len(cells) or parts[:-1].min() >= 0:
            kept = pd.Series(np.maximum(parts, 0.0), index=[*names, "answer"])
            return kept, weight
        lowest = int(parts[:-1].argmin())
        cells = [c for i, c in enumerate(cells) if i != lowest]
        names = [c for i, c in enumerate(names) if i != lowest]


def _equations(
    left: np.ndarray, codes: np.ndarray, cells: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What sums of squares and of pairs are (k,), what components make them (k, k), and a unit's weights (U, k).

    With c_i the covariance of an answer with its unit's mean and V the mean's variance, both sums of components, a
    square is expected to be total - 2 c_i + V and a pair C_ij - c_i - c_j + V.
    """
    sizes = np.bincount(codes)
    own = [np.bincount(c)[c] for c in cells]
    share = np.column_stack([*own, np.ones(len(left))]) / sizes[codes][:, None]
    weight = np.column_stack([np.bincount(codes, weights=s) / sizes for s in share.T])
    gap = weight[codes] - 2 * share
    rows = [(1.0 + gap).sum(axis=0)]
    right = [float(left @ left)]
    for place, cell in enumerate(cells):
        others = own[place] - 1.0
        pairs = [float(_pairs(cell, other)) for other in cells]
        rows.append(np.array([*pairs, 0.0]) + (others[:, None] * gap).sum(axis=0))
        sums = np.bincount(cell, weights=left)
        right.append(float(sums @ sums - left @ left))
    return np.array(rows), np.array(right), weight


def _pairs(cell: np.ndarray, other: np.ndarray) -> int:
    """Ordered pairs of rows that share both cells."""
    both = np.unique(cell.astype("int64") * (int(other.max()) + 1) + other, return_counts=True)[1]
    return int((both.astype("int64") ** 2 - both).sum())
