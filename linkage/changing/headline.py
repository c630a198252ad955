"""Why did a headline figure move: another mix of segments, or a change within the same groups?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.changing.composition import Composition, compose
from linkage.changing.jackknife import cluster_groups, spread_of
from linkage.changing.parts import MIX, NEW_DATA, RELATION, TOTAL, TakenApart, part_table
from linkage.errors import TableError, TooFewRowsError
from linkage.rows import require_columns

Sums = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False, repr=False)
class HeadlineApart(TakenApart):
    """Why a mean of answers, or a ratio, moved. Beside what every such answer holds:

    groups : one row a group of the mix: group, n_before, n_now, share_before, share_now, before, now, mix, relation;
        the last two are what the group adds to those parts, and sum to them.
    """

    groups: pd.DataFrame


def take_headline_apart(
    table: pd.DataFrame,
    *,
    score: str,
    wave: str,
    before: object,
    now: object,
    segments: Sequence[str],
    kind: str = "mean",
    scale: tuple[float, float] | None = None,
    cluster: str | None = None,
    base: str | None = None,
    published: float | None = None,
    minimum_group: int = 10,
    confidence: float = 0.95,
) -> HeadlineApart:
    """Why did the score move from wave `before` to wave `now`?

    table : one row an answer, both waves among them. kind, scale : how answers are counted (linkage.metrics).
    segments : the columns whose mix counts. cluster : whose answers belong together.
    base : for a ratio, the column its sum of `score` is divided by; a group's share is then its share of the base.
    published : what was published of the wave before, where it was; its difference from the same wave now is the part
        "new data", which is known exactly and has no interval of its own.

    mix = sum of (share now - share before) x mean of the group's two scores; relation (the same groups answer
    otherwise) = sum of (score now - score before) x mean of its two shares: the two-fold decomposition whose
    interaction is shared in halves (Kitagawa 1955, JASA 50, p. 1168; Oaxaca 1973 and Blinder 1973; Jann 2008, Stata
    Journal 8, p. 453). Intervals: the jackknife over whole clusters, so who answers in both waves counts once.
    Raises TableError for a missing column, TooFewRowsError for a wave with fewer answers than minimum_group.
    """
    rows, values, is_now = _answers(
        table, score, wave, (before, now), kind, scale, [cluster, base], minimum_group
    )
    groups = compose(rows, segments, is_now, minimum_group=minimum_group)
    clusters = np.arange(len(rows)) if cluster is None else rows[cluster].factorize()[0]
    bases = np.ones(len(rows)) if base is None else rows[base].to_numpy(dtype=float)
    sums = _sums(values, bases, is_now, groups, cluster_groups(clusters))
    whole = tuple(s.sum(axis=0) for s in sums)
    parts, left_out = _parts(whole), _parts(tuple(w - s for w, s in zip(whole, sums, strict=True)))
    spread = spread_of(parts, left_out, confidence=confidence)
    value = {name: (parts[i], *spread[:, i]) for i, name in enumerate((MIX, RELATION, TOTAL))}
    if not groups.is_known:
        del value[MIX]
    first, last = whole[1].sum() / whole[0].sum(), whole[3].sum() / whole[2].sum()
    late = 0.0 if published is None else first - published
    counts = [np.bincount(groups.codes[side], minlength=len(groups.labels)) for side in (~is_now, is_now)]
    return HeadlineApart(
        first=first - late,
        last=last,
        estimates=_with_late(value, late, published is not None),
        n_before=int(counts[0].sum()),
        n_now=int(counts[1].sum()),
        columns=groups.columns,
        pooled=groups.pooled,
        clusters=int(clusters.max()) + 1,
        confidence=confidence,
        groups=_group_table(whole, counts, groups),
    )


def _answers(table, score, wave, waves, kind, scale, also, minimum_group):
    """The complete rows of both waves, their values in the score's unit, and which are of the later.

    also : other columns in which every row needs a value, or None.
    """
    from linkage.metrics.measures import measure

    needed = [score, *(name for name in also if name)]
    require_columns(table, [*needed, wave])
    if waves[0] == waves[1]:
        raise TableError(f"A change of {score} needs two waves; both are {waves[0]!r}.")
    rows = table[table[wave].isin(waves)].dropna(subset=needed)
    is_now = (rows[wave] == waves[1]).to_numpy()
    for name, side in zip(waves, (~is_now, is_now), strict=True):
        if side.sum() < max(minimum_group, 1):
            raise TooFewRowsError(
                f"{score}: {side.sum()} answers in {name}, and {minimum_group} are the fewest that are shown."
            )
    how = measure(kind, scale=scale)
    values = how.factor * how.recode(rows[score].to_numpy(dtype=float))
    return rows.reset_index(drop=True), values, is_now


def _sums(
    values: np.ndarray, bases: np.ndarray, is_now: np.ndarray, groups: Composition, left_with: np.ndarray
) -> Sums:
    """Bases and values before, and both now: four arrays (G, g) over groups of clusters and of the mix."""
    shape = (int(left_with.max()) + 1, len(groups.labels))
    codes = left_with * shape[1] + groups.codes

    def total(side: np.ndarray, of: np.ndarray) -> np.ndarray:
        return np.bincount(codes[side], of[side], minlength=shape[0] * shape[1]).reshape(shape)

    return total(~is_now, bases), total(~is_now, values), total(is_now, bases), total(is_now, values)


def _by_group(sums: Sums) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shares and scores of each group before and now: four arrays (..., g).

    A group that is on one side only has the score of that side on both: all it adds is mix.
    """
    n0, s0, n1, s1 = sums
    p0, p1 = (n / np.maximum(n.sum(axis=-1, keepdims=True), 1e-300) for n in (n0, n1))
    # What is left of a base when all of it was taken off again is no base.
    m0, m1 = (
        np.divide(s, n, out=np.full(n.shape, np.nan), where=p > 1e-12)
        for s, n, p in ((s0, n0, p0), (s1, n1, p1))
    )
    m0, m1 = np.where(np.isnan(m0), m1, m0), np.where(np.isnan(m1), m0, m1)
    return p0, p1, np.nan_to_num(m0), np.nan_to_num(m1)


