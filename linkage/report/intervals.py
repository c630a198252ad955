"""Which columns of a wide table are a figure and the ends of its interval, and how are the three read in one?"""

from __future__ import annotations

from collections.abc import Sequence

FOLDED_FROM = 9
"""A table of as many columns has the ends of its intervals below their figures: beside them they leave the page."""
ERRORS = ("std_error", "service_std_error")
"""Columns that may stand between a figure and its interval."""


def folded(head: Sequence[str]) -> dict[int, tuple[int, int]]:
    """By the place of a figure, those of its interval's low and high end; empty where a table is narrow enough.

    head : the columns' names. An end is called low or high, or after its figure: value, value_low, value_high.
    """
    if len(head) < FOLDED_FROM:
        return {}
    places = {name: place for place, name in enumerate(head)}
    found = {}
    for name, low in places.items():
        stem = name.removesuffix("low")
        high = places.get(f"{stem}high")
        if name == "low" or name.endswith("_low"):
            figure = _figure(head, places, stem.removesuffix("_"), low)
            if high is not None and figure is not None:
                found[figure] = (low, high)
    return found


def _figure(head: Sequence[str], places: dict[str, int], name: str, low: int) -> int | None:
    """Where the figure of an interval stands: under its name, or, of a bare low and high, before them."""
    if name:
        return places.get(name, places.get(f"{name}_mean"))
    if "estimate" in places:
        return places["estimate"]
    before = low - 2 if low > 1 and head[low - 1] in ERRORS else low - 1
    return before if before > 0 else None


def told_as(head: Sequence[str]) -> list[str]:
    """The columns' names by which their figures are told: a bare low and high are of the kind of their figure.

    Else an estimate in percent would stand beside the ends of its interval in shares.
    """
    low = head.index("low") if "low" in head and "high" in head else -1
    figure = _figure(head, {name: place for place, name in enumerate(head)}, "", low) if low >= 0 else None
    if figure is None or head[figure] == "estimate":
        return list(head)
    return [f"{head[figure]}_{name}" if name in ("low", "high") else name for name in head]


def between(low: str, high: str, nothing: Sequence[str]) -> str:
    """An interval in words; nothing where neither end is known."""
    if low in nothing and high in nothing:
        return ""
    return " to ".join("without bound" if end in nothing else end for end in (low, high))
