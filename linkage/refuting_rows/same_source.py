"""Are driver and outcome parts of the same answer? And what else did that answer hold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.limits.answering import ASKED_TOGETHER, SAME_ANSWER_SHARE
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import Metric

_TABLES = {
    "feedback": ("event_answer", "customer_id"),
    "employee_feedback": ("stg_employee_feedback", "employee_id"),
    "unit_periods": ("link_unit_period", "unit_id"),
}


def same_source_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """The answers that hold driver and outcome together, with all their items; None where the two are not one answer.

    One row an answer (or, where a source hands over means of one survey, a unit and period): `_cluster` and the items.
    `attrs["together"]` : share of answers to either that hold both.
    """
    pair = _one_source(study, spec)
    if pair is None:
        return None
    driver, outcome = pair
    role = study.study.sources[driver.of].role
    table, cluster = _TABLES[role]
    items = {
        m.name: m.column if role == "employee_feedback" else m.name for m in study.study.metrics_of(driver.of)
    }
    x, y = items[driver.name], items[outcome.name]
    both, either = study.connection.execute(
        f"select count(*) filter (where {x} is not null and {y} is not null), "
        f"count(*) filter (where {x} is not null or {y} is not null) from {table}"
    ).fetchall()[0]
    if not either or both / either < SAME_ANSWER_SHARE:
        return None
    kept = _asked_together(study, table, items, x, y, both)
    columns = ", ".join(f"cast(answers.{items[name]} as double) as {name}" for name in kept)
    key = "response_id" if role != "unit_periods" else "unit_id"
    frame = fetch_rows(
        study.connection.sql(
            f"select answers.{cluster} as _cluster, {columns}\nfrom {table} as answers\n"
            f"{_up_to(study, role, through)}\n"
            f"where answers.{x} is not null and answers.{y} is not null\norder by answers.{key}, periods.position"
        )
    )
    frame.attrs["together"] = both / either
    return frame


def _up_to(study: OpenStudy, role: str, through: str) -> str:
    """The join that keeps what was answered by the end of a period."""
    position = study.study.period(through).position
    if role == "employee_feedback":
        return (
            f"inner join periods on periods.position = {position} "
            "and cast(answers.answered_at as date) <= periods.end_on"
        )
    return f"inner join periods on periods.period = answers.period and periods.position <= {position}"


def _one_source(study: OpenStudy, spec: LinkSpec) -> tuple[Metric, Metric] | None:
    """The metrics of driver and outcome, where both are answers to one survey on one occasion."""
    if spec.lag:
        return None
    columns = study.study.columns[spec.grain]
    known = [columns.get(c) for c in (spec.drivers[0], spec.outcome)]
    metrics = [study.study.metrics.get(k.metric) if k and k.metric else None for k in known]
    if any(m is None for m in metrics) or metrics[0].of != metrics[1].of:
        return None
    source = study.study.sources[metrics[0].of]
    is_survey = source.role in ("feedback", "employee_feedback") or source.about in ("feedback", "people")
    return (metrics[0], metrics[1]) if is_survey and source.role != "employees" else None


def _asked_together(
    study: OpenStudy, table: str, items: dict[str, str], x: str, y: str, both: int
) -> list[str]:
    counted = ", ".join(f"count({column})" for column in items.values())
    found = study.connection.execute(
        f"select {counted} from {table} where {x} is not null and {y} is not null"
    ).fetchall()[0]
    return [name for name, count in zip(items, found, strict=True) if count >= ASKED_TOGETHER * both]
