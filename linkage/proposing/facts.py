"""What a table is made of: keys, times, periods, texts and measures, each with the column that holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from linkage.proposing.columns import Look, Looks, looks_like_code
from linkage.proposing.intake import Intake, Table
from linkage.proposing.meaning import (
    is_count,
    is_item,
    is_value,
    key_of,
    measure_of,
    names_a_contact,
    names_a_date,
    names_a_person,
    names_staff,
    of_a_survey_tool,
    texts_of,
    times_of,
)
from linkage.proposing.measures import COUNTED, FEEDBACK, MONEY, OPERATIONS, PEOPLE, SCALED, Measure
from linkage.proposing.names import words_of
from linkage.proposing.scales import guess_scale, looks_answered
from linkage.tables.quoting import name_sql

PEOPLE_AND_PLACES = ("customer", "employee", "unit")


@dataclass
class Facts:
    """What is known of a table. keys : by entity, the column that names it ("" for one that only says id).

    unique : columns whose values never come twice. by_overlap : keys found by their values, with the evidence.
    """

    looks: Looks
    keys: dict[str, str] = field(default_factory=dict)
    unique: set[str] = field(default_factory=set)
    by_overlap: dict[str, str] = field(default_factory=dict)

    @property
    def email(self) -> str | None:
        """The column that holds the e-mail addresses of customers."""
        held = self.columns.values()
        return next((c.name for c in held if not names_staff(c.name) and holds_emails(c)), None)

    @property
    def table(self) -> Table:
        return self.looks.table

    @property
    def columns(self) -> dict[str, Look]:
        return self.looks.columns

    @property
    def dates(self) -> list[Look]:
        return [look for look in self.columns.values() if look.is_date]

    @property
    def period(self) -> Look | None:
        return next(iter(self.looks.of_kind("period")), None)

    @property
    def item(self) -> Look | None:
        """The column of a long table that names what was asked or measured."""
        named = [
            c for c in self.columns.values() if is_item(c.name) and c.kind in ("text", "whole", "period")
        ]
        return next((c for c in named if 2 <= c.distinct <= 80 and c.filled > 2 * c.distinct), None)

    @property
    def value(self) -> Look | None:
        """The column of a long table that holds the answers."""
        return next(
            (c for c in self.columns.values() if is_value(c.name) and c.name not in self.keys.values()), None
        )

    def measures(self, *families: str) -> dict[str, Measure | None]:
        """The columns that measure something of these families; None where only the values say so."""
        return {name: m for name, m in self._measured().items() if self._family(m) in families}

    def _measured(self) -> dict[str, Measure | None]:
        taken = {*self.keys.values()}
        return {
            name: measure_of(name)
            for name, look in self.columns.items()
            if look.is_number
            and name not in taken
            and not (names_a_person(name) and look.kind != "flag")
            and not is_count(name)
        }

    def _family(self, measure: Measure | None) -> str:
        return measure.family if measure else ""

    def answers(self) -> list[str]:
        """Columns that are answers on a scale, by name or by values."""
        found = []
        for name, measure in self._measured().items():
            look = self.columns[name]
            named = measure is not None and measure.family in SCALED and measure.name not in COUNTED
            fits = named and (guess_scale(look, measure) or look.kind in ("number", "whole", "flag"))
            if fits or (measure is None and looks_answered(look)):
                found.append(name)
        return found

    def surveyed(self) -> list[str]:
        """Columns that are answers by their name: recommendation, satisfaction, rating, effort."""
        return [n for n in self.answers() if (m := measure_of(n)) and m.family == FEEDBACK]

    def other_numbers(self) -> list[str]:
        """Numbers without a telling name that are no answers either."""
        known = {*self.answers(), *self.measures(FEEDBACK, OPERATIONS, MONEY, PEOPLE)}
        return [name for name in self._measured() if name not in known]

    def texts(self) -> dict[str, str]:
        """Text columns of ours and the column that fits each best; each column is taken once."""
        found: dict[str, str] = {}
        for name, look in self.columns.items():
            several = look.kind in ("text", "whole", "period") and look.distinct > 1
            if several and name not in self.keys.values():
                for text in texts_of(name):
                    if text == "comment" and look.length > self._length_of(found.get(text)):
                        found[text] = name
                    elif text != "comment" and not (look.is_comment or _too_many(text, look)):
                        found.setdefault(text, name)
        return found

    def _length_of(self, name: str | None) -> float:
        return self.columns[name].length if name else -1.0

    def has_time(self, *names: str) -> bool:
        return any(set(times_of(look.name)) & set(names) for look in self.dates)


CATEGORIES = {
    "channel": 60,
    "topic": 100,
    "segment": 60,
    "kind": 60,
    "survey": 60,
    "wave": 200,
    "language": 60,
}
"""Different words beyond which a column is no such thing, and mostly a free text."""


def _too_many(text: str, look: Look) -> bool:
    return look.distinct > CATEGORIES.get(text, 3000) or (text in CATEGORIES and look.kind == "whole")


def holds_emails(look: Look) -> bool:
    """Whether nearly all values of a column are e-mail addresses."""
    sample = [v for v, _ in look.values[:300]]
    return (
        look.kind == "text"
        and len(sample) > 1
        and sum(bool(EMAIL.fullmatch(v)) for v in sample) >= 0.8 * len(sample)
    )


EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def gather(intake: Intake, looks: Looks) -> Facts:
    """The facts of a table, from names, kinds and one count of its keys over all rows."""
    looks = _without_the_tool_s_own(looks)
    facts = Facts(looks)
    facts.keys = _keys(looks)
    facts.keys = {e: c for e, c in facts.keys.items() if c not in _counts_of_panels(intake, facts)}
    facts.unique = unique_columns(intake, looks.table, [*facts.keys.values(), *_codes(looks)])
    contact = facts.keys.get("interaction")
    if (
        contact in facts.unique
        and names_a_contact(contact)
        and not facts.dates
        and "customer" not in facts.keys
    ):
        call_customer(facts)
    return facts


def _counts_of_panels(intake: Intake, facts: Facts) -> set[str]:
    """Columns such as "Visits" that count what happened: no keys, where each row is a unit and a day or period."""
    days = [c for c in facts.columns.values() if c.kind in ("date", "period")]
    named = {
        c
        for e, c in facts.keys.items()
        if e not in PEOPLE_AND_PLACES and facts.columns[c].kind == "whole" and key_of(c) == (e, 1)
    }
    if not named or not days or "unit" not in facts.keys or {"customer", "employee"} & set(facts.keys):
        return set()
    one_each = is_unique_together(intake, facts.table, [facts.keys["unit"], days[0].name])
    return named if one_each else set()


def _without_the_tool_s_own(looks: Looks) -> Looks:
    """Columns that a survey tool adds, and groups made of the recommendation, as what they are: no data of ours."""
    own = of_a_survey_tool(looks.columns)
    own |= {
        n for n, c in looks.columns.items() if c.values and {v.lower() for v, _ in c.values} <= NPS_GROUPS
    }
    held = {
        n: replace(c, kind="meta") if n in own and not c.is_date and not holds_emails(c) else c
        for n, c in looks.columns.items()
    }
    return replace(looks, columns=held)


NPS_GROUPS = {"promoter", "passive", "detractor", "promoters", "passives", "detractors"}


def call_customer(facts: Facts) -> None:
    """Take the contact a table names for a person: they are listed somewhere, or a call has a number beside."""
    facts.keys = {"customer" if e == "interaction" else e: c for e, c in facts.keys.items()}


def _keys(looks: Looks) -> dict[str, str]:
    best: dict[str, tuple[int, str]] = {}
    for name, look in looks.columns.items():
        for entity, strength in _said_keys(looks, name, look):
            if strength > best.get(entity, (0, ""))[0]:
                best[entity] = (strength, name)
    return {entity: name for entity, (_, name) in best.items()}


def _said_keys(looks: Looks, name: str, look: Look) -> list[tuple[str, int]]:
    said = key_of(name)
    if not said or not _may_be_key(look, *said):
        return []
    if said[0] == "customer" and "name" in words_of(name) and any(map(holds_emails, looks.columns.values())):
        return []  # an address tells people apart, and a name does not
    others = [n for n in looks.columns if n != name and (key_of(n) or ("", 0))[0] == "interaction"]
    if said[0] == "interaction" and names_a_contact(name) and any(not names_a_contact(n) for n in others):
        return [("customer", 2)]
    return [said]


def _may_be_key(look: Look, entity: str, strength: int) -> bool:
    if look.kind not in ("text", "whole", "period", "date") or look.is_comment or is_count(look.name):
        return False
    if strength >= 2:
        return look.kind in ("text", "whole") or look.distinct >= 0.9 * look.filled
    if look.kind == "whole" and (measure_of(look.name) or looks_answered(look)):
        return False  # "Mitarbeiter" over numbers counts them
    if entity in PEOPLE_AND_PLACES:
        return look.kind in ("text", "whole") and not names_a_date(look.name)
    return entity != "" and looks_like_code(look) and look.distinct >= 0.5 * min(look.filled, 3000)


def _codes(looks: Looks) -> list[str]:
    """Columns that may be keys though their names do not say so."""
    return [
        name
        for name, look in looks.columns.items()
        if looks_like_code(look)
        and look.distinct >= 0.9 * min(look.filled, 3000)
        and (look.kind == "text" or not measure_of(name))
    ]


def unique_columns(intake: Intake, table: Table, names: Iterable[str]) -> set[str]:
    """The columns that are filled in every row and never hold a value twice, over all rows."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return set()
    counts = ", ".join(f"count(distinct nullif({name_sql(n)}, ''))" for n in wanted)
    found = intake.rows(f"select {counts} from {table.view}")[0]
    return {name for name, n in zip(wanted, found, strict=True) if n == table.rows}


def is_unique_together(intake: Intake, table: Table, names: Iterable[str]) -> bool:
    """Whether no two rows share these columns."""
    listed = ", ".join(map(name_sql, names))
    return (
        intake.rows(f"select count(*) from (select distinct {listed} from {table.view})")[0][0] == table.rows
    )
