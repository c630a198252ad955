"""The answers behind touch points: the link's rows, the period in question, every rating placed on its own scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.grains import cluster_of
from linkage.linking.link_rows import link_rows
from linkage.rows import as_numbers
from linkage.study_file.declaration import LinkSpec, Metric

if TYPE_CHECKING:
    from linkage.opening import OpenStudy


@dataclass(frozen=True, eq=False)
class Answers:
    """The rows of a link from touch points to an overall rating, of all periods.

    table : period, outcome, drivers, controls, cluster, groups. fitted : (n,) true for the rows that the link's own
    `where` speaks of. metrics : of outcome and drivers, by name. period, previous : the last one with enough
    answers, and the one before it, or None.
    """

    spec: LinkSpec
    table: pd.DataFrame
    fitted: np.ndarray
    metrics: dict[str, Metric]
    period: str | None
    previous: str | None
    cluster: str
    minimum_group: int

    @cached_property
    def now(self) -> pd.DataFrame:
        return self.table[(self.table["period"] == self.period).to_numpy()]

    def label(self, name: str) -> str:
        return self.metrics[name].label

    def position(self, name: str, table: pd.DataFrame | None = None) -> pd.Series:
        """Where answers lie on their scale: 0 the worst end, 1 the best; missing without a scale."""
        metric = self.metrics[name]
        values = as_numbers((self.table if table is None else table)[name])
        scale = scale_of(metric)
        if scale is None:
            return values * np.nan
        share = (values - scale[0]) / (scale[1] - scale[0])
        return 1 - share if metric.better == "lower" else share


def scale_of(metric: Metric) -> tuple[float, float] | None:
    """What can be answered; a share runs from 0 to 1."""
    return metric.scale or ((0.0, 1.0) if metric.type in ("flag", "percent") else None)


def answers_of(study: OpenStudy, spec: LinkSpec, through: str, by: tuple[str, ...] = ()) -> Answers:
    """The rows of a link through a period, whatever period its `where` names, with the columns of groups."""
    wanted = spec.where.get("period")
    where = {c: v for c, v in spec.where.items() if c != "period"}
    apart = tuple(c for c in by if c not in (spec.outcome, *spec.drivers, *spec.controls))
    asked = spec.model_copy(update={"where": where, "segments": apart})
    table = link_rows(study, asked, through)
    fitted = np.ones(len(table), bool) if wanted is None else (table["period"] == str(wanted)).to_numpy()
    fewest = study.study.declared.minimum_group
    known = table.loc[table[spec.outcome].notna(), "period"].value_counts()
    periods = sorted(known[known >= fewest].index, key=study.periods.index)
    return Answers(
        spec=spec,
        table=table,
        fitted=fitted,
        metrics={n: _metric(study, spec, n) for n in (spec.outcome, *spec.drivers)},
        period=periods[-1] if periods else None,
        previous=periods[-2] if len(periods) > 1 else None,
        cluster=cluster_of(spec),
        minimum_group=fewest,
    )  # fmt: skip


def _metric(study: OpenStudy, spec: LinkSpec, name: str) -> Metric:
    return study.study.metrics[study.study.columns[spec.grain][name].metric]
