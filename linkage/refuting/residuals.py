"""Is a straight line with even scatter a fair description? Form, scatter and answers at the end of the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.checks import CEILING_SHARE, FORM_P, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.refuting.sample import LinkSample, group_sums, solve


@dataclass(frozen=True)
class Residuals:
    """What the fit leaves.

    form_p : chance of so much curvature in the main driver if the line were straight (clustered score test).
    scatter_p : chance of so uneven a scatter along the driver (Breusch and Pagan 1979, Koenker's form).
    ceiling_share : share of rows whose outcome is the highest or the lowest value there is.
    """

    form_p: float
    curvature: float
    scatter_p: float
    ceiling_share: float


def look_at_residuals(sample: LinkSample) -> Residuals | None:
    """Test the form and the scatter of a fit; None where the driver has too few values to bend."""
    from scipy.special import chdtrc, stdtr

    driver = sample.x[:, sample.place]
    if len(np.unique(driver)) < 4:
        return None
    square = (driver - driver.mean()) ** 2
    square = square - sample.x @ np.linalg.lstsq(sample.x, square, rcond=None)[0]
    xx, xy, _ = group_sums(sample, np.zeros(len(driver), dtype=int))
    residuals = sample.y - sample.x @ solve(xx[0], xy[0])
    size = square @ square
    if size <= 1e-12 * len(driver):
        return None
    curvature = square @ residuals / size
    scores = np.bincount(sample.groups, weights=square * (residuals - curvature * square))
    groups = len(scores)
    error = np.sqrt((scores**2).sum() * groups / max(groups - 1, 1)) / size
    form_p = 2 * float(stdtr(max(groups - 1, 1), -abs(curvature / error))) if error > 0 else float("nan")
    squared = residuals**2 / np.mean(residuals**2)
    spread = np.corrcoef(driver, squared)[0, 1] ** 2 * len(driver)
    ends = (sample.y == sample.y.max()) | (sample.y == sample.y.min())
    return Residuals(form_p, float(curvature), float(chdtrc(1, spread)), float(ends.mean()))


def judge_form(found: Residuals | None) -> Check:
    """REVIEW where the link is not a straight line."""
    if found is None or not np.isfinite(found.form_p):
        return Check("form", NOT_ASSESSED, None, FORM_P, "The driver has too few values to bend.")
    if found.form_p < FORM_P:
        bend = "steeper" if found.curvature > 0 else "flatter"
        return Check(
            "form", REVIEW, found.form_p, FORM_P,
            f"Not a straight line: the slope gets {bend} (upwards) along the driver. Read the shape, not one slope.",
        )  # fmt: skip
    return Check("form", PASS, found.form_p, FORM_P, "No bend that a straight line would hide.")


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
    uneven = "The scatter is uneven along the driver" if found.scatter_p < FORM_P else "The scatter is even"
    held = "; the errors allow for it" if robust else ""
    verdict = PASS if robust or found.scatter_p >= FORM_P else REVIEW
    return Check("spread", verdict, found.ceiling_share, CEILING_SHARE, f"{uneven}{held}.")
