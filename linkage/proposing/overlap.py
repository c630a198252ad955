"""Which keys of one table are found in another: as they are, or once lost leading zeros are put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from linkage.proposing.facts import PEOPLE_AND_PLACES, Facts, call_customer
from linkage.proposing.intake import Intake
from linkage.proposing.meaning import names_a_contact
from linkage.proposing.names import fold

ENOUGH = 0.6
"""The share of keys that must be found for two columns to hold the same thing."""

GAIN = 0.02
"""The share of keys that must meet only once zeros are put back for zeros to have been lost."""

FEWEST = 10
"""Distinct keys below which an overlap proves nothing."""


@dataclass(frozen=True)
class Overlap:
    """How many distinct keys of a column stand in another.

    keys : distinct on the left. matched : found as they are. stripped : found without leading zeros.
    left_width, right_width : their one length, 0 where lengths differ. dense : the right side counts up from one.
    """

    keys: int
    matched: int
    stripped: int
    left_width: int
    right_width: int
    dense: bool

    @property
    def share(self) -> float:
        return self.matched / self.keys if self.keys else 0.0

    @property
    def share_stripped(self) -> float:
        return self.stripped / self.keys if self.keys else 0.0


def measure_overlap(intake: Intake, left: Facts, column: str, right: Facts, key: str) -> Overlap:
    """How the distinct values of left.column are found among those of right.key; over all rows of both."""
    here, there = intake.keys(left.table.view, column), intake.keys(right.table.view, key)
    found = intake.rows(
        f"select (select count(*) from {here}), (select count(*) from {here} where k in (select k from {there})), "
        f"(select count(*) from {here} where bare in (select bare from {there})), {_width(here)}, {_width(there)}, "
        "(select coalesce(max(try_cast(k as bigint)) - min(try_cast(k as bigint)) < 2 * count(*) "
        f"and count(try_cast(k as bigint)) = count(*) and min(try_cast(k as bigint)) < 1000, false) from {there})"
    )[0]
    return Overlap(*found)


def _width(keys: str) -> str:
    return f"(select case when min(length(k)) = max(length(k)) then max(length(k)) else 0 end from {keys})"


def find_keys(intake: Intake, tables: Sequence[Facts]) -> None:
    """Name keys by their values: a column that holds another table's keys is that key, whatever it is called."""
    _call_contacts_customers(tables)
    for facts in tables:
        for other in tables:
            if other is not facts:
                _find_register(intake, facts, other)
    for facts in tables:
        for other in tables:
            if other is not facts:
                _find_reference(intake, facts, other)


def _call_contacts_customers(tables: Sequence[Facts]) -> None:
    """Where one table lists contacts as people, the others that name a contact in the same way mean people too."""
    named = [(t, t.keys.get(e)) for t in tables for e in ("customer", "interaction") if not t.dates]
    people = {fold(c) for t, c in named if c in t.unique and names_a_contact(c)}
    for facts in tables:
        if fold(facts.keys.get("interaction", "")) in people and "customer" not in facts.keys:
            call_customer(facts)


def _find_register(intake: Intake, facts: Facts, other: Facts) -> None:
    """A unique column of `facts` without an entity that holds the named keys of `other` is their register."""
    for entity, column in other.keys.items():
        if (
            not entity
            or entity in facts.keys
            or entity in ("response", "alias")
            or column in other.by_overlap
        ):
            continue
        for candidate in facts.unique - {c for e, c in facts.keys.items() if e}:
            seen = measure_overlap(intake, other, column, facts, candidate)
            good = max(seen.share, seen.share_stripped) >= ENOUGH and seen.keys >= FEWEST and not seen.dense
            if good:
                _name_key(
                    facts, entity, candidate, other, column, max(seen.matched, seen.stripped), seen.keys
                )
                break


def _find_reference(intake: Intake, facts: Facts, other: Facts) -> None:
    """A column of `facts` whose values stand in the register `other` refers to it."""
    for entity, key in other.keys.items():
        if not entity or entity in facts.keys or key not in other.unique or entity in ("response", "alias"):
            continue
        for name, look in facts.columns.items():
            if not _may_refer(facts, name) or look.distinct < FEWEST:
                continue
            seen = measure_overlap(intake, facts, name, other, key)
            if seen.share >= 0.9 and not seen.dense and seen.keys >= FEWEST:
                _name_key(facts, entity, name, other, key, seen.matched, seen.keys)
                break


def _may_refer(facts: Facts, name: str) -> bool:
    look = facts.columns[name]
    loose = {facts.keys.get(""), facts.keys.get("alias")}
    free = name not in facts.keys.values() or name in loose
    return free and look.kind in ("text", "whole") and not look.is_comment and name not in facts.answers()


def _name_key(
    facts: Facts, entity: str, column: str, other: Facts, key: str, matched: int, keys: int
) -> None:
    facts.keys = {e: c for e, c in facts.keys.items() if not (e in ("", "alias") and c == column)}
    facts.keys[entity] = column
    facts.by_overlap[column] = f"{matched:,} of {keys:,} keys are shared with {other.table.shown}, {key}"


