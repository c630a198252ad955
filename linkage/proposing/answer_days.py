"""Answers of which only the day is told, beside contacts of which the hour is: they count at the end of their day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from linkage.proposing.expressions import moment_sql
from linkage.proposing.parts import Mapped, Part
from linkage.proposing.proposal import SourceProposal
from linkage.tables.quoting import name_sql

LAST_SECOND = 86_399
"""Of a day, counted from its begin."""


def settle_answer_days(sources: Sequence[SourceProposal]) -> None:
    """Read the days of answers as their ends, where contacts have hours: at midnight an answer would come before the
    contact of the same day that it is about, and be left out."""
    contacts = [p for s in sources if s.role == "interactions" and not s.off for p in s.parts]
    if not any(map(_has_hours, contacts)):
        return
    for source in (s for s in sources if s.role == "feedback" and not s.off):
        for part in source.parts:
            day = part.mapped.get("answered_at")
            look = part.look(day) if day else None
            if look and look.kind == "date" and not day.sql:
                part.columns = [_ended(part, m) if m is day else m for m in part.columns]
                source.notes.append(f"{day.theirs} tells no hour: an answer counts at the end of its day.")


def _has_hours(part: Part) -> bool:
    """Whether the end of a contact, or where none is known its begin, has a time of day."""
    over = part.mapped.get("ended_at") or part.mapped.get("started_at")
    look = part.look(over) if over else None
    return look is not None and look.is_date and look.kind != "date"


def _ended(part: Part, day: Mapped) -> Mapped:
    end = f"{moment_sql(part.look(day))} + interval {LAST_SECOND} seconds"
    return replace(day, sql=f"coalesce(cast({end} as varchar), {name_sql(day.theirs)})")
