"""What would the same fit find where there is nothing to find? The drivers are shuffled between clusters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from linkage.checks import FAIL, NOT_ASSESSED, PASS, PLACEBO_SPREAD, PLACEBO_SPREAD_FAIL, REVIEW, Check
from linkage.refuting.sample import LinkSample, codes_of

DRAWS = 300
BLOCK = 25
"""Draws computed at once: enough to be quick, few enough to stay small."""


@dataclass(frozen=True, eq=False)
class Placebo:
    """Estimates of a driver that cannot matter.

    draws : (B,) placebo estimates. p_value : share of them at least as large as the estimate, both directions.
    spread : their standard deviation once the link itself is taken out of the outcome; reported : the
        estimate's standard error, which that spread should equal.
    """

    draws: np.ndarray
    estimate: float
    p_value: float
    spread: float
    reported: float

    @property
    def ratio(self) -> float:
        """Placebo spread against the reported error: above 1 the reported error is too small."""
        return self.spread / self.reported if self.reported > 0 else float("nan")


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
    slope = left_x @ left_y / (left_x @ left_x)
    both = np.column_stack([left_y, left_y - slope * left_x])
    if shared > 0.5:
        found = _between_clusters(both, left_x, sample.groups, draws, rng)
    else:
        found = _between_rows(both, left_x, periods, draws, rng)
    if found is None:
        return None
    extreme = int((np.abs(found[:, 0]) >= abs(sample.estimate)).sum())
    return Placebo(
        draws=found[:, 0],
        estimate=sample.estimate,
        p_value=(1 + extreme) / (len(found) + 1),
        spread=float(found[:, 1].std(ddof=1)),
        reported=sample.std_error,
    )


def _shared_part(values: np.ndarray, groups: np.ndarray) -> float:
    """The share of a column's variance that lies between clusters."""
    counts = np.bincount(groups)
    means = np.bincount(groups, weights=values) / np.maximum(counts, 1)
    total = values @ values
    return 0.0 if total == 0 or counts.max() == 1 else float((counts * means**2).sum() / total)


def _between_rows(y, x, periods, draws: int, rng: np.random.Generator) -> np.ndarray | None:
    if len(y) < 20:
        return None
    order = np.argsort(periods, kind="stable")
    y, x, cuts = y[order], x[order], np.concatenate([[0], np.cumsum(np.bincount(periods))])
    found = np.zeros((draws, y.shape[1]))
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
    sums = np.column_stack([np.bincount(groups, weights=column) for column in y.T])
    found = np.empty((draws, y.shape[1]))
    for start in range(0, draws, BLOCK):
        mixed = np.stack([rng.permutation(means) for _ in range(min(BLOCK, draws - start))])
        centred = mixed - (mixed @ counts / counts.sum())[:, None]
        found[start : start + len(mixed)] = (centred @ sums) / (centred**2 @ counts)[:, None]
    return found


def judge_placebo(found: Placebo | None) -> Check:
    """FAIL where placebos scatter far more than the reported error says; REVIEW where they often reach the estimate."""
    if found is None or not np.isfinite(found.ratio):
        return Check("placebo", NOT_ASSESSED, None, PLACEBO_SPREAD, "Too few rows or clusters to shuffle.")
    ratio = found.ratio
    said = f"shuffled drivers scatter {ratio:.2f} times as far as the reported error"
    if ratio > PLACEBO_SPREAD_FAIL:
        return Check(
            "placebo", FAIL, ratio, PLACEBO_SPREAD_FAIL,
            f"{said.capitalize()}: the errors are too small and the interval cannot be trusted. Cluster at a higher "
            "level.",
        )  # fmt: skip
    if ratio > PLACEBO_SPREAD:
        return Check(
            "placebo", REVIEW, ratio, PLACEBO_SPREAD,
            f"{said.capitalize()}: the interval may be too narrow. Is there a higher level to cluster by?",
        )  # fmt: skip
    return Check(
        "placebo", PASS, ratio, PLACEBO_SPREAD, f"As it should be, {said} (p = {found.p_value:.3f})."
    )
