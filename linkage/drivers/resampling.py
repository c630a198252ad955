"""Whole clusters drawn again and again, without touching the rows twice: sums within clusters are enough."""

from __future__ import annotations

import numpy as np

CLUSTERS_AT_ONCE = 2000


def resampled_moments(columns: np.ndarray, groups: np.ndarray | None, *, draws: int, seed: int) -> np.ndarray:
    """Cross-products (draws, q, q) of columns (n, q) in bootstrap samples of whole clusters.

    groups : codes 0..G-1; None draws single rows. Each sample holds G clusters drawn with replacement
    (Davison and Hinkley 1997, section 3.8). Sums are taken some clusters at a time, to bound the memory.
    """
    rng = np.random.default_rng(seed)
    groups = np.arange(len(columns)) if groups is None else groups
    order = np.argsort(groups, kind="stable")
    columns, groups = columns[order], groups[order]
    count = int(groups[-1]) + 1
    starts = np.searchsorted(groups, np.arange(count))
    first = np.arange(0, count, CLUSTERS_AT_ONCE)
    sizes = np.diff(np.append(first, count))
    picks = rng.multinomial(count, sizes / count, size=draws)
    upper = np.triu_indices(columns.shape[1])
    total = np.zeros((draws, len(upper[0])))
    for part, (begin, size) in enumerate(zip(first, sizes, strict=True)):
        end = starts[begin + size] if begin + size < count else len(columns)
        inside = columns[starts[begin] : end], starts[begin : begin + size] - starts[begin]
        total += drawn_counts(rng, picks[:, part], size) @ within_clusters(*inside, upper)
    return symmetric(total, upper, columns.shape[1])


def within_clusters(columns: np.ndarray, starts: np.ndarray, upper: tuple) -> np.ndarray:
    """Products of pairs of columns summed within clusters that begin at `starts`: (clusters, pairs)."""
    pairs = zip(*upper, strict=True)
    return np.column_stack([np.add.reduceat(columns[:, i] * columns[:, j], starts) for i, j in pairs])


def drawn_counts(rng: np.random.Generator, picks: np.ndarray, size: int) -> np.ndarray:
    """How often each of `size` clusters is drawn when sample d makes picks[d] draws: (draws, size)."""
    row = np.repeat(np.arange(len(picks)), picks)
    cell = row * size + rng.integers(0, size, len(row))
    return np.bincount(cell, minlength=len(picks) * size).reshape(len(picks), size).astype(float)


def symmetric(pairs: np.ndarray, upper: tuple, q: int) -> np.ndarray:
    """Upper triangles (draws, pairs) as whole matrices (draws, q, q)."""
    whole = np.empty((len(pairs), q, q))
    whole[:, upper[0], upper[1]] = pairs
    whole[:, upper[1], upper[0]] = pairs
    return whole
