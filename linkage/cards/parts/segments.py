"""Who a link holds for: its slope in every segment, drawn towards their mean, and whether segments differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.cards.parts.categories import Categories, Slopes, categories_of, category_slopes, sizes_of
from linkage.cards.parts.correcting import holm
from linkage.cards.parts.held import Held, as_sample, held_of, interval
from linkage.cards.parts.pooling import Pooled, pool_slopes
from linkage.errors import FitError
from linkage.limits.forms import DIFFERENCE, FEWEST_VALUES, MOST_SEGMENTS, SEGMENT_P
from linkage.refuting.sample import LinkSample
from linkage.results import Result
from linkage.rows import as_names
from linkage.sentences import number, signed
from linkage.study_file.declaration import LinkSpec

HOLDS, ALIKE, DIFFERS, AGAINST, NOWHERE = (
    "holds in every segment",
    "no difference shown",
    "differs",
    "against the trend",
    "shown in no segment",
)
COLUMNS = (
    *("segment", "category", "estimate", "std_error", "low", "high", "p_value", "df"),
    *("shrunken", "shrunken_std_error", "shrunken_low", "shrunken_high", "n", "clusters", "is_joined"),
)


@dataclass(frozen=True, eq=False, repr=False)
class SegmentEffects(Result):
    """A link's main slope in each category of each segment.

    estimates : one row a category: segment, category, the slope as it is (estimate, std_error, low, high, p_value,
        df) and drawn towards the mean (shrunken, ...), n, clusters, is_joined (small categories together).
    segments : one row a segment: mean, low, high (of the segments' slopes), trend (sign of the link's own slope, 0
        where it is not shown), tau (standard deviation of the true slopes), q_value, q_df,
        p_value, p_adjusted (over the segments, Holm), shown, hidden (categories), without (rows that name
        none, or whose category has no slope),
        verdict. Outcome units per driver unit. skipped : segments not looked at, and why.
    """

    outcome: str
    driver: str
    estimates: pd.DataFrame
    segments: pd.DataFrame
    skipped: dict[str, str]
    n_used: int
    minimum_group: int
    method: str
    confidence: float

    def summary(self) -> str:
        said = [self._said(name, row) for name, row in self.segments.iterrows()]
        said += [f"{name}: not looked at; {reason}" for name, reason in self.skipped.items()]
        return " ".join(said) or "No segment is declared."

    def _said(self, name: str, row: pd.Series) -> str:
        own = self.estimates[self.estimates["segment"] == name]
        parts = "; ".join(
            f"{r.category} {signed(r.shrunken)} ({signed(r.shrunken_low)} to {signed(r.shrunken_high)}; "
            f"n = {r.n:,})"
            for r in own.itertuples()
        )
        p_value = "p < 0.001" if row["p_adjusted"] < 0.001 else f"p = {row['p_adjusted']:.3f}"
        return f"By {name}, {row['verdict']} ({p_value} of one slope for all): {parts}."


def segments_of_link(
    rows: pd.DataFrame | LinkSample,
    spec: LinkSpec,
    segments: Sequence[str] | None = None,
    minimum_group: int = 10,
    *,
    confidence: float = 0.95,
) -> SegmentEffects:
    """For whom does the link hold? The main driver's slope in every category of the declared segments.

    rows : a link's rows, or the sample of its fit. segments : columns; those of the link where none is given.
    minimum_group : a category with fewer rows or clusters is not shown but joined with others, so that it cannot
    be computed from the total either.

    One fit a segment: own slope and own level in each category, the other regressors held fixed alike; errors
    from leaving out clusters. Slopes are drawn towards their mean (see `pool_slopes`). Raises what `fit_linear` raises.
    """
    sample = as_sample(rows, spec, confidence)
    held = held_of(sample)
    tables, lines, skipped = [], {}, {}
    for name in dict.fromkeys(spec.segments if segments is None else as_names(segments)):
        made = _one_segment(sample, held, name, minimum_group)
        if isinstance(made, str):
            skipped[name] = made
        else:
            tables.append(made[0])
            lines[name] = made[1]
    frame = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    errors = f"jackknife over {'clusters of ' + sample.cluster if sample.cluster else 'rows'}"
    return SegmentEffects(
        outcome=sample.outcome,
        driver=sample.drivers[0],
        estimates=frame,
        segments=_judged(frame, pd.DataFrame.from_dict(lines, orient="index").rename_axis("segment")),
        skipped=skipped,
        n_used=len(sample.y),
        minimum_group=minimum_group,
        method=f"slopes in each category by least squares, {errors}; partial pooling, tau averaged "
        "(DerSimonian and Laird 1986; Daniels 1999)",
        confidence=held.confidence,
    )


def _one_segment(
    sample: LinkSample, held: Held, name: str, fewest: int
) -> tuple[pd.DataFrame, dict[str, object]] | str:
    """The rows and the line of one segment, or why there are none."""
    reason = _unfit(sample, name)
    if reason:
        return reason
    cut = categories_of(sample, held, name, fewest)
    if len(cut.names) < 2:
        return f"fewer than two of its categories have {fewest} rows and clusters."
    try:
        slopes = category_slopes(held, cut)
    except (FitError, np.linalg.LinAlgError):
        return "the driver does not vary within its categories."
    pooled = pool_slopes(slopes.values, slopes.covariance, slopes.df)
    table = _table(held, cut, slopes, pooled)
    table.insert(0, "segment", name)
    mean = interval(pooled.mean, pooled.mean_error, float(slopes.df.sum()), held.confidence)
    line = {
        "mean": float(mean["estimate"]),
        "low": float(mean["low"]),
        "high": float(mean["high"]),
        "trend": _trend(held),
        "tau": pooled.tau,
        "q_value": pooled.q_value,
        "q_df": pooled.q_df,
        "p_value": pooled.p_value,
        "shown": len(cut.names) - sum(cut.joined),
        "hidden": cut.hidden,
        "without": int((cut.codes < 0).sum()),
    }
    return table[list(COLUMNS)], line


def _unfit(sample: LinkSample, name: str) -> str:
    if name not in sample.table:
        return "the rows have no such column."
    if sample.main != sample.drivers[0]:
        return "the driver is a category itself."
    if name in (sample.outcome, sample.drivers[0]):
        return "it is the outcome or the driver itself."
    column = sample.table[name]
    count = column.nunique()
    if count < 2:
        return "all rows are of one category."
    if pd.api.types.is_float_dtype(column) and count >= FEWEST_VALUES:
        return "it is a measure, not a category: declare bands of it."
    if count > MOST_SEGMENTS:
        return f"{count:,} categories are more than {MOST_SEGMENTS}: group them."
    return ""


def _table(held: Held, cut: Categories, slopes: Slopes, pooled: Pooled) -> pd.DataFrame:
    own = interval(slopes.values, np.sqrt(np.diag(slopes.covariance)), slopes.df, held.confidence)
    drawn = interval(pooled.slopes, pooled.errors, np.inf, held.confidence)
    rows, clusters = sizes_of(held, cut.codes, len(cut.names))
    return pd.DataFrame(
        {
            "category": cut.names,
            **own,
            "shrunken": drawn["estimate"],
            "shrunken_std_error": drawn["std_error"],
            "shrunken_low": drawn["low"],
            "shrunken_high": drawn["high"],
            "n": rows,
            "clusters": np.nan if clusters is None else clusters,
            "is_joined": cut.joined,
        }
    )


def _judged(frame: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Each segment's line with its p-value corrected for the others, and its verdict."""
    if lines.empty:
        return lines
    lines = lines.assign(p_adjusted=holm(lines["p_value"].to_numpy(dtype=float)))
    lines["verdict"] = [_verdict(frame[frame["segment"] == name], row) for name, row in lines.iterrows()]
    return lines


