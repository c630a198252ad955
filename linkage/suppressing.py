"""Which groups may be shown? None too small, none that the total less the others would tell; what is said instead."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import pandas as pd

from linkage.errors import TableError

NOT_SHOWN = "not shown"
"""Stands for a count that would tell another one, which is too small."""


def shown_groups(rows: np.ndarray, clusters: np.ndarray | None, fewest: int) -> np.ndarray:
    """Which groups (k,) may be shown, as booleans.

    rows, clusters (k,) : in each group. A group with fewer than `fewest` of either is hidden; then the smallest
    of the others too, until at least two are hidden that together hold `fewest`: one alone is the total less the
    rest (complementary suppression, Hundepool and others 2012, Statistical Disclosure Control, section 5.4).
    """
    check_fewest(fewest)
    size = rows if clusters is None else np.minimum(rows, clusters)
    return ~_widened(size < fewest, size, fewest)


def check_fewest(fewest: int) -> None:
    """Refuse a smallest group that is no whole number: nothing would be hidden by it, or everything."""
    if isinstance(fewest, bool) or not isinstance(fewest, Integral) or fewest < 0:
        raise TableError(f"minimum_group is a whole number of people or answers, such as 10; not {fewest!r}.")


def _widened(hidden: np.ndarray, size: np.ndarray, fewest: int) -> np.ndarray:
    """What to hide of a line (k,) so that its total less what is shown tells of no one, and of no few."""
    hidden = hidden.copy()
    while hidden.any() and not hidden.all() and (hidden.sum() < 2 or size[hidden].sum() < fewest):
        hidden[np.flatnonzero(~hidden)[size[~hidden].argmin()]] = True
    return hidden


def hidden_table(sizes: np.ndarray, fewest: int) -> np.ndarray:
    """Which cells of a table to hide (S + 1, B + 1), its sums of rows, of columns and of all shown beside it.

    sizes (S, B) : people in each cell; an empty one tells of nobody. In each row and column more is hidden as in
    `shown_groups`; then whatever keeps a hidden cell from following from all sums together.
    """
    whole = np.block([[sizes, sizes.sum(axis=1, keepdims=True)], [sizes.sum(axis=0), sizes.sum()]]).astype(
        int
    )
    places = np.arange(whole.size).reshape(whole.shape)
    lines, size = [*places, *places.T], whole.ravel()
    hidden = (size > 0) & (size < fewest)
    while True:
        for *inner, total in lines:
            some = np.array([place for place in inner if size[place] > 0], dtype=int)
            if not hidden[total]:
                hidden[some] = _widened(hidden[some], size[some], fewest)
        open_to = _to_hide_too(lines, hidden, size)
        if open_to is None:
            return hidden.reshape(whole.shape)
        hidden[open_to] = True


def _to_hide_too(lines: list[np.ndarray], hidden: np.ndarray, size: np.ndarray) -> int | None:
    """The smallest cell shown in line with one that is hidden in vain, or anywhere where none is left in line; None
    where the sums tell no hidden cell, or only the sum of all is shown."""
    equations = np.zeros((len(lines), hidden.size))
    for row, line in zip(equations, lines, strict=True):
        row[line[:-1]], row[line[-1]] = 1, -1
    known = equations[:, hidden]
    is_told = np.isclose(np.diag(np.linalg.pinv(known) @ known), 1) if hidden.any() else np.array([])
    told = np.flatnonzero(hidden)[is_told.astype(bool)]
    in_line = [np.unique(np.concatenate([line for line in lines if place in line])) for place in told]
    for beside in [*in_line, *([np.arange(hidden.size)] if len(told) else [])]:
        left = beside[~hidden[beside] & (size[beside] > 0) & (beside != hidden.size - 1)]
        if len(left):
            return int(left[size[left].argmin()])
    return None


def hidden_in(sizes: np.ndarray | pd.Series, strata: np.ndarray | pd.Series, fewest: int) -> np.ndarray:
    """Which groups (k,) to hide, as booleans, where the groups of each stratum stand beside the stratum's total.

    sizes (k,) : people or answers in each. strata (k,) : what each group is a part of, such as its period.
    """
    sizes, codes = np.asarray(sizes), pd.factorize(strata)[0]
    hidden = np.zeros(len(sizes), dtype=bool)
    for code in np.unique(codes):
        hidden[codes == code] = ~shown_groups(sizes[codes == code], None, fewest)
    return hidden


def few_of(fewest: int, what: str = "") -> str:
    """A count that is too small to be told, in words. what : of whom, such as people."""
    return f"fewer than {fewest} {what}".rstrip()


def told_counts(counts: pd.Series, hidden: pd.Series, fewest: int) -> pd.Series:
    """Counts as others may read them: of a hidden group no number; as they are where none is hidden.

    counts, hidden (k,) : of each group, and whether it is hidden, be it small or telling of one that is.
    """
    hidden = hidden.astype(bool)
    if not hidden.any():
        return counts
    words = np.where(counts < fewest, few_of(fewest), NOT_SHOWN)
    return counts.astype(int).astype(object).mask(hidden, pd.Series(words, counts.index, dtype=object))


def unnamed(kind: str, number: int, fewest: int, what: str) -> str:
    """The stand-in for the name of a group so small that it may be a person's: unit 3 (fewer than 5 people)."""
    return f"{kind} {number} ({few_of(fewest, what)})"


def not_told(fewest: int, what: str) -> str:
    """Why figures are not shown, small groups and those that would tell of them alike."""
    return f"so that no figure tells of {few_of(fewest, what)}"
