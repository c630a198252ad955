"""What speaks for a role of a table, piece by piece: its own key, its times, what its rows are."""

from __future__ import annotations

from linkage.proposing.facts import Facts
from linkage.proposing.meaning import names_a_contract
from linkage.proposing.measures import MONEY, OPERATIONS

Reasons = list[tuple[float, str]]
"""Points, and what they are for."""


def own(facts: Facts, entity: str, points: float) -> Reasons:
    """A key of its own entity, better where no row shares it."""
    column = facts.keys.get(entity)
    if not column:
        return []
    if facts.keys.get("") in facts.unique and column != facts.keys[""]:
        return [(points / 3, f"{column!r} names it, and each row has a number of its own")]
    if column in facts.unique:
        return [(points, f"{column!r} is in each row once")]
    return [(points / 3, f"{column!r} names it")]


def once(facts: Facts, column: str) -> str:
    return (
        f"{column!r} is in each row once"
        if column in facts.unique
        else f"{column!r} is in nearly each row once"
    )


def is_list(facts: Facts) -> bool:
    """Whether rows are people of one day, with what they answered or whether they left."""
    said = facts.surveyed() or any(m and m.name == "churn" for m in facts.measures(MONEY).values())
    nobody_else = not {"unit", "employee", "alias"} & set(facts.keys)
    return bool(said) and not facts.dates and not facts.period and nobody_else and facts.table.rows >= 100


def nearly_unique(facts: Facts, column: str) -> bool:
    look = facts.columns[column]
    return column in facts.unique or look.distinct >= 0.95 * min(look.filled, 3000)


def is_event(facts: Facts) -> bool:
    """Whether rows have keys of something that happens; a contract of a customer listed once is nothing such."""
    happening = {"interaction", "transaction", "response", "training", "invitation"} & set(facts.keys)
    return bool(happening - {"transaction"} if _is_contract(facts) else happening)


def _is_contract(facts: Facts) -> bool:
    column, customer = facts.keys.get("transaction"), facts.keys.get("customer")
    return bool(column and names_a_contract(column) and customer and nearly_unique(facts, customer))


def has_when(facts: Facts) -> bool:
    return bool(facts.dates or facts.period)


def is_the_event(facts: Facts) -> Reasons:
    """Where each row is a contact or an order, with its service, answers stand beside it and are not what it is."""
    own = {facts.keys.get("interaction"), facts.keys.get("transaction")} & facts.unique
    numbered = facts.keys.get("") in facts.unique
    timed = any(m is not None and m.duration for m in facts.measures(OPERATIONS).values())
    served = (timed or facts.has_time("started_at")) and not numbered
    return (
        [(-2, "each row is what was asked about")] if own and served and "response" not in facts.keys else []
    )


def is_shipped(facts: Facts) -> bool:
    """Whether rows are orders of which only the times are told: bought, sent, delivered."""
    own = facts.keys.get("transaction")
    on_its_way = own in facts.unique and len(facts.dates) >= 2 and not facts.measures(MONEY)
    return on_its_way and not _is_contract(facts)


def unit_panel(facts: Facts) -> bool:
    """Whether a table is units over time and nothing finer."""
    finer = {"customer", "interaction", "transaction", "employee", "response"} & set(facts.keys)
    over_time = has_when(facts) and not lists_units(facts)
    return "unit" in facts.keys and not finer and over_time and "comment" not in facts.texts()


def lists_units(facts: Facts) -> bool:
    """Whether a table has one row a unit, with days of their own, such as when each opened: it is no course of time."""
    when = facts.dates
    return facts.keys.get("unit") in facts.unique and not facts.period and any(d.distinct > 1 for d in when)


def some(names: object, most: int = 3) -> str:
    listed = list(names)  # type: ignore[call-overload]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
