"""The driver's next value after an outcome's window has closed, and the outcome at other lags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.grains import KEYS
from linkage.limits.designs import LATE_LEADS_SHARE, LEAD_REACH, LONG_ENOUGH
from linkage.linking.clock import AFTER, clock_of
from linkage.study_file.declaration import ChangeBetween, LinkSpec
from linkage.tables.steady_sums import steady_mean

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy

LAGS = range(-2, 5)


def lead_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """Keys, `lead` (the main driver's next value), `level` and `level_root` (the outcome's own level), `past`.

    At grains with periods the lead is the first value from the period after the outcome's on, at most LEAD_REACH
    periods further; for a change, the first change that begins when the outcome's has ended. For surveys it is the
    same customer's next answer after the outcome's window has closed, and the level that of the customer's periods.
    `past` is the outcome at the driver's own period, or before the answer; it comes where leads come later after the
    outcome than the outcome after the driver.
    None for interactions, for links measured at the same time (what follows tells nothing there), for a change
    between named periods, and for a driver that is a category or does not change with time.
    """
    driver = study.study.columns[spec.grain].get(spec.drivers[0])
    if spec.grain == "interaction" or isinstance(spec.change, ChangeBetween) or driver is None:
        return None
    if clock_of(study.study, spec).order != AFTER or driver.kind not in ("number", "flag"):
        return None
    if driver.moment == "fixed":
        return None
    sql = _survey_sql(study, spec) if spec.grain == "survey" else _panel_sql(spec)
    frame = fetch_rows(study.connection.sql(sql.format(through=study.study.period(through).position)))
    if "wait" in frame:
        late = (frame["wait"] > max(spec.lag, 1)).mean() > LATE_LEADS_SHARE
        frame = frame.drop(columns=["wait"] if late and spec.change is None else ["wait", "past"])
    return frame


def _panel_sql(spec: LinkSpec) -> str:
    keys, table = KEYS[spec.grain], f"link_{spec.grain}"
    first = spec.lag + (spec.change or 1)
    same = " and ".join(f"{{0}}.{k} = {{1}}.{k}" for k in keys)
    value, start = f"cast(now.{spec.drivers[0]} as double)", ""
    if spec.change is not None:
        value += f" - cast(start.{spec.drivers[0]} as double)"
        start = (
            f"inner join periods as began on began.position = calendar.position - {spec.change}\n"
            f"    inner join {table} as start on {same.format('start', 'now')} and start.period = began.period"
        )
    return f"""
with measured as (
    select {", ".join(f"now.{k}" for k in keys)}, calendar.position, {value} as value
    from {table} as now
    inner join periods as calendar on calendar.period = now.period
    {start}
),
{_levels(keys, table, spec)},
ahead as (
    select
        {", ".join(f"now.{k}" for k in keys)}, now.period,
        arg_min(later.value, later.position) as lead,
        min(later.position) - any_value(calendar.position) - {spec.lag} as wait,
        any_value(cast(now.{spec.outcome} as double)) as past
    from {table} as now
    inner join periods as calendar on calendar.period = now.period and calendar.position <= {{through}}
    inner join measured as later on {same.format("later", "now")}
        and later.position >= calendar.position + {first}
        and later.position < calendar.position + {first + LEAD_REACH}
        and later.value is not null
    where now.{spec.drivers[0]} is not null
    group by all
)
select ahead.*, levels.level, levels.level_root
from ahead
left join levels on {same.format("levels", "ahead")}
order by {", ".join(f"ahead.{k}" for k in keys)}, ahead.period"""


def _levels(keys: tuple[str, ...], table: str, spec: LinkSpec) -> str:
    """The mean of the outcome over all periods of each key, where they are enough to tell it from one value."""
    if spec.change is not None:  # a change holds each one's own level fixed already
        body = f"select {', '.join(keys)}, null::double as level, null::double as level_root from {table} limit 0"
    else:
        body = _level_select(keys, table, spec.outcome)
    return f"levels as (\n    {body}\n)"


def _level_select(keys: tuple[str, ...], table: str, outcome: str) -> str:
    value = f"cast({outcome} as double)"
    root = f"sqrt(greatest({value}, 0))"
    return (
        f"select {', '.join(keys)}, {steady_mean(value)} as level, {steady_mean(root)} as level_root\n"
        f"    from {table} where {outcome} is not null\n"
        f"    group by {', '.join(keys)} having count(*) >= {LONG_ENOUGH}"
    )


def _survey_sql(study: OpenStudy, spec: LinkSpec) -> str:
    windows = study.study.declared.windows
    driver = study.study.columns["survey"][spec.drivers[0]]
    wait = windows.after + (windows.before if driver.moment == "before" else 0)
    metric = spec.outcome.removesuffix("_after")
    before = f"{metric}_before"
    past = ""
    if before in study.study.columns["survey"] and before not in spec.controls:
        past = f"any_value(cast(now.{before} as double)) as past,"
    levels = "select null::varchar as customer_id, null::double as level, null::double as level_root limit 0"
    if metric in study.study.columns["customer_period"] and "link_customer_period" in study.tables:
        levels = _level_select(("customer_id",), "link_customer_period", metric)
    return f"""
