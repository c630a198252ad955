"""The rhythm of a study: the period it reports by, and how long its windows can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from linkage.proposing.expressions import MONTHS_IN, moment_sql
from linkage.proposing.intake import Intake
from linkage.proposing.proposal import SourceProposal

TIMES = {"feedback": "answered_at", "transactions": "purchased_at", "interactions": "ended_at"}


def settle_period(intake: Intake, sources: Sequence[SourceProposal]) -> tuple[str, list[str]]:
    """The kind of period, and why: the one the tables of units and periods have, else one the dates are enough for.

    Tables with longer periods than it cannot be joined to it, and are marked off.
    """
    panels = [s for s in sources if s.role == "unit_periods" and not s.off]
    kinds = {s.name: look.spelling.kind for s in panels if (look := s.look_of("period")) and look.spelling}
    if not kinds:
        if any(s.one_day for s in sources):
            return "month", ["the list is of one day"]
        days = span_days(intake, sources)
        kind = "quarter" if days is None or days >= 540 else "month"
        for source in panels:
            source.kind = kind
        return kind, [f"the dates span {days:,} days"] if days is not None else []
    counted = Counter(kinds.values())
    kind = max(counted, key=lambda k: (counted[k], MONTHS_IN[k]))
    for source in panels:
        source.kind = kind
        own = kinds.get(source.name)
        if own and MONTHS_IN[own] > MONTHS_IN[kind]:
            source.off = f"its periods are {own}s and the study's {kind}s; to use it, set period: {own}"
    return kind, [f"{', '.join(n for n, k in kinds.items() if k == kind)} come by the {kind}"]


def span_days(intake: Intake, sources: Sequence[SourceProposal]) -> int | None:
    """Days from the first to the last event of the sources that have any; the shortest of them."""
    spans = []
    for source in sources:
        if source.off or source.role not in (*TIMES, "unit_periods"):
            continue
        names = [TIMES.get(source.role, "period_on"), "started_at"]
        looks = [look for n in names if (look := source.look_of(n)) and look.is_date]
        if looks:
            spans.append(_span(intake, source, looks[0]))
    known = [s for s in spans if s is not None]
    return min(known) if known else None


def _span(intake: Intake, source: SourceProposal, look) -> int | None:
    found: list[datetime] = []
    for part in source.parts:
        if look.name in part.facts.columns:
            moment = moment_sql(part.facts.columns[look.name])
            first, last = intake.rows(f"select min({moment}), max({moment}) from {part.facts.table.view}")[0]
            found += [first, last] if first else []
    return (max(found) - min(found)).days if found else None


def window_days(intake: Intake, sources: Sequence[SourceProposal]) -> int:
    """How many days an answer may look back and ahead: a quarter, or a month where the dates are few."""
    days = span_days(intake, [s for s in sources if s.role in ("feedback", "transactions")])
    return 90 if days is None or days >= 365 else 30
