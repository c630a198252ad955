"""Why did a headline figure move: another mix of segments, or a change within the same groups?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.changing.composition import Composition, compose
from linkage.changing.jackknife import cluster_groups, spread_of
from linkage.changing.parts import MIX, NEW_DATA, RELATION, TOTAL, UNTOLD, TakenApart, part_table
from linkage.errors import TableError, TooFewRowsError
from linkage.grains import PERSONS
from linkage.rows import as_names, complete_rows, require_columns
from linkage.sentences import plural

Sums = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False, repr=False)
class HeadlineApart(TakenApart):
    """Why a mean of answers, or a ratio, moved. Beside what every such answer holds:

    groups : one row a group of the mix: group, n_before, n_now, share_before, share_now, before, now; what the group
        adds to each part, and sums to it: mix, relation, and untold where its rows are of an unknown group; and of each
        of the three its interval (mix_low, mix_high and so on).
    n_dropped : rows of both waves left out for a missing value.
    """

    groups: pd.DataFrame
    n_dropped: int

    def summary(self) -> str:
        left = f" Left out for a missing value: {self.n_dropped:,} {plural('row', self.n_dropped)}."
        return super().summary() + (left if self.n_dropped else "")


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
    counted: str | None = None,
    published: float | None = None,
    minimum_group: int = 10,
    confidence: float = 0.95,
) -> HeadlineApart:
    """Why did the score move from wave `before` to wave `now`?

    table : one row an answer, both waves among them. kind, scale : how answers are counted (linkage.metrics).
    segments : the columns whose mix counts. cluster : whose answers belong together.
    base : for a ratio, the column its sum of `score` is divided by; a group's share is then its share of the base.
    counted : the column whose sum is n, where a row is not one of what the figure counts.
    published : what was published of the wave before, where it was; its difference from the same wave now is the part
        "new data", which is known exactly and has no interval of its own.

    mix = sum of (share now - share before) x mean of the group's two scores; relation (the same groups answer
    otherwise) = sum of (score now - score before) x mean of its two shares: the two-fold decomposition whose
    interaction is shared in halves (Kitagawa 1955, JASA 50, p. 1168; Oaxaca 1973 and Blinder 1973; Jann 2008, Stata
    Journal 8, p. 453). What rows without a segment add is in neither, but in the part "not told apart", and all of
    the change is where no row has one. Intervals: the jackknife over whole clusters, so who answers in both waves
    counts once.
    Raises TableError for a missing column, TooFewRowsError for a wave with fewer answers than minimum_group.
    """
    rows, values, is_now, n_dropped = _answers(
        table, score, wave, (before, now), kind, scale, [cluster, base, counted], segments, minimum_group
    )
    clusters = np.arange(len(rows)) if cluster is None else rows[cluster].factorize()[0]
    people = clusters if cluster in PERSONS else None
    groups = compose(rows, segments, is_now, minimum_group=minimum_group, people=people)
    bases = np.ones(len(rows)) if base is None else rows[base].to_numpy(dtype=float)
    sums = _sums(values, bases, is_now, groups, cluster_groups(clusters))
    whole = tuple(s.sum(axis=0) for s in sums)
    added = _added(whole, groups)
    left_out = _added(tuple(w - s for w, s in zip(whole, sums, strict=True)), groups)
    value = _summed(added, left_out, groups, confidence)
    first, last = whole[1].sum() / whole[0].sum(), whole[3].sum() / whole[2].sum()
    late = 0.0 if published is None else first - published
    counts = _counts(None if counted is None else rows[counted].to_numpy(dtype=float), is_now, groups)
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
        groups=_group_table(whole, counts, groups, added, left_out, confidence),
        n_dropped=n_dropped,
    )


def _answers(table, score, wave, waves, kind, scale, also, segments, minimum_group):
    """The complete rows of both waves, their values in the score's unit, which are of the later; how many are left out.

    also : whose answers belong together, and numbers; each row needs a value in them. Any may be None.
    """
    from linkage.metrics.measures import measure

    cluster, *numbers = also
    numbers, labels = [score, *(n for n in numbers if n)], [cluster] if cluster else []
    groups = [s for s in as_names(segments) if s in table]  # those of a study need not stand in each table
    require_columns(table, [*numbers, *labels, wave])
    if waves[0] == waves[1]:
        raise TableError(f"A change of {score} needs two waves; both are {waves[0]!r}.")
    first, last = ((table[wave] == name).fillna(False).to_numpy(dtype=bool) for name in waves)
    both = table[first | last]
    rows = complete_rows(both.assign(**{wave: last[first | last]}), numbers, labels, along=[wave, *groups])
    is_now = rows[wave].to_numpy(dtype=bool)
    for name, side in zip(waves, (~is_now, is_now), strict=True):
        if side.sum() < max(minimum_group, 1):
            raise TooFewRowsError(
                f"{score}: {side.sum()} answers in {name}, and {minimum_group} are the fewest that are shown."
            )
    how = measure(kind, scale=scale)
    values = how.factor * how.recode(rows[score].to_numpy())
    return rows, values, is_now, len(both) - len(rows)


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


def _added(sums: Sums, groups: Composition) -> np.ndarray:
    """What each group adds to mix, relation and what is not told apart: (..., g, 3). sums : four arrays (..., g).

    To the mix it adds against the score of all, so that a group like all adds nothing.
    """
    p0, p1, m0, m1 = _by_group(sums)
    middle = ((p0 * m0 + p1 * m1).sum(axis=-1, keepdims=True)) / 2
    mix = (p1 - p0) * ((m0 + m1) / 2 - middle)
    relation = (m1 - m0) * (p0 + p1) / 2
    untold = np.zeros(mix.shape)
    lost = np.full(len(groups.labels), not groups.is_known)
    if groups.unknown is not None:
        lost[groups.unknown] = True
    untold[..., lost] = (mix + relation)[..., lost]
    mix[..., lost], relation[..., lost] = 0.0, 0.0
    return np.stack([mix, relation, untold], axis=-1)


def _summed(
    added: np.ndarray, left_out: np.ndarray, groups: Composition, confidence: float
) -> dict[str, tuple]:
    """The parts over all groups with their intervals; those that no group has are left out."""
    whole, each = (
        np.concatenate([a.sum(axis=-2), a.sum(axis=(-2, -1))[..., None]], axis=-1) for a in (added, left_out)
    )
    spread = spread_of(whole, each, confidence=confidence)
    value = {name: (whole[i], *spread[:, i]) for i, name in enumerate((MIX, RELATION, UNTOLD, TOTAL))}
    if not groups.is_known:
        return {name: value[name] for name in (UNTOLD, TOTAL)}
    return {name: value[name] for name in value if name != UNTOLD or groups.unknown is not None}


def _counts(counted: np.ndarray | None, is_now: np.ndarray, groups: Composition) -> list[np.ndarray]:
    """What is counted in each group before, and now."""
    size = len(groups.labels)
    return [
        np.bincount(groups.codes[side], None if counted is None else counted[side], minlength=size)
        .round()
        .astype(int)
        for side in (~is_now, is_now)
    ]


def _with_late(parts: dict[str, tuple], late: float, is_known: bool) -> pd.DataFrame:
    """The table of parts, with what the wave before is now said to be otherwise."""
    total, error, low, high = parts[TOTAL]
    known = {NEW_DATA: (late, np.nan, np.nan, np.nan)} if is_known else {}
    return part_table({**known, **parts, TOTAL: (total + late, error, low + late, high + late)})


def _group_table(
    whole: Sums,
    counts: list[np.ndarray],
    groups: Composition,
    added: np.ndarray,
    left_out: np.ndarray,
    confidence: float,
) -> pd.DataFrame:
    """The groups of the mix. added : (g, 3), left_out : (G, g, 3), see _added."""
    p0, p1, m0, m1 = _by_group(whole)
    columns = {
        "group": groups.labels,
        "n_before": counts[0],
        "n_now": counts[1],
        "share_before": p0,
        "share_now": p1,
    }
    columns |= {"before": m0, "now": m1}
    for place, name in enumerate(("mix", "relation", "untold")):
        _, low, high = spread_of(added[:, place], left_out[:, :, place], confidence=confidence)
        columns |= {name: added[:, place], f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(columns)
