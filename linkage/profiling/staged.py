"""A study's staging tables as the profile looks at them: columns, keys, times, and days on the study's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.sources.spans import Clock
from linkage.study_file.declaration import ROLES
from linkage.tables.quoting import name_sql

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study import Column

EVENT_TIMES = {
    "feedback": ("answered_at",),
    "interactions": ("ended_at", "started_at"),
    "transactions": ("purchased_at",),
    "employee_feedback": ("answered_at",),
    "trainings": ("completed_on",),
    "invitations": ("invited_at",),
}
"""By role, the columns that say when a row happened, the first that is filled; other roles hold what lasts."""


@dataclass(frozen=True)
class Staged:
    """One staging table. keys : the columns that tell its rows apart. columns : those staging makes."""

    source: str
    role: str
    table: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    clock: Clock

    def has(self, *names: str) -> bool:
        there = {c.name for c in self.columns}
        return all(name in there for name in names)

    @property
    def key_sql(self) -> str:
        """A row's key as one text, for whoever may see the data."""
        return " || ' ' || ".join(f"cast({name_sql(k)} as varchar)" for k in self.keys)

    @property
    def happened_sql(self) -> str | None:
        """The day a row happened; None where its rows stand for what lasts, such as a customer."""
        times = EVENT_TIMES.get(self.role)
        if not times:
            return None
        moment = self.clock.local(f"coalesce({', '.join(times)})")
        return f"cast({moment} as date)"

    def day_sql(self, column: Column) -> str:
        """The day a date or time lies on."""
        name = name_sql(column.name)
        return name if column.kind == "date" else f"cast({self.clock.local(name)} as date)"


def staged_tables(opened: OpenStudy) -> list[Staged]:
    """Every declared source with its staging table, in the order of study.yml."""
    study = opened.study
    clock = Clock(study.timezone, None)
    return [
        Staged(
            source=name,
            role=spec.role,
            table=f"stg_{name if spec.role == 'unit_periods' else spec.role}",
            keys=ROLES[spec.role].grain,
            columns=tuple(study.staging_columns(name)),
            clock=clock,
        )
        for name, spec in study.sources.items()
    ]
