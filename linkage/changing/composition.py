"""Which groups make up the mix: declared segments crossed, and what is too small of them taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

OTHER, UNKNOWN = "other groups", "not known"
MOST_POOLED = 0.2
"""Segments are crossed while no more than this share of either side's rows is in groups taken together: beyond it,
what the mix did would hide in them."""


@dataclass(frozen=True, eq=False)
class Composition:
    """The group of each row.

    columns : the segments that were crossed; none where nothing tells the rows apart. codes : (n,) from 0.
    labels : of the codes, in their order. pooled : how many groups were taken together as "other groups".
    unknown : the code of rows that lack a label, None where every row has all of them.
    """

    columns: tuple[str, ...]
    codes: np.ndarray
    labels: tuple[str, ...]
    pooled: int
    unknown: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether there are two groups at least whose shares can be compared."""
        return len(self.labels) - (self.unknown is not None) > 1


def compose(
    table: pd.DataFrame,
    columns: Sequence[str],
    is_new: np.ndarray,
    *,
    minimum_group: int,
    people: np.ndarray | None = None,
) -> Composition:
    """The groups that two sides of a table are compared by.

    table : any rows with the columns; whoever lacks a label is of an unknown group, whose mix nobody can know.
    columns : segments in the order of their weight: the last is given up first where crossing all would leave too
    much in small groups.
    is_new : (n,) true for the later side. minimum_group : groups with fewer members on either side are taken together,
    and with them the next smallest, until what is taken together is as large. people : (n,) whose row it is; many
    rows of one person are one member. None where rows are of nobody.
    """
    asked = [c for c in columns if c in table and table[c].nunique(dropna=False) > 1]
    for count in range(len(asked), 0, -1):
        found = _crossed(table, asked[:count], is_new, minimum_group, people)
        if found.is_known and _pooled_share(found, is_new) <= MOST_POOLED:
            return found
    return Composition((), np.zeros(len(table), dtype=int), ("all",), 0)


def _crossed(
    table: pd.DataFrame,
    columns: list[str],
    is_new: np.ndarray,
    minimum_group: int,
    people: np.ndarray | None,
) -> Composition:
    parts = [table[c].astype("string") for c in columns]
    names = parts[0].str.cat(parts[1:], sep=" / ") if len(parts) > 1 else parts[0]
    codes, labels = pd.factorize(names.where(names.notna(), UNKNOWN), sort=True)
    sizes = np.array([_members(codes, people, side, len(labels)) for side in (~is_new, is_new)])
    small = _small_groups(sizes, minimum_group)
    kept = [code for code in range(len(labels)) if code not in small]
    place = np.full(len(labels), len(kept))
    place[kept] = np.arange(len(kept))
    shown = [str(labels[code]) for code in kept] + ([OTHER] if small else [])
    known = table[columns].notna().all(axis=1).to_numpy()
    # What is unknown is kept apart, unless it is so small that it must not be shown alone.
    unknown = None if known.all() or codes[~known][0] in small else int(place[codes[~known][0]])
    return Composition(tuple(columns), place[codes], tuple(shown), len(small), unknown)


def _members(codes: np.ndarray, people: np.ndarray | None, side: np.ndarray, count: int) -> np.ndarray:
    """How many members each group has on one side."""
    if people is None:
        return np.bincount(codes[side], minlength=count)
    pairs = pd.DataFrame({"group": codes[side], "person": people[side]}).drop_duplicates()
    return np.bincount(pairs["group"], minlength=count)


def _small_groups(sizes: np.ndarray, minimum: int) -> set[int]:
    """Those to take together. sizes : (2, G) members on each side. One small group alone could be worked out from the
    whole, so it gets company."""
    order = np.argsort(sizes.min(axis=0), kind="stable")
    count = int((sizes.min(axis=0) < minimum).sum())
    while 0 < count < len(order) and (count == 1 or sizes[:, order[:count]].sum(axis=1).min() < minimum):
        count += 1
    return set(order[:count].tolist())


def _pooled_share(found: Composition, is_new: np.ndarray) -> float:
    """The larger share of a side's rows that lies in groups taken together."""
    if not found.pooled:
        return 0.0
    rest = found.codes == len(found.labels) - 1
    return max(float(rest[side].mean()) for side in (~is_new, is_new) if side.any())
