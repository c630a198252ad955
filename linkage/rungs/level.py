"""The highest rung a declared estimate may be said at: one that is there, holds, and agrees with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from linkage.checks import FAIL, PASS, REVIEW, Check
from linkage.ladder import NEEDED_FOR_L3
from linkage.linking.clock import AFTER
from linkage.rungs.result import ADJUSTED, CHANGE, SHOWN, Ladder
from linkage.rungs.verdicts import DRAW, LEVELS, TRENDS

_MUST_PASS = {"L4": TRENDS, "L5": DRAW}


@dataclass(frozen=True)
class SurvivingLevel:
    """A level, the rung it was earned on, and why none above it was."""

    level: str
    rung: str
    why: str


def surviving_level(ladder: Ladder, checks: Iterable[Check]) -> SurvivingLevel:
    """The level at which a card's own estimate may be said.

    A rung counts where its outcome comes after the driver, or an event or a draw stands behind it; where the checks it
    needs hold (common trends must pass for an event, balance for a draw; nothing that L3 needs may be in doubt); and
    where it agrees with the declared estimate: both show the same sign or both show none, and their intervals overlap.
    A failed check leaves L1. Below L3, L2 asks for controls, or for each compared with itself.
    """
    checks = list(checks)
    shown = ladder.rungs[ladder.rungs["status"] == SHOWN]
    if shown.empty or not shown["is_declared"].any():
        return SurvivingLevel("L1", "", "nothing was estimated")
    own = shown[shown["is_declared"]].iloc[0]
    failed = [c.name for c in checks if c.verdict == FAIL]
    if failed:
        return SurvivingLevel("L1", own["rung"], f"failed: {', '.join(failed)}")
    reasons = []
    ranked = shown.assign(earned=_earned(shown)).sort_values("earned", ascending=False, kind="stable")
    for _, rung in ranked[ranked["earned"] > "L1"].iterrows():
        against = _against(rung, own, checks)
        if not against:
            return SurvivingLevel(rung["earned"], rung["rung"], "; ".join(reasons))
        reasons.append(f"{rung['rung']}: {against}")
    # What is in doubt as L3 still holds something fixed.
    held = own["rung"] == CHANGE or (shown["rung"] == ADJUSTED).any()
    return SurvivingLevel("L2" if held else "L1", own["rung"], "; ".join(reasons))


def _earned(rungs: pd.DataFrame) -> pd.Series:
    """The level each rung gives at best: at the same time, nothing above L2."""
    same_time = ~rungs["level"].isin(["L4", "L5"]) & (rungs["order"] != AFTER)
    return rungs["level"].where(~same_time | (rungs["level"] < "L3"), "L2")


def _against(rung: pd.Series, own: pd.Series, checks: list[Check]) -> str:
    """What keeps a rung from carrying the declared estimate; empty where nothing does."""
    level = rung["earned"]
    if level in _MUST_PASS:
        name = _MUST_PASS[level]
        if not any(c.name == name and c.verdict == PASS for c in checks):
            return f"{name} does not hold"
    elif level == "L3":
        needed = (*NEEDED_FOR_L3, LEVELS)
        doubted = [c.name for c in checks if c.verdict == REVIEW and c.name.split(" (")[0] in needed]
        if doubted:
            return f"doubted by {', '.join(doubted)}"
    return "" if rung["is_declared"] or _agree(rung, own) else "it does not agree with the declared estimate"


def _agree(rung: pd.Series, own: pd.Series) -> bool:
    """Both show the same sign, or both show none; and their intervals overlap."""
    signs = [int(r["low"] > 0) - int(r["high"] < 0) for r in (rung, own)]
    return signs[0] == signs[1] and rung["low"] <= own["high"] and own["low"] <= rung["high"]
