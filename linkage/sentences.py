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


CLUSTER_NOUNS = {
    "customer_id": "customers",
    "employee_id": "employees",
    "unit_id": "units",
    "interaction_id": "contacts",
    "state": "states",
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


def one_more(driver: str, unit: str, is_flag: bool, category: str | None) -> tuple[str, float]:
    """The step a sentence speaks of, in words and in driver units: a whole share would be the whole range."""
    if category is not None:
        return f"{driver}: {category}", 1.0
    if is_flag:
        return f"{driver} (yes against no)", 1.0
    if unit.startswith("share"):
        return f"10 percentage points more of {driver}", 0.1
    return (f"one {unit} more of {driver}" if unit else f"one more of {driver}"), 1.0


def outcome_amount(value: float, unit: str) -> str:
    """A signed amount of an outcome; shares are said in percentage points."""
    if unit.startswith("share"):
        return f"{signed(100 * value)} percentage points"
    return amount(value, unit)


def groups(count: int, column: str) -> str:
    """How many clusters of what: people and units by their name, anything else by its column."""
    return f"{count:,} {CLUSTER_NOUNS.get(column, f'clusters of {column}')}"


def link_sentence(row: dict, *, confidence: float, span: str, noun: str) -> str:
    """The sentence of one finding: direction, size, interval, n, period, level, and what is not shown.

    row : driver_label, outcome_label, driver_unit, outcome_unit, is_flag, category, estimate, low, high, n,
        clusters, cluster, level, verdict, detectable, reason.
    """
    if row["verdict"] == UNSAFE:
        return f"Not to be used: {row['driver_label']} and {row['outcome_label']}. {row['reason']}"
    if row["estimate"] is None or row["verdict"] not in (LINKED, NO_LINK):
        return f"Not assessed: {row['driver_label']} and {row['outcome_label']}. {row['reason']}"
    step, size = one_more(row["driver_label"], row["driver_unit"], row["is_flag"], row["category"])
    unit, scale = row["outcome_unit"], 100.0 if row["outcome_unit"].startswith("share") else 1.0
    estimate, low, high = (size * row[part] for part in ("estimate", "low", "high"))
    interval = f"{confidence:.0%} interval {signed(scale * low)} to {signed(scale * high)}"
    grouped = f" in {groups(row['clusters'], row['cluster'])}" if row["clusters"] else ""
    basis = f"{interval}; n = {row['n']:,} {noun}{grouped}, {span}; {row['level']}"
    if row["verdict"] == LINKED:
        verb = verb_of(row["level"], estimate)
        return (
            f"{_capital(step)} {verb} {outcome_amount(estimate, unit)} of {row['outcome_label']} ({basis})."
        )
    seen = outcome_amount(abs(size * row["detectable"]), unit).lstrip("+")
    return (
        f"No link shown between {row['driver_label']} and {row['outcome_label']}: {step} goes with "
        f"{outcome_amount(estimate, unit)} ({basis}). A link of {seen} or more would have been seen."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
