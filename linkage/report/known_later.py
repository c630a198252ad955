"""Which answers rest on outcomes that came only after the report's period had ended?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.linking.link_rows import link_rows_sql
from linkage.study_file.declaration import ChangeBetween, LinkSpec

if TYPE_CHECKING:
    from linkage.opening import OpenStudy


@dataclass(frozen=True)
class LaterOutcomes:
    """The rows of one link whose outcome lies after the end of a period.

    later, used : rows, of those that have outcome, drivers and controls. until : the last period such an outcome is of.
    """

    link: str
    later: int
    used: int
    until: str


def later_outcomes(study: OpenStudy, period: str, links: Iterable[str]) -> list[LaterOutcomes]:
    """Of each link the rows whose outcome nobody could know when the period ended; links without any are left out."""
    found = [_counted(study, study.study.links[name], period) for name in links]
    return [row for row in found if row.later]


def _counted(study: OpenStudy, spec: LinkSpec, period: str) -> LaterOutcomes:
    """Counts in DuckDB: a link may have millions of rows."""
    needed = " and ".join(f"linked.{c} is not null" for c in (spec.outcome, *spec.drivers, *spec.controls))
    place, beside = _outcome_place(study, spec)
    end = study.study.period(period).position
    later, used, last = study.connection.execute(
        f"select count(*) filter (where {place} > {end}), count(*), max({place})\n"
        f"from ({link_rows_sql(study, spec, period)}) as linked\n"
        f"inner join periods as calendar on calendar.period = linked.period{beside}\nwhere {needed}"
    ).fetchall()[0]
    until = study.study.period(period).shift(last - end) if later else ""
    return LaterOutcomes(spec.name, later, used, str(until))


def _outcome_place(study: OpenStudy, spec: LinkSpec) -> tuple[str, str]:
    """The place in the calendar of the period in which a row's outcome is complete, and what else that needs."""
    if isinstance(spec.change, ChangeBetween):
        return str(study.study.period(spec.change.outcome[1]).position), ""
    column = study.study.columns[spec.grain].get(spec.outcome)
    if spec.grain != "survey" or column is None or column.moment != "after":
        return f"(calendar.position + {spec.lag})", ""
    days = study.study.declared.windows.after
    closes = f"cast(answers.answered_at as date) + {days}"
    return (
        "coalesce(closing.position, calendar.position + 1)",
        "\ninner join link_survey as answers on answers.response_id = linked.response_id"
        f"\nleft join periods as closing on {closes} between closing.start_on and closing.end_on",
    )
