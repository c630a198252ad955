"""Several rows an order: the lines of an invoice, their amounts from quantity and price, and one row an order."""

from __future__ import annotations

from dataclasses import replace

from linkage.proposing.expressions import value_sql
from linkage.proposing.intake import Intake
from linkage.proposing.meaning import measure_of
from linkage.proposing.measures import MONEY
from linkage.proposing.parts import Mapped, Part
from linkage.proposing.proposal import SourceProposal
from linkage.tables.quoting import name_sql

LINES = 1.05
"""Rows a number from which these are lines of orders, and not slips."""


def settle_lines(intake: Intake, source: SourceProposal) -> bool:
    """Bring the lines of an order to one row; False where the rows of a number are not one customer's."""
    part = source.parts[0]
    key = part.facts.keys.get("transaction")
    if source.role != "transactions" or len(source.parts) > 1 or not key or key in part.facts.unique:
        return False
    view, name = part.facts.table.view, name_sql(key)
    whose = name_sql(part.mapped["customer_id"].theirs) if "customer_id" in part.mapped else name
    keys, rows, mixed = intake.rows(
        f"select count(*), coalesce(sum(n), 0), count(*) filter (c > 1) from (select count(*) as n, "
        f"count(distinct nullif({whose}, '')) as c from {view} where {name} <> '' group by {name})"
    )[0]
    if keys == 0 or rows < LINES * keys or mixed > 0.02 * keys:
        return False
    part.own_key, source.grouped, source.by = "", True, key
    own = Mapped("transaction_id", key, f"{rows:,} lines of {keys:,} orders")
    part.columns = [
        own,
        *(m for m in part.columns if m.ours not in ("transaction_id", "product") and not m.attribute),
    ]
    part.left += [
        (m.theirs, "the lines of an order differ in it") for m in source.columns if m.ours == "product"
    ]
    part.left = [(n, w) for n, w in part.left if n != key]
    part.metrics = source.metrics = [
        replace(m, kind="number" if m.kind == "whole" else m.kind) for m in source.metrics
    ]
    source.columns = list(part.columns)
    source.notes.append(f"{rows:,} lines became {keys:,} orders, one a {key}: amounts are summed.")
    source.doubts += _returns(intake, part, key)
    return True


def _returns(intake: Intake, part: Part, key: str) -> list[str]:
    """What to ask where some orders are negative."""
    counted = next((m for m in part.metrics if measure_of(m.theirs) and m.family == MONEY), None)
    if counted is None:
        return []
    value = counted.made or value_sql(part.facts.columns[counted.theirs], part.facts.looks.signs)
    count, example = intake.rows(
        f"select count(*), min(k) from (select {name_sql(key)} as k, sum({value}) as v from {part.facts.table.view} "
        "group by 1) where v < 0"
    )[0]
    said = f"{count:,} orders come to less than nothing, such as {example!r}: cancelled or sent back?"
    return [f"{said} They count against the customer's other orders"] if count else []
