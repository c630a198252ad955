"""Where the last period stands against a goal: whether it is met on average, and how many rows do not meet it."""

from __future__ import annotations

from collections.abc import Mapping

from linkage.sentences import CLUSTER_NOUNS, NOUNS, is_share, number


def is_met(row: Mapping[str, object]) -> bool:
    """Whether the mean of the last period keeps to a goal. row : direction, estimate (the goal), now (the mean)."""
    if row["direction"] == "at most":
        return bool(row["now"] <= row["estimate"])
    return bool(row["now"] >= row["estimate"])


def rows_counted(count: float, grain: str) -> str:
    """How many rows of one period: its contacts or answers, or each unit once."""
    return f"{count:,.0f} {CLUSTER_NOUNS['unit_id'] if grain == 'unit_period' else NOUNS[grain]}"


def standing_words(row: Mapping[str, object]) -> str:
    """Whether the last period meets a goal on average, and how many of its rows do not; nothing without such rows.

    row : direction, estimate, unit, grain, now (the mean), beyond and n_last (counts).
    """
    if not row["n_last"]:
        return ""
    mean = f"{number(100 * row['now'])}%" if is_share(str(row["unit"])) else number(row["now"])
    of = rows_counted(row["n_last"], str(row["grain"]))
    if not is_met(row):
        return f"missed on average (now {mean}), by {row['beyond']:,.0f} of {of}"
    missed = f"not by {row['beyond']:,.0f} of {of}" if row["beyond"] else f"and by all {of}"
    return f"met on average (now {mean}), {missed}"
