"""Several tests of one link: p-values corrected for how many there were, without a library's pause for it."""

from __future__ import annotations

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjusted p-values (m,); missing ones are not counted (Holm 1979, Scandinavian Journal of Statistics 6, 65)."""
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values)  # missing ones last
    known = int(np.isfinite(p_values).sum())
    adjusted = np.full(len(p_values), np.nan)
    stepped = p_values[order[:known]] * np.arange(known, 0, -1)
    adjusted[order[:known]] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted
