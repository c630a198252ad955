"""How is a share told in a table, so that all is told from nearly all?"""

from __future__ import annotations

import re
from collections.abc import Sequence

SHARES = re.compile(r"(\w+_)?(share|rate)(_low|_high)?")
"""Columns of shares, which are read in percent."""
FRACTION = re.compile(r"(-?)([01])\.(\d+)")
RATE, WHOLE, PART = "match_rate", "rows", "matched"
"""A rate whose two counts stand in the same row is told from these: a rounded one calls 99.996% all."""


def in_percent(text: str, column: str) -> str:
    """A decimal fraction of a column of shares with its point moved by two places: no digit is lost or made up."""
    found = FRACTION.fullmatch(text)
    if not found or not SHARES.fullmatch(column):
        return text
    sign, whole, digits = found[1], found[2], found[3].ljust(2, "0")
    moved = int(whole + digits[:2])
    return f"{sign}{moved}{'.' + digits[2:] if digits[2:] else ''}%"


def counted_rate(texts: Sequence[str], head: Sequence[str]) -> str | None:
    """The match rate of a row in percent, from its counts; None where they do not stand in it.

    texts : the row's cells as pandas wrote them, head : their columns. Fewer than all, however few are missing, is
    never "100%", and more than none never "0%".
    """
    known = dict(zip(head, texts, strict=False))
    if not all(known.get(name, "").isdigit() for name in (WHOLE, PART)) or not int(known[WHOLE]):
        return None
    part, whole = int(known[PART]), int(known[WHOLE])
    if part in (0, whole):
        return "100%" if part else "0%"
    text = f"{part / whole:.2%}"
    return {"100.00%": "&gt; 99.99%", "0.00%": "&lt; 0.01%"}.get(text, text)
