"""A list of customers and nothing else: what it says of the day it was taken, as answers, money and departures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from linkage.proposing.expressions import moment_sql, value_sql
from linkage.proposing.intake import Intake
from linkage.proposing.meaning import names_a_tenure
from linkage.proposing.measured import MetricGuess, metrics_for
from linkage.proposing.measures import FEEDBACK, MONEY
from linkage.proposing.names import words_of
from linkage.proposing.parts import Mapped, Part
from linkage.proposing.proposal import SourceProposal

BATTERY = 4
"""So many columns of one scale are questions of a survey, whatever they are called."""

YEARS_AT_MOST = 12
"""A tenure that ends here or earlier is taken for years, where its name does not say months."""


def add_snapshot(intake: Intake, sources: Sequence[SourceProposal]) -> list[SourceProposal]:
    """Sources made of a register that stands alone; the register itself gets the days customers came and left.

    The day is the last the list itself tells, else the end of the month before the file was written; it stands in the
    selects, to be corrected. Nothing is made where there are events, or the list says neither who left nor an answer.
    """
    live = [s for s in sources if not s.off]
    if [s.role for s in live] != ["customers"] or len(live[0].parts) > 1 or live[0].parts[0].own_key:
        return []
    source, part = live[0], live[0].parts[0]
    answers = _answers(part)
    gone = next((m for m in part.metrics if m.measure == "churn" and m.kind == "flag"), None)
    if part.facts.table.select or not (answers or gone or "left_on" in part.mapped):
        return []
    day = _day(intake, part)
    _came_and_left(part, gone, day)
    made = [_events(part, "feedback", "answered_at", answers, day)] if answers else []
    money = _monthly(part)
    made += [_events(part, "transactions", "purchased_at", [money], day)] if money else []
    moved = {m.theirs for s in made for m in s.parts[0].metrics} | ({gone.theirs} if gone else set())
    part.metrics = [m for m in part.metrics if m.theirs not in moved]
    source.doubts.append(
        f"the file is a list of customers on one day, and does not say which: {day} was taken (change it in sources/)"
    )
    source.doubts.append("one day shows who differs from whom, and not what followed on what")
    return made


def _answers(part: Part) -> list[MetricGuess]:
    """What customers answered: by name, and beside it whole batteries of like scales."""
    asked = [m for m in metrics_for(part.facts, "feedback", {c.theirs for c in part.columns}) if m.sure]
    named = [m for m in asked if m.measure and m.family == FEEDBACK and (m.scale or m.kind == "flag")]
    others = [m for m in asked if not m.measure and m.scale and m.theirs in part.facts.answers()]
    tops = Counter(m.scale.high for m in others)
    return [*named, *(m for m in others if named and tops[m.scale.high] >= BATTERY)]


def _day(intake: Intake, part: Part) -> date:
    dated = [m for m in part.columns if (look := part.look(m)) and look.is_date]
    if dated:
        moments = ", ".join(f"max({moment_sql(part.look(m))})" for m in dated)
        found = intake.rows(f"select greatest({moments}) from {part.facts.table.view}")[0][0]
        return found.date() if isinstance(found, datetime) else found
    written = datetime.fromtimestamp(part.facts.table.first.path.stat().st_mtime).date()
    return written.replace(day=1) - timedelta(days=1)


def _came_and_left(part: Part, gone: MetricGuess | None, day: date) -> None:
    """Days made of how long somebody has been here, and of whether they left."""
    signs = part.facts.looks.signs
    lasted = next(
        (c for n, c in part.facts.columns.items() if names_a_tenure(n) and c.kind in ("whole", "number")),
        None,
    )
    if lasted and "joined_on" not in part.mapped:
        years = lasted.high <= YEARS_AT_MOST and not {"month", "months", "monate", "meses", "mois"} & set(
            words_of(lasted.name)
        )
        months = f"cast(round({value_sql(lasted, signs)}{' * 12' if years else ''}) as integer)"
        why = f"{lasted.name} in {'years' if years else 'months'}, counted back from {day}"
        part.columns.append(
            Mapped("joined_on", lasted.name, why, f"cast(date '{day}' - to_months({months}) as date)")
        )
        part.metrics = [m for m in part.metrics if m.theirs != lasted.name]
        part.left = [(n, w) for n, w in part.left if n != lasted.name]
    if gone and "left_on" not in part.mapped:
        left = f"case when {value_sql(part.facts.columns[gone.theirs], signs)} = 1 then date '{day}' end"
        part.columns.append(Mapped("left_on", gone.theirs, f"who left, by {day}", left))


def _monthly(part: Part) -> MetricGuess | None:
    """What a customer pays a month, rather than what they paid altogether."""
    paid = [m for m in part.metrics if m.sure and m.family == MONEY and m.measure == "revenue"]
    words = {"monthly", "month", "mrr", "monatlich", "monat", "mensual", "mensal", "mensuel"}
    return next((m for m in paid if words & set(words_of(m.theirs))), paid[0] if paid else None)


def _events(part: Part, role: str, when: str, metrics: list[MetricGuess], day: date) -> SourceProposal:
    """One row a customer, on the day of the list."""
    key = part.mapped["customer_id"].theirs
    own = {"feedback": "response_id", "transactions": "transaction_id"}[role]
    columns = [
        Mapped(own, key),
        Mapped("customer_id", key),
        Mapped(when, "", "the day of the list", f"date '{day}'"),
    ]
    twin = Part(part.facts, role, columns, [replace(m) for m in metrics])
    said = ", ".join(m.theirs for m in metrics)
    return SourceProposal(
        role,
        role,
        [twin],
        (f"each row of the list holds {said}",),
        only_answered=True,
        one_day=True,
    )
