"""Is a column written in two ways that no declaration reads together?

Days before months in some rows and after them in others; numbers with a decimal comma, with a point, and with either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from linkage.proposing.columns import Look
from linkage.proposing.facts import Facts
from linkage.proposing.numbers import bare
from linkage.sources.decimal_signs import NUMBER, OPEN

DAYS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(\D.*)?")
LEAST = 0.05
"""Each order in at least so many of the values that only it can read; less is a slip for the rejects."""
AGREE = 0.97


def two_ways(facts: Facts) -> str:
    """What to say of a table's columns that are written in two ways, with a line of each; "" where none is."""
    said = [
        words
        for look in facts.looks.of_kind("text")
        for words in (*_of_dates(facts, look), *_of_numbers(facts, look))
    ]
    return "; ".join(said)


def _of_dates(facts: Facts, look: Look) -> Iterator[str]:
    found = [(value, m) for value, _ in look.values if (m := DAYS.fullmatch(value))]
    if not found or len(found) < AGREE * len(look.values):
        return
    day_first = [v for v, m in found if 12 < int(m[1]) <= 31 and int(m[3]) <= 12]
    month_first = [v for v, m in found if 12 < int(m[3]) <= 31 and int(m[1]) <= 12]
    least = max(1, LEAST * (len(day_first) + len(month_first)))
    if min(len(day_first), len(month_first)) < least:
        return
    one, other = (_placed(facts, values[0]) for values in (day_first, month_first))
    yield (
        f"{look.name!r} holds dates in two orders: {one} can only be day first, {other} only month first, and of days "
        "up to the 12th nobody can tell. Export it again with one way to write dates, best 2026-03-31"
    )


def _of_numbers(facts: Facts, look: Look) -> Iterator[str]:
    values = bare([value for value, _ in look.values])
    unclear = [v for v in values if re.fullmatch(OPEN, v)]
    if not unclear or sum(bool(re.fullmatch(f"{NUMBER}|{OPEN}", v)) for v in values) < AGREE * len(values):
        return
    comma, point = (next((v for v in values if re.search(rf"\{sign}\d{{1,2}}$", v)), "") for sign in ",.")
    if comma and point:
        yield (
            f"{look.name!r} writes decimal commas, {_placed(facts, comma)}, and points, {_placed(facts, point)}, and "
            f"{_placed(facts, unclear[0])} could be thousands or a fraction. Export it again with one decimal sign"
        )


def _placed(facts: Facts, value: str) -> str:
    """A value with the line of its file it first stands in, where the file is one of lines and is easily read."""
    found = facts.table.first
    if found.path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return repr(value)
    with found.path.open(encoding=found.encoding, errors="replace") as lines:
        place = next((n for n, line in enumerate(lines, start=1) if value in line), 0)
    return f"{value!r} (line {place})" if place else repr(value)
