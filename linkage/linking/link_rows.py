"""The rows a declared link speaks of: its grain's table, lagged or differenced by the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.grains import KEYS, cluster_of
from linkage.periods import period_of
from linkage.study_file.declaration import ChangeBetween, Intervention, LinkSpec

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from linkage.opening import OpenStudy


def segments_of(study: OpenStudy, link: LinkSpec) -> tuple[str, ...]:
    """The columns a link is asked apart by: its own, else those of the study that its grain has."""
    columns = study.study.columns[link.grain]
    return link.segments or tuple(s for s in study.study.declared.segments if s in columns)


def link_rows_sql(study: OpenStudy, link: LinkSpec, through: str | None = None) -> str:
    """The query that makes a link's rows: one row a grain with outcome, drivers, controls and cluster.

    through : only rows whose drivers lie in this period or before it; None takes all.
    """
    if link.grain in ("interaction", "survey"):
        return _event_sql(study, link, through)
    if isinstance(link.change, ChangeBetween):
        return _between_sql(study, link, link.change)
    return _panel_sql(study, link, through)


def link_rows(study: OpenStudy, link: LinkSpec, through: str | None = None) -> pd.DataFrame:
    """The rows of a link as a table, at full precision and in a fixed order."""
    return fetch_rows(study.connection.sql(link_rows_sql(study, link, through)))


def _recorded(study: OpenStudy, link: LinkSpec) -> list[str]:
    """The columns that say when a driver was written down."""
    metrics = study.study.metrics
    return [f"{d}_recorded_at" for d in link.drivers if d in metrics and metrics[d].recorded]


def _numeric(study: OpenStudy, link: LinkSpec, column: str) -> bool:
    known = study.study.columns[link.grain].get(column)
    return known is None or known.kind in ("number", "flag")


def _cast(study: OpenStudy, link: LinkSpec, table: str, column: str) -> str:
    """Numbers as double, so that nullable whole numbers and booleans reach a regression as what they are."""
    made = study.study.declared.interventions.get(column)
    if made is not None:
        return _intervention_sql(study, link, table, made)
    name = f"{table}.{column}"
    return f"cast({name} as double)" if _numeric(study, link, column) else name


def _intervention_sql(study: OpenStudy, link: LinkSpec, table: str, made: Intervention) -> str:
    """1 in periods wholly exposed, 0 in those wholly not, missing between; period names sort like their days."""
    group = " and ".join(_is_one_of(study, link, table, c, values) for c, values in made.where.items())
    first, whole = _edges(study, made.from_, first=True)
    outside, inside = f"{table}.period < '{first}'", f"{table}.period >= '{whole}'"
    if made.until is not None:
        last, whole = _edges(study, made.until, first=False)
        outside = f"{outside} or {table}.period > '{last}'"
        inside = f"{inside} and {table}.period <= '{whole}'"
    zero, one = f"not ({group}) or {outside}", f"{group} and {inside}"
    return f"case when {zero} then 0.0::double when {one} then 1.0::double end"


def _is_one_of(study: OpenStudy, link: LinkSpec, table: str, column: str, values: tuple) -> str:
    literals = ", ".join(_literal(value, _numeric(study, link, column)) for value in values)
    return f"{_cast(study, link, table, column)} in ({literals})"


def _edges(study: OpenStudy, day: date, *, first: bool) -> tuple[str, str]:
    """The period a day lies in, and the nearest on the intervention's side of it that lies there wholly."""
    period = period_of(day, study.study.declared.period, study.study.fiscal_month)
    if day == (period.start if first else period.end):
        return str(period), str(period)
    return str(period), str(period.shift(1 if first else -1))


def is_there(study: OpenStudy, link: LinkSpec, column: str) -> bool:
    """Whether a link's table holds a column, or what it is made of: an intervention's group, the outcome's own past."""
    return bool(those_there(study, link, [column]))


def those_there(study: OpenStudy, link: LinkSpec, columns: Sequence[str]) -> list[str]:
    """The columns that are there (see is_there), asking the database once, and not for none."""
    if not columns:
        return []
    held, made = set(study.connection.table(f"link_{link.grain}").columns), study.study.declared.interventions

    def is_held(column: str) -> bool:
        if column in made:
            return held.issuperset(made[column].where)
        return column in held or column == f"{link.outcome}_now"

    return [c for c in columns if is_held(c)]


