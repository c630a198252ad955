"""Average effects in outcome units: what the fitted mean does when one driver moves, the rest as observed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.regression.design import Design
from linkage.regression.result import estimate_table

Response = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Contrast:
    """One driver moved: its name, the regressors after and before, and the distance, a number a row."""

    name: str
    high: np.ndarray
    low: np.ndarray
    distance: np.ndarray


def contrasts(design: Design) -> Iterator[Contrast]:
    """Every driver of a design moved in turn, through all the terms that hold it (curves, interactions).

    A number moves by a ten-thousandth of its spread, within the range observed; a flag (0 and 1 only) from 0
    to 1; a category from its reference to each other level.
    """
    for column in design.recipe.columns:
        if column in design.recipe.levels:
            yield from _category(design, column)
        else:
            yield _number(design, column)


def _category(design: Design, column: str) -> Iterator[Contrast]:
    first, *others = design.recipe.levels[column]
    low = _moved(design, column, first)
    for level in others:
        yield Contrast(f"{column}[{level}]", _moved(design, column, level), low, np.ones(len(low)))


def _number(design: Design, column: str) -> Contrast:
    values = design.rows[column].to_numpy(dtype="float64")
    if set(np.unique(values)) <= {0.0, 1.0}:
        high, low = np.ones_like(values), np.zeros_like(values)
    else:
        step = 1e-4 * values.std()
        high, low = np.minimum(values + step, values.max()), np.maximum(values - step, values.min())
    return Contrast(column, _moved(design, column, high), _moved(design, column, low), high - low)


def _moved(design: Design, column: str, value: object) -> np.ndarray:
    return design.recipe.matrix(design.rows.assign(**{column: value}))


def average_effects(
    design: Design, response: Response, covariance: np.ndarray, *, df: float, confidence: float
) -> pd.DataFrame:
    """Average effects with errors by the delta method, the drivers' distribution taken as it is.

    response : regressors (n, k) and weights (n,) -> the weighted sums (m,) of m outcomes, and their
        derivatives (m, p) by the parameters whose covariance is given. With m > 1 the rows come driver by driver.
    """
    share = design.weight_array / design.weight_array.sum()
    names, values, gradients = [], [], []
    for contrast in contrasts(design):
        per_unit = share / contrast.distance
        (above, above_by), (below, below_by) = (
            response(side, per_unit) for side in (contrast.high, contrast.low)
        )
        names += [contrast.name] * len(above)
        values.append(above - below)
        gradients.append(above_by - below_by)
    if not names:
        return estimate_table([], np.empty(0), np.empty((0, 0)), df=df, confidence=confidence)
    gradient = np.vstack(gradients)
    matrix = gradient @ covariance @ gradient.T
    table = estimate_table(names, np.concatenate(values), matrix, df=df, confidence=confidence)
    return table.rename_axis("driver")
