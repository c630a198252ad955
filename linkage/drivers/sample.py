"""What a ranking rests on: checked columns, controls taken out, and refusals that name what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.drivers.bootstrap import is_constant_within, noise_column
from linkage.drivers.controls import control_columns, group_codes, modelled_rows, partial_out
from linkage.drivers.importance import LMG_LIMIT, correlation_matrix
from linkage.errors import FitError, LinkError, TableError
from linkage.precision import check_confidence, check_draws

COLLINEAR = 1e-9
ROWS_A_DRIVER = 10


@dataclass(frozen=True, eq=False)
class Sample:
    """Arrays of one ranking.

    x (n, p), y (n,) as given; held (n, k) controls; rest (n, p + 1) drivers and outcome without the
    controls; absorbed : parameters taken out; groups (n,) cluster codes or None; weights (n,), mean 1.
    """

    drivers: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    held: np.ndarray
    rest: np.ndarray
    absorbed: int
    groups: np.ndarray | None
    weights: np.ndarray

    @property
    def correlations(self) -> np.ndarray:
        """(p + 1, p + 1) of drivers and outcome, controls taken out."""
        return correlation_matrix(self.rest[:, :-1], self.rest[:, -1], self.weights)

    @property
    def clusters(self) -> int | None:
        return None if self.groups is None else int(self.groups.max()) + 1

    @property
    def controls_r_squared(self) -> float:
        """Share of the outcome's variance that the controls alone explain."""
        middle = np.average(self.y, weights=self.weights)
        left = (self.weights * self.rest[:, -1] ** 2).sum()
        return float(1 - left / (self.weights * (self.y - middle) ** 2).sum())

    def noise(self, seed: int) -> np.ndarray:
        """A random normal driver (n,), constant within clusters if one of the drivers is."""
        whole = bool(is_constant_within(self.x, self.groups).any())
        return noise_column(len(self.y), self.groups, whole_clusters=whole, seed=seed)


def ranking_sample(
    table: pd.DataFrame,
    *,
    outcome: str,
    drivers: tuple[str, ...],
    controls: tuple[str, ...],
    cluster: str | None,
    weights: str | None,
) -> Sample:
    """The complete rows of a table as arrays, or the reason why they cannot be ranked."""
    numbers = [outcome, *drivers, *([weights] if weights else [])]
    at_least = ROWS_A_DRIVER * len(drivers)
    rows = modelled_rows(table, numbers=numbers, controls=controls, cluster=cluster, at_least=at_least)
    weight = row_weights(rows, weights)
    rows, weight = rows[weight > 0].reset_index(drop=True), weight[weight > 0]
    columns = rows[[*drivers, outcome]].to_numpy()
    refuse_constant(columns, [*drivers, outcome])
    held = control_columns(rows, controls)
    rest, absorbed = partial_out(columns, held, weight)
    refuse_explained_by_controls(rest, columns, [*drivers, outcome], controls)
    refuse_collinear(correlation_matrix(rest[:, :-1], rest[:, -1], weight), drivers)
    groups = group_codes(rows, cluster)
    return Sample(drivers, columns[:, :-1], columns[:, -1], held, rest, absorbed, groups, weight)


def row_weights(rows: pd.DataFrame, weights: str | None) -> np.ndarray:
    """Weights (n,) with mean 1. Raises TableError where one is negative or all are zero."""
    if weights is None:
        return np.ones(len(rows))
    values = rows[weights].to_numpy()
    if (values < 0).any() or values.sum() == 0:
        raise TableError(
            f"Column {weights!r} cannot weight rows: {(values < 0).sum():,} of {len(values):,} are negative, "
            f"the least is {values.min():g}. Weights are zero or more, and not all zero."
        )
    return values / values.mean()


def refuse_bad_request(
    outcome: str, drivers: Sequence[str], controls: Sequence[str], method: str, draws: int, confidence: float
) -> None:
    """Refuse what cannot be ranked as asked, before any row is read."""
    names = [outcome, *drivers, *controls]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LinkError(f"{', '.join(twice)} is named more than once among outcome, drivers and controls.")
    if not drivers:
        raise LinkError(f"No driver of {outcome} is named; name at least one.")
    if method not in ("auto", "lmg", "johnson"):
        raise LinkError(f'There is no method {method!r}; use "auto", "lmg" or "johnson".')
    if method == "lmg" and len(drivers) > LMG_LIMIT:
        raise LinkError(
            f"{len(drivers)} drivers are too many for LMG, which doubles with each: at most {LMG_LIMIT}. "
            'Use method="johnson", or fewer drivers.'
        )
    check_confidence(confidence)
    check_draws(draws, at_least=100)


def refuse_constant(columns: np.ndarray, names: Sequence[str]) -> None:
    """Refuse columns (n, k) that hold one value only."""
    size = np.abs(columns).max(axis=0)
    flat = [name for name, c, s in zip(names, columns.T, size, strict=True) if np.ptp(c) <= 1e-12 * s]
    if flat:
        raise FitError(
            f"{', '.join(flat)} never varies in the {len(columns):,} complete rows, so it explains nothing "
            "and cannot be explained. Leave it out, or take more periods or units."
        )


def refuse_explained_by_controls(
    rest: np.ndarray, columns: np.ndarray, names: Sequence[str], controls: Sequence[str]
) -> None:
    """Refuse columns of which the controls leave nothing."""
    left = (rest**2).sum(axis=0) / ((columns - columns.mean(axis=0)) ** 2).sum(axis=0)
    gone = [name for name, share in zip(names, left, strict=True) if share < COLLINEAR]
    if gone:
        raise FitError(
            f"The controls ({', '.join(controls)}) say everything about {', '.join(gone)}: nothing is "
            "left to explain. Leave out the control that repeats it."
        )


def refuse_collinear(correlations: np.ndarray, drivers: Sequence[str]) -> None:
    """Refuse drivers of which one follows from the others, naming those involved."""
    values, vectors = np.linalg.eigh(correlations[:-1, :-1])
    if values[0] < COLLINEAR:
        involved = [name for name, part in zip(drivers, np.abs(vectors[:, 0]), strict=True) if part > 1e-3]
        raise FitError(
            f"{', '.join(involved)} are collinear: each follows from the others, so their shares have no "
            "single answer. Leave one of them out."
        )