@dataclass(frozen=True)
class Reference:
    """A key of one table held against the register of the same entity. pad : (table, column, width) or None."""

    facts: Facts
    column: str
    register: Facts
    key: str
    entity: str
    overlap: Overlap

    @property
    def pad(self) -> tuple[Facts, str, int] | None:
        """The side that lost its leading zeros, where putting them back makes the keys meet."""
        seen = self.overlap
        if seen.share_stripped < ENOUGH or seen.share_stripped - seen.share < GAIN:
            return None
        if seen.right_width and not seen.left_width:
            return self.facts, self.column, seen.right_width
        if seen.left_width and not seen.right_width:
            return self.register, self.key, seen.left_width
        if seen.left_width and seen.right_width:
            shorter = (
                (self.facts, self.column) if seen.left_width < seen.right_width else (self.register, self.key)
            )
            return (*shorter, max(seen.left_width, seen.right_width))
        return None

    @property
    def says(self) -> str:
        seen = self.overlap
        where = f"{self.register.table.shown}, {self.key}"
        if self.pad:
            found = f"{seen.stripped:,} of {seen.keys:,} keys are found in {where}"
            return f"{found} once leading zeros are put back, {seen.matched:,} before"
        return f"{seen.matched:,} of {seen.keys:,} keys are found in {where}"


def references(intake: Intake, tables: Sequence[Facts], registers: dict[str, Facts]) -> list[Reference]:
    """Every key of every table against the register of its entity, by entity."""
    found = []
    for entity, register in registers.items():
        key = register.keys[entity]
        for facts in tables:
            if facts is not register and entity in facts.keys:
                column = facts.keys[entity]
                seen = measure_overlap(intake, facts, column, register, key)
                found.append(Reference(facts, column, register, key, entity, seen))
    for entity in (e for e in PEOPLE_AND_PLACES if e not in registers):
        found += _shortened(intake, [t for t in tables if entity in t.keys], entity)
    return found


def _shortened(intake: Intake, tables: Sequence[Facts], entity: str) -> list[Reference]:
    """Where no table lists an entity: the tables whose keys lost leading zeros that those of another still have."""
    found = []
    for facts, other in permutations(tables, 2):
        column, key = facts.keys[entity], other.keys[entity]
        ref = Reference(facts, column, other, key, entity, measure_overlap(intake, facts, column, other, key))
        if ref.pad and ref.pad[0] is facts and not any(r.facts is facts for r in found):
            found.append(ref)
    return found


def find_aliases(intake: Intake, tables: Sequence[Facts]) -> None:
    """See in a small table of numbers that it says which number of one system is which of another: each of two
    columns holds the customer keys of other files, and these share none between them."""
    for facts in tables:
        if len(facts.columns) > 5 or facts.answers() or facts.dates or facts.measures("operations", "money"):
            continue
        _name_callers(intake, facts, tables)
        spoken = {c: _speakers(intake, facts, c, tables) for c in _codes(facts)}
        pairs = [
            (a, b)
            for a in spoken
            for b in spoken
            if a != b and spoken[a] - spoken[b] and spoken[b] - spoken[a]
        ]
        if not pairs:
            continue
        registers = {i for i, t in enumerate(tables) if t.keys.get("customer") in t.unique}
        ours, alias = max(pairs, key=lambda p: (len(spoken[p[0]] & registers), p[1] in facts.unique))
        facts.keys = {"customer": ours, "alias": alias}
        facts.by_overlap[alias] = (
            f"holds the numbers of {', '.join(_shown(tables, spoken[alias] - spoken[ours]))}"
        )
        facts.by_overlap[ours] = (
            f"holds the numbers of {', '.join(_shown(tables, spoken[ours] - spoken[alias]))}"
        )


def _name_callers(intake: Intake, bridge: Facts, tables: Sequence[Facts]) -> None:
    """A column of another file that holds the second numbers of a bridge names customers, whatever it is called."""
    seconds = [c for c in _codes(bridge) if c in bridge.unique and c != bridge.keys.get("customer")]
    if "customer" not in bridge.keys:
        return
    for other in (t for t in tables if t is not bridge and "customer" not in t.keys):
        for name, look in other.columns.items():
            if not _may_refer(other, name) or look.distinct < FEWEST:
                continue
            for second in seconds:
                seen = measure_overlap(intake, other, name, bridge, second)
                if seen.share >= 0.9 and not seen.dense and "customer" not in other.keys:
                    _name_key(other, "customer", name, bridge, second, seen.matched, seen.keys)


def _codes(facts: Facts) -> list[str]:
    return [
        n
        for n, c in facts.columns.items()
        if c.kind in ("text", "whole") and not c.is_comment and c.distinct >= FEWEST
    ]


def _speakers(intake: Intake, facts: Facts, column: str, tables: Sequence[Facts]) -> set[int]:
    """The other tables whose customer keys stand in a column."""
    found = set()
    for place, other in enumerate(tables):
        if other is not facts and "customer" in other.keys:
            seen = measure_overlap(intake, other, other.keys["customer"], facts, column)
            if max(seen.share, seen.share_stripped) >= ENOUGH and seen.keys >= FEWEST:
                found.add(place)
    return found


def _shown(tables: Sequence[Facts], places: set[int]) -> list[str]:
    return [tables[i].table.shown for i in sorted(places)]
