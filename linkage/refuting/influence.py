"""Do a few customers carry a link? The clusters that pull most are found, and taken away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.fewest import FEWEST_PULLING
from linkage.limits.fitted import INFLUENCE_SHARE
from linkage.refuting.sample import LinkSample, group_sums, solve


@dataclass(frozen=True)
class Influence:
    """The estimate without the clusters that pull it most in its own direction.

    taken : clusters taken away. share : the share of all clusters they are. without : the estimate left.
    """

    full: float
    taken: int
    clusters: int
    without: float

    @property
    def kept_share(self) -> float:
        return self.without / self.full if self.full else float("nan")


def strongest_clusters(sample: LinkSample, share: float = INFLUENCE_SHARE) -> Influence | None:
    """Take away the given share of clusters with the largest pull; None below thirty clusters.

    A cluster's pull is the change of the estimate when it alone is missing, to first order (DFBETA; Belsley,
    Kuh and Welsch 1980). The estimate without them is exact.
    """
    clusters = int(sample.groups.max()) + 1
    if clusters < FEWEST_PULLING:
        return None
    left_y, left_x = sample.partialled()
    slope = left_x @ left_y / (left_x @ left_x)
    pull = np.bincount(sample.groups, weights=left_x * (left_y - slope * left_x)) / (left_x @ left_x)
    taken = max(1, round(share * clusters))
    strongest = np.argsort(-np.sign(slope) * pull, kind="stable")[:taken]
    gone = np.isin(sample.groups, strongest)
    xx, xy, _ = group_sums(sample, gone.astype(int))
    return Influence(sample.estimate, taken, clusters, float(solve(xx[0], xy[0])[sample.place]))


def judge_influence(found: Influence | None, *, shown: bool = True) -> Check:
    """PASS where the sign stays without the clusters that pull most; a rare outcome always leans on few.

    shown : the interval excludes zero; where it does not there is no link that a few could carry.
    """
    if found is None or not np.isfinite(found.kept_share):
        few = f"Fewer than {FEWEST_PULLING} clusters: see leave one out."
        return Check("influence", NOT_ASSESSED, None, 0.0, few)
    if not shown:
        return Check(
            "influence", NOT_ASSESSED, None, 0.0, "No link is shown that a few clusters could carry."
        )
    share, group = found.kept_share, f"the {found.taken:,} of {found.clusters:,} clusters that pull most"
    if share < 0:
        return Check(
            "influence",
            REVIEW,
            share,
            0.0,
            f"Without {group} the sign turns: look at them before the average.",
        )
    return Check("influence", PASS, share, 0.0, f"Without {group}, {share:.0%} of the estimate stays.")
