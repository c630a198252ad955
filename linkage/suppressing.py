"""Which groups may be shown: none too small, and none that the total less the others would tell."""

from __future__ import annotations

import numpy as np


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
