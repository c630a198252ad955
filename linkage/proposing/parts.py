"""One table in one role: which column becomes which of ours, which are metrics, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from linkage.proposing.columns import Look
from linkage.proposing.expressions import last_day_sql, special_sql
from linkage.proposing.facts import Facts, holds_emails
from linkage.proposing.meaning import (
    key_of,
    measure_of,
    names_a_date,
    names_a_person,
    time_strength,
    times_of,
)
from linkage.proposing.measured import MetricGuess, is_a_balance, metrics_for
from linkage.proposing.measures import FEEDBACK
from linkage.proposing.multiple import choices_of
from linkage.proposing.names import identifier
from linkage.proposing.roles import OWN_KEY
from linkage.proposing.two_ways import two_ways
from linkage.proposing.waits import times_beside, waits_of
from linkage.study_file.declaration import ROLES
from linkage.tables.quoting import name_sql

ENTITY_OF = {
    "customer_id": "customer",
    "interaction_id": "interaction",
    "employee_id": "employee",
    "unit_id": "unit",
    "response_id": "response",
    "transaction_id": "transaction",
    "training_id": "training",
    "invitation_id": "invitation",
    "alias_id": "alias",
}

BALANCE = "a balance, which a sum over time would count again each time"

MOST_CATEGORIES = 30
MOST_ATTRIBUTES = 15


@dataclass(frozen=True)
class Mapped:
    """One of our columns and the one of theirs it comes from. sql : the expression, where a mapping cannot say it."""

    ours: str
    theirs: str
    why: str = ""
    sql: str | None = None
    attribute: bool = False


@dataclass
class Part:
    """A table in a role. own_key : "" where the table's own key is good, else why it is not: absent, copies, doubled.

    impossible : what the role needs and the table has not. left : columns nothing was made of, and why.
    """

    facts: Facts
    role: str
    columns: list[Mapped] = field(default_factory=list)
    metrics: list[MetricGuess] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    own_key: str = ""
    impossible: str = ""

    @property
    def mapped(self) -> dict[str, Mapped]:
        return {m.ours: m for m in self.columns}

    @property
    def taken(self) -> set[str]:
        return {m.theirs for m in self.columns} | {m.theirs for m in self.metrics}

    def look(self, mapped: Mapped) -> Look | None:
        return self.facts.columns.get(mapped.theirs)


def part_of(facts: Facts, role: str) -> Part:
    """Map a table's columns to those of a role."""
    part = Part(facts, role)
    _map_keys(part)
    _map_times(part)
    _map_texts(part)
    if role == "interactions":
        part.columns += times_beside(part, Mapped)
    part.metrics = metrics_for(facts, role, part.taken)
    if role == "interactions":
        part.metrics += waits_of(part)
    _map_attributes(part)
    columns, flags = choices_of(part, Mapped)
    part.columns, part.metrics = [*part.columns, *columns], [*part.metrics, *flags]
    if ways := two_ways(facts):
        part.doubts.append(ways)
    part.left = [(n, _why_left(look, role)) for n, look in facts.columns.items() if n not in part.taken]
    balances = [n for n, why in part.left if why == BALANCE]
    part.doubts += [f"{', '.join(balances)}: {BALANCE}, so not declared"] if balances else []
    return part


def _map_keys(part: Part) -> None:
    known, keys = ROLES[part.role].columns, part.facts.keys
    own = OWN_KEY.get(part.role)
    for ours in (c for c, kind in known.items() if kind == "key"):
        entity = ENTITY_OF[ours]
        column = _own_column(part, own) if entity == own else keys.get(entity)
        if column:
            why = part.facts.by_overlap.get(column, "")
            part.columns.append(Mapped(ours, column, why, _small_letters(part.facts, column)))
        elif entity == own:
            part.own_key = "absent"
    if part.role == "identities" and "customer_id" not in part.mapped:
        part.impossible = "a column with the customer numbers the other files use"
    if part.role == "unit_periods" and "unit_id" not in part.mapped:
        part.impossible = "a column that names the unit"


def _small_letters(facts: Facts, column: str) -> str | None:
    """Addresses that serve as keys in small letters: written in capitals once, one person would be two."""
    look = facts.columns[column]
    written = holds_emails(look) and any(v != v.lower() for v, _ in look.values)
    return f"lower({name_sql(column)})" if written else None


def _own_column(part: Part, entity: str | None) -> str | None:
    """The column that numbers a table's rows; a doubled one is noted, and one that only says id may serve."""
    facts, column = part.facts, part.facts.keys.get(entity or "")
    if column in facts.unique:
        return column
    generic = facts.keys.get("")
    if generic in facts.unique:
        return generic
    if part.role in ("feedback", "interactions", "transactions"):
        others = [facts.keys.get(e) for e in ("interaction", "transaction", "response")]
        if one := next((c for c in others if c in facts.unique), None):
            return one
    if column and part.role in ("customers", "employees", "units", "identities"):
        part.own_key = "doubled"
        return column
    if column and facts.columns[column].distinct >= 0.9 * min(facts.columns[column].filled, 3000):
        part.own_key = "doubled"
        return column
    free = [c for c in facts.columns if c in facts.unique and c not in facts.keys.values()]
    return next((c for c in free if key_of(c) == ("", 1)), None)  # "ChargeID": of what is not known


