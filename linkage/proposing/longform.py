"""Exports with one row an answer and question, declared as such where staging can read them without a select."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.study_file.declaration import ROLES

if TYPE_CHECKING:
    from linkage.proposing.proposal import SourceProposal


@dataclass(frozen=True)
class Long:
    """The form of a long table. item, value : its columns; by : those that tell answers apart.

    names : for each column it was spread into, the word of the question in the file.
    """

    item: str
    value: str
    by: tuple[str, ...]
    names: dict[str, str]


def long_of(source: SourceProposal) -> Long | None:
    """The long form of a source that can be declared; None where rows are told apart otherwise than by the key."""
    form = source.parts[0].facts.table.long
    if (
        form is None
        or len(source.parts) > 1
        or source.grouped
        or source.only_answered
        or source.parts[0].own_key
    ):
        return None
    keys = [m.theirs for m in source.columns if m.ours in ROLES[source.role].grain]
    return form if sorted(keys) == sorted(form.by) else None


def long_lines(source: SourceProposal, form: Long, scalar) -> list[str]:
    """The lines that declare it: our names of the questions, and their words."""
    named = [(m.ours, m.theirs) for m in source.columns if m.theirs in form.names]
    named += [
        (m.name, m.theirs) for m in source.metrics if m.sure and not m.is_made and m.theirs in form.names
    ]
    items = [f"    {ours}: {scalar(form.names[theirs])}" for ours, theirs in named]
    return ["long:", f"  item: {scalar(form.item)}", f"  value: {scalar(form.value)}", "  items:", *items]
