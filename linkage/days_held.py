"""From which day until which does each source reach, and which periods do they therefore hold whole?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from linkage.errors import PeriodError
from linkage.nouns import KEY_OF
from linkage.periods import Period, period_of
from linkage.sentences import CLUSTER_NOUNS, listed
from linkage.tables.models import model_names, template_variables
from linkage.tables.quoting import name_sql

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

MOMENTS = {
    "feedback": ("event_answer", "answered_at", "response_id"),
    "interactions": ("event_contact", "ended_at", "interaction_id"),
    "transactions": ("event_purchase", "purchased_at", "transaction_id"),
}
"""By role of what happens on a day: its table, when it happens, and the key of what it counts."""
NOUNS = {**CLUSTER_NOUNS, "response_id": "answers", "transaction_id": "purchases"}
YEARS_OF_PAUSES = 2


@dataclass(frozen=True)
class Span:
    """The days a source holds.

    noun : what its rows are called. first, last : its first and last day. pause : the longest time in days between two
    of its days, within the two years up to the last; nothing is told of the rhythm of one period alone.
    """

    noun: str
    first: date
    last: date
    pause: int | None

    def lacks(self, period: Period) -> str:
        """Which end of a period the source does not reach, in words; "" where it holds all of it, or nothing of it.

        An end no further away than the longest pause is reached: nobody works every day, and surveys come in waves.
        """
        if self.pause is None:
            return ""
        if self.first <= period.end and (self.first - period.start).days > self.pause:
            return f"{self.noun} begin on {self.first}"
        if self.last >= period.start and (period.end - self.last).days > self.pause:
            return f"{self.noun} end on {self.last}"
        return ""


def source_spans(study: OpenStudy) -> dict[str, Span]:
    """By role (feedback, interactions, transactions) the days its source holds; a source without a day is left out."""
    local = template_variables(study.study, None)["local"]
    found = {}
    for role, (table, moment, key) in MOMENTS.items():
        if study.study.source_of(role) is None:
            continue
        day = f"cast({local(name_sql(moment))} as date)"
        first, last, pause = study.connection.execute(
            f"with days as (select distinct {day} as on_day from {table} where {moment} is not null),\n"
            f"ends as (select min(on_day) as first, max(on_day) as last from days),\n"
            f"pauses as (select on_day - lag(on_day) over (order by on_day) as days from days\n"
            f"    where on_day >= (select last from ends) - interval {YEARS_OF_PAUSES} years)\n"
            "select first, last, (select max(days) from pauses) from ends"
        ).fetchall()[0]
        if last is not None:
            known = None if _one_period(study, first, last) else pause
            found[role] = Span(_noun(study, key), first, last, known)
    return found


def _one_period(study: OpenStudy, first: date, last: date) -> bool:
    kind, starts = study.study.declared.period, study.study.fiscal_month
    return period_of(first, kind, starts) == period_of(last, kind, starts)


def _noun(study: OpenStudy, key: str) -> str:
    declared = study.study.declared.nouns.by_key() if key in KEY_OF.values() else {}
    return declared[key][1] if key in declared else NOUNS[key]


def part_words(study: OpenStudy, period: object, roles: Iterable[str] = tuple(MOMENTS)) -> str:
    """Why a period is there only in part in some of these sources, which end on which day; "" where it is whole."""
    asked, spans = study.study.period(period), study.spans
    return listed([words for role in roles if role in spans and (words := spans[role].lacks(asked))])


def in_part(study: OpenStudy, metric: str, *periods: object) -> str:
    """Why periods of a published figure are not to be compared: which is there only in part in what it counts."""
    roles = roles_behind(study, metric)
    for period in filter(None, periods):
        words = part_words(study, period, roles)
        if words:
            return f"{period} is there only in part: {words}"
    return ""


def roles_behind(study: OpenStudy, metric: str) -> tuple[str, ...]:
    """The roles of the sources that a published figure counts: of its metric, or of its KPI's SQL model."""
    if metric in study.study.metrics:
        return (study.study.sources[study.study.metrics[metric].of].role,)
    from linkage.kpis.definitions import KPIS

    model = next((k.model for k in KPIS if f"kpi_{k.name}" == metric), None)
    read = _tables_behind(study, model) if model else set()
    return tuple(role for role, (table, *_) in MOMENTS.items() if table in read)


def _tables_behind(study: OpenStudy, model: str) -> set[str]:
    """The tables a KPI's model counts as it really ran, itself or through another KPI's."""
    sql = "\n".join(line for line in study.model_sql(model).splitlines() if not line.startswith("--"))
    read = set(re.findall(r"\b(?:event|kpi)_\w+", sql))
    return read.union(*(_tables_behind(study, other) for other in read & set(model_names())))


def last_complete_period(study: OpenStudy) -> str:
    """The last period all of whose outcome windows have closed, and all of whose days lie within its sources.

    Where no source holds all of any period, windows alone decide. Raises PeriodError where none has closed.
    """
    closed_on = _windows_close_before(study)
    closed = [p for p in study.periods if closed_on is None or study.study.period(p).end <= closed_on]
    if not closed:
        raise PeriodError(
            f"{study.name}: no period is complete: the data hold {', '.join(study.periods) or 'no dated row'}, "
            "and each still waits for its outcome window. Name a period, or shorten windows.after."
        )
    return next((p for p in reversed(closed) if not part_words(study, p)), closed[-1])


def open_windows(study: OpenStudy, period: object) -> str:
    """Which outcome windows of a period's answers are still open, and why; "" where none is."""
    closed_on = _windows_close_before(study)
    if closed_on is None or study.study.period(period).end <= closed_on:
        return ""
    days, purchases = study.study.declared.windows.after, study.spans["transactions"]
    return (
        f"What comes in the {days} days after an answer is known for answers until {closed_on} only: "
        f"{purchases.noun} end on {purchases.last}."
    )


def _windows_close_before(study: OpenStudy) -> date | None:
    """The last day whose answers have their whole outcome window in the data; None where no link looks ahead."""
    looks_ahead = any(link.outcome.endswith("_after") for link in study.study.links.values())
    if not looks_ahead or "transactions" not in study.spans:
        return None
    return study.spans["transactions"].last - timedelta(days=study.study.declared.windows.after)
