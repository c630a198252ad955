"""Every feedback metric of a study, by period, in one table: what the KPI page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from linkage.errors import TableError, TooFewRowsError
from linkage.metrics.groups import MINIMUM_GROUP, scored_rows
from linkage.metrics.measures import measure
from linkage.metrics.scores import in_words, in_words_label, scored
from linkage.results import Result
from linkage.rows import require_columns
from linkage.sentences import plural
from linkage.suppressing import not_told

KEYS = ("kind", "column", "label", "scale", "top", "better")


@dataclass(frozen=True, eq=False, repr=False)
class MetricOverview(Result):
    """Each metric with its interval and its n, one row a metric, kind and group.

    estimates : metric, label, kind, unit, the columns of `by`, then estimate, std_error, low, high (in unit),
        n, n_eff, clusters, suppressed, method; sorted by metric as given, then by group.
    skipped : metric, kind and the reason why it has no row. notes : doubts, each naming its metric.
    counted : people, or answers where nothing says whose they are.
    """

    estimates: pd.DataFrame
    skipped: pd.DataFrame
    by: tuple[str, ...]
    confidence: float
    minimum_group: int
    notes: tuple[str, ...] = ()
    counted: str = "answers"

    def summary(self) -> str:
        parts = []
        for (_, _), rows in self.estimates.groupby(["metric", "kind"], sort=False):
            shown = rows[~rows["suppressed"]]
            if len(shown):
                parts.append(self._said(shown.iloc[-1]))
        hidden = int(self.estimates["suppressed"].sum())
        if hidden:
            of, are = plural("figure", hidden), "is" if hidden == 1 else "are"
            parts.append(f"{hidden:,} {of} {are} not shown, {not_told(self.minimum_group, self.counted)}")
        parts += [
            f"{row.metric} ({row.kind}) skipped: {row.reason.removesuffix('.')}"
            for row in self.skipped.itertuples()
        ]
        return ". ".join([*parts, *self.notes] or ["No metric could be counted"]) + "."

    def _said(self, row: pd.Series) -> str:
        value, low, high = (in_words(row[part], row["unit"]) for part in ("estimate", "low", "high"))
        where = f" in {in_words_label(tuple(row[list(self.by)]))}" if self.by else ""
        return (
            f"{row['label']}, {row['kind']}{where}: {value} "
            f"({self.confidence:.0%} interval {low} to {high}; n = {row['n']:,})"
        )


def summarise_metrics(
    table: pd.DataFrame,
    metrics: Mapping[str, Mapping],
    *,
    by: str | list[str] | None = "period",
    cluster: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
    minimum_group: int = MINIMUM_GROUP,
) -> MetricOverview:
    """All feedback metrics, each by period, with interval and n.

    table : one row an answer. metrics : name -> {kind: "nps", "top_box" or "mean", or a list of them;
    column (default the name), label, scale, top, better}. by, cluster, weights : as in net_promoter.

    A metric nobody answered is skipped with the reason. Raises TableError for an unknown key or kind, a
    missing column, or answers off the scale.
    """
    by = [by] if isinstance(by, str) else list(by or [])
    if not isinstance(metrics, Mapping):
        raise TableError(
            f'metrics maps each name to how it is counted, such as {{"nps": {{"kind": "nps"}}}}; not {metrics!r}.'
        )
    frames, skipped, notes, counted = [], [], [], "answers"
    for name, spec in metrics.items():
        check_keys(name, spec)
        column = spec.get("column", name)
        require_columns(table, [column, *by])
        kinds = spec.get("kind", "mean")
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            how = measure(kind, **{key: spec[key] for key in ("scale", "top", "better") if key in spec})
            try:
                rows = scored_rows(table, score=column, by=by, cluster=cluster, weights=weights)
            except TooFewRowsError as error:
                skipped.append({"metric": name, "kind": kind, "reason": str(error)})
                continue
            scores = scored(rows, how, cluster, weights, confidence, minimum_group)
            label, counted = spec.get("label", name), scores.counted
            frames.append(tidy(scores, by).assign(metric=name, label=label, kind=kind))
            notes += [f"{name}: {note}" for note in scores.notes]
    return MetricOverview(
        estimates=ordered(frames, by),
        skipped=pd.DataFrame(skipped, columns=["metric", "kind", "reason"]),
        by=tuple(by),
        confidence=confidence,
        minimum_group=minimum_group,
        notes=tuple(dict.fromkeys(notes)),
        counted=counted,
    )


def check_keys(name: str, spec: Mapping) -> None:
    """Refuse a metric with a key nobody reads."""
    if not isinstance(spec, Mapping):
        raise TableError(
            f'Metric {name!r} is told by keys and values, such as {{"kind": "nps"}}; not {spec!r}.'
        )
    unknown = [key for key in spec if key not in KEYS]
    if unknown:
        raise TableError(f"Metric {name!r} has the unknown key {unknown[0]!r}; known are {', '.join(KEYS)}.")


def tidy(scores, by: list[str]) -> pd.DataFrame:
    """The estimates of one metric with its groups as columns."""
    frame = scores.estimates.rename_axis(by) if by else scores.estimates
    return frame.reset_index(drop=not by).assign(unit=scores.unit, method=scores.method)


def ordered(frames: list[pd.DataFrame], by: list[str]) -> pd.DataFrame:
    """All metrics under each other, the columns in reading order."""
    figures = ["estimate", "std_error", "low", "high", "n", "n_eff", "clusters", "suppressed", "method"]
    columns = ["metric", "label", "kind", "unit", *by, *figures]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)
