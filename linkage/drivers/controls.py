"""What is held fixed: controls as columns of numbers, and what is left of other columns without them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from linkage.errors import LinkError, TooFewRowsError
from linkage.rows import complete_rows, require_columns

NUMERIC_OBJECTS = {"decimal", "integer", "floating", "mixed-integer-float", "boolean"}


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers (flags and decimals too) rather than categories."""
    if values.dtype == object:
        return pd.api.types.infer_dtype(values, skipna=True) in NUMERIC_OBJECTS
    return pd.api.types.is_numeric_dtype(values) and not isinstance(values.dtype, pd.CategoricalDtype)


def modelled_rows(
    table: pd.DataFrame,
    *,
    numbers: Sequence[str],
    controls: Sequence[str],
    cluster: str | None,
    at_least: int,
) -> pd.DataFrame:
    """Complete rows in an order of their own, so that the order of the table decides nothing.

    numbers : columns needed as float64. controls : numbers as they are, anything else a category.
    Rows are sorted by their values: a seeded bootstrap then meets the same rows at the same place.
    Raises LinkError where the cluster is one of the numbers.
    """
    if cluster in numbers:
        raise LinkError(
            f"{cluster} is asked about and is the cluster too. Cluster by whose rows belong together."
        )
    require_columns(table, [*numbers, *controls, *([cluster] if cluster else [])])
    numeric = [c for c in controls if is_number(table[c])]
    labels = [c for c in controls if c not in numeric] + ([cluster] if cluster else [])
    rows = complete_rows(table, [*numbers, *numeric], labels, at_least=at_least)
    keys = [rows[c].to_numpy() for c in dict.fromkeys([*numbers, *numeric])]
    keys += [pd.factorize(rows[c].astype(str), sort=True)[0] for c in labels]
    order = np.lexsort(keys[::-1])
    return rows.iloc[order].reset_index(drop=True)


def group_codes(rows: pd.DataFrame, cluster: str | None) -> np.ndarray | None:
    """Whole numbers 0..G-1 that name each row's cluster; None when rows stand alone.

    Raises TooFewRowsError where there is only one cluster: nothing then tells how clusters differ.
    """
    if cluster is None:
        return None
    labels = rows[cluster].astype(object)
    try:
        codes, found = pd.factorize(labels, sort=True)
    except TypeError:  # labels of several kinds have no order among themselves
        codes, found = pd.factorize(labels.astype(str), sort=True)
    if len(found) < 2:
        raise TooFewRowsError(
            f"All {len(rows):,} complete rows share one {cluster} ({found[0]!r}); intervals need two. "
            "Name a finer cluster, or leave it out if rows are independent."
        )
    return codes


def control_columns(rows: pd.DataFrame, controls: Sequence[str]) -> np.ndarray:
    """Controls as centred columns of unit spread, (n, k): a category gives one column a level but the first.

    Raises TooFewRowsError where a category has so many levels for the rows that it would explain anything.
    """
    blocks = [np.empty((len(rows), 0))]
    for control in controls:
        if is_number(rows[control]):
            block = rows[[control]].to_numpy(dtype="float64")
        else:
            block = pd.get_dummies(rows[control].astype(object), drop_first=True).to_numpy(dtype="float64")
        if block.shape[1] > len(rows) / 10:
            raise TooFewRowsError(
                f"Control {control!r} has {block.shape[1] + 1:,} levels in {len(rows):,} rows; at least "
                f"{10 * block.shape[1]:,} are needed. Use a coarser category, or cluster by it."
            )
        blocks.append(block)
    columns = np.hstack(blocks)
    columns = columns - columns.mean(axis=0)
    spread = columns.std(axis=0)
    return columns[:, spread > 0] / spread[spread > 0]


def partial_out(
    columns: np.ndarray, controls: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, int]:
    """What is left of columns (n, q) once a constant and controls (n, k) are taken out, and how many were.

    Regressing the rest on the rest gives the same coefficients as one fit with the controls in it
    (Frisch and Waugh 1933; Lovell 1963). Controls that repeat one another count once.
    """
    weights = np.ones(len(columns)) if weights is None else weights
    centred = columns - np.average(columns, axis=0, weights=weights)
    if controls.shape[1] == 0:
        return centred, 1
    root = np.sqrt(weights)[:, None]
    held = controls - np.average(controls, axis=0, weights=weights)
    slopes, _, rank, _ = np.linalg.lstsq(held * root, centred * root, rcond=1e-9)
    return centred - held @ slopes, int(rank) + 1
