"""The second pass: residuals, and the sums from which each kind of standard error is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from linkage.errors import FitError, LinkError
from linkage.regression.bootstrap import Parts
from linkage.regression.covariance import Errors, Spread, check_clusters, words_for
from linkage.regression.streamed_design import Block
from linkage.regression.streamed_moments import GROUP_BYTES, Coordinates, Stream
from linkage.regression.streamed_plan import Plan


class Left:
    """What is left over: squares, and its products with the regressors (0 but for rounding)."""

    def __init__(self, k: int):
        self.squares, self.cross = 0.0, np.zeros(k + 2)

    def add(self, block: Block, residuals: np.ndarray, scores: np.ndarray) -> None:
        self.squares += float(scores @ residuals)
        self.cross += block.cross(scores)


class RowMeat:
    """Products of the scores of single rows: HC0 and HC1."""

    def __init__(self, k: int):
        self.products = np.zeros((k + 2, k + 2))

    def add(self, block: Block, residuals: np.ndarray, scores: np.ndarray) -> None:
        self.products += block.gram(scores**2)

    def meat(self, back: np.ndarray) -> np.ndarray:
        k = len(back)
        return back.T @ self.products[:k, :k] @ back


@dataclass
class LeverageMeat:
    """HC2 and HC3 (MacKinnon and White 1985), in orthonormal coordinates."""

    stream: Stream
    at: Coordinates
    power: float
    products: np.ndarray = field(init=False)
    exact: int = 0

    def __post_init__(self):
        self.products = np.zeros_like(self.at.local)

    def add(self, block: Block, residuals: np.ndarray, scores: np.ndarray) -> None:
        q = self.at.local.T @ block.matrix()[:-1]
        w = np.ones(block.n) if block.w is None else block.w
        kept = 1 - w * np.einsum("ij,ij->j", q, q)
        if self.stream.groups is not None:
            kept -= w / self.stream.groups.weight[self.stream.absorbed_codes(block)]
        self.exact += int((kept < 1e-10).sum())
        q *= scores / np.maximum(kept, 1e-10) ** self.power
        self.products += q @ q.T

    def meat(self, back: np.ndarray) -> np.ndarray:
        if self.exact:
            raise FitError(
                f"{self.exact:,} rows are fitted exactly by a coefficient of their own, so errors by leverage are not "
                "defined. Join the rare category with another, or use HC1."
            )
        return self.products


class ClusterMeat:
    """Products of the scores summed by cluster, for the clusters with codes low to high - 1."""

    def __init__(self, k: int, place: int, low: int, high: int, is_all: bool):
        self.place, self.low, self.high, self.is_all = place, low, high, is_all
        self.sums = np.zeros((high - low, k + 2))

    def add(self, block: Block, residuals: np.ndarray, scores: np.ndarray) -> None:
        codes = block.groups[self.place]
        if not self.is_all:
            mine = np.flatnonzero((codes >= self.low) & (codes < self.high))
            block, codes, scores = block.take(mine), codes[mine] - self.low, scores[mine]
        block.add_by_group(self.sums, scores, codes, with_outcome=False)

    def meat(self, back: np.ndarray) -> np.ndarray:
        k = len(back)
        return back.T @ (self.sums.T @ self.sums)[:k, :k] @ back


class ClusterParts:
    """Products of the regressors, and scores, by cluster: what a wild bootstrap needs."""

    def __init__(self, k: int, count: int):
        self.products, self.sums = np.zeros((count, k + 2, k + 2)), np.zeros((count, k + 2))

    def add(self, block: Block, residuals: np.ndarray, scores: np.ndarray) -> None:
        codes = block.groups[0]
        block.add_by_group(self.sums, scores, codes, with_outcome=False)
        for code in np.unique(codes):
            part = block.take(np.flatnonzero(codes == code))
            self.products[code] += part.gram(part.w)

    def parts(self, back: np.ndarray, n: int, used: int) -> Parts:
        k, count = len(back), len(self.sums)
        moments = back.T @ self.products[:, :k, :k] @ back
        factor = count / (count - 1) * (n - 1) / (n - used)
        return Parts(moments, self.sums[:, :k] @ back, factor)


def pass_over(stream: Stream, coefficients: np.ndarray, sums: Sequence) -> None:
    """One pass: the residuals of each block, shown to every sum."""
    for block in stream.blocks(grouped=True):
        residuals = block.y - block.linear(coefficients)
        scores = residuals if block.w is None else residuals * block.w
        for each in sums:
            each.add(block, residuals, scores)


def cluster_meats(plan: Plan, k: int, place: int) -> list[ClusterMeat]:
    """The sums of one grouping, in as many portions as memory asks for."""
    count = plan.group_count(place)
    size = max(1, GROUP_BYTES // ((k + 2) * 8))
    lows = range(0, count, size)
    return [ClusterMeat(k, place, low, min(low + size, count), len(lows) == 1) for low in lows]


def meats_for(stream: Stream, at: Coordinates, asked: Errors) -> list[list]:
    """The sums that a kind of error asks for: one list a term, several sums where memory asks for portions."""
    plan, k = stream.plan, stream.k
    if plan.cluster:
        for count, name in zip(plan.cluster_counts, plan.cluster, strict=True):
            check_clusters(count, name)
        meats = [cluster_meats(plan, k, i) for i in range(len(plan.cluster))]
        if len(meats) == 2:
            white = asked.two_way == "white"
            meats.append([RowMeat(k)] if white else cluster_meats(plan, k, plan.both_place))
        return meats
    if asked.kind in ("HC2", "HC3"):
        return [[LeverageMeat(stream, at, 1.0 if asked.kind == "HC3" else 0.5)]]
    return [] if asked.kind == "iid" else [[RowMeat(k)]]


def spread_of(stream: Stream, at: Coordinates, asked: Errors, meats: list[list], left: float) -> Spread:
    """The middle of the sandwich from the finished sums. left : sum of squared residuals, weights as they are."""
    plan, n, used = stream.plan, stream.plan.rows.n_used, stream.k + stream.absorbed
    effects = f"; k counts the {stream.absorbed:,} effects of {plan.absorb}" if plan.absorb else ""
    sums = [sum(part.meat(at.local) for part in term) for term in meats]
    if not plan.cluster:
        factor = n / (n - used) if asked.kind == "HC1" else 1.0
        matrix = np.eye(stream.k) * left / (n - used) if asked.kind == "iid" else factor * sums[0]
        return Spread(matrix, n - used, words_for(asked.kind) + effects)
    counts, rows_factor = plan.cluster_counts, (n - 1) / (n - used)
    matrix = sum(c / (c - 1) * part for c, part in zip(counts, sums, strict=False)) * rows_factor
    if len(counts) == 1:
        return Spread(matrix, counts[0] - 1, words_for("CR1", plan.cluster) + effects)
    both = plan.group_count(plan.both_place)
    white = asked.two_way == "white"
    matrix = matrix - (sums[2] if white else both / (both - 1) * rows_factor * sums[2])
    third = "single rows subtracted without a factor" if white else "each term with G/(G-1)"
    words = f"clustered by {plan.cluster[0]} and {plan.cluster[1]} (CR1, {third}), t(min G - 1){effects}"
    return Spread(matrix, min(counts) - 1, words)


def check_offered(asked: Errors) -> None:
    if asked.kind in ("CR3", "HAC"):
        raise LinkError(
            f"errors={asked.kind!r} is not offered in blocks. Use 'auto', or fit_linear on a DataFrame."
        )


def cluster_parts_of(plan: Plan, k: int) -> ClusterParts:
    """The sums of a wild bootstrap; refuses more clusters than fit."""
    count = plan.cluster_counts[0]
    if count * (k + 2) ** 2 * 8 > GROUP_BYTES:
        raise LinkError(
            f"errors='wild' with {count:,} clusters and {k:,} terms is more than fits. With that many clusters 'auto' "
            "is as good."
        )
    return ClusterParts(k, count)
