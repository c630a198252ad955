"""Tables that say what was paid but neither when nor by whom: both borrowed from the table of the orders they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linkage.proposing.columns import look_at
from linkage.proposing.facts import Facts, gather
from linkage.proposing.intake import Intake
from linkage.proposing.meaning import times_of
from linkage.proposing.measures import MONEY
from linkage.proposing.names import identifier
from linkage.proposing.overlap import FEWEST, measure_overlap
from linkage.tables.quoting import name_sql

FOUND = 0.8
"""The share of numbers that must stand in the other table."""

ASKED_FIRST = ("purchased_at", "started_at", "joined_on")


@dataclass(frozen=True)
class Borrowed:
    """A table with columns of another, and what was done in words."""

    facts: Facts
    words: str


def borrow(intake: Intake, tables: Sequence[Facts]) -> dict[int, Borrowed]:
    """By its place, each table of money that lacks a time or a customer, with those of the orders it names."""
    found = {}
    for place, facts in enumerate(tables):
        if facts.measures(MONEY) and not facts.table.select:
            lenders = [o for o in tables if o is not facts and _lends(intake, facts, o)]
            if lenders:
                lender = max(lenders, key=lambda o: (len(_wanted(facts, o)), o.has_time("purchased_at")))
                found[place] = _joined(intake, facts, lender)
    return found


def _lends(intake: Intake, facts: Facts, other: Facts) -> bool:
    """Whether another table has what is lacking, in one row for each number named here."""
    entity = _shared(facts, other)
    if entity is None or other.table.select or not _wanted(facts, other):
        return False
    seen = measure_overlap(intake, facts, facts.keys[entity], other, other.keys[entity])
    return seen.share >= FOUND and seen.keys >= FEWEST


def _wanted(facts: Facts, other: Facts) -> list[str]:
    """The columns of the other table that this one lacks: when something was bought, and by whom."""
    told = facts.has_time("purchased_at") or bool(facts.period)
    knows = other.has_time("purchased_at") or bool(other.dates and not facts.dates)
    wanted = [_asked_at(other)] if knows and not told else []
    wanted += [other.keys["customer"]] if "customer" in other.keys and "customer" not in facts.keys else []
    return [column for column in wanted if column not in facts.columns]


def _shared(facts: Facts, other: Facts) -> str | None:
    events = ("transaction", "interaction")
    return next((e for e in events if e in facts.keys and other.keys.get(e) in other.unique), None)


def _joined(intake: Intake, facts: Facts, other: Facts) -> Borrowed:
    entity, wanted = _shared(facts, other), _wanted(facts, other)
    name = identifier(other.table.name, otherwise="lender")
    name = f"{name}_named" if name == "origin" else name
    listed = ",\n    ".join(["origin.*", *(f"{name}.{name_sql(c)}" for c in wanted)])
    met = f"{name}.{name_sql(other.keys[entity])} = origin.{name_sql(facts.keys[entity])}"
    select = f"select\n    {listed}\nfrom origin\nleft join {name} on {met}"
    table = intake.turned(facts.table, select, beside=((name, other.table),))
    words = f"From {other.table.shown}, by {facts.keys[entity]}: {' and '.join(wanted)}."
    return Borrowed(gather(intake, look_at(intake, table)), words)


def _asked_at(other: Facts) -> str:
    for ours in ASKED_FIRST:
        if found := next((d for d in other.dates if ours in times_of(d.name)), None):
            return found.name
    return other.dates[0].name
