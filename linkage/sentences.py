"""The words of an answer, built from its numbers: one place, so that the same numbers always read the same."""

from __future__ import annotations

import math

from linkage.ladder import LINKED, NO_LINK, UNSAFE, verb_of

NOUNS = {
    "interaction": "contacts",
    "survey": "answers",
    "customer_period": "customer periods",
    "employee_period": "employee periods",
    "unit_period": "unit periods",
}


def number(value: float, digits: int = 3) -> str:
    """A number at a few significant digits, without an exponent where it can be helped."""
    if value is None or math.isnan(value):
        return "not computed"
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "without bound"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    if places > 7:
        return f"{value:.{digits - 1}e}"
    text = f"{value:,.{places}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def signed(value: float, digits: int = 3) -> str:
    return ("+" if value > 0 else "") + number(value, digits)


def plural(unit: str, value: float = 2) -> str:
    """A unit's plural, except for currencies, shares and other words that have none."""
    if abs(value) == 1 or not unit or unit.isupper() or unit.endswith("s") or unit in ("share", "ratio"):
        return unit
    return f"{unit}s"


def amount(value: float, unit: str) -> str:
    """A signed number with its unit."""
    return f"{signed(value)} {plural(unit, value)}".rstrip()


def p_words(value: float) -> str:
    if value is None or math.isnan(value):
        return "not computed"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def one_more(driver: str, unit: str, is_flag: bool, category: str | None) -> str:
    """The step a slope speaks of."""
    if category is not None:
        return f"{driver}: {category}"
    if is_flag:
        return f"{driver} (yes against no)"
    return f"one {unit} more of {driver}" if unit else f"one more of {driver}"


def link_sentence(row: dict, *, confidence: float, span: str, noun: str) -> str:
    """The sentence of one finding: direction, size, interval, n, period, level, and what is not shown.

    row : driver_label, outcome_label, driver_unit, outcome_unit, is_flag, category, estimate, low, high, n,
        clusters, cluster, level, verdict, detectable, reason.
    """
    if row["verdict"] == UNSAFE:
        return f"Not to be used: {row['driver_label']} and {row['outcome_label']}. {row['reason']}"
    if row["estimate"] is None or row["verdict"] not in (LINKED, NO_LINK):
        return f"Not assessed: {row['driver_label']} and {row['outcome_label']}. {row['reason']}"
    step = one_more(row["driver_label"], row["driver_unit"], row["is_flag"], row["category"])
    unit = row["outcome_unit"]
    interval = f"{confidence:.0%} interval {signed(row['low'])} to {signed(row['high'])}"
    grouped = f" in {row['clusters']:,} clusters of {row['cluster']}" if row["clusters"] else ""
    basis = f"{interval}; n = {row['n']:,} {noun}{grouped}, {span}; {row['level']}"
    if row["verdict"] == LINKED:
        verb = verb_of(row["level"], row["estimate"])
        return f"{_capital(step)} {verb} {amount(row['estimate'], unit)} of {row['outcome_label']} ({basis})."
    seen = f"A link of {number(row['detectable'])} {plural(unit, row['detectable'])} or more would have been seen."
    return (
        f"No link shown between {row['driver_label']} and {row['outcome_label']}: {step} goes with "
        f"{amount(row['estimate'], unit)} ({basis}). {seen}"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