def _beside(study: OpenStudy, link: LinkSpec) -> list[str]:
    """What only the attacks on a link need: segments, negative controls, marker and alternatives."""
    taken = {
        *KEYS[link.grain],
        "period",
        cluster_of(link),
        link.weights,
        link.outcome,
        *link.drivers,
        *_controls(link),
    }
    named = dict.fromkeys([*link.beside, *segments_of(study, link)])
    return those_there(study, link, [c for c in named if c not in taken])


def _is_late(link: LinkSpec, column: str) -> bool:
    """Whether a column stands in for the outcome, and is taken when the outcome is."""
    return column in (link.negative_control.outcome, *link.alternatives.outcomes)


def _controls(link: LinkSpec) -> list[str]:
    return [c for c in link.controls if c != f"{link.outcome}_now"]


def _keep(study: OpenStudy, link: LinkSpec, table: str = "now") -> list[str]:
    """Keys, period, cluster, what the row is nested in, and recording times, each once, not casting any."""
    weights = [link.weights] if link.weights else []
    answered = ["answered_at"] if link.grain in ("interaction", "survey") and _recorded(study, link) else []
    there = study.connection.table(f"link_{link.grain}").columns
    nests = [n for n in ("unit_id", "employee_id") if n in there]
    names = [
        *KEYS[link.grain],
        "period",
        cluster_of(link),
        *nests,
        *weights,
        *answered,
        *_recorded(study, link),
    ]
    taken = {link.outcome, *link.drivers, *link.controls}
    kept = [f"{table}.{name}" for name in dict.fromkeys(names) if name not in taken]
    return [_each_its_own(link, table) if name == f"{table}.customer_id" else name for name in kept]


UNNAMED = "unnamed "
"""What the cluster of a row that names no customer begins with; its own key follows."""


def unnamed_rows(rows: pd.DataFrame, link: LinkSpec) -> int:
    """How many rows name no customer: each is a cluster of its own, and none of them is a known customer."""
    if link.grain not in ("interaction", "survey") or link.cluster:
        return 0
    key, cluster = KEYS[link.grain][0], cluster_of(link)
    if not {key, cluster} <= set(rows):
        return 0
    return int((rows[cluster].astype(str) == UNNAMED + rows[key].astype(str)).sum())


def each_once(rows: pd.DataFrame, link: LinkSpec) -> bool:
    """Whether the periods of a table are one a customer, employee or unit, who can then be counted themselves."""
    if not link.grain.endswith("_period"):
        return False
    key = KEYS[link.grain][0]
    return key in rows and bool(rows[key].is_unique)


def _each_its_own(link: LinkSpec, table: str) -> str:
    """The customer; an answer or contact that names none stands for itself, or it would be lost with its cluster."""
    if link.grain not in ("interaction", "survey") or link.cluster:
        return f"{table}.customer_id"
    return f"coalesce({table}.customer_id, '{UNNAMED}' || {table}.{KEYS[link.grain][0]}) as customer_id"


def _where(study: OpenStudy, link: LinkSpec, table: str = "now") -> list[str]:
    return [
        f"{_cast(study, link, table, column)} = {_literal(value, _numeric(study, link, column))}"
        for column, value in link.where.items()
    ]


def _literal(value: object, numeric: bool) -> str:
    """A value of study.yml in the type of its column: a wave written 2 is the text '2' where waves are texts."""
    return repr(float(value)) if numeric else "'" + str(value).replace("'", "''") + "'"


def _through(study: OpenStudy, through: str | None) -> list[str]:
    return [f"calendar.position <= {study.study.period(through).position}"] if through else []


def _filter(conditions: list[str]) -> str:
    return f"\nwhere {' and '.join(conditions)}" if conditions else ""


def _select(parts: list[str]) -> str:
    return "select\n    " + ",\n    ".join(parts)


def _event_sql(study: OpenStudy, link: LinkSpec, through: str | None) -> str:
    asked = dict.fromkeys([link.outcome, *link.drivers, *_controls(link), *_beside(study, link)])
    parts = _keep(study, link) + [f"{_cast(study, link, 'now', c)} as {c}" for c in asked]
    return (
        f"{_select(parts)}\nfrom link_{link.grain} as now\n"
        "inner join periods as calendar on calendar.period = now.period"
        f"{_filter([*_through(study, through), *_where(study, link)])}\n"
        f"order by {', '.join(f'now.{k}' for k in KEYS[link.grain])}"
    )


