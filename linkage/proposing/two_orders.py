"""Is a column of dates written day first in some rows and month first in others? No declaration can read both."""

from __future__ import annotations

import re
from collections.abc import Iterator

from linkage.proposing.columns import Look
from linkage.proposing.facts import Facts

NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(\D.*)?")
LEAST = 0.05
"""Each order in at least so many of the values that only it can read; less is a slip for the rejects."""
AGREE = 0.97


def two_orders(facts: Facts) -> str:
    """What to say of a table of which a column writes dates in two orders, with a line of each; "" where none does."""
    said = [words for look in facts.looks.of_kind("text") for words in _of_column(facts, look)]
    return "; ".join(said)


def _of_column(facts: Facts, look: Look) -> Iterator[str]:
    found = [(value, m) for value, _ in look.values if (m := NUMBERS.fullmatch(value))]
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


def _placed(facts: Facts, value: str) -> str:
    """A value with the line of its file it first stands in, where the file is one of lines and is easily read."""
    found = facts.table.first
    if found.path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return repr(value)
    with found.path.open(encoding=found.encoding, errors="replace") as lines:
        place = next((n for n, line in enumerate(lines, start=1) if value in line), 0)
    return f"{value!r} (line {place})" if place else repr(value)
