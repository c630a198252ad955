"""What would the same fit find where there is nothing to find? The drivers are shuffled between clusters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.fitted import FEWEST_SHUFFLED, PLACEBO_P, PLACEBO_REMAINS
from linkage.refuting.sample import LinkSample, codes_of

DRAWS = 300
BLOCK = 25
"""Draws computed at once: enough to be quick, few enough to stay small."""


@dataclass(frozen=True, eq=False)
class Placebo:
    """Estimates of a driver that belongs to other rows.

    draws : (B,) placebo estimates. p_value : share of them at least as large as the estimate, both directions.
    """

    draws: np.ndarray
    estimate: float
    p_value: float

    @property
    def remaining(self) -> float:
        """The part of the estimate that stays although rows and drivers no longer belong together."""
        return float(self.draws.mean() / self.estimate) if self.estimate else float("nan")


def shuffle_driver(sample: LinkSample, *, draws: int = DRAWS, seed: int = 0) -> Placebo | None:
    """Shuffle the partialled driver within periods and see how far chance alone gets.

    Where the driver is (nearly) the same within a cluster, whole clusters swap their values; otherwise rows do,
    and the outcome keeps its clusters. Permutation of a partialled regressor: Freedman and Lane 1983. None where
    there are too few clusters or rows to shuffle.
    """
    left_y, left_x = sample.partialled()
    rng = np.random.default_rng(seed)
    shared = _shared_part(left_x, sample.groups)
    periods = codes_of(sample.table["period"])[0] if "period" in sample.table else np.zeros(len(left_y), int)
    if shared > 0.5:
        found = _between_clusters(left_y, left_x, sample.groups, draws, rng)
    else:
        found = _between_rows(left_y, left_x, periods, draws, rng)
    if found is None:
        return None
    extreme = int((np.abs(found) >= abs(sample.estimate)).sum())
    return Placebo(found, sample.estimate, (1 + extreme) / (len(found) + 1))


def _shared_part(values: np.ndarray, groups: np.ndarray) -> float:
    """The share of a column's variance that lies between clusters."""
    counts = np.bincount(groups)
    means = np.bincount(groups, weights=values) / np.maximum(counts, 1)
    total = values @ values
    return 0.0 if total == 0 or counts.max() == 1 else float((counts * means**2).sum() / total)


def _between_rows(y, x, periods, draws: int, rng: np.random.Generator) -> np.ndarray | None:
    if len(y) < FEWEST_SHUFFLED:
        return None
    order = np.argsort(periods, kind="stable")
    y, x, cuts = y[order], x[order], np.concatenate([[0], np.cumsum(np.bincount(periods))])
    found = np.zeros(draws)
    mixed = x.copy()
    for draw in range(draws):
        for first, last in pairwise(cuts):
            rng.shuffle(mixed[first:last])
        found[draw] = mixed @ y
    return found / (x @ x)


def _between_clusters(y, x, groups, draws: int, rng: np.random.Generator) -> np.ndarray | None:
    """Clusters exchange their means of the driver; what varies inside a cluster belongs to no shuffle."""
    counts = np.bincount(groups)
    if len(counts) < 6:
        return None
    means = np.bincount(groups, weights=x) / counts
    sums = np.bincount(groups, weights=y)
    found = np.empty(draws)
    for start in range(0, draws, BLOCK):
        mixed = np.stack([rng.permutation(means) for _ in range(min(BLOCK, draws - start))])
        centred = mixed - (mixed @ counts / counts.sum())[:, None]
        found[start : start + len(mixed)] = (centred @ sums) / (centred**2 @ counts)
    return found


def judge_placebo(found: Placebo | None, *, shown: bool = True) -> Check:
    """PASS where breaking the join breaks the link.

    shown : the interval excludes zero. REVIEW where shuffled drivers reach the estimate although a link is shown,
    or where a part of it stays: then periods or other groups carry it, not the rows.
    """
    if found is None:
        return Check("placebo", NOT_ASSESSED, None, PLACEBO_P, "Too few rows or clusters to shuffle.")
    if not np.isfinite(found.remaining):
        return Check(
            "placebo", NOT_ASSESSED, None, PLACEBO_P, "The estimate is nought: nothing can remain of it."
        )
    if shown and abs(found.remaining) > PLACEBO_REMAINS:
        return Check(
            "placebo", REVIEW, found.remaining, PLACEBO_REMAINS,
            f"{found.remaining:.0%} of the estimate stays when drivers are shuffled within periods: the periods carry "
            "it. Hold the period fixed.",
        )  # fmt: skip
    if shown and found.p_value > PLACEBO_P:
        return Check(
            "placebo", REVIEW, found.p_value, PLACEBO_P,
            f"Drivers of other rows reach this estimate in {found.p_value:.1%} of shuffles: chance alone is near.",
        )  # fmt: skip
    said = "Drivers of other rows show nothing of it" if shown else "Shuffled drivers show as little"
    return Check("placebo", PASS, found.p_value, PLACEBO_P, f"{said} (p = {found.p_value:.3f}).")
