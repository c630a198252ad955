"""On which side of its lines an aggregation lies, and what to do on the wrong one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.answering import (
    AGREED,
    HALF_RELIABLE,
    ICC1_LIMIT,
    RELIABLE_MEANS,
    RELIABLE_UNITS_SHARE,
    WEAKLY_AGREED,
)


def gate_checks(estimates: pd.DataFrame, units: int) -> tuple[Check, ...]:
    """A verdict on each figure, in the order of the table."""
    value = estimates["estimate"]
    return (
        check_icc1(estimates.loc["icc1"]),
        check_icc2(value["icc2"]),
        check_agreement("rwg", value["rwg"]),
        check_agreement("rwg_skewed", value["rwg_skewed"]),
        check_units(value["reliable_units_share"], units),
    )


def check_icc1(row: pd.Series) -> Check:
    """Do units differ, and by enough to speak of?"""
    value = float(row["estimate"])
    differ, enough = row["low"] > 0, value > ICC1_LIMIT
    verdict = PASS if differ and enough else FAIL if not differ and not enough else REVIEW
    advice = {
        PASS: "Units differ beyond chance.",
        REVIEW: "Units differ little, or not beyond chance: report the customers' own slopes beside unit means.",
        FAIL: "Units do not differ beyond chance: stay with single answers.",
    }
    return Check("icc1", verdict, value, ICC1_LIMIT, advice[verdict])


def check_icc2(value: float) -> Check:
    """Would the units be ranked alike if other customers had answered?"""
    verdict = PASS if value >= RELIABLE_MEANS else REVIEW if value >= HALF_RELIABLE else FAIL
    advice = {
        PASS: "Unit means would be ranked much alike by other customers.",
        REVIEW: "Slopes on these means are weakened: shrink the means or correct for attenuation, and say so.",
        FAIL: "Most differences between unit means are chance: gather more answers a unit, or wider periods.",
    }
    return Check("icc2", verdict, float(value), RELIABLE_MEANS, advice[verdict])


def check_agreement(name: str, value: float) -> Check:
    """Do the people of a unit agree more than random answers would?"""
    if not np.isfinite(value):
        advice = "Give scale=, and units with two answers or more; a skewed null is known for 5 to 11 points."
        return Check(name, NOT_ASSESSED, None, AGREED, advice)
    weak = REVIEW if name == "rwg_skewed" else FAIL  # the harsher null warns, it does not bar
    verdict = PASS if value >= AGREED else REVIEW if value > WEAKLY_AGREED else weak
    advice = (
        "People of a unit agree."
        if verdict == PASS
        else "People of a unit see it differently: its mean hides that; show the spread, or look for parts of the unit."
    )
    return Check(name, verdict, float(value), AGREED, advice)


def check_units(value: float, units: int) -> Check:
    """Do enough units have a mean that can be relied on?"""
    verdict = PASS if value >= RELIABLE_UNITS_SHARE else REVIEW if value > 0 else FAIL
    advice = (
        "Most units have enough answers."
        if verdict == PASS
        else f"{round((1 - value) * units):,} of {units:,} units have too few answers for a mean of reliability "
        f"{RELIABLE_MEANS:.2f}: mark them, and do not rank them."
    )
    return Check("reliable_units_share", verdict, float(value), RELIABLE_UNITS_SHARE, advice)
