"""A segment's categories as groups of rows: those that may be shown, the others joined; and the slope in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.cards.parts.held import Held, basis_of
from linkage.refuting.sample import LinkSample
from linkage.suppressing import shown_groups


class Slopes(NamedTuple):
    """values (k,); covariance (k, k), the jackknife over clusters; df (k,), clusters of each less one."""

    values: np.ndarray
    covariance: np.ndarray
    df: np.ndarray


class Categories(NamedTuple):
    """codes (n,) from 0, -1 where a row names no category or its category has no slope; names; which are joined."""

    codes: np.ndarray
    names: list[str]
    joined: list[bool]
    hidden: int


def categories_of(sample: LinkSample, held: Held, name: str, fewest: int) -> Categories:
    """Categories that may be shown, the others joined; categories in which the driver is constant have no slope."""
    codes, labels = pd.factorize(sample.table[name], sort=True)
    names = np.array(_names(name, labels, sample.table[name]), dtype=object)
    rows, clusters = sizes_of(held, codes, len(names))
    flat = _flat(held, codes, len(names))
    size = rows if clusters is None else np.minimum(rows, clusters)
    # A small one without a slope must be hidden like any other.
    asked = np.flatnonzero(~flat | (size < fewest))
    hides = np.where(flat[asked], 0, 1)
    shown = shown_groups(rows[asked] * hides, None if clusters is None else clusters[asked] * hides, fewest)
    kept = list(names[asked[shown]])
    place = np.full(len(names) + 1, -1)
    place[asked[shown]] = np.arange(len(kept))
    joined = asked[~shown]
    if len(joined) > 1 and kept and not _flat(held, np.where(np.isin(codes, joined), 0, -1), 1)[0]:
        place[joined] = len(kept)
        return Categories(
            place[codes], [*kept, f"{len(joined)} smaller ones together"], [False] * len(kept) + [True],
            len(names) - len(kept),
        )  # fmt: skip
    return Categories(place[codes], kept, [False] * len(kept), len(names) - len(kept))


def _names(name: str, labels: Sequence[object], column: pd.Series) -> list[str]:
    """A key is never named; a number is said as one, a flag as yes and no."""
    if name.endswith("_id"):
        return [f"{name.removesuffix('_id')} {rank}" for rank in range(1, len(labels) + 1)]
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return [f"{float(label):g}" for label in labels]
    return [{"True": "yes", "False": "no"}.get(str(label), str(label)) for label in labels]


def _flat(held: Held, codes: np.ndarray, count: int) -> np.ndarray:
    """Categories (count,) in which the driver does not vary: they have no slope."""
    known = codes >= 0
    rows = np.bincount(codes[known], minlength=count)
    mean = np.bincount(codes[known], held.driver[known], count) / np.maximum(rows, 1)
    apart = held.driver - np.append(mean, 0.0)[codes]
    square = np.bincount(codes[known], apart[known] ** 2, count)
    return square <= 1e-12 * held.unit**2 * np.maximum(rows, 1)


def sizes_of(held: Held, codes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Rows and clusters of each category; a row without one counts for none."""
    known = codes >= 0
    rows = np.bincount(codes[known], minlength=count)
    if not held.groups:
        return rows, None
    seen = np.zeros((count, int(held.groups[0].max()) + 1), dtype=bool)
    seen[codes[known], held.groups[0][known]] = True
    return rows, seen.sum(axis=1)


def category_slopes(held: Held, cut: Categories) -> Slopes:
    """Own level and own slope in each category; rows of none keep a level and a slope of their own, unshown."""
    codes = np.where(cut.codes < 0, len(cut.names), cut.codes)
    kinds = np.flatnonzero(np.bincount(codes))
    levels = (codes[:, None] == kinds).astype(float)
    centred = (held.driver - held.middle) / held.unit
    own = levels * centred[:, None]
    sizes = np.linalg.norm(levels * held.root[:, None], axis=0)
    basis = np.column_stack([held.basis, basis_of(held.left(levels), sizes)])
    apart = Held(held.driver, held.outcome, basis, held.root, held.groups, held.confidence)
    varying = np.linalg.norm(apart.left(own), axis=0) > 1e-6 * np.linalg.norm(own, axis=0)
    varying[: len(cut.names)] = True  # one that cannot be told is an error; the unshown rest may
    fit = apart.fit(own[:, varying])
    k = len(cut.names)
    pulls, df = _pulls(held, cut.codes, fit.part[:, :k], fit.residuals)
    return Slopes(fit.coefficients[:k] / held.unit, pulls.T @ pulls / held.unit**2, df)


def _pulls(
    held: Held, codes: np.ndarray, part: np.ndarray, residuals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How leaving out each cluster moves each category's slope (G, k), times root (G-1)/G of the category; and G - 1.

    The jackknife of a category's own level and slope (CR3, Bell and McCaffrey 2002), the other coefficients held:
    a category may have few clusters although the link has many.
    """
    known, k = np.flatnonzero(codes >= 0), part.shape[1]
    own = held.groups[0] if held.groups else np.arange(len(codes))
    at, code = own[known], codes[known]
    p, root, e = part[known, code], held.root[known], residuals[known]
    pairs, cell = np.unique(at * k + code, return_inverse=True)
    sums = [np.bincount(cell, v) for v in (root**2, root * p, p**2, root * e, p * e)]
    whole = [np.bincount(pairs % k, total, k)[pairs % k] for total in sums[:3]]
    a, b, d = (w - own_sum for w, own_sum in zip(whole, sums, strict=False))
    determinant = a * d - b**2
    moved = np.where(
        determinant > 1e-9 * whole[0] * whole[2],
        (a * sums[4] - b * sums[3]) / np.maximum(determinant, 1e-300),
        sums[4] / whole[2],  # it alone tells the slope
    )
    count = np.bincount(pairs % k, minlength=k)
    rows, place = np.unique(pairs // k, return_inverse=True)
    pulls = np.zeros((len(rows), k))
    pulls[place, pairs % k] = moved
    return pulls * np.sqrt((count - 1) / count), np.maximum(count - 1.0, 1.0)
