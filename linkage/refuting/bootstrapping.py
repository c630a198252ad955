"""An interval that assumes no normal curve: whole clusters drawn again, from their sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.fewest import FEWEST_REDRAWN
from linkage.limits.fitted import BOOTSTRAP_WIDTH
from linkage.refuting.sample import LinkSample, group_sums, solve

DRAWS = 1000
BLOCK = 50


@dataclass(frozen=True, eq=False)
class Redrawn:
    """The main estimate over samples of whole clusters. draws : (B,). low, high : percentiles."""

    draws: np.ndarray
    low: float
    high: float
    reported_low: float
    reported_high: float
    clusters: int

    @property
    def width_ratio(self) -> float:
        """The drawn interval's width against the reported one's."""
        reported = self.reported_high - self.reported_low
        return (self.high - self.low) / reported if reported > 0 else float("nan")


def redraw_clusters(
    sample: LinkSample, *, low: float, high: float, draws: int = DRAWS, seed: int = 0
) -> Redrawn | None:
    """Draw clusters with replacement and solve again from their sums; None below twenty clusters.

    low, high : the reported interval. Pairs cluster bootstrap, percentile interval (Cameron, Gelbach and
    Miller 2008, p. 418). Above two thousand clusters neighbours are pooled into as many groups, which leaves the
    spread of the draws as it is.
    """
    clusters = int(sample.groups.max()) + 1
    if clusters < FEWEST_REDRAWN:
        return None
    rng = np.random.default_rng(seed)
    codes = sample.groups if clusters <= 2000 else rng.permutation(clusters)[sample.groups] % 2000
    xx, xy, _ = group_sums(sample, codes)
    groups, k = xy.shape
    found = np.empty(draws)
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        picked = rng.integers(0, groups, (size, groups)) + groups * np.arange(size)[:, None]
        counts = np.bincount(picked.ravel(), minlength=size * groups).reshape(size, groups).astype(float)
        drawn_xx = (counts @ xx.reshape(groups, k * k)).reshape(size, k, k)
        found[start : start + size] = solve(drawn_xx, counts @ xy)[:, sample.place]
    tail = (1 - sample.confidence) / 2
    ends = np.quantile(found, [tail, 1 - tail])
    return Redrawn(found, float(ends[0]), float(ends[1]), low, high, clusters)


def judge_redrawn(found: Redrawn | None) -> Check:
    """PASS where the drawn and the reported interval agree on zero and about their width."""
    if found is None or not np.isfinite(found.width_ratio):
        why = (
            f"Fewer than {FEWEST_REDRAWN} clusters: nothing to draw from."
            if found is None
            else "The reported interval has an end without bound: there is no width to compare with."
        )
        return Check("bootstrap", NOT_ASSESSED, None, BOOTSTRAP_WIDTH, why)
    ratio = found.width_ratio
    apart = (found.low > 0 or found.high < 0) != (found.reported_low > 0 or found.reported_high < 0)
    said = f"Drawing clusters again gives {found.low:.4g} to {found.high:.4g}, {ratio:.2f} times the reported width"
    if apart or abs(ratio - 1) > BOOTSTRAP_WIDTH:
        return Check(
            "bootstrap", REVIEW, ratio, 1 + BOOTSTRAP_WIDTH,
            f"{said}: the normal interval is not to be relied on alone. Read the wider of the two.",
        )  # fmt: skip
    return Check("bootstrap", PASS, ratio, 1 + BOOTSTRAP_WIDTH, f"{said}.")