def _parts(sums: Sums) -> np.ndarray:
    """mix, relation and total: (..., 3). sums : four arrays (..., g)."""
    p0, p1, m0, m1 = _by_group(sums)
    mix = ((p1 - p0) * (m0 + m1)).sum(axis=-1) / 2
    relation = ((m1 - m0) * (p0 + p1)).sum(axis=-1) / 2
    return np.stack([mix, relation, mix + relation], axis=-1)


def _with_late(parts: dict[str, tuple], late: float, is_known: bool) -> pd.DataFrame:
    """The table of parts, with what the wave before is now said to be otherwise."""
    total, error, low, high = parts[TOTAL]
    known = {NEW_DATA: (late, np.nan, np.nan, np.nan)} if is_known else {}
    return part_table({**known, **parts, TOTAL: (total + late, error, low + late, high + late)})


def _group_table(whole: Sums, counts: list[np.ndarray], groups: Composition) -> pd.DataFrame:
    """What each group adds: to the mix against the score of all, so that a group like all adds nothing."""
    p0, p1, m0, m1 = _by_group(whole)
    middle = ((p0 * m0).sum() + (p1 * m1).sum()) / 2
    return pd.DataFrame(
        {
            "group": groups.labels,
            "n_before": counts[0],
            "n_now": counts[1],
            "share_before": p0,
            "share_now": p1,
            "before": m0,
            "now": m1,
            "mix": (p1 - p0) * ((m0 + m1) / 2 - middle),
            "relation": (m1 - m0) * (p0 + p1) / 2,
        }
    )
