"""The single answers behind means of units and employees, as counts, sums and sums of squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.study_file.declaration import LinkSpec
from linkage.tables.steady_sums import steady_mean, steady_sum

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy

KEY = {"unit_period": "unit_id", "employee_period": "employee_id"}


def aggregation_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """One row a mean (side, metric, key, period): n, total and squares of its answers, less the metric's overall mean.

    Only answers of periods up to `through` count, in the overall mean too: what came later changes no earlier answer.

    side : "driver" (the first) or "outcome". lowest, highest : the metric's scale. `attrs["unknown"]` names means whose
    answers are not in the data. None at other grains, or where neither side is a mean of answers.
    """
    key = KEY.get(spec.grain)
    if key is None:
        return None
    import pandas as pd

    parts, unknown = [], []
    for side, column in (("driver", spec.drivers[0]), ("outcome", spec.outcome)):
        known = study.study.columns[spec.grain].get(column)
        metric = study.study.metrics.get(known.metric) if known and known.metric else None
        if metric is None or known.name != metric.name:
            continue
        source = study.study.sources[metric.of]
        query = _query(source.role, key, metric.name, study.study.period(through).position)
        if query is not None:
            scale = metric.scale or (None, None)
            frame = fetch_rows(study.connection.sql(query))
            parts.append(frame.assign(side=side, metric=metric.name, lowest=scale[0], highest=scale[1]))
        elif source.role == "unit_periods" and _is_of_people(study, metric.of, metric.name):
            unknown.append(metric.name)
    if not parts and not unknown:
        return None
    columns = ["side", "metric", key, "period", "n", "total", "squares", "lowest", "highest"]
    rows = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    rows.attrs["unknown"] = unknown
    return rows


def _query(role: str, key: str, name: str, position: int) -> str | None:
    """Sums of single answers; None where the source hands over means already, or one answer is the value."""
    if role == "feedback":
        table = "event_answer"
    elif role == "employee_feedback" and key == "unit_id":
        table = "link_employee_period"  # each employee's last answer, as the unit's mean takes it
    else:
        return None
    return f"""
with answers as (
    select now.{key}, now.period, cast(now.{name} as double) as answer
    from {table} as now
    inner join periods as calendar on calendar.period = now.period
    where calendar.position <= {position} and now.{name} is not null and now.{key} is not null
),

centred as (
    select {key}, period, answer - (select {steady_mean("answer")} from answers) as answer
    from answers
)

select {key}, period, count(*) as n, {steady_sum("answer")} as total, {steady_sum("answer * answer")} as squares
from centred
group by {key}, period
order by {key}, period"""


def _is_of_people(study: OpenStudy, source: str, name: str) -> bool:
    """Whether a unit's figure is what people said: declared so, or points of a scale."""
    metric = study.study.metrics[name]
    is_scale = metric.scale is not None and metric.unit == "point"
    return is_scale or study.study.sources[source].about in ("feedback", "people")
