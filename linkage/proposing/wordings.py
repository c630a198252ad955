"""Columns of words that say more than a text: answers on a scale, whether something is settled, several choices."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from linkage.proposing.meaning import measure_of, says_status
from linkage.proposing.wordscales import settled_words, worded_scale

if TYPE_CHECKING:
    from linkage.proposing.columns import Look

APART = (";", "|", ",", "\n", " / ")
MOST_CHOICES = 25
LONGEST_CHOICE = 40


def in_words(look: Look) -> Look:
    """A column of text as what its words mean; itself where they mean nothing known."""
    measure = measure_of(look.name)
    if says_status(look.name) or (measure and measure.name == "is_resolved"):
        settled = settled_words([v for v, _ in look.values])
        if settled:
            numbers = tuple((settled[v], n) for v, n in look.values)
            return replace(look, kind="flag", plain_flag=False, numbers=numbers, words=tuple(settled.items()))
    return _on_a_scale(look) or _of_choices(look) or look


def _on_a_scale(look: Look) -> Look | None:
    scale = worded_scale([v for v, _ in look.values])
    if scale is None:
        return None
    said = {**{v: float(v) for v, _ in look.values if v.isdigit()}, **dict(scale.words)}
    numbers = tuple((said[v], n) for v, n in look.values if v in said)
    missing = tuple(dict.fromkeys([*look.missing, *scale.aside]))
    kind = "flag" if scale.high == 1 else "worded"
    filled = sum(n for _, n in numbers)
    values = tuple((v, n) for v, n in look.values if v in said)
    return replace(
        look,
        kind=kind,
        plain_flag=False,
        numbers=numbers,
        words=scale.words,
        ends=(scale.low, scale.high),
        why=scale.why,
        missing=missing,
        filled=filled,
        values=values,
        distinct=len(values),
    )


def _of_choices(look: Look) -> Look | None:
    """Several choices in a cell: few different ones, many ways to put them together."""
    if look.distinct < 3:
        return None
    for apart in APART:
        if sum(n for v, n in look.values if apart in v.strip(apart + " ")) < 0.1 * look.filled:
            continue
        between = re.compile(rf"\s*{re.escape(apart)}\s*")
        counted: Counter[str] = Counter()
        for value, n in look.values:
            for choice in dict.fromkeys(filter(None, between.split(value.strip(apart + " ")))):
                counted[choice] += n
        if _are_choices(counted, look):
            often = sorted(counted.items(), key=lambda made: (-made[1], made[0]))
            return replace(look, kind="choices", choices=tuple(often), apart=apart)
    return None


def _are_choices(counted: Counter[str], look: Look) -> bool:
    """Whether words come back often enough to have been offered, and are short enough."""
    few = 2 <= len(counted) <= min(MOST_CHOICES, max(2, look.filled // 10))
    offered = sum(n for _, n in counted.items() if n >= 3) >= 0.95 * sum(counted.values())
    return few and offered and max(map(len, counted)) <= LONGEST_CHOICE
