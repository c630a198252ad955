"""The words of an answer, built from its numbers: one place, so that the same numbers always read the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from linkage.ladder import ALPHA, LINKED, NO_LINK, NOT_SHOWN, OPEN, UNSAFE, verb_of

NOUNS = {
    "interaction": "contacts",
    "survey": "answers",
    "customer_period": "customer periods",
    "employee_period": "employee periods",
    "unit_period": "unit periods",
    "row": "rows",
}
"""What several rows of a grain are called; "row" is that of a table whose grain nobody said."""

CLUSTER_NOUNS = {
    "customer_id": "customers",
    "employee_id": "employees",
    "unit_id": "units",
    "interaction_id": "contacts",
    "state": "states",
}


PUBLISHED_DIGITS = 10
"""Significant digits of a published figure: more than anyone reads and fewer than differ between processors."""


def number(value: float, digits: int = 3) -> str:
    """A number at a few significant digits, without an exponent where it can be helped."""
    if value is None or math.isnan(value):
        return "not computed"
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "without bound"
    value = _as_published(value)
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits - 1}e}" if places > 7 else f"{value:,.{places}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _as_published(value: float) -> float:
    """What the row of a published figure holds: else the figure could be said otherwise than its row says it."""
    published = float(f"{value:.{PUBLISHED_DIGITS}g}")
    return published if math.isfinite(published) else value


def signed(value: float, digits: int = 3) -> str:
    """A number with its sign in front; zero, the missing and the unbounded have none."""
    return ("+" if value > 0 and math.isfinite(value) else "") + number(value, digits)


NO_PLURAL = ("share", "ratio", "percent", "%")


def in_sentence(label: str) -> str:
    """A label inside a sentence: its first letter small, unless it is an abbreviation's or a name's (Total Due)."""
    is_name = any(word[:1].isupper() and word[1:].islower() for word in label.split()[1:2])
    return label if is_name or label[1:2].isupper() else label[:1].lower() + label[1:]


def capital(text: str) -> str:
    """A text with its first letter large, as a sentence or a row of a table begins."""
    return text[:1].upper() + text[1:]


def in_words(name: object) -> str:
    """A declared name (of a link, a scenario, a group) as a person reads it: without underscores."""
    return str(name).replace("_", " ")


def listed(names: Iterable[object]) -> str:
    """Names as a reader says them: "a", "a and b", "a, b and c"; nothing of none."""
    *first, last = [str(name) for name in names] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def plural(unit: str, value: float = 2) -> str:
    """A unit's plural, except for currencies, shares, symbols and other words that have none.

    Of "call per day" or "share of revenue" the first word counts.
    """
    first, *rest = re.split(r"(?= (?:per|of|in|a) )", unit, maxsplit=1)
    word = first.rsplit(" ", 1)[-1]
    if abs(value) == 1 or len(word) < 3 or word.isupper() or word.endswith("s") or word in NO_PLURAL:
        return unit
    if word.endswith("y") and word[-2] not in "aeiou":
        return "".join([f"{first[:-1]}ies", *rest])
    return "".join([first, "es" if word.endswith(("ch", "sh", "x", "z")) else "s", *rest])


def amount(value: float, unit: str) -> str:
    """A signed number with its unit."""
    return f"{signed(value)} {plural(unit, value)}".rstrip()


def p_words(value: float) -> str:
    if value is None or math.isnan(value):
        return "not computed"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def is_share(unit: str) -> bool:
    """Whether a unit is a share of something, 0 to 1: "share", "share of revenue"."""
    return unit == "share" or unit.startswith("share ")


def one_more(
    driver: str, unit: str, is_flag: bool, category: str | None, *, switches: bool = False
) -> tuple[str, float]:
    """The step a sentence speaks of, in words and in driver units: a whole share would be the whole range."""
    if category is not None:
        return f"{driver}: {category}", 1.0
    if is_flag:
        return f"{driver} ({'from no to yes' if switches else 'yes against no'})", 1.0
    if is_share(unit):
        return f"10 percentage points more of {driver}", 0.1
    return (f"one {unit} more of {driver}" if unit else f"one more of {driver}"), 1.0


def outcome_amount(value: float, unit: str) -> str:
    """A signed amount of an outcome; shares are said in percentage points, and a ratio has no unit."""
    if is_share(unit):
        return f"{signed(100 * value)} percentage points"
    return signed(value) if unit == "ratio" else amount(value, unit)


def groups(count: int, column: str, noun: str = "") -> str:
    """How many clusters of what: people and units by their name, anything else by its column. noun : the study's."""
    return f"{count:,} {noun or CLUSTER_NOUNS.get(column, f'clusters of {column}')}"


def rows_and_clusters(row: dict, noun: str) -> str:
    """How many rows, in how many clusters; a row that names nobody is no known customer, and is counted apart.

    row : n, clusters, cluster, and where known cluster_noun and unnamed; see link_sentence.
    """
    rows, clusters = f"{row['n']:,} {noun}", row["clusters"]
    if not clusters:
        return rows
    unnamed, called = row.get("unnamed") or 0, row.get("cluster_noun", "")
    if not unnamed:
        said = groups(clusters, row["cluster"], called)
        # Those of whom each has one row are as many as their rows: said once.
        return said if said == rows else f"{rows} in {said}"
    known = clusters - unnamed
    if not known:
        return f"{rows}, none of which names a customer"
    named = groups(known, row["cluster"], called).replace(" ", " known ", 1)
    return f"{rows}: {row['n'] - unnamed:,} of {named} and {unnamed:,} of nobody known"


