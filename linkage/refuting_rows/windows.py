"""A link's own columns measured in another window: half and twice the days, or a lag earlier and later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.grains import KEYS
from linkage.refuting_rows.calendar import rows_by_calendar
from linkage.study_file.declaration import LinkSpec, Metric
from linkage.tables.adding_up import is_unread, unread_metrics
from linkage.tables.steady_sums import steady_mean, steady_sum

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy

FACTORS = (0.5, 2)


def window_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """Keys and columns named `column|window`.

    Surveys: money before and after the answer over half and twice the declared days, null where the data do not cover
    the window. Grains with periods, without `change`: the outcome one lag earlier (not before lag 0) and one later.
    None where the link has no such column.
    """
    if spec.grain == "survey":
        return _money(study, spec, through)
    if spec.grain == "interaction" or spec.change is not None:
        return None
    return _lags(study, spec, through)


def _money(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    source = study.study.source_of("transactions")
    metrics = {m.name: m for m in study.study.metrics_of(source.name)} if source else {}
    asked = [
        (column, metrics[column.rpartition("_")[0]], column.rpartition("_")[2])
        for column in dict.fromkeys([spec.outcome, spec.drivers[0], *spec.controls])
        if column.rpartition("_")[0] in metrics and column.rpartition("_")[2] in ("before", "after")
    ]
    if not asked:
        return None
    windows = study.study.declared.windows
    days = {"before": windows.before, "after": windows.after}
    unread = unread_metrics(study.connection, study.study)
    parts = [_figure(*column, round(days[column[2]] * f), f, unread) for column in asked for f in FACTORS]
    reach = max(days.values()) * 2
    return fetch_rows(
        study.connection.sql(f"""
with span as (
    select min(purchased_at) as first_at, max(purchased_at) as last_at from event_purchase
)
select
    answers.response_id,
    {", ".join(parts)}
from link_survey as answers
inner join periods as calendar on calendar.period = answers.period
cross join span
left join event_purchase as purchases on purchases.customer_id = answers.customer_id
    and purchases.purchased_at > answers.answered_at - interval {reach} days
    and purchases.purchased_at <= answers.answered_at + interval {reach} days
where calendar.position <= {study.study.period(through).position}
    and answers.{spec.drivers[0]} is not null and answers.customer_id is not null
group by answers.response_id
order by answers.response_id""")
    )


def _figure(
    column: str, metric: Metric, moment: str, days: int, factor: float, unread: frozenset[str]
) -> str:
    """The metric over so many days before or after the answer; null where the data begin or end within, or where a
    value of a sum could not be read."""
    answered = "answers.answered_at"
    if moment == "before":
        inside = f"purchases.purchased_at <= {answered} and purchases.purchased_at > {answered} - interval {days} days"
        known = f"any_value({answered}) - interval {days} days >= any_value(span.first_at)"
    else:
        inside = f"purchases.purchased_at > {answered} and purchases.purchased_at <= {answered} + interval {days} days"
        known = f"any_value({answered}) + interval {days} days <= any_value(span.last_at)"
    value, is_sum = f"cast(purchases.{metric.name} as double)", metric.aggregate == "sum"
    made = f"{steady_sum(value) if is_sum else steady_mean(value)} filter (where {inside})"
    if is_sum and metric.name in unread:
        known += (
            f" and not coalesce(bool_or(purchases.{is_unread(metric.name)}) filter (where {inside}), false)"
        )
    words = "half the days" if factor < 1 else "twice the days"
    return f'case when {known} then {f"coalesce({made}, 0)" if is_sum else made} end as "{column}|{words}"'


def _lags(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame:
    keys, table = KEYS[spec.grain], f"link_{spec.grain}"
    parts, joins = [], ""
    for lag in (spec.lag - 1, spec.lag + 1):
        # At lag 0 the outcome's own present cannot be held fixed: it is the outcome.
        if lag < 0 or (lag == 0 and f"{spec.outcome}_now" in spec.controls):
            continue
        same = " and ".join(f"at_{lag}.{k} = now.{k}" for k in keys)
        parts.append(f'cast(at_{lag}.{spec.outcome} as double) as "{spec.outcome}|lag {lag}"')
        joins += (
            f"\nleft join periods as on_{lag} on on_{lag}.position = calendar.position + {lag}"
            f"\nleft join {table} as at_{lag} on {same} and at_{lag}.period = on_{lag}.period"
        )
    return rows_by_calendar(study, spec, through, columns=parts, joins=joins)
