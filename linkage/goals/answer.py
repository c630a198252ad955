"""The goals in a few words: which metrics have one, and what became of the others."""

from __future__ import annotations

import pandas as pd

from linkage.goals.settled import NO_LINK, NO_TURN, NOT_ITS_OWN, REFUSED, UNKNOWN, YES_OR_NO
from linkage.goals.standing import standing_words
from linkage.goals.ways import BREAK, NO_GOAL, OPTIMUM, TARGET
from linkage.goals.words import whole
from linkage.sentences import in_sentence, is_share, plural

OTHERS = {
    NO_TURN: "any improvement counts equally",
    YES_OR_NO: "yes or no, so each contact counts",
    NOT_ITS_OWN: "nothing of its own shown",
    NO_LINK: "no link shown",
    REFUSED: "not to be used",
    UNKNOWN: "not assessed",
}
"""Why a metric has no goal, in the order of telling; whatever else was found comes last."""
RESTS_ON = {
    BREAK: "By the data alone, where the outcome turns",
    TARGET: "By a target that the company states",
    OPTIMUM: "By a cost that the company states",
}
"""What a goal rests on. Each value is estimated; two kinds follow only from what the company has stated is wanted."""
ELSE = "no goal from what is stated"


def short_answer(estimates: pd.DataFrame, *, period: str, confidence: float) -> str:
    """Which metrics have a goal, and how many have none for which reason?

    estimates : one row a metric, as of OperationalGoals: label, unit, kind, found, form, direction, estimate, low,
        high, now, beyond, n_last, grain, level. Two sentences.
    """
    if estimates.empty:
        return "No operational metric could be asked."
    goals = estimates[estimates["kind"] != NO_GOAL]
    levels = ", ".join(sorted(set(goals["level"])))
    basis = f" ({confidence:.0%} intervals; {levels})" if len(goals) else ""
    has = "has" if len(goals) == 1 else "have"
    first = f"{len(goals)} of {len(estimates)} metrics {has} a goal in {period}{basis}."
    said = " ".join([first, *(f"{part}." for part in goals_told(goals.to_dict("records")))])
    others = estimates[estimates["kind"] == NO_GOAL]
    if others.empty:
        return said
    why = _reasons(others)
    counted = [
        f"{why.count(words)} {words}" for words in dict.fromkeys([*OTHERS.values(), ELSE]) if words in why
    ]
    return f"{said} The others: {'; '.join(counted)}."


def goals_told(goals: list[dict]) -> list[str]:
    """The goals by what they rest on: what the data say alone, then what the company has stated.

    goals : rows of the estimates that have one. One text a kind that is there, each with its goals.
    """
    told = []
    for kind, words in RESTS_ON.items():
        named = [
            goal_words({**row, "label": in_sentence(str(row["label"]))})
            for row in goals
            if row["kind"] == kind
        ]
        told += [f"{words}: {'; '.join(named)}"] if named else []
    return told


def goal_words(row: dict) -> str:
    """A goal with its interval, and where the last period stands against it. row : of the estimates, with a goal."""
    label, unit = str(row["label"]), str(row["unit"])
    scale = 100.0 if is_share(unit) else 1.0
    low, value, high = (whole(scale * row[part]) for part in ("low", "estimate", "high"))
    unit = "%" if is_share(unit) else f" {plural(unit, row['estimate'])}"
    standing = standing_words(row)
    return f"{label} {row['direction']} {value}{unit.rstrip()} ({low} to {high})" + (
        f", {standing}" if standing else ""
    )


def _reasons(others: pd.DataFrame) -> list[str]:
    """Why each has no goal; a metric that could not be fitted was found nothing of."""
    return [
        OTHERS[UNKNOWN] if form == UNKNOWN and found != REFUSED else OTHERS.get(found, ELSE)
        for form, found in zip(others["form"], others["found"], strict=True)
    ]