def _panel_sql(study: OpenStudy, link: LinkSpec, through: str | None) -> str:
    """Drivers in a period, outcome `lag` periods later; with `change`, both against `change` periods before."""
    keys, change = KEYS[link.grain], link.change
    table = f"link_{link.grain}"
    parts = _keep(study, link)
    if change is None:
        parts += [f"{_cast(study, link, 'now', d)} as {d}" for d in link.drivers]
        parts += [f"{_cast(study, link, 'later', link.outcome)} as {link.outcome}"]
        parts += [f"{_cast(study, link, 'now', c)} as {c}" for c in _controls(link)]
        if f"{link.outcome}_now" in link.controls:
            parts += [f"{_cast(study, link, 'now', link.outcome)} as {link.outcome}_now"]
        for c in _beside(study, link):
            parts += [f"{_cast(study, link, 'later' if _is_late(link, c) else 'now', c)} as {c}"]
        needed = {"later": link.lag}
    else:
        parts += [f"{_difference(study, link, d, 'now', 'start')} as {d}" for d in link.drivers]
        parts += [f"{_difference(study, link, link.outcome, 'later', 'base')} as {link.outcome}"]
        parts += [f"{_cast(study, link, 'start', c)} as {c}" for c in _controls(link)]
        if f"{link.outcome}_now" in link.controls:
            parts += [f"{_cast(study, link, 'start', link.outcome)} as {link.outcome}_now"]
        parts += _changes_beside(study, link)
        needed = {"later": link.lag, "start": -change, "base": link.lag - change}
    joins = "".join(shifted_sql(table, keys, name, shift) for name, shift in needed.items())
    return (
        f"{_select(parts)}\nfrom {table} as now\ninner join periods as calendar on calendar.period = now.period"
        f"{joins}{_filter([*_through(study, through), *_where(study, link)])}\n"
        f"order by {', '.join(f'now.{k}' for k in keys)}, now.period"
    )


def shifted_sql(table: str, keys: tuple[str, ...], name: str, shift: int) -> str:
    """A left join with the row of the same key `shift` periods on, found by the calendar."""
    same = " and ".join(f"{name}.{k} = now.{k}" for k in keys)
    return (
        f"\nleft join periods as {name}_period on {name}_period.position = calendar.position + {shift}"
        f"\nleft join {table} as {name} on {same} and {name}.period = {name}_period.period"
    )


def _difference(study: OpenStudy, link: LinkSpec, column: str, end: str, start: str) -> str:
    return f"{_cast(study, link, end, column)} - {_cast(study, link, start, column)}"


def _changes_beside(study: OpenStudy, link: LinkSpec) -> list[str]:
    """Stand-ins for outcome and driver as changes, like what they stand for; the rest as it stood at the start."""
    parts = []
    for c in _beside(study, link):
        if _is_late(link, c):
            made = _difference(study, link, c, "later", "base")
        elif c == link.negative_control.driver:
            made = _difference(study, link, c, "now", "start")
        else:
            made = _cast(study, link, "start", c)
        parts.append(f"{made} as {c}")
    return parts


def _between_sql(study: OpenStudy, link: LinkSpec, change: ChangeBetween) -> str:
    """The change between two named periods; controls as they stood at the drivers' first."""
    keys, table = KEYS[link.grain], f"link_{link.grain}"
    parts = _keep(study, link, "now")
    parts += [f"{_difference(study, link, d, 'now', 'start')} as {d}" for d in link.drivers]
    parts += [f"{_difference(study, link, link.outcome, 'later', 'base')} as {link.outcome}"]
    parts += [f"{_cast(study, link, 'start', c)} as {c}" for c in _controls(link)]
    if f"{link.outcome}_now" in link.controls:
        parts += [f"{_cast(study, link, 'base', link.outcome)} as {link.outcome}_now"]
    parts += _changes_beside(study, link)
    periods = {"start": change.drivers[0], "later": change.outcome[1], "base": change.outcome[0]}
    joins = "".join(
        f"\nleft join {table} as {name} on {' and '.join(f'{name}.{k} = now.{k}' for k in keys)} "
        f"and {name}.period = '{study.study.period(period)}'"
        for name, period in periods.items()
    )
    last = f"now.period = '{study.study.period(change.drivers[1])}'"
    return (
        f"{_select(parts)}\nfrom {table} as now{joins}{_filter([last, *_where(study, link)])}\n"
        f"order by {', '.join(f'now.{k}' for k in keys)}"
    )
