"""Answers that name the contact or order they are about, in a column that is called otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from linkage.proposing.intake import Intake
from linkage.proposing.overlap import ENOUGH, FEWEST, measure_overlap
from linkage.proposing.parts import Mapped, Part
from linkage.proposing.proposal import SourceProposal


def find_contacts(intake: Intake, sources: Sequence[SourceProposal]) -> None:
    """Map the column of the answers that holds the numbers of the contacts, where none is mapped."""
    by_role = {s.role: s for s in sources if not s.off}
    answers, contacts = by_role.get("feedback"), by_role.get("interactions")
    if not answers or not contacts or "interaction_id" not in contacts.mapped or contacts.parts[0].own_key:
        return
    for part in answers.parts:
        if "interaction_id" not in part.mapped and (found := _naming(intake, part, contacts.parts[0])):
            part.columns.append(found)
            answers.metrics = [m for m in answers.metrics if m.theirs != found.theirs or m.sure]
            answers.columns = [*answers.columns, *([found] if "interaction_id" not in answers.mapped else [])]


def _naming(intake: Intake, part: Part, contacts: Part) -> Mapped | None:
    """The column of a part that nearly only holds numbers of contacts."""
    key, facts = contacts.mapped["interaction_id"].theirs, part.facts
    if contacts.facts is facts:
        return None
    taken = {m.theirs for m in part.columns} | {m.theirs for m in part.metrics if m.sure}
    for name, look in facts.columns.items():
        if name in taken or look.kind not in ("text", "whole") or look.distinct < FEWEST:
            continue
        seen = measure_overlap(intake, facts, name, contacts.facts, key)
        named = name in facts.keys.values()
        if seen.share >= (ENOUGH if named else 0.9) and seen.keys >= FEWEST and (named or not seen.dense):
            why = f"{seen.matched:,} of {seen.keys:,} keys are found in {contacts.facts.table.shown}, {key}"
            part.left = [(n, w) for n, w in part.left if n != name]
            part.metrics = [m for m in part.metrics if m.theirs != name]
            return Mapped("interaction_id", name, why)
    return None
