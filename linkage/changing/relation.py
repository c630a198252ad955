"""Why did a link's estimate move: other earlier rows, another mix in the newer ones, or another relation in them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.changing.composition import Composition, compose
from linkage.changing.jackknife import cluster_groups, spread_of
from linkage.changing.parts import MIX, NEW_DATA, RELATION, TOTAL, UNTOLD, TakenApart, part_table
from linkage.errors import TableError
from linkage.refuting.sample import solve

if TYPE_CHECKING:
    from linkage.regression.design import Design


@dataclass(frozen=True, eq=False, repr=False)
class EstimateApart(TakenApart):
    """Why one coefficient moved. Beside what every such answer holds:

    term : the coefficient. n_new : rows that came after the figure before was published. fresh : of these rows alone,
        estimate, std_error, low, high, and gap, gap_low, gap_high, its distance from that of the earlier rows; all
        missing where the new rows alone cannot tell it.
    """

    term: str
    n_new: int
    fresh: dict[str, float]


SOLVED = ("old", "known", "same", "now", "fresh")


@dataclass(frozen=True, eq=False)
class Pieces:
    """Sums over all rows, and the same without each group of clusters: every array is (1 + G, ...), the whole first.

    old, known, same, now, fresh : x'x and x'y of the earlier rows; of these with the newer ones of a known group, in
    the earlier mix; of all, these so; of all as they are; of the newer ones alone.
    """

    old: tuple[np.ndarray, np.ndarray]
    known: tuple[np.ndarray, np.ndarray]
    same: tuple[np.ndarray, np.ndarray]
    now: tuple[np.ndarray, np.ndarray]
    fresh: tuple[np.ndarray, np.ndarray]


def take_estimate_apart(
    design: Design,
    rows: pd.DataFrame,
    *,
    is_new: np.ndarray,
    published: dict[str, float],
    segments: Sequence[str] = (),
    minimum_group: int = 10,
    confidence: float = 0.95,
) -> dict[str, EstimateApart]:
    """Why do the coefficients of a least-squares fit differ from those published before newer rows came?

    design : of the fit on all rows (linkage.regression.design). rows : (n) those rows, with the segments.
    is_new : (n,) which of them came after. published : by term, the estimate then.
    segments : the columns whose mix counts.

    With b(old) of the earlier rows now, b(known) of these and the newer rows of a known group, weighted to the earlier
    rows' mix (DiNardo, Fortin and Lemieux 1996, Econometrica 64, p. 1001), b(same) with the newer rows of no known
    group besides, and b(now) of all rows as they are:

        b(now) - published = [b(old) - published] + [b(known) - b(old)] + [b(same) - b(known)] + [b(now) - b(same)]
                             new data               changed relation      not told apart         mix

    which sums by construction (Oaxaca 1973 and Blinder 1973 in the order in which the rows came). Where no row has a
    segment, all but new data is not told apart. Newer rows weigh as much as they are many, so `fresh` says besides what
    they show alone. New data has no interval: the figure published then is known, but the rows behind it are not kept,
    so that nothing can be drawn or left out again. Intervals: the jackknife over whole clusters, from their sums.
    Raises TableError where no row came before.
    """
    if is_new.all():
        raise TableError("All rows are newer than the figure to compare with, so nothing is as it was.")
    x, y = _centred(design), design.y
    weights = design.weight_array
    clusters = design.groups[0] if design.groups else np.arange(len(y))
    mix = compose(rows, segments, is_new, minimum_group=minimum_group)
    pieces = _pieces(x, y, weights, is_new, mix, cluster_groups(clusters))
    names = design.recipe.names
    places = [names.index(term) for term in published]
    solved = {name: solve(*getattr(pieces, name))[:, places] for name in SOLVED}
    told = _is_told(pieces.fresh[0][0], places) & is_new.any()
    parts = _differences(solved)
    spread = {name: (v[0], *spread_of(v[0], v[1:], confidence=confidence)) for name, v in parts.items()}
    facts = {
        "n_before": int((~is_new).sum()),
        "n_now": len(y),
        "n_new": int(is_new.sum()),
        "columns": mix.columns,
        "pooled": mix.pooled,
        "clusters": int(clusters.max()) + 1,
        "confidence": confidence,
    }
    return {
        term: _answer(term, i, published[term], solved, spread, mix, bool(told[i]), facts)
        for i, term in enumerate(published)
    }


def _differences(solved: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Each part from the solutions of the sums, the whole first and below it without each group: (1 + G, m)."""
    return {
        MIX: solved["now"] - solved["same"],
        RELATION: solved["known"] - solved["old"],
        UNTOLD: solved["same"] - solved["known"],
        TOTAL: solved["now"] - solved["old"],
        "fresh": solved["fresh"],
        "gap": solved["fresh"] - solved["old"],
    }


def _centred(design: Design) -> np.ndarray:
    """The regressors less their means, which move only the constant and spare the sums their digits."""
    if not design.recipe.has_intercept:
        return design.x
    constant = [name == "Intercept" for name in design.recipe.names]
    return np.where(constant, design.x, design.x - design.x.mean(axis=0))


