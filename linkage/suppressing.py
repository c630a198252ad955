"""Which groups may be shown? None too small, none that the total less the others would tell; what is said instead."""

from __future__ import annotations

import numpy as np
import pandas as pd

NOT_SHOWN = "not shown"
"""Stands for a count that would tell another one, which is too small."""


def shown_groups(rows: np.ndarray, clusters: np.ndarray | None, fewest: int) -> np.ndarray:
    """Which groups (k,) may be shown, as booleans.

    rows, clusters (k,) : in each group. A group with fewer than `fewest` of either is hidden; then the smallest
    of the others too, until at least two are hidden that together hold `fewest`: one alone is the total less the
    rest (complementary suppression, Hundepool and others 2012, Statistical Disclosure Control, section 5.4).
    """
    size = rows if clusters is None else np.minimum(rows, clusters)
    shown = size >= fewest
    while not shown.all() and shown.any() and ((~shown).sum() < 2 or size[~shown].sum() < fewest):
        shown[np.flatnonzero(shown)[size[shown].argmin()]] = False
    return shown


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


def unnamed(kind: str, number: int, fewest: int, what: str) -> str:
    """The stand-in for the name of a group so small that it may be a person's: unit 3 (fewer than 5 people)."""
    return f"{kind} {number} ({few_of(fewest, what)})"


def not_told(fewest: int, what: str) -> str:
    """Why figures are not shown, small groups and those that would tell of them alike."""
    return f"so that no figure tells of {few_of(fewest, what)}"
