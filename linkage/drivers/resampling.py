"""Whole clusters drawn again and again, without touching the rows twice: sums within clusters are enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

CLUSTERS_AT_ONCE = 2000
MANY_CLUSTERS = 50_000


def resampled_moments(columns: np.ndarray, groups: np.ndarray | None, *, draws: int, seed: int) -> np.ndarray:
    """Cross-products (draws, q, q) of columns (n, q) in bootstrap samples of whole clusters.

    groups : codes 0..G-1; None draws single rows. Each sample holds G clusters drawn with replacement
    (Davison and Hinkley 1997, section 3.8). Sums are taken some clusters at a time, to bound the memory.
    Beyond 50,000 clusters the sums are drawn from the normal law that they then follow.
    """
    rng = np.random.default_rng(seed)
    groups = np.arange(len(columns)) if groups is None else groups
    upper = np.triu_indices(columns.shape[1])
    draw = drawn_sums if groups.max() < MANY_CLUSTERS else normal_sums
    pairs = draw(rng, lambda: parts_of_clusters(columns, groups, upper), int(groups.max()) + 1, draws)
    return symmetric(pairs, upper, columns.shape[1])


def parts_of_clusters(columns: np.ndarray, groups: np.ndarray, upper: tuple) -> Iterator[np.ndarray]:
    """Sums within clusters of the products of two columns, some clusters at a time: (clusters, pairs)."""
    order = np.argsort(groups, kind="stable")
    columns, groups = columns[order], groups[order]
    starts = np.searchsorted(groups, np.arange(int(groups[-1]) + 2))
    for first in range(0, len(starts) - 1, CLUSTERS_AT_ONCE):
        inside = starts[first : first + CLUSTERS_AT_ONCE + 1]
        yield within_clusters(columns[inside[0] : inside[-1]], inside[:-1] - inside[0], upper)


def drawn_sums(rng: np.random.Generator, parts: Callable, count: int, draws: int) -> np.ndarray:
    """Sums over `count` clusters drawn with replacement: (draws, pairs)."""
    sizes = np.diff(np.append(np.arange(0, count, CLUSTERS_AT_ONCE), count))
    picks = rng.multinomial(count, sizes / count, size=draws)
    return sum(drawn_counts(rng, picks[:, k], sizes[k]) @ part for k, part in enumerate(parts()))


def normal_sums(rng: np.random.Generator, parts: Callable, count: int, draws: int) -> np.ndarray:
    """What `drawn_sums` tends to with many clusters: normal, about the whole sums (draws, pairs)."""
    whole = sum(part.sum(axis=0) for part in parts())
    gaps = (part - whole / count for part in parts())
    values, vectors = np.linalg.eigh(sum(gap.T @ gap for gap in gaps))
    spread = vectors * np.sqrt(np.maximum(values, 0))
    return whole + rng.standard_normal((draws, len(whole))) @ spread.T


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
