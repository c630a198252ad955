"""Sums over the blocks of a plan, and the coordinates in which they keep their digits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from linkage.errors import FitError, LinkError
from linkage.regression.guards import check_constants, listed
from linkage.regression.streamed_design import Block, Layout
from linkage.regression.streamed_plan import Plan
from linkage.regression.streamed_rows import Raw

GROUP_BYTES = 256_000_000  # what sums by cluster may take at once; more clusters take more passes
CONDITION_LIMIT = 1e6  # sums of products lose twice the digits that a QR of the rows would
REFINE_ABOVE = 300.0


@dataclass(frozen=True, eq=False)
class Groups:
    """Sums over the rows of each group of an absorbed column. means : (G, k + 1). weight : (G,)."""

    means: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, eq=False)
class Stream:
    """The blocks of a plan: pivoted, and with absorbed groups each row less the mean of its group.

    rotation : (k, k) coordinates to give the regressors in, or None for the regressors themselves.
    """

    plan: Plan
    layout: Layout
    groups: Groups | None = None
    rotation: np.ndarray | None = None

    @property
    def k(self) -> int:
        return self.layout.k

    @property
    def absorbed(self) -> int:
        return 0 if self.groups is None else len(self.groups.weight)

    def blocks(self, *, grouped: bool = False) -> Iterator[Block]:
        """All blocks; with the codes of the clusters only if they are asked for, as they cost most to read."""
        labels = None if grouped or self.plan.absorb else len(self.layout.levels)
        for raw in self.plan.rows.blocks(labels):
            yield self.block(raw)

    def block(self, raw: Raw) -> Block:
        block = self.layout.block(raw, self.plan.weight)
        block = block if self.groups is None else self._within(block)
        return block if self.rotation is None else self._rotated(block)

    def absorbed_codes(self, block: Block) -> np.ndarray:
        return block.groups[len(self.plan.cluster)]

    def _within(self, block: Block) -> Block:
        rows = block.matrix() - self.groups.means[self.absorbed_codes(block)].T
        return replace(block, dense=rows, at=np.arange(self.k + 1), cells=())

    def _rotated(self, block: Block) -> Block:
        rows = block.matrix()
        rows[:-1] = self.rotation.T @ rows[:-1]
        return replace(block, dense=rows, at=np.arange(self.k + 1), cells=())


def open_stream(plan: Plan) -> Stream:
    """The stream of a plan; one pass for the means of the groups where a column is absorbed."""
    centred = plan.layout.constant is not None or plan.absorb
    layout = plan.layout.pivoted(plan.rows.first()) if centred else plan.layout
    stream = Stream(plan, layout)
    return replace(stream, groups=_group_means(stream)) if plan.absorb else stream


def _group_means(stream: Stream) -> Groups:
    count, k = stream.plan.group_count(len(stream.plan.cluster)), stream.k
    if count * (k + 2) * 8 > GROUP_BYTES:
        raise LinkError(
            f"absorb={stream.plan.absorb!r} has {count:,} values: too many for {k:,} terms at once. Use fewer terms, "
            "or fit_within on a DataFrame."
        )
    sums, weight = np.zeros((count, k + 2)), np.zeros(count)
    for block in stream.blocks():
        codes = stream.absorbed_codes(block)
        block.add_by_group(sums, block.w, codes)
        weight += np.bincount(codes, weights=block.w, minlength=count)
    return Groups(sums[:, :-1] / weight[:, None], weight)


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums of products of all regressors and the outcome, about the pivots.

    products : (k + 1, k + 1), the outcome last; within groups where a column is absorbed. totals : (k + 1,) the
    same sums of squares with the groups' means left in. weight : sum of the weights.
    """

    products: np.ndarray
    totals: np.ndarray
    weight: float


def sum_moments(stream: Stream) -> Moments:
    products, weight = np.zeros((stream.k + 2, stream.k + 2)), 0.0
    for block in stream.blocks():
        products += block.gram(block.w)
        weight += block.n if block.w is None else block.w.sum()
    products = products[:-1, :-1]
    return Moments(products, _totals(stream, products, weight), float(weight))