def _answer(term, i, published, solved, spread, mix, is_told, facts) -> EstimateApart:
    """One coefficient's parts out of those of all. i : its place among them."""
    late = float(solved["old"][0, i] - published)
    value = {name: tuple(float(part[i]) for part in values) for name, values in spread.items()}
    total, error, low, high = value[TOTAL]
    parts = {NEW_DATA: (late, np.nan, np.nan, np.nan), TOTAL: (total + late, np.nan, np.nan, np.nan)}
    if facts["n_new"]:
        parts[TOTAL] = (total + late, error, low + late, high + late)
        parts |= {MIX: value[MIX], RELATION: value[RELATION]} if mix.is_known else {UNTOLD: value[TOTAL]}
        parts |= {UNTOLD: value[UNTOLD]} if mix.unknown is not None else {}
    fresh = dict(zip(("estimate", "std_error", "low", "high"), value["fresh"], strict=True))
    fresh |= {"gap": value["gap"][0], "gap_low": value["gap"][2], "gap_high": value["gap"][3]}
    return EstimateApart(
        first=published,
        last=float(solved["now"][0, i]),
        estimates=part_table(parts),
        term=term,
        fresh=fresh if is_told else dict.fromkeys(fresh, np.nan),
        **facts,
    )


def _pieces(
    x: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    is_new: np.ndarray,
    mix: Composition,
    left_with: np.ndarray,
) -> Pieces:
    """Cross products of the whole, and without each group of clusters. left_with : (n,) the group of each row.

    Leaving a group out changes the mix and so the weight of every other newer row. That needs no sums by row again:
    those of each group of the mix, weighed anew, less those of the group left out.
    """
    count = int(left_with.max()) + 1
    whole, out = _weights_to_old_mix(weights, is_new, mix, left_with, count)
    old = _sums(x, y, np.where(is_new, 0.0, weights), left_with, count)
    new = np.where(is_new, weights, 0.0)
    fresh = _sums(x, y, new, left_with, count)
    by_mix = _sums(x, y, new, mix.codes, len(mix.labels))
    own = _sums(x, y, new * out[left_with, mix.codes], left_with, count)
    old_all, fresh_all = (_with_left_out(part) for part in (old, fresh))
    known = tuple(
        o + np.concatenate([[np.tensordot(whole, m, 1)], np.tensordot(out, m, 1) - mine])
        for o, m, mine in zip(old_all, by_mix, own, strict=True)
    )
    now = tuple(o + f for o, f in zip(old_all, fresh_all, strict=True))
    lost = _sums(
        x, y, np.where(mix.codes == (-1 if mix.unknown is None else mix.unknown), new, 0.0), left_with, count
    )
    same = tuple(k + u for k, u in zip(known, _with_left_out(lost), strict=True))
    return Pieces(old_all, known, same, now, fresh_all)


def _weights_to_old_mix(weights, is_new, mix, left_with, count) -> tuple[np.ndarray, np.ndarray]:
    """What a newer row of each group of the mix weighs so that the newer rows have the mix of the earlier: (g,), and
    without each group of clusters (G, g). Rows of an unknown group have no mix and weigh nothing here."""
    kinds = len(mix.labels)
    codes = left_with * kinds + mix.codes
    shape = (count, kinds)
    old, new = (
        np.bincount(codes[side], weights[side], minlength=count * kinds).reshape(shape)
        for side in (~is_new, is_new)
    )
    if mix.unknown is not None:
        old[:, mix.unknown], new[:, mix.unknown] = 0.0, 0.0

    def ratio(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        before, after = np.maximum(before, 0.0), np.maximum(after, 0.0)
        wanted = (
            before
            * after.sum(axis=-1, keepdims=True)
            / np.maximum(before.sum(axis=-1, keepdims=True), 1e-300)
        )
        return np.divide(wanted, after, out=np.zeros(after.shape), where=after > 1e-9)

    return ratio(old.sum(axis=0), new.sum(axis=0)), ratio(old.sum(axis=0) - old, new.sum(axis=0) - new)


def _sums(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray, codes: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """x'wx and x'wy by code: (count, k, k), (count, k); rows of weight 0 cost nothing."""
    used = np.flatnonzero(weights)
    used = used[np.argsort(codes[used], kind="stable")]
    k = x.shape[1]
    xx, xy = np.zeros((count, k, k)), np.zeros((count, k))
    if not len(used):
        return xx, xy
    there, starts = np.unique(codes[used], return_index=True)
    left, scaled = x[used], x[used] * weights[used, None]
    for i in range(k):  # a column at a time: all products of all rows at once would be k times the table
        xx[there, i, :] = np.add.reduceat(scaled[:, [i]] * left, starts, axis=0)
    xy[there] = np.add.reduceat(scaled * y[used, None], starts, axis=0)
    return xx, xy


def _with_left_out(part: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The sum of all groups, and below it the same without each: (1 + G, ...)."""
    return tuple(np.concatenate([p.sum(axis=0)[None], p.sum(axis=0)[None] - p]) for p in part)


def _is_told(xx: np.ndarray, places: Sequence[int]) -> np.ndarray:
    """Whether rows alone tell each coefficient: its column is not made of the others' (m,)."""
    scale = np.sqrt(np.diag(xx))
    scaled = xx / np.outer(np.where(scale > 0, scale, 1.0), np.where(scale > 0, scale, 1.0))
    projection = np.linalg.pinv(scaled, rcond=1e-10, hermitian=True) @ scaled
    return np.array([abs(projection[place, place] - 1) < 1e-6 for place in places])
