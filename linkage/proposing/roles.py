"""Which source a table is: scored from its name, keys, times and measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linkage.proposing.evidence import (
    Reasons,
    has_when,
    is_event,
    is_list,
    is_shipped,
    is_the_event,
    lists_units,
    nearly_unique,
    once,
    own,
    some,
    unit_panel,
)
from linkage.proposing.facts import Facts
from linkage.proposing.meaning import is_count, is_ticket, measure_of, roles_of_file
from linkage.proposing.measures import MONEY, OPERATIONS, PEOPLE

OWN_KEY = {
    "customers": "customer",
    "feedback": "response",
    "interactions": "interaction",
    "transactions": "transaction",
    "employees": "employee",
    "employee_feedback": "response",
    "trainings": "training",
    "units": "unit",
    "invitations": "invitation",
    "identities": "alias",
}

PANELS = ("unit_periods", "customer_units", "employee_units")
"""Roles whose rows have no number of their own."""

EVENTS = ("feedback", "interactions", "transactions", "employee_feedback", "trainings", "invitations")
"""Roles of which each row is something that happened, at a time."""


@dataclass(frozen=True)
class Verdict:
    """The role of a table, with what speaks for it. role "" : nothing fits; second : the next best, if near."""

    role: str
    why: tuple[str, ...]
    second: str = ""


def role_of(facts: Facts) -> Verdict:
    """The role that fits a table best."""
    scores = {role: _score(facts, role) for role in (*OWN_KEY, *PANELS)}
    possible = {role: said for role, said in scores.items() if said is not None and said[0] >= 3}
    if not possible:
        return Verdict("", ())
    ranked = sorted(possible, key=lambda r: -possible[r][0])
    near = len(ranked) > 1 and possible[ranked[1]][0] >= possible[ranked[0]][0] - 0.5
    return Verdict(ranked[0], tuple(possible[ranked[0]][1]), ranked[1] if near else "")


def _score(facts: Facts, role: str) -> tuple[float, list[str]] | None:
    """How much speaks for a role, and what; None where what it cannot do without is missing."""
    reasons = globals()[f"_{role}"](facts)
    if reasons is None:
        return None
    named = max(
        (roles_of_file(f.sheet or f.path.name.split(".")[0]).get(role, 0) for f in facts.table.found),
        default=0,
    )
    named = max(
        named,
        *(roles_of_file(f.path.parent.name).get(role, 0) - 1 for f in facts.table.found if "/" in f.shown),
        0,
    )
    if named:
        reasons = [(named, f"the name {facts.table.first.sheet or facts.table.first.shown!r}"), *reasons]
    return sum(points for points, _ in reasons), [words for points, words in reasons if points > 0]


def _customers(facts: Facts) -> Reasons | None:
    column = facts.keys.get("customer") or facts.keys.get("")
    if not column or not nearly_unique(facts, column) or is_event(facts) or "alias" in facts.keys:
        return None
    if is_ticket(facts.columns):
        return None
    reasons: Reasons = [(3 if "customer" in facts.keys else 0.5, once(facts, column))]
    reasons += [(3, "a list of answers or departures without any date")] if is_list(facts) else []
    reasons += [(1, "when customers came or left")] if facts.has_time("joined_on", "left_on") else []
    return reasons + [(0.5, f"{t!r}") for t in ("segment", "region") if t in facts.texts()]


def _feedback(facts: Facts) -> Reasons | None:
    answers = facts.answers()
    if not answers or not has_when(facts):
        return None
    only_staff = "employee" in facts.keys and "customer" not in facts.keys and "interaction" not in facts.keys
    named = {"customer", "interaction", "response", "unit", ""} & set(facts.keys) or facts.email
    if not named and not facts.texts().get("comment"):
        return None
    points = 3 if facts.surveyed() else 1.5
    reasons: Reasons = [
        (points, f"answers on a scale: {some(facts.surveyed() or answers)}"),
        *own(facts, "response", 2),
    ]
    reasons += [(1, "comments")] if "comment" in facts.texts() else []
    reasons += [(1, "when it was answered")] if facts.has_time("answered_at") else []
    reasons += [(-3, "it names employees, not customers")] if only_staff else []
    reasons += [(-2, "units and periods only")] if unit_panel(facts) else []
    return [*reasons, *is_the_event(facts)]


def _interactions(facts: Facts) -> Reasons | None:
    measured = facts.measures(OPERATIONS)
    numbered = facts.keys.get("") in facts.unique
    known = {"interaction", "customer", "employee"} & set(facts.keys) or (numbered and facts.email)
    desk, shipped = is_ticket(facts.columns), is_shipped(facts)
    if not facts.dates or not (known or shipped):
        return None
    if "interaction" not in facts.keys and not measured and not desk and not shipped:
        return None
    reasons = own(facts, "interaction", 3)
    reasons += [(2, "columns of a help desk")] if desk else []
    reasons += (
        [(4, "each row is an order or a booking with its times, and holds no money")] if shipped else []
    )
    reasons += [(2, f"service measures: {some(measured)}")] if measured else []
    reasons += [(0.5, f"{t!r}") for t in ("channel", "topic") if t in facts.texts()]
    return reasons + ([(1, "when it began or ended")] if facts.has_time("started_at", "ended_at") else [])


def _transactions(facts: Facts) -> Reasons | None:
    measured = facts.measures(MONEY)
    if not has_when(facts) or not measured:
        return None
    if not ({"customer", "transaction"} & set(facts.keys) or facts.email):
        return None
    reasons = [*own(facts, "transaction", 3), (2, f"money: {some(measured)}")]
    reasons += [(0.5, "'product'")] if "product" in facts.texts() else []
    when = facts.period or next(iter(facts.dates), None)
    said = when and "customer" in facts.keys and {"interaction", "response"}.isdisjoint(facts.keys)
    often = said and not nearly_unique(facts, facts.keys["customer"])
    reasons += [(1.5, f"what each paid by {when.name!r}")] if often else []
    return reasons + ([(1, "when it was bought")] if facts.has_time("purchased_at") else [])


def _employees(facts: Facts) -> Reasons | None:
    column = facts.keys.get("employee") or facts.keys.get("")
    if not column or not nearly_unique(facts, column) or "customer" in facts.keys or is_event(facts):
        return None
    if facts.answers() and facts.dates and "job" not in facts.texts():
        return None
    reasons: Reasons = [(3 if "employee" in facts.keys else 0.5, once(facts, column))]
    reasons += [(1, "when they came or left")] if facts.has_time("hired_on") else []
    return reasons + ([(1, "'job'")] if "job" in facts.texts() else [])


def _employee_feedback(facts: Facts) -> Reasons | None:
    if "employee" not in facts.keys or "customer" in facts.keys or "interaction" in facts.keys:
        return None
    answers = facts.answers()
    if not answers or not has_when(facts):
        return None
    about_work = facts.measures(PEOPLE)
    reasons = [(3.0, f"answers of employees: {some(answers)}"), *own(facts, "response", 1)]
    return reasons + ([(1.5, f"about their work: {some(about_work)}")] if about_work else [])


def _trainings(facts: Facts) -> Reasons | None:
    if "employee" not in facts.keys or not facts.dates or facts.answers() or "customer" in facts.keys:
        return None
    trained = "training" in facts.keys or facts.has_time("completed_on")
    return (
        ([*own(facts, "training", 3), (1, "who completed what")])
        if trained
        else [(0.5, "employees and dates")]
    )


def _units(facts: Facts) -> Reasons | None:
    column = facts.keys.get("unit") or facts.keys.get("")
    people = {"customer", "employee"} & set(facts.keys)
    if not column or column not in facts.unique or people or is_event(facts) or facts.period:
        return None
    if facts.dates and not facts.has_time("opened_on") and not lists_units(facts):
        return None
    return [(3.5 if "unit" in facts.keys else 0.5, f"{column!r} is in each row once")]


def _unit_periods(facts: Facts) -> Reasons | None:
    numbers = [
        *facts.measures("feedback", OPERATIONS, MONEY, PEOPLE),
        *facts.answers(),
        *facts.other_numbers(),
    ]
    numbers += [c for c in facts.columns if is_count(c)]
    if not unit_panel(facts) or not numbers:
        return None
    reasons: Reasons = [(4, f"units over time with {some(dict.fromkeys(numbers))}")]
    reasons += [(2, f"the period in {facts.period.name!r}")] if facts.period else []
    return reasons


def _invitations(facts: Facts) -> Reasons | None:
    if (
        "customer" not in facts.keys
        or not facts.dates
        or facts.surveyed()
        or facts.measures(MONEY, OPERATIONS)
    ):
        return None
    asked = facts.has_time("invited_at")
    return [*own(facts, "invitation", 3), *([(3, "when customers were asked")] if asked else [])]


def _customer_units(facts: Facts) -> Reasons | None:
    return _assignments(facts, "customer", "employee")


def _employee_units(facts: Facts) -> Reasons | None:
    return _assignments(facts, "employee", "customer")


def _assignments(facts: Facts, whose: str, other: str) -> Reasons | None:
    """Who belonged to which unit since when: somebody stands there several times, and nothing is measured."""
    who = facts.keys.get(whose)
    if not who or "unit" not in facts.keys or other in facts.keys or who in facts.unique or is_event(facts):
        return None
    if not facts.has_time("valid_from") or facts.answers() or facts.measures(MONEY, OPERATIONS, PEOPLE):
        return None
    return [(5, f"which unit each {who} belonged to since when")]


def _identities(facts: Facts) -> Reasons | None:
    few = len(facts.columns) <= 5 and not facts.answers() and not facts.measures(MONEY, OPERATIONS)
    codes = {*facts.keys.values(), *facts.unique}
    if not few or len(codes) < 2 or facts.keys.get("unit") or facts.keys.get("employee"):
        return None
    return (
        [(3, "two numbers and nothing else")]
        if {"alias", "customer"} <= set(facts.keys)
        else [(1, "two numbers")]
    )


def share_out(tables: Sequence[Facts]) -> dict[int, Verdict]:
    """The role of every table, by its place."""
    return {i: role_of(facts) for i, facts in enumerate(tables)}


def about_of(facts: Facts) -> str:
    """What a table of units over time mostly speaks of: feedback, money, people or operations."""
    families = [m.family for c in facts.columns if (m := measure_of(c)) and c not in facts.keys.values()]
    return max(families, key=families.count) if families else OPERATIONS
