"""Groups as whole numbers from 0: close their gaps, count them, cross two of them, ask whether one lies in another."""

from __future__ import annotations

import numpy as np

MOST_EMPTY = 8
"""Up to so many numbers a row are counted in a table; beyond that the rows are sorted."""


def without_gaps(codes: np.ndarray) -> np.ndarray:
    """The same groups in the same order, numbered from 0 without one that no row has.

    codes : (n,) whole numbers of at least 0.
    """
    if not len(codes):
        return codes.astype(np.int64)
    if codes.max() >= MOST_EMPTY * len(codes):
        return np.unique(codes, return_inverse=True)[1]
    return (np.cumsum(np.bincount(codes) > 0) - 1)[codes]


def count_groups(codes: np.ndarray) -> int:
    """How many groups have a row. codes : (n,) whole numbers of at least 0."""
    return int(np.count_nonzero(np.bincount(codes)))


def crossed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """One group for each pair of groups that a row has, ordered by the first and then by the second.

    first, second : (n,) whole numbers of at least 0.
    """
    return without_gaps(first.astype(np.int64) * (second.max(initial=0) + 1) + second)


def each_in_one(fine: np.ndarray, coarse: np.ndarray) -> bool:
    """Whether every group of `fine` lies within one group of `coarse`, both (n,) of at least 0."""
    lies_in = np.empty(fine.max(initial=-1) + 1, coarse.dtype)
    lies_in[fine] = coarse
    return bool((lies_in[fine] == coarse).all())