def _totals(stream: Stream, products: np.ndarray, weight: float) -> np.ndarray:
    """Sums of squares about the overall mean (about 0 without a constant)."""
    if stream.groups is not None:
        means, share = stream.groups.means, stream.groups.weight
        centre = share @ means / weight
        return np.diag(products) + share @ (means - centre) ** 2
    change = centring(products, stream.layout.constant, weight)
    return np.einsum("ij,ik,kj->j", change, products, change)


def centring(products: np.ndarray, constant: np.ndarray | None, weight: float) -> np.ndarray:
    """The change of coordinates that takes the means off all regressors (and the outcome) but the constant's own."""
    change = np.eye(len(products))
    if constant is not None:
        ones = np.zeros(len(products))
        ones[: len(constant)] = constant
        means = products @ ones / weight
        means[ones > 0] = 0.0
        change -= np.outer(ones, means)
    return change


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Orthonormal coordinates of the regressors: q = x @ back, x about the pivots.

    local : the same for x as the stream gives them. centre : x @ centre is about the means. condition : of the
    centred, scaled x.
    """

    back: np.ndarray
    local: np.ndarray
    centre: np.ndarray
    condition: float


def coordinates_of(moments: Moments, stream: Stream) -> tuple[Stream, Coordinates]:
    """Centre, scale and orthonormalise; refuses constant and collinear regressors.

    Where the regressors say nearly the same thing, one more pass repeats the orthonormalisation in the new
    coordinates, which restores the digits lost (CholeskyQR2: Yamamoto, Nakatsukasa, Yanagisawa and Fukaya 2015), and
    the stream that comes back gives its rows in them.
    """
    k = stream.k
    change = centring(moments.products, stream.layout.constant, moments.weight)[:k, :k]
    products = change.T @ moments.products[:k, :k] @ change
    _check_varying(moments, products, stream)
    scale = np.sqrt(np.diag(products))
    scaled = products / np.outer(scale, scale)
    condition = _check_condition(scaled, stream.plan.names)
    back = _orthonormal(change / scale, scaled)
    if condition <= REFINE_ABOVE:
        return stream, Coordinates(back, back, change, condition)
    back = _orthonormal(back, _products_in(back, stream))
    return replace(stream, rotation=back), Coordinates(back, np.eye(k), change, condition)


def _orthonormal(change: np.ndarray, products: np.ndarray) -> np.ndarray:
    return np.linalg.solve(np.linalg.cholesky(products), change.T).T


def _products_in(back: np.ndarray, stream: Stream) -> np.ndarray:
    total = np.zeros_like(back)
    for block in stream.blocks():
        q = back.T @ block.matrix()[:-1]
        total += (q if block.w is None else q * block.w) @ q.T
    return total


def _check_varying(moments: Moments, products: np.ndarray, stream: Stream) -> None:
    k, names = stream.k, stream.plan.names
    spread = np.sqrt(np.maximum(np.diag(products), 0.0) / moments.weight)
    total = np.sqrt(np.maximum(moments.totals[:k], 0.0) / moments.weight)
    constant = stream.layout.constant
    kept = np.ones(k, dtype=bool) if constant is None else constant == 0
    chosen = [name for name, keep in zip(names, kept, strict=True) if keep]
    size = np.abs(stream.layout.pivots[:k]) + total
    check_constants(total[kept], size[kept], chosen, stream.plan.rows.n_used)
    still = [name for name, s, t in zip(names, spread, total, strict=True) if s <= 1e-10 * t]
    if stream.groups is not None and still:
        raise FitError(
            f"{listed(still)}: the same in all rows of each {stream.plan.absorb}, which is held fixed, so no effect "
            "can be seen. Leave it out, or do not absorb."
        )


def _check_condition(products: np.ndarray, names: Sequence[str]) -> float:
    values, directions = np.linalg.eigh(products)
    condition = float(np.sqrt(values[-1] / values[0])) if values[0] > 0 else np.inf
    if condition <= CONDITION_LIMIT:
        return condition
    weak = np.abs(directions[:, values < values[-1] / CONDITION_LIMIT**2])
    together = [name for name, share in zip(names, weak.max(axis=1), strict=True) if share > 1e-4]
    raise FitError(
        f"{listed(together)} say the same thing, or nearly so: one is a combination of the others, and their effects "
        f"cannot be told apart in blocks (condition number {condition:.1e}, limit {CONDITION_LIMIT:.0e}). Leave one "
        "of them out; fit_linear on a DataFrame carries a little more."
    )
