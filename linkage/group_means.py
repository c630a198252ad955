"""How far does each row lie from the mean of its group? The fixed effect of one key, taken out."""

from __future__ import annotations

import numpy as np


def less_group_means(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Values less the mean of their group, in the values' own units and shape.

    values : (n,) one column, or (n, k) columns, without gaps. codes : (n,) group of each row, 0 to groups - 1.
    A code between them that no row has is no group and does no harm.
    """
    if values.ndim == 1:
        return less_group_means(values[:, None], codes)[:, 0]
    if not values.size:
        return values
    sizes = np.maximum(np.bincount(codes), 1)
    means = np.column_stack([np.bincount(codes, weights=column) / sizes for column in values.T])
    return values - means[codes]