with levels as (
    {levels}
),
ahead as (
    select
        now.response_id, now.customer_id, {past}
        arg_min(cast(later.{driver.name} as double), (later.answered_at, later.response_id)) as lead
    from link_survey as now
    inner join periods as calendar on calendar.period = now.period and calendar.position <= {{through}}
    inner join link_survey as later on later.customer_id = now.customer_id
        and later.answered_at > now.answered_at + interval {wait} days and later.{driver.name} is not null
    where now.{driver.name} is not null
    group by all
)
select ahead.* exclude (customer_id), levels.level, levels.level_root
from ahead
left join levels on levels.customer_id = ahead.customer_id
order by ahead.response_id"""


def lag_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """Keys and the outcome at lags -2 to 4 of the driver's period, or of the change that ends there.

    None for grains without periods and for a change between named periods.
    """
    if spec.grain not in ("customer_period", "employee_period", "unit_period"):
        return None
    if isinstance(spec.change, ChangeBetween):
        return None
    lags = [*LAGS, *([spec.lag] if spec.lag not in LAGS else [])]
    return fetch_rows(study.connection.sql(_lags_sql(spec, lags, study.study.period(through).position)))


def _lags_sql(spec: LinkSpec, lags: list[int], through: int) -> str:
    """Each row met once with all of its key's outcomes within reach, of which each lag takes its own."""
    keys, table, change = KEYS[spec.grain], f"link_{spec.grain}", spec.change or 0
    same = " and ".join(f"near.{k} = now.{k}" for k in keys)
    named = ", ".join([*(f"now.{k}" for k in keys), "now.period"])
    parts = [f'{_outcome_at(lag, spec.change)} as "lag {lag}"' for lag in lags]
    return f"""
with outcomes as (
    select {", ".join(keys)}, periods.position, cast({spec.outcome} as double) as value
    from {table}
    inner join periods on periods.period = {table}.period
)
select {named}, {", ".join(parts)}
from {table} as now
inner join periods as calendar on calendar.period = now.period and calendar.position <= {through}
left join outcomes as near on {same}
    and near.position between calendar.position + {min(lags) - change} and calendar.position + {max(lags)}
where now.{spec.drivers[0]} is not null
group by {named}
order by {named}"""


def _outcome_at(lag: int, change: int | None) -> str:
    """The outcome so many periods on, which is one value; with `change`, less that so many periods before."""
    value = f"any_value(near.value) filter (where near.position = calendar.position + {lag})"
    return value if change is None else f"{value} - {_outcome_at(lag - change, None)}"
