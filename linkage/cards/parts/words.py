"""The words of a shape: what takes the place of one slope where a link is not a straight line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.ladder import verb_of
from linkage.sentences import is_share, number, outcome_amount, plural, signed

if TYPE_CHECKING:
    from linkage.cards.parts.shape import LinkShape


def shape_sentence(
    shape: LinkShape, labels: tuple[str, str], units: tuple[str, str], *, level: str = "L2"
) -> str:
    """A link's shape in plain words. labels, units : of driver and outcome. level : of evidence, for the verb.

    Each number stands with its interval (in brackets). A straight line is said to be one; its slope is the card's.
    """
    if shape.form == "bent":
        return _bent(shape, labels, units, level)
    if shape.form == "curved":
        return _curved(shape, labels, units, level)
    if shape.form == "steps":
        return _stepped(shape, labels, units, level)
    if shape.form == "not assessed":
        return f"Shape not assessed: {shape.reason}"
    if shape.reason:
        return shape.reason
    shown = "" if shape.form == "straight" else ", and shows no slope"
    return f"A straight line serves{shown}: no bend, curve or step is shown that it would hide."


def _bent(shape: LinkShape, labels, units, level: str) -> str:
    table = shape.estimates
    place = table.loc["break point"]
    where = f"{_at(place['estimate'], units[0])} ({_at(place['low'])} to {_at(place['high'])})"
    more, size = _one_more(labels[0], units[0])
    before, after = (_moved(table.loc[side], size, labels, units, level) for side in ("before", "after"))
    open_end = " How far the bend may lie is open: its interval reaches the end of what could be searched."
    end = open_end if shape.reaches_end else ""
    if not is_shown(table.loc["before"]):
        return f"No change shown up to {where}; beyond, {more} {after}.{end}"
    if not is_shown(table.loc["after"]):
        return f"Up to {where} {more} {before}; beyond, no change shown.{end}"
    return f"Up to {where} {more} {before}; beyond, it {after}.{end}"


def _curved(shape: LinkShape, labels, units, level: str) -> str:
    more, size = _one_more(labels[0], units[0])
    rows = shape.estimates.drop(index="straight line")
    said = [
        f"at {_at(row['at'], units[0])} "
        + (
            _moved(row, size, labels, units, level)
            if is_shown(row)
            else f"shows no change {_range(row, size, units)}"
        )
        for _, row in rows.iterrows()
    ]
    return (
        f"No one slope: {more} {said[0]}, {said[1]} and {said[2]} (where a quarter, half and three quarters of the "
        "rows lie below)."
    )


def _stepped(shape: LinkShape, labels, units, level: str) -> str:
    rows = shape.estimates.drop(index="straight line")
    said = [
        f"{name.split(' against ')[0]} {_moved(row, 1.0, labels, units, level, labelled=False)}"
        for name, row in rows.iterrows()
    ]
    return (
        f"Steps, no one slope. Against {shape.reference} of {labels[0]}, in {labels[1]}: {'; '.join(said)}."
    )


def _one_more(label: str, unit: str) -> tuple[str, float]:
    """The step a sentence speaks of, in words and driver units: a whole share would be the whole range."""
    if is_share(unit):
        return "each 10 percentage points more", 0.1
    return (f"each {unit} more" if unit else f"each one more of {label}"), 1.0


def _at(value: float, unit: str = "") -> str:
    if is_share(unit):
        return f"{number(100 * value)}%"
    return f"{number(value)} {plural(unit, value)}".rstrip()


def is_shown(row: pd.Series) -> bool:
    """Whether an interval, low to high, leaves zero out."""
    return bool(row["low"] > 0 or row["high"] < 0)


def _moved(row: pd.Series, size: float, labels, units, level: str, *, labelled: bool = True) -> str:
    """What the outcome does, with the verb the level allows, the interval in brackets."""
    value = size * row["estimate"]
    verb, of = verb_of(level, value), f" of {labels[1]}" if labelled else ""
    between = _range(row, size, units)
    if verb in ("raises", "lowers"):
        by = outcome_amount(abs(value), units[1]).lstrip("+")
        return f"{verb} {labels[1] if labelled else 'it'} by {by} {between}"
    return f"{verb} {outcome_amount(value, units[1])}{of} {between}"


def _range(row: pd.Series, size: float, units) -> str:
    scale = size * (100.0 if is_share(units[1]) else 1.0)
    return f"({signed(scale * row['low'])} to {signed(scale * row['high'])})"
