"""How well one number tells another, without a straight line: pairs, cuts, ends and bands."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from linkage.limits.foreseen import EMPTY_EXPECTED, EMPTY_RATE

BANDS = 50


def ever_and_never(rows: pd.DataFrame, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Outcome and driver by customer, employee or unit, where the driver stays the same for each; else None.

    A score written down once stands on every row of a customer, also on those before the event: row by row it looks
    less perfect than it is.
    """
    key = next((k for k in ("customer_id", "employee_id", "unit_id") if k in rows), None)
    if key is None:
        return None
    codes = pd.factorize(rows[key])[0]
    if (codes < 0).any() or codes.max() + 1 == len(codes):
        return None
    both = pd.DataFrame({"code": codes, "y": y, "x": x}).groupby("code")
    if both["x"].min().ne(both["x"].max()).any():
        return None
    return both["y"].max().to_numpy(), both["x"].first().to_numpy()


def area_under(y: np.ndarray, x: np.ndarray, confidence: float) -> tuple[float, float, float, float]:
    """Chance that a row with y = 1 has the higher x (ties count half), with Hanley and McNeil's error."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    one = y == 1
    m, n = int(one.sum()), int((~one).sum())
    area = float((rankdata(x)[one].sum() - m * (m + 1) / 2) / (m * n))
    two_events, two_others = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (m - 1) * (two_events - area**2) + (n - 1) * (two_others - area**2)
    error = math.sqrt(max(spread, 0.0) / (m * n))
    reach = float(ndtri((1 + confidence) / 2)) * error
    return area, error, max(area - reach, 0.0), min(area + reach, 1.0)


def best_cut(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """The value of x that parts the outcomes best (Youden 1950), and the share of rows on their right side."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    ends = np.flatnonzero(np.diff(x) > 0)
    below_one, below_none = np.cumsum(y)[ends], np.cumsum(1 - y)[ends]
    ones, none = y.sum(), (1 - y).sum()
    if not len(ends) or not ones or not none:
        return math.nan, math.nan
    gain = below_none / none - below_one / ones
    best = int(np.argmax(np.abs(gain)))
    right = below_none[best] + ones - below_one[best]
    right = right if gain[best] > 0 else len(y) - right
    return float((x[ends[best]] + x[ends[best] + 1]) / 2), float(right / len(y))


def empty_end(y: np.ndarray, x: np.ndarray) -> float:
    """The largest share of rows, at either end of the driver, that have the event at a fiftieth of its usual rate."""
    rate, widest = y.mean(), 0.0
    for values in (x, -x):
        order = np.argsort(values, kind="stable")
        ends = np.flatnonzero(np.diff(values[order]) > 0)
        due = rate * (ends + 1)
        empty = (due >= EMPTY_EXPECTED) & (np.cumsum(y[order])[ends] <= EMPTY_RATE * due)
        if empty.any():
            widest = max(widest, float(ends[empty].max() + 1) / len(y))
    return widest


def told_share(ranks: np.ndarray, order: np.ndarray) -> float:
    """Share of the ranks' variance between bands of the driver, adjusted for the number of bands."""
    bands = min(BANDS, len(ranks) // 10)
    codes = np.unique(np.ceil(order * bands / len(order)), return_inverse=True)[1]
    count = np.bincount(codes)
    means = np.bincount(codes, ranks) / count
    left = ((ranks - means[codes]) ** 2).sum() / max(len(ranks) - len(count), 1)
    return float(max(0.0, 1 - left / ranks.var(ddof=1)))


def share_line(flags: np.ndarray, confidence: float) -> tuple[float, float, float, float]:
    """A share with its Wilson interval (Wilson 1927)."""
    from scipy.special import ndtri

    n, p, z = len(flags), float(flags.mean()), float(ndtri((1 + confidence) / 2))
    middle, half = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    return p, math.sqrt(p * (1 - p) / n), (middle - half) / scale, (middle + half) / scale
