"""Several choices in a cell: a flag for each choice that is made often enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.proposing.measured import MetricGuess
from linkage.proposing.measures import FEEDBACK, OPERATIONS
from linkage.proposing.names import free_name, identifier, label_of

if TYPE_CHECKING:
    from linkage.proposing.columns import Look
    from linkage.proposing.parts import Mapped, Part

ROLES_WITH_CHOICES = ("feedback", "interactions", "employee_feedback")
MOST_FLAGS = 8
FEWEST_MADE = 10


def choices_of(part: Part, made: type[Mapped]) -> tuple[list[Mapped], list[MetricGuess]]:
    """The columns of a part that hold several choices a cell, and a flag for each choice."""
    columns, metrics = [], []
    if part.role not in ROLES_WITH_CHOICES:
        return columns, metrics
    for look in part.facts.looks.of_kind("choices"):
        if look.name in part.taken:
            continue
        name = identifier(look.name, otherwise="choices")
        columns.append(
            made(name, look.name, f"several choices in a cell, {look.apart!r} between", attribute=True)
        )
        metrics += _flags(look, name, FEEDBACK if part.role == "feedback" else OPERATIONS)
    return columns, metrics


def _flags(look: Look, name: str, family: str) -> list[MetricGuess]:
    often = [(c, n) for c, n in look.choices if n >= FEWEST_MADE][:MOST_FLAGS]
    taken: set[str] = set()
    found = []
    for choice, count in often:
        own = free_name(
            identifier(f"{name[:20].rstrip('_')}_{identifier(choice)}", otherwise="choice"), taken
        )
        taken.add(own)
        found.append(
            MetricGuess(
                name=own,
                theirs=look.name,
                kind="flag",
                label=f"{label_of(look.name)}: {choice}",
                unit="share",
                family=family,
                measure="",
                why=f"chosen {count:,} times",
                choice=choice,
            )
        )
    return found
