"""Is even scatter a fair description? Scatter along the driver, and answers at the end of the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.fitted import CEILING_SHARE, SCATTER_P
from linkage.refuting.sample import LinkSample, group_sums, solve


@dataclass(frozen=True)
class Residuals:
    """What the fit leaves.

    scatter_p : chance of so uneven a scatter along the driver (Breusch and Pagan 1979, Koenker's form).
    ceiling_share : share of rows whose outcome is the highest or the lowest value there is; of an outcome that is
    only yes or no, none: it has no middle.
    """

    scatter_p: float
    ceiling_share: float


def look_at_residuals(sample: LinkSample) -> Residuals | None:
    """Test the scatter of a fit; None where the driver has too few values for it to vary along."""
    from scipy.special import chdtrc

    driver, kinds = sample.x[:, sample.place], np.unique(sample.y)
    if len(np.unique(driver)) < 4:
        return None
    xx, xy, _ = group_sums(sample, np.zeros(len(driver), dtype=int))
    squared = (sample.y - sample.x @ solve(xx[0], xy[0])) ** 2
    if squared.max() <= 1e-12 * max(1.0, float(np.var(sample.y))):
        return None
    spread = np.corrcoef(driver, squared)[0, 1] ** 2 * len(driver)
    ends = (sample.y == kinds[0]) | (sample.y == kinds[-1])
    return Residuals(float(chdtrc(1, spread)), float(ends.mean()) if len(kinds) > 2 else 0.0)


def judge_scatter(found: Residuals | None, robust: bool) -> Check:
    """Uneven scatter only matters where the errors assume even scatter; answers at the end of the scale are said."""
    if found is None:
        return Check("spread", NOT_ASSESSED, None, CEILING_SHARE, "The driver has too few values to tell.")
    if found.ceiling_share > CEILING_SHARE:
        return Check(
            "spread", REVIEW, found.ceiling_share, CEILING_SHARE,
            f"{found.ceiling_share:.0%} of the outcomes stand at an end of their range: a line understates what moves "
            "in between. Look at the cuts of the scale.",
        )  # fmt: skip
    uneven = (
        "The scatter is uneven along the driver" if found.scatter_p < SCATTER_P else "The scatter is even"
    )
    held = "; the errors allow for it" if robust else ""
    verdict = PASS if robust or found.scatter_p >= SCATTER_P else REVIEW
    return Check("spread", verdict, found.ceiling_share, CEILING_SHARE, f"{uneven}{held}.")
