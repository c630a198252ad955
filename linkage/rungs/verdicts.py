"""What the rungs say of each other, and whether an event or a draw holds what it promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.rungs import (
    BALANCE_P,
    BALANCE_SHOWN,
    CROSSING_SHARE,
    DRIFT_SHARE,
    LEAST_TREATED,
    RATIO_P,
    TREND_FAIL_P,
    TREND_P,
    WITHIN_SHARE,
)
from linkage.rungs.balance import Balance
from linkage.rungs.result import ADJUSTED, CHANGE, EVENT, LOT, RAW, WITHIN, Ladder
from linkage.rungs.trends import Trends

LEVELS, TRENDS, DRAW = "levels and changes", "common trends", "balance"

LESS, UNSHOWN, TURNED = "less", "unshown", "turned"
AGAINST = {
    LESS: (
        f"{WITHIN_SHARE:.0%} of it",
        f"less than {WITHIN_SHARE:.0%} of it is there when each is compared with itself. What lasts in each may move "
        "both. Act on the smaller figure.",
    ),
    UNSHOWN: (
        "as much",
        "no link is shown when each is compared with itself, and one as large would have been. What lasts in each may "
        "move both. Act on the smaller figure.",
    ),
    TURNED: (
        "same sign",
        "what differs between them is not what happens when one changes. Report both, and act on neither before it is "
        "known why.",
    ),
}
"""For each kind of doubt the limit it broke, and what follows from it."""


def judge_rungs(ladder: Ladder) -> tuple[Check, ...]:
    """The checks of a ladder: levels against changes; with an event its common trends, with a draw its balance."""
    made = [_levels_and_changes(ladder)]
    asked = set(ladder.rungs["rung"])
    if EVENT in asked:
        made.append(judge_trends(ladder.trends))
    if LOT in asked:
        made.append(judge_balance(ladder.balance))
    return tuple(made)


@dataclass(frozen=True)
class Doubt:
    """What a comparison of each with itself holds against the levels.

    itself : the rung of that comparison, with what, estimate, low and high. kind : LESS where most of it is not there,
    UNSHOWN where nothing is shown though one as large would have been, TURNED where it has the other sign.
    """

    itself: pd.Series
    kind: str


def doubt_of(ladder: Ladder) -> Doubt | None:
    """What speaks against reading the levels as what happens when one changes; None where nothing does."""
    level, moved = _levels_and_moved(ladder)
    if level is None or not _sign(level):
        return None
    turned = [r for r in moved if _sign(r) == -_sign(level)]
    if turned:
        return Doubt(turned[0], TURNED)
    for r in moved:
        if _is_less(r, level, WITHIN_SHARE):
            return Doubt(r, LESS)
    unshown = [r for r in moved if _is_less(r, level, 1.0)]
    return Doubt(unshown[0], UNSHOWN) if unshown and not any(map(_sign, moved)) else None


def _levels_and_moved(ladder: Ladder) -> tuple[pd.Series | None, list[pd.Series]]:
    """The comparison between rows, the one with more held fixed, and those of each with itself."""
    levels = [r for name in (ADJUSTED, RAW) if (r := ladder.rung(name)) is not None]
    moved = [r for name in (WITHIN, CHANGE) if (r := ladder.rung(name)) is not None]
    return next(iter(levels), None), moved


def _levels_and_changes(ladder: Ladder) -> Check:
    """Do comparisons between rows and comparisons of each with itself point the same way?"""
    level, moved = _levels_and_moved(ladder)
    if level is None or not moved:
        notes = ladder.rungs.set_index("rung")["note"]
        why = f"{notes[WITHIN]}; {notes[CHANGE]}" if not moved else "no comparison of levels"
        return Check(LEVELS, NOT_ASSESSED, None, "same sign", f"Only one of the two can be computed: {why}.")
    doubt = doubt_of(ladder)
    if doubt is not None:
        found = f"{level['estimate']:+.4g} and {doubt.itself['estimate']:+.4g}"
        limit, words = AGAINST[doubt.kind]
        return Check(LEVELS, REVIEW, found, limit, f"{_told(level)}, but {_told(doubt.itself)}: {words}")
    clear = [r for r in moved if _sign(r)]
    if not _sign(level) or not clear:
        vague = level if not _sign(level) else moved[0]
        said = f"{_told(vague)} does not tell a sign: nothing to hold against the other."
        return Check(LEVELS, NOT_ASSESSED, None, "same sign", said)
    found = f"{level['estimate']:+.4g} and {clear[0]['estimate']:+.4g}"
    return Check(
        LEVELS, PASS, found, "same sign", f"{_told(level)}, and {_told(clear[0])}: the same direction."
    )


def _sign(rung: pd.Series) -> int:
    """+1 or -1 where the interval excludes zero, else 0."""
    return int(rung["low"] > 0) - int(rung["high"] < 0)


def _is_less(rung: pd.Series, level: pd.Series, share: float) -> bool:
    """Whether a comparison of each with itself rules out even this part of what the levels show."""
    sign = _sign(level)
    bound = rung["high"] if sign > 0 else -rung["low"]
    return bool(bound < share * abs(level["estimate"]))


def _told(rung: pd.Series) -> str:
    return f"{rung['what']} {rung['estimate']:+.4g} ({rung['low']:+.4g} to {rung['high']:+.4g})"


def judge_trends(found: Trends | str) -> Check:
    """Did treated and not yet treated move alike before the event?"""
    if isinstance(found, str):
        return Check(TRENDS, NOT_ASSESSED, None, TREND_P, f"No event study: {found}.")
    if np.isnan(found.p_value):
        return Check(
            TRENDS, NOT_ASSESSED, None, TREND_P,
            "Too few periods before the event, or too few clusters, to see whether both sides moved alike. More "
            "history before the event would tell.",
        )  # fmt: skip
    value, slope = found.p_value, found.slope
    shown = slope.low > 0 or slope.high < 0
    share = found.drift / slope.estimate if slope.estimate else np.nan
    if value < TREND_FAIL_P and shown and share >= DRIFT_SHARE:
        return Check(
            TRENDS, FAIL, value, TREND_FAIL_P,
            f"The treated were drifting away before the event (p = {value:.2g}); that drift alone, carried on, makes "
            f"{found.drift:+.3g} of the {slope.estimate:+.3g}. This is no effect of the event.",
        )  # fmt: skip
    if value < TREND_P:
        return Check(
            TRENDS, REVIEW, value, TREND_P,
            f"Treated and untreated did not move alike before the event (p = {value:.2g}); a drift like that adds "
            f"{found.drift:+.3g} to the {slope.estimate:+.3g}. Find better comparisons before saying what it did.",
        )  # fmt: skip
    if min(found.treated, found.comparison) < LEAST_TREATED:
        return Check(
            TRENDS, REVIEW, min(found.treated, found.comparison), LEAST_TREATED,
            f"{found.treated:,} treated and {found.comparison:,} other clusters: too few to tell the event from "
            "whatever else happened to them.",
        )  # fmt: skip
    return Check(TRENDS, PASS, value, TREND_P, _alike(found))


def _alike(found: Trends) -> str:
    """What a pass means, and what it does not."""
    said = f"No sign that they moved apart before the event (p = {found.p_value:.2g})"
    unseen = max(abs(found.drift_low), abs(found.drift_high))
    said += (
        f"; a steady drift that adds up to {unseen:.3g} would not have been seen."
        if np.isfinite(unseen)
        else "."
    )
    if found.groups == 1:
        said += " All treated are of one group: whatever else began there then is in the estimate too."
    return said


def judge_balance(found: Balance | str) -> Check:
    """Are the arms of a draw alike in what was known before, in who answered, in size, and apart?"""
    if isinstance(found, str):
        return Check(DRAW, NOT_ASSESSED, None, BALANCE_P, f"The arms cannot be compared: {found}.")
    if np.isnan(found.p_value):
        said = "Too few clusters, or nothing known before the draw, to compare the arms in."
        return Check(DRAW, NOT_ASSESSED, None, BALANCE_P, said)
    for verdict in (_unlike(found), _unanswered(found), _ratio(found), _crossed(found)):
        if verdict is not None:
            return verdict
    size = found.columns["difference"].abs().max()
    return Check(
        DRAW, PASS, found.p_value, BALANCE_P,
        f"Alike in {found.columns['column'].nunique()} columns known before (p = {found.p_value:.2g}, largest "
        f"difference {size:.2f} standard deviations); both arms lack the outcome equally often"
        f"{_planned(found)}.",
    )  # fmt: skip


def _planned(found: Balance) -> str:
    if found.planned_share is None:
        return f"; {found.drawn_share:.1%} were drawn, no plan is declared to hold that against"
    return f"; {found.drawn_share:.1%} were drawn, {found.planned_share:.1%} planned"


def _unlike(found: Balance) -> Check | None:
    if found.p_value >= BALANCE_P:
        return None
    largest = found.columns.reindex(
        found.columns["difference"].abs().sort_values(ascending=False).index
    ).head(3)
    named = [
        f"{row.column}{'' if row.category is None else f' {row.category}'} ({row.difference:+.2f})"
        for row in largest.itertuples()
        if abs(row.difference) >= BALANCE_SHOWN
    ]
    most = f" Most in {', '.join(named)}, in standard deviations." if named else ""
    return Check(
        DRAW, REVIEW, found.p_value, BALANCE_P,
        f"The arms differ in what was known before the draw (p = {found.p_value:.2g}): it was not by lot as told."
        f"{most} Read it as observed.",
    )  # fmt: skip


def _unanswered(found: Balance) -> Check | None:
    if not found.answered_p < BALANCE_P:
        return None
    return Check(
        DRAW, REVIEW, found.answered_p, BALANCE_P,
        f"{found.drawn_answered:.1%} of the drawn arm have the outcome and {found.other_answered:.1%} of the other "
        f"(p = {found.answered_p:.2g}): those who are missing were not drawn by lot.",
    )  # fmt: skip


def _ratio(found: Balance) -> Check | None:
    if not found.share_p < RATIO_P:
        return None
    return Check(
        DRAW, REVIEW, found.drawn_share, found.planned_share,
        f"{found.drawn_share:.1%} were drawn where {found.planned_share:.1%} were planned (p = {found.share_p:.2g}): "
        "look for what loses rows of one arm.",
    )  # fmt: skip


def _crossed(found: Balance) -> Check | None:
    """Whole clusters were drawn, as few are in both arms; those few were treated both ways."""
    if not 0 < found.crossing < CROSSING_SHARE * found.expected_crossing:
        return None
    return Check(
        DRAW, REVIEW, found.crossing, 0.0,
        f"{found.crossing:,} of {found.clusters:,} clusters with several rows are in both arms, far fewer than a draw "
        "of each row gives: whole clusters were drawn, and these crossed over. Leave them out, or count them as drawn "
        "first.",
    )  # fmt: skip
