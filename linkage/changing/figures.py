"""A headline figure against its period before: how it is taken apart, and what its n counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from linkage.changing.headline import take_headline_apart
from linkage.changing.kpi_rows import AMOUNT, BASE, COUNT, COUNTED_KEY, WHO, kpi_rows
from linkage.changing.moved import Moved, Row
from linkage.changing.parts import NEW_DATA, TOTAL, UNTOLD, TakenApart, part_table
from linkage.errors import LinkageError
from linkage.sentences import CLUSTER_NOUNS

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy


def figure_moved(
    study: OpenStudy, row: Row, metrics_before: Sequence[Row], answers: Callable[[object], pd.DataFrame]
) -> Moved:
    """A headline figure against its period before, and against what was published of that.

    answers : gives the answers through a period.
    """
    since = row.get("previous_period")
    then = next(
        (r for r in metrics_before if r.get("metric") == row["metric"] and r.get("period") == since), None
    )
    if since is None or row.get("change") is None:
        return Moved(row, None, reason="There is no period before to compare it with.")
    if row.get("part"):
        return Moved(row, then, reason=f"{row['part']}.")
    if then is not None and any(then.get(name) != row.get(name) for name in ("kind", "unit")):
        return Moved(row, then, reason="It is counted in another way now: its kind or its unit changed.")
    published = None if then is None or then.get("estimate") is None else float(then["estimate"])
    between = skipped(study, str(since), str(row["period"]))
    if row.get("kind") == "kpi":
        key = COUNTED_KEY.get(str(row["metric"]).removeprefix("kpi_"), "")
        apart = _as_published(_kpi_apart(study, row, published), row)
        return Moved(row, then, apart, counted=noun(study, key), skipped=between)
    try:
        rows = answers(row["period"])
        apart = _as_published(_figure_apart(study, row, rows, published), row)
        key = "response_id" if "response_id" in rows else "unit_id"
        return Moved(row, then, apart, counted=noun(study, key), skipped=between)
    except LinkageError as error:
        return Moved(row, then, reason=str(error))


def skipped(study: OpenStudy, before: str, now: str) -> tuple[str, ...]:
    """The periods between two, which a comparison of the two passes over."""
    first, last = study.study.period(before), study.study.period(now)
    return tuple(str(first.shift(k)) for k in range(1, last.position - first.position))


def noun(study: OpenStudy, key: str) -> str:
    """What several things with a key are called, in the study's own word where it has one."""
    declared = study.study.declared.nouns.by_key()
    known = {"response_id": "answers", **CLUSTER_NOUNS}
    return declared[key][1] if key in declared else known.get(key, "rows")


def _figure_apart(study: OpenStudy, row: Row, rows: pd.DataFrame, published: float | None) -> TakenApart:
    metric = study.study.metrics[str(row["metric"])]
    is_answers = "response_id" in rows
    key = "customer_id" if is_answers else "unit_id"
    return take_headline_apart(
        rows, score=metric.name, wave="period", before=row["previous_period"], now=row["period"],
        segments=study.study.declared.segments, kind=str(row["kind"]), scale=metric.scale if is_answers else None,
        cluster=key if rows[key].notna().any() else None, published=published,
        minimum_group=study.study.declared.minimum_group,
    )  # fmt: skip


def _as_published(apart: TakenApart, row: Row) -> TakenApart:
    """The whole change with the interval that is published of it: one change has one interval in a report."""
    if row.get("change_low") is None or row.get("change_high") is None:
        return apart
    late = apart.estimates["estimate"].fillna(0.0)[NEW_DATA]
    estimates = apart.estimates.copy()
    estimates.loc[TOTAL, ["low", "high"]] = [
        float(row["change_low"]) + late,
        float(row["change_high"]) + late,
    ]
    return replace(apart, estimates=estimates)


def _kpi_apart(study: OpenStudy, row: Row, published: float | None) -> TakenApart:
    """A KPI's parts where its rows give the very figures that are published; else its change as a whole."""
    kpi = str(row["metric"]).removeprefix("kpi_")
    try:
        found = take_headline_apart(
            kpi_rows(study, kpi), score=AMOUNT, base=BASE, counted=COUNT, wave="period", before=row["previous_period"],
            now=row["period"], segments=study.study.declared.segments, cluster=WHO, published=published,
            minimum_group=study.study.declared.minimum_group,
        )  # fmt: skip
    except LinkageError:  # not every KPI has rows by customer: its change is then told, only not taken apart
        return _whole(row, published)
    late = float(np.nan_to_num(found.estimates.loc[NEW_DATA, "estimate"]))
    before = found.last - (found.total - late)
    wanted = (float(row["estimate"]), float(row["previous_estimate"]))
    same = np.allclose((found.last, before), wanted, rtol=1e-7, atol=1e-9)
    return found if same else _whole(row, published)


def _whole(row: Row, published: float | None) -> TakenApart:
    """The change of a figure whose rows have no mix: what its earlier figure is otherwise now, and all the rest."""
    then, now = float(row["previous_estimate"]), float(row["estimate"])
    late = 0.0 if published is None else then - published
    limits = [np.nan if row.get(name) is None else float(row[name]) for name in ("change_low", "change_high")]
    parts = {TOTAL: (now - then + late, np.nan, limits[0] + late, limits[1] + late)}
    parts[UNTOLD] = (now - then, np.nan, *limits)
    if published is not None:
        parts[NEW_DATA] = (late, np.nan, np.nan, np.nan)
    return TakenApart(
        first=then - late, last=now, estimates=part_table(parts), n_before=0, n_now=int(row.get("n") or 0),
        columns=(), pooled=0, clusters=0, confidence=0.95,
    )  # fmt: skip