def _map_times(part: Part) -> None:
    role, facts = ROLES[part.role], part.facts
    free = [d for d in facts.dates if d.name not in part.taken]
    for ours in (c for c, kind in role.columns.items() if kind in ("time", "date") and c != "period_on"):
        named = [d for d in free if ours in times_of(d.name)]
        if ours == "started_at" and not named and part.role == "interactions":
            named = [d for d in free if "purchased_at" in times_of(d.name)]  # an order on its way
        found = max(named, key=lambda d: time_strength(d.name, ours), default=None)
        if found:
            free.remove(found)
            part.columns.append(
                Mapped(ours, found.name, _written(found), special_sql(found, facts.looks.signs))
            )
    if part.role == "unit_periods":
        _map_period(part)
    elif role.time and not set(role.time) & set(part.mapped):
        _map_only_time(part, free)


def _map_only_time(part: Part, free: list[Look]) -> None:
    """No date says what it is: the one that speaks of a date, else the first, else the end of a period."""
    ours = {"interactions": "started_at"}.get(part.role, ROLES[part.role].time[0])
    signs = part.facts.looks.signs
    plain = [d for d in free if names_a_date(d.name)] or free
    bought = [d for d in plain if "purchased_at" in times_of(d.name)]
    plain = [d for d in plain if part.role == "transactions" or d not in bought] or plain
    if part.role == "feedback":  # named after the answer, else asked when it was over
        plain.sort(key=lambda d: (not _of_an_answer(d), "ended_at" not in times_of(d.name)))
    if plain:
        clear = "ended_at" in times_of(plain[0].name) or (part.role == "feedback" and _of_an_answer(plain[0]))
        others = [] if clear else [d.name for d in plain[1:]]
        part.doubts += (
            [f"{ours}: {plain[0].name!r} was taken; or is it {', '.join(map(repr, others))}?"]
            if others
            else []
        )
        part.columns.append(Mapped(ours, plain[0].name, _written(plain[0]), special_sql(plain[0], signs)))
    elif part.facts.period:
        look = part.facts.period
        part.columns.append(Mapped(ours, look.name, "the last day of the period", last_day_sql(look)))
        part.doubts.append(f"{ours}: only the period is known ({look.name!r}); its last day was taken")
    else:
        part.impossible = f"a column that says when ({ours})"


def _of_an_answer(look: Look) -> bool:
    """Whether a date is called after what was asked: csat_date, "NPS Datum"."""
    measure = measure_of(look.name)
    return measure is not None and measure.family == FEEDBACK


def _map_period(part: Part) -> None:
    look = part.facts.period
    if look is not None:
        part.columns.append(Mapped("period", look.name, f"written as {look.values[0][0]!r}"))
    elif part.facts.dates:
        ends = [d for d in part.facts.dates if {"ended_at", "left_on"} & set(times_of(d.name))]
        dated = (ends or part.facts.dates)[0]  # of a span of days the end says when it is known
        part.columns.append(
            Mapped("period_on", dated.name, _written(dated), special_sql(dated, part.facts.looks.signs))
        )
    else:
        part.impossible = "a column with the period"


def _written(look: Look) -> str:
    form = look.dates
    if form is None:
        return {"epoch": f"{look.mark} since 1970", "serial": "days as a spreadsheet counts them"}.get(
            look.kind, ""
        )
    return form.why


def _map_texts(part: Part) -> None:
    known = [c for c, kind in ROLES[part.role].columns.items() if kind == "text" and c != "period"]
    found = part.facts.texts()
    if part.role == "trainings" and "programme" not in found and part.facts.keys.get("training"):
        found["programme"] = part.facts.keys["training"]
    for ours in known:
        theirs = found.get(ours)
        if theirs and theirs not in part.taken:
            part.columns.append(Mapped(ours, theirs))
    if "comment" in known and "comment" not in part.mapped:
        long = [n for n, look in part.facts.columns.items() if look.is_comment and n not in part.taken]
        part.columns += [Mapped("comment", long[0], "long texts")] if long else []


def _map_attributes(part: Part) -> None:
    """Words that come back, by which the suite can hold fixed or split."""
    if part.role not in ("customers", "feedback", "interactions", "employees", "units", "unit_periods"):
        return  # no linkage table carries them
    found = 0
    for name, look in part.facts.columns.items():
        few = look.kind in ("text", "worded") and 2 <= look.distinct <= min(
            MOST_CATEGORIES, max(2, look.filled // 5)
        )
        if few and name not in part.taken and not names_a_person(name) and found < MOST_ATTRIBUTES:
            part.columns.append(
                Mapped(identifier(name), name, f"{look.distinct} different words", attribute=True)
            )
            found += 1


def _why_left(look: Look, role: str) -> str:
    if look.kind == "empty":
        return "nothing in it"
    if look.is_number and is_a_balance(measure_of(look.name), role):
        return BALANCE
    if names_a_person(look.name):
        return "names a person or place"
    shown = {
        "meta": "written by the survey tool",
        "whole": "whole numbers",
        "number": "numbers",
        "text": "words",
        "time": "times",
        "date": "dates",
    }
    many = (
        "the same everywhere"
        if look.distinct == 1
        else f"{look.distinct:,}{'+' if look.distinct >= 3000 else ''} different"
    )
    return f"{shown.get(look.kind, look.kind)}, {many}"


def without_metrics(part: Part, names: set[str]) -> Part:
    """A part without the metrics of some columns, which another source of the same table has."""
    return replace(part, metrics=[m for m in part.metrics if m.theirs not in names])