def interval_words(low: float, high: float, confidence: float) -> str:
    """An interval with its coverage; few clusters can leave a side of it open."""
    share = f"{100 * confidence:g}% interval"
    if math.isfinite(low) and math.isfinite(high):
        return f"{share} {signed(low)} to {signed(high)}"
    if not math.isfinite(low) and not math.isfinite(high):
        return f"{share} without bounds"
    return f"{share} {signed(low)} or more" if math.isfinite(low) else f"{share} {signed(high)} or less"


def link_sentence(row: dict, *, confidence: float, span: str, noun: str) -> str:
    """The sentence of one finding: direction, size, interval, n, period, level, and what is not shown.

    row : driver_label, outcome_label, driver_unit, outcome_unit, is_flag, category, estimate, low, high, n,
        clusters, cluster, level, verdict, p_value, detectable, reason; quartile_low and quartile_high, the
        driver's 25th and 75th percentile, where it has any; shape, the words of a link that is not straight;
        horizon, of an outcome in money what it is counted over; cluster_noun, what the study calls clusters; unnamed,
        how many rows name no customer; verb_level, the level whose verb the estimate itself may carry, where the
        link earned a higher one in another comparison; earned, that comparison: what, estimate, low, high and n;
        counted, "not shown" where a link of the usual size might have been missed (see ladder.counted_as).
    """
    if row["verdict"] == UNSAFE:
        return f"Not to be used: {row['driver_label']} and {row['outcome_label']}. {row['reason']}"
    row = {**row, "outcome_label": over_time(row["outcome_label"], row.get("horizon", ""))}
    if row["estimate"] is None or row["verdict"] not in (LINKED, NO_LINK):
        return f"Not assessed: {row['driver_label']} and {row['outcome_label']}. {row['reason']}"
    step, size = one_more(
        row["driver_label"],
        row["driver_unit"],
        row["is_flag"],
        row["category"],
        switches=row.get("switches", False),
    )
    unit = row["outcome_unit"]
    scale = 100.0 if is_share(unit) else 1.0
    estimate, low, high = (size * row[part] for part in ("estimate", "low", "high"))
    later = row.get("verb_level", row["level"]) < row["level"]
    earned = row["level"] + (_earned_words(row.get("earned"), size * scale) if later else "")
    standing = f"{earned}, estimated" if row.get("horizon") else earned
    rests_on = f"n = {rows_and_clusters(row, noun)}, {span}; {standing}"
    basis = f"{interval_words(scale * low, scale * high, confidence)}; {rests_on}"
    if row["verdict"] == LINKED and row.get("shape"):
        words, straight = str(row["shape"]).rstrip("."), f"{outcome_amount(estimate, unit)} for {step}"
        share = f"{100 * confidence:g}% intervals"
        return (
            f"{capital(row['driver_label'])} and {row['outcome_label']}: {words} ({share}; {rests_on}). One straight "
            f"line, {straight}, would hide that. {NOT_SHOWN[row['level']]}"
        )
    if row["verdict"] == LINKED:
        moves = _moves(row.get("verb_level") or row["level"], estimate, unit, row["outcome_label"])
        return f"{capital(step)} {moves} ({basis}).{_between_quartiles(row)} {NOT_SHOWN[row['level']]}"
    return (
        f"No link shown between {row['driver_label']} and {row['outcome_label']}: {step} goes with "
        f"{outcome_amount(estimate, unit)} ({basis}). {_not_seen(row, size * row['detectable'])}"
    )


MISSED = "one of the usual size might have been missed"
"""What stands wherever an estimate counts as not shown."""


def _earned_words(rung: dict | None, times: float) -> str:
    """The estimate that earned the level, where it is not the one told before: a level never stands for another."""
    if rung is None:
        return ", earned by the first driver"
    estimate, low, high = (signed(times * rung[part]) for part in ("estimate", "low", "high"))
    return f", as {rung['what']}: {estimate} ({low} to {high}; n = {rung['n']:,.0f})"


def over_time(label: str, horizon: str) -> str:
    """The label of an amount of money with what it is counted over: "spend a quarter"; a window is in the label."""
    return f"{label} {horizon}" if horizon.startswith(("a ", "an ")) else label


def _between_quartiles(row: dict) -> str:
    """What the usual range of the driver makes: from its 25th to its 75th percentile."""
    low, high = row.get("quartile_low"), row.get("quartile_high")
    if row["is_flag"] or row["category"] is not None or low is None or not high > low:
        return ""
    percent = is_share(row["driver_unit"])
    unit = "percent" if percent else plural(row["driver_unit"])
    start, end = (number(100 * v if percent else v) for v in (low, high))
    moved = outcome_amount(row["estimate"] * (high - low), row["outcome_unit"])
    return f" From its 25th to its 75th percentile ({start} to {end} {unit}".rstrip() + f"): {moved}."


def _moves(level: str, estimate: float, unit: str, label: str) -> str:
    """What the outcome does, with the verb the level allows; a cause moves it by an amount without a sign."""
    verb = verb_of(level, estimate)
    if verb in ("raises", "lowers"):
        return f"{verb} {label} by {outcome_amount(abs(estimate), unit).lstrip('+')}"
    return f"{verb} {outcome_amount(estimate, unit)} {'in' if unit in ('', 'ratio') else 'of'} {label}"


def _not_seen(row: dict, detectable: float) -> str:
    """What a link that was not shown leaves open."""
    if row["p_value"] <= ALPHA:
        return "Asked alone it would count as a link; among all the links asked it does not."
    if not math.isfinite(detectable):
        return "These data are too few to have shown a link of any size."
    size = outcome_amount(abs(detectable), row["outcome_unit"]).lstrip("+")
    if row.get("counted") == OPEN:
        return f"Only a link of {size} or more would have been seen: {MISSED}."
    return f"A link of {size} or more would have been seen."
