"""Tables turned into the shape the suite reads: one row an answer, or one row a unit and period."""

from __future__ import annotations

from dataclasses import dataclass, replace

from linkage.proposing.columns import look_at
from linkage.proposing.facts import Facts, gather
from linkage.proposing.intake import Intake, Table
from linkage.proposing.longform import Long
from linkage.proposing.meaning import measure_of
from linkage.proposing.names import label_of
from linkage.sources.spellings import spelling_of
from linkage.tables.quoting import name_sql, text_sql

MOST_ITEMS = 60


@dataclass(frozen=True)
class Turned:
    """A table after turning, and what was done in words; the table itself where nothing had to be."""

    facts: Facts
    words: str = ""


def turn(intake: Intake, facts: Facts) -> Turned:
    """One row an answer from one row an item; one row a period from one column a period."""
    return _spread_items(intake, facts) or _stack_periods(intake, facts.table) or Turned(facts)


def _again(intake: Intake, table: Table, select: str) -> Facts:
    return gather(intake, look_at(intake, intake.turned(table, select)))


def _stack_periods(intake: Intake, table: Table) -> Turned | None:
    """A sheet with a column a quarter becomes one with a row a quarter; what it measures is its own name."""
    spelled = {c: s for c in table.columns if (s := spelling_of(c))}
    if len(spelled) < 2 or len({s.kind for s in spelled.values()}) > 1:
        return None
    others = [c for c in table.columns if c not in spelled]
    kept = [c for c in others if not measure_of(c)][:3]
    if not kept:
        return None
    title = table.first.sheet or table.first.path.name.split(".")[0]
    value = label_of(title) if not spelling_of(title) else "Value"
    left_out = ", ".join(map(name_sql, others))
    select = (
        f"select {', '.join(map(name_sql, kept))}, period, {name_sql(value)}\n"
        f"from (\n    unpivot origin on columns(* exclude ({left_out}))\n"
        f"    into name period value {name_sql(value)}\n)"
    )
    words = f"one column a {next(iter(spelled.values())).kind} ({len(spelled)} of them) became one row each"
    return Turned(_again(intake, table, select), words)


def _spread_items(intake: Intake, facts: Facts) -> Turned | None:
    """Rows of one item each become one row with a column an item."""
    item, value = facts.item, facts.value
    if item is None or value is None or item.name == value.name or item.distinct > MOST_ITEMS:
        return None
    by = _grouping(intake, facts, item.name)
    if not by:
        return None
    others = [c for c in facts.columns if c not in {item.name, value.name, *by}]
    constant = [c for c in others if facts.columns[c].is_date or _is_constant(intake, facts, by, c)]
    items = sorted(v for v, _ in item.values)
    names = {text if not text.isdigit() else f"{item.name} {text}": text for text in items}
    lines = [*map(name_sql, by), *(f"max({name_sql(c)}) as {name_sql(c)}" for c in constant)]
    for column, text in names.items():
        lines.append(
            f"max({name_sql(value.name)}) filter (where {name_sql(item.name)} = {text_sql(text)}) as {name_sql(column)}"
        )
    listed = ",\n    ".join(lines)
    select = f"select\n    {listed}\nfrom origin\ngroup by {', '.join(map(name_sql, by))}"
    words = f"{len(items)} items of {item.name!r} became columns; one row is one {' and '.join(by)}"
    table = replace(intake.turned(facts.table, select), long=Long(item.name, value.name, tuple(by), names))
    return Turned(gather(intake, look_at(intake, table)), words)


def _grouping(intake: Intake, facts: Facts, item: str) -> list[str]:
    """The columns that say which rows belong to one answer: with the item they are never twice the same."""
    keys, dates = facts.keys, [d.name for d in facts.dates]
    when = dates[:1] or ([facts.period.name] if facts.period else [])
    choices = [[keys[e]] for e in ("response", "") if e in keys]
    choices += [
        [keys[e], *when] for e in ("interaction", "customer", "employee", "unit") if e in keys and when
    ]
    choices += [[keys[e]] for e in ("interaction", "customer") if e in keys]
    for choice in choices:
        if (
            item not in choice
            and not set(choice) & facts.unique
            and _is_grouping(intake, facts, choice, item)
        ):
            return choice
    return []


def _is_grouping(intake: Intake, facts: Facts, by: list[str], item: str) -> bool:
    groups, pairs = (
        intake.rows(
            f"select count(*) from (select distinct {', '.join(map(name_sql, names))} from {facts.table.view})"
        )[0][0]
        for names in (by, [*by, item])
    )
    return groups < 0.7 * facts.table.rows and pairs >= 0.98 * facts.table.rows


def _is_constant(intake: Intake, facts: Facts, by: list[str], column: str) -> bool:
    listed = ", ".join(map(name_sql, by))
    found = intake.rows(
        f"select max(n) from (select count(distinct {name_sql(column)}) as n from {facts.table.view} group by {listed})"
    )
    return (found[0][0] or 0) <= 1