def _verdict(own: pd.DataFrame, line: pd.Series) -> str:
    """One of the five words; against the trend only where a whole interval lies on the other side."""
    other = _other_side(own, line["trend"])
    farthest = (own["shrunken"] - line["mean"]).abs().max()
    differs = line["p_adjusted"] < SEGMENT_P and farthest >= DIFFERENCE * abs(line["mean"])
    if len(other) and differs:
        return AGAINST
    if differs:
        return DIFFERS
    shown = (own["shrunken_low"] > 0) | (own["shrunken_high"] < 0)
    return HOLDS if shown.all() else ALIKE if shown.any() else NOWHERE


def _trend(held: Held) -> int:
    """The sign of the link's own slope; 0 where it is not shown."""
    fit = held.fit(((held.driver - held.middle) / held.unit)[:, None])
    row = interval(fit.coefficients[0], np.sqrt(fit.covariance[1, 1]), fit.df, held.confidence)
    return int(row["low"] > 0) - int(row["high"] < 0)


def _other_side(own: pd.DataFrame, trend: int) -> pd.DataFrame:
    if trend == 0:
        return own.iloc[:0]
    return own[own["shrunken_high"] < 0] if trend > 0 else own[own["shrunken_low"] > 0]


def against_words(effects: SegmentEffects, name: str) -> str:
    """The categories of a segment that lie on the other side, with their slopes."""
    own = effects.estimates[effects.estimates["segment"] == name]
    other = _other_side(own, effects.segments.loc[name, "trend"])
    return ", ".join(f"{r.category} ({number(r.shrunken)})" for r in other.itertuples())
