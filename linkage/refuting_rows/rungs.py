"""The rows a link's ladder needs beyond its own: levels, the outcome a period later, what a draw left alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.errors import LinkageError
from linkage.fetching import fetch_rows
from linkage.grains import CLUSTERS, KEYS
from linkage.linking.clock import SAME, clock_of
from linkage.linking.link_rows import link_rows_sql, those_there
from linkage.rungs.designs import GROUP
from linkage.rungs.known_before import known_before
from linkage.rungs.result import Orders
from linkage.study_file.declaration import Alternatives, ChangeBetween, LinkSpec

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy
    from linkage.study import Study


def rung_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """The rows of a link in levels, one row a grain: outcome (`lag` periods later), drivers, controls, key, period.

    Besides: `<outcome>_now` where the link has a lag, `<outcome>_next` (one period later, none after `through`) where
    it has none; for a draw the columns known before it, with the rows that lack the outcome; for an intervention
    `intervention_group`, the groups its declaration tells apart. A change between two named periods gives two rows.
    None where the link's own rows say as much, and for a change that this report is too early for.
    """
    if isinstance(spec.change, ChangeBetween):
        if study.study.period(spec.change.drivers[1]) > study.study.period(through):
            return None
        return fetch_rows(study.connection.sql(_two_periods_sql(study, spec, spec.change)))
    extra = _extra(study, spec)
    if spec.design == "observed" and not extra and _says_as_much(study, spec):
        return None
    levels = link_rows_sql(study, _in_levels(spec, extra), through)
    return fetch_rows(study.connection.sql(_with_next_sql(study, spec, levels, through)))


def orders_of(study: Study, spec: LinkSpec) -> Orders:
    """What comes first in each way to compare a link: its levels, its changes, and its outcome one period later."""
    if spec.grain in ("interaction", "survey"):
        return Orders(levels=clock_of(study, spec).order)
    levels = spec.model_copy(update={"change": None})
    changed = spec if spec.change is not None else spec.model_copy(update={"change": 1})
    later = levels.model_copy(update={"lag": spec.lag or 1})
    return Orders(*(_order(study, asked) for asked in (levels, changed, later)))


def _order(study: Study, spec: LinkSpec) -> str:
    try:
        return clock_of(study, spec).order
    except LinkageError:  # an order that would be refused is none to lean on
        return SAME


def _says_as_much(study: OpenStudy, spec: LinkSpec) -> bool:
    """Whether the link's own rows are the ladder's: nothing is followed, or nothing about the driver ever changes."""
    columns = study.study.columns[spec.grain]
    fixed = all(d in columns and columns[d].moment == "fixed" for d in spec.drivers)
    return not spec.grain.endswith("_period") or (fixed and not spec.lag and spec.change is None)


def _extra(study: OpenStudy, spec: LinkSpec) -> tuple[str, ...]:
    """Columns the ladder needs that the link's own rows do not hold."""
    wanted = [] if spec.grain.endswith("_period") or spec.cluster is None else [CLUSTERS[spec.grain]]
    if spec.design == "randomised":
        recorded = {name for name, metric in study.study.metrics.items() if metric.recorded}
        known = known_before(study.study.columns[spec.grain], spec)
        wanted += [c for c in known if study.study.columns[spec.grain][c].metric not in recorded]
    wanted += _group(study, spec)
    return tuple(those_there(study, spec, [c for c in dict.fromkeys(wanted) if c != "period"]))


def _group(study: OpenStudy, spec: LinkSpec) -> tuple[str, ...]:
    made = study.study.declared.interventions.get(spec.drivers[0])
    return tuple(made.where) if made and spec.design == "intervention" else ()


def _in_levels(spec: LinkSpec, extra: tuple[str, ...] = ()) -> LinkSpec:
    """The same question of levels, with more columns carried along."""
    past = f"{spec.outcome}_now"
    controls = tuple(c for c in spec.controls if c != past) + ((past,) if spec.lag else ())
    beside = Alternatives(controls=(extra,)) if extra else Alternatives()
    more = {"change": None, "controls": controls, "alternatives": beside, "segments": ()}
    return spec.model_copy(update=more)


def _with_next_sql(study: OpenStudy, spec: LinkSpec, levels: str, through: str) -> str:
    """The rows that have every driver, with the next period's outcome beside them."""
    keys, position = KEYS[spec.grain], study.study.period(through).position
    parts, joins = ["rows.*"], ""
    if group := those_there(study, spec, _group(study, spec)):
        parts += [f"concat_ws(' | ', {', '.join(f'rows.{c}' for c in group)}) as {GROUP}"]
    if spec.grain.endswith("_period") and not spec.lag:
        same = " and ".join(f"ahead.{k} = rows.{k}" for k in keys)
        parts += [f"cast(ahead.{spec.outcome} as double) as {spec.outcome}_next"]
        joins = (
            "\ninner join periods as calendar on calendar.period = rows.period"
            "\nleft join periods as next_period on next_period.position = calendar.position + 1"
            f" and next_period.position <= {position}"
            f"\nleft join link_{spec.grain} as ahead on {same} and ahead.period = next_period.period"
        )
    known = [f"rows.{d} is not null" for d in spec.drivers]
    if spec.design != "randomised":
        outcomes = [spec.outcome, *([f"{spec.outcome}_now"] if spec.lag else [])]
        known.append(f"({' or '.join(f'rows.{c} is not null' for c in outcomes)})")
    order = ", ".join(f"rows.{k}" for k in dict.fromkeys([*keys, "period"]))
    return (
        f"with rows as (\n{levels}\n)\n\nselect {', '.join(parts)}\nfrom rows{joins}\n"
        f"where {' and '.join(known)}\norder by {order}"
    )


def _two_periods_sql(study: OpenStudy, spec: LinkSpec, change: ChangeBetween) -> str:
    """The levels a change between named periods starts from and ends at, one under the other."""
    parts = []
    for driven, measured in zip(change.drivers, change.outcome, strict=True):
        first, later = study.study.period(driven), study.study.period(measured)
        asked = {"lag": later.position - first.position, "where": {**spec.where, "period": str(first)}}
        levels = _in_levels(spec).model_copy(update=asked)
        parts.append(f"select *\nfrom (\n{link_rows_sql(study, levels)}\n)")
    return "\nunion all\n".join(parts) + f"\norder by {', '.join(KEYS[spec.grain])}, period"
