"""Customers on two levels: people of an account, or the numbers a shop gives a person anew with each order."""

from __future__ import annotations

from collections.abc import Sequence

from linkage.proposing.columns import Look
from linkage.proposing.facts import Facts
from linkage.proposing.intake import Intake
from linkage.proposing.meaning import key_of
from linkage.proposing.names import folded_words, words_of
from linkage.proposing.overlap import ENOUGH, FEWEST, measure_overlap
from linkage.proposing.parts import Mapped, Part
from linkage.proposing.proposal import SourceProposal
from linkage.proposing.roles import EVENTS
from linkage.tables.quoting import name_sql

PERSON = folded_words("unique master person main golden parent household global unified")


def settle_levels(intake: Intake, sources: list[SourceProposal]) -> list[SourceProposal]:
    """Where a register tells whose number each number is, the upper level is the customer; else as they were.

    Adds a source of identities, and turns the register to the upper level.
    """
    registers = [s for s in sources if s.role == "customers" and len(s.parts) == 1]
    if not registers or any(s.role == "identities" and not s.off for s in sources):
        return sources
    chosen = next((s for s in registers if not s.off), None)
    for lower in registers:
        for upper in registers:
            if (
                lower is not upper
                and (column := _names(intake, lower, upper))
                and _spoken_of(intake, upper, sources)
            ):
                return _with_people(sources, lower, upper, column)
    column = _person(chosen) if chosen else None
    return _by_person(intake, sources, chosen, column) if column else sources


def _key(source: SourceProposal) -> str:
    return source.parts[0].mapped["customer_id"].theirs


def _names(intake: Intake, lower: SourceProposal, upper: SourceProposal) -> str | None:
    """The column of a register that holds the keys of another."""
    facts, other = lower.parts[0].facts, upper.parts[0].facts
    for name, look in facts.columns.items():
        if name != _key(lower) and look.kind in ("text", "whole") and look.distinct >= FEWEST:
            seen = measure_overlap(intake, facts, name, other, _key(upper))
            if seen.share >= 0.9 and not seen.dense:
                return name
    return None


def _spoken_of(intake: Intake, upper: SourceProposal, sources: Sequence[SourceProposal]) -> bool:
    """Whether something happens to the upper level itself, such as an invoice to an account."""
    events = [p.facts for s in sources if s.role in EVENTS for p in s.parts if "customer" in p.facts.keys]
    seen = [measure_overlap(intake, f, f.keys["customer"], upper.parts[0].facts, _key(upper)) for f in events]
    return any(s.share >= ENOUGH for s in seen)


def _with_people(
    sources: list[SourceProposal], lower: SourceProposal, upper: SourceProposal, column: str
) -> list[SourceProposal]:
    made = _identities(lower.parts[0].facts, _key(lower), column)
    made.notes.append(
        f"{upper.shown} lists the customers, and {lower.shown} the people of each: answers meet money there"
    )
    lower.off = (
        f"{upper.shown} was taken for customers; this tells which person belongs to which (identities)"
    )
    lower.name = lower.parts[0].facts.table.name
    upper.off, upper.name = "", "customers"
    upper.doubts = [d for d in upper.doubts if "could be the customers too" not in d]
    return [*sources, made]


def _identities(facts: Facts, alias: str, customer: str) -> SourceProposal:
    part = Part(facts, "identities", [Mapped("alias_id", alias), Mapped("customer_id", customer)])
    why = (f"each {alias} belongs to one {customer}",)
    return SourceProposal("identities", "identities", [part], why)


def _person(source: SourceProposal) -> str | None:
    """A second number of customers in a register that says by its name that it is the person's."""
    columns: dict[str, Look] = source.parts[0].facts.columns
    for name, look in columns.items():
        said = key_of(name)
        own = name != _key(source) and look.kind in ("text", "whole") and look.distinct >= FEWEST
        if own and said and said[0] == "customer" and PERSON.intersection(words_of(name)):
            return name
    return None


def _by_person(
    intake: Intake, sources: list[SourceProposal], chosen: SourceProposal, column: str
) -> list[SourceProposal]:
    part, key = chosen.parts[0], _key(chosen)
    rows = intake.rows(f"select count(*), count(distinct {name_sql(column)}) from {part.facts.table.view}")[0]
    part.columns = [m if m.ours != "customer_id" else Mapped("customer_id", column) for m in part.columns]
    part.left = [(n, w) for n, w in part.left if n != column]
    chosen.columns = list(part.columns)
    chosen.grouped, chosen.by = True, column
    chosen.notes.append(
        f"{rows[0]:,} numbers of {rows[1]:,} people: {column} is the customer, each {key} an alias"
    )
    return [*sources, _identities(part.facts, key, column)]
