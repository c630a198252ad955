"""The words of a goal, built from its numbers: how far, why there, how many lie beyond, and what it would go with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.cards.card import label_of
from linkage.cards.parts.words import is_shown
from linkage.goals.settled import NO_LINK, NO_TURN, NOT_ITS_OWN, REFUSED, YES_OR_NO
from linkage.goals.standing import is_met, rows_counted
from linkage.goals.ways import (
    ALL_MET,
    BREAK,
    CONTRARY,
    NOWHERE_MET,
    OPTIMUM,
    PAYS_ALONG,
    PAYS_NOWHERE,
    SATURATED,
    TARGET,
    Way,
)
from linkage.grains import cluster_of
from linkage.sentences import (
    NOUNS,
    groups,
    is_share,
    number,
    outcome_amount,
    p_words,
    plural,
    signed,
)

if TYPE_CHECKING:
    from linkage.goals.settled import Settled

VERBS = {"L3": "is followed by", "L4": "brings", "L5": "brings"}
"""Below L3 one thing goes with another."""


def metric_sentence(one: Settled) -> str:
    """What is to be known of a metric: its goal with the reasons, or the full answer that stands in for one."""
    label = one.question.metric.label
    if one.fitted is None:
        return f"{label}: {'not to be used' if one.found == REFUSED else 'not assessed'}. {one.reason}"
    goal = one.goal
    if goal is None:
        return f"{label}: no goal. {_no_goal(one)} {_basis(one)}"
    return f"{label}: {one.direction} {_at(one, goal)}. {way_sentence(one, goal)} {_reach(one)} {_basis(one)}"


def way_sentence(one: Settled, way: Way) -> str:
    """The reasoning behind a goal found one way, or why it gives none."""
    return {BREAK: _break_words, TARGET: _target_words, OPTIMUM: _optimum_words}[way.way](one, way)


def stated_words(one: Settled, way: Way) -> str:
    """What study.yml states that a way rests on."""
    stated = one.question.stated
    if way.way == TARGET:
        return f"{whole(stated.target)} {plural(one.question.outcome.unit, stated.target)}"
    if way.way == OPTIMUM:
        source = f" ({stated.source})" if stated.source else ""
        unit, point = one.question.metric.unit, one.question.outcome.unit
        return (
            f"{one.currency} {whole(stated.cost)} one {unit} better, {one.currency} {whole(stated.value)} a {point}, "
            f"per contact{source}"
        )
    return ""


def _no_goal(one: Settled) -> str:
    outcome, slope = _outcome(one), one.fitted.slope
    if one.found == NO_LINK:
        return f"No link with {outcome} is shown: {_per_unit(one, slope)}. {_unseen(one)}"
    if one.found == NOT_ITS_OWN:
        return (
            f"It goes with {outcome} only as far as the metrics of the declared links do: with those held fixed "
            f"nothing of its own is shown (p = {p_words(one.fitted.p_own)})."
        )
    if one.found == CONTRARY:
        more = "less" if one.course.turn > 0 else "more"
        return (
            f"It goes the other way than the study says is better: {more} of it is not better "
            f"({_per_unit(one, slope)})."
        )
    if one.found == YES_OR_NO:
        return (
            "It is yes or no, so there is no value to stop at: each contact counts equally "
            f"({_per_unit(one, slope)} of {outcome})."
        )
    said = [way_sentence(one, way) for way in one.ways]
    return " ".join(said)


def _unseen(one: Settled) -> str:
    """What a link that was not shown leaves open: no sample shows that a metric does not matter."""
    if one.fitted.p_link < 1 - one.confidence:
        return "Asked alone it would count as one; among all the metrics asked it does not."
    step = 1.0 if one.question.metric.kind == "flag" else _step(one)[1]
    size = _amount(one, step * one.fitted.slope["detectable"]).lstrip("+")
    return f"It would have been seen only above {size} (a straight link, in four of five samples)."


def _break_words(one: Settled, way: Way) -> str:
    outcome = _outcome(one)
    if way.found == NO_TURN:
        return _no_turn(one)
    if way.found == SATURATED:
        return _saturated(one)
    chance = (
        f"p {p_words(one.fitted.p_turn)}"
        if one.fitted.p_turn < 0.001
        else f"p = {p_words(one.fitted.p_turn)}"
    )
    if one.course.form.bend is None:
        return f"There {outcome} steps down (no straight line, {chance})."
    less, worse = ("less", "more") if one.course.turn > 0 else ("more", "less")
    good, bad = ("before", "after") if one.course.turn > 0 else ("after", "before")
    turn, sides = one.course.turn, one.sides
    within = (
        f"{_each(one, less)} {_goes(one)} {_ranged(one, sides.loc[good], -turn)}"
        if is_shown(sides.loc[good])
        else f"no change is shown ({_ranged(one, sides.loc[good], -turn)} for {_each(one, less)})"
    )
    gradual = (
        " A smooth curve describes it better: take the interval, not the number."
        if one.fitted.is_gradual
        else ""
    )
    open_end = (
        " How far it may lie is open: the interval ends where the search did." if way.reaches_end else ""
    )
    return (
        f"There {outcome} turns ({chance}, corrected for the search): within it {within}; beyond, {_each(one, worse)} "
        f"{_goes(one)} {_ranged(one, sides.loc[bad], turn)}.{gradual}{open_end}"
    )


def _no_turn(one: Settled) -> str:
    slope, turn = one.fitted.slope, one.course.turn
    less = "less" if turn > 0 else "more"
    if one.form == "curved":
        return (
            f"No one threshold: the link bends gradually; on average {_each(one, less)} {_goes(one)} "
            f"{_ranged(one, slope, -turn)} of {_outcome(one)}."
        )
    hint = ""
    if one.p_turn < 1 - one.confidence:
        hint = " A turn is hinted at, but a straight line serves as well: no goal is set on it."
    return (
        f"No threshold: any improvement counts equally, {_each(one, less)} {_goes(one)} {_ranged(one, slope, -turn)} "
        f"of {_outcome(one)}.{hint}"
    )


def _saturated(one: Settled) -> str:
    turn = one.course.turn
    good, less, side, end = (
        ("before", "less", "Above", "down") if turn > 0 else ("after", "more", "Below", "up")
    )
    bend = one.course.held.middle + one.course.held.unit * one.course.form.bend.place
    return (
        f"No threshold to stop at: {_each(one, less)} {_goes(one)} {_ranged(one, one.sides.loc[good], -turn)} of "
        f"{_outcome(one)}, {end} to the best that was seen. {side} {_value(one, bend)} it hardly matters "
        "how far."
    )


def _target_words(one: Settled, way: Way) -> str:
    target = stated_words(one, way)
    best, worst = (float(one.course.level(one.course.places[[k]])["estimate"].iloc[0]) for k in (0, -1))
    outcome = _outcome(one)
    if way.found == ALL_MET:
        return (
            f"The target of {target} is met all along: even at {_end(one, -1)} {number(worst)} of {outcome} is "
            "expected."
        )
    if way.found == NOWHERE_MET:
        return (
            f"The target of {target} is not reached by this metric alone: at {_end(one, 0)}, the best seen, "
            f"{number(best)} of {outcome} is expected."
        )
    return f"Up to there {outcome} is still expected to meet the target of {target}, all else at its average."


def _optimum_words(one: Settled, way: Way) -> str:
    stated, unit = one.question.stated, one.question.metric.unit
    cost = f"{one.currency} {whole(stated.cost)} (assumed)"
    near, far = (f"{one.currency} {number(w[0])} ({number(w[1])} to {number(w[2])})" for w in way.worth)
    if way.found == PAYS_NOWHERE:
        return f"It pays nowhere: one {unit} better is worth at most {far} a contact and costs {cost}."
    if way.found == PAYS_ALONG:
        return (
            f"It pays all along: one {unit} better is worth {near} a contact even at {_end(one, 0)}, the best seen, "
            f"and costs {cost}. No optimum lies inside of what was seen."
        )
    return (
        f"There the worth of one {unit} better meets its cost of {cost}: beyond, it is worth {far} a contact; at the "
        f"best seen {near}."
    )


def _reach(one: Settled) -> str:
    found = one.reach
    if not found["share"] >= 0:
        return ""
    gain = (
        f"{_amount(one, found['gain'])} ({_bare(one, found['gain_low'])} to {_bare(one, found['gain_high'])})"
    )
    return (
        f"{_standing(one)} ({found['share']:.0%}; {found['share_low']:.0%} to {found['share_high']:.0%}); none beyond "
        f"{_goes(one)} {gain} of {_outcome(one)}, over all of them."
    )


def _standing(one: Settled) -> str:
    """Where the last period stands: its mean and median, and how many of its rows lie beyond the goal."""
    row = one.row_now()
    mean, median = (_value(one, row[part]) for part in ("now", "now_median"))
    rows = rows_counted(len(one.rows), one.question.spec.grain)
    met = "is met on average, but not by" if is_met(row) else "is missed on average and by"
    return f"In {one.period} the mean is {mean}, the median {median}: the goal {met} {row['beyond']:,.0f} of {rows}"


def _basis(one: Settled) -> str:
    clusters, spec = one.fitted.held.clusters, one.question.spec
    among = f" in {groups(clusters, cluster_of(spec))}" if clusters else ""
    declared = "declared" if one.question.declared else "exploratory"
    rows = f"{len(one.fitted.z):,} {NOUNS[spec.grain]}"
    return f"({one.confidence:.0%} intervals; n = {rows}{among}; {one.level}, {declared}.)"


def _at(one: Settled, way: Way) -> str:
    return f"{_value(one, way.goal)} ({_plain(one, way.low)} to {_plain(one, way.high)})"


def _end(one: Settled, place: int) -> str:
    return _value(one, float(one.course.places[place]))


def _value(one: Settled, value: float) -> str:
    unit = one.question.metric.unit
    if is_share(unit):
        return f"{_plain(one, value)}%"
    return f"{_plain(one, value)} {'' if unit == 'ratio' else plural(unit, value)}".rstrip()


def _plain(one: Settled, value: float) -> str:
    return whole(100 * value) if is_share(one.question.metric.unit) else whole(value)


def whole(value: float) -> str:
    """A number; a whole one without decimals."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e6 else number(value)


def _step(one: Settled) -> tuple[str, float]:
    """The step a sentence speaks of, and how many units it is: a whole share or ratio would be the whole range."""
    unit = one.question.metric.unit
    if is_share(unit):
        return "10 percentage points", 0.1
    return ("tenth", 0.1) if unit == "ratio" else (unit or "unit", 1.0)


def _each(one: Settled, more: str) -> str:
    return f"each {_step(one)[0]} {more}"


def _goes(one: Settled) -> str:
    return "goes with" if one.found == NO_LINK else VERBS.get(one.level, "goes with")


def _ranged(one: Settled, row, turn: int) -> str:
    """A slope with its interval; turn -1 says what a step less goes with."""
    turn = turn * (1.0 if one.question.metric.kind == "flag" else _step(one)[1])
    low, high = sorted((turn * row["low"], turn * row["high"]))
    return f"{_amount(one, turn * row['estimate'])} ({_bare(one, low)} to {_bare(one, high)})"


def _per_unit(one: Settled, row) -> str:
    step = "yes against no" if one.question.metric.kind == "flag" else _each(one, "more")
    return f"{step} {_goes(one)} {_ranged(one, row, 1)}"


def _outcome(one: Settled) -> str:
    return label_of(one.question.outcome, False)


def _amount(one: Settled, value: float) -> str:
    return outcome_amount(value, one.question.outcome.unit)


def _bare(one: Settled, value: float) -> str:
    return signed(100 * value if is_share(one.question.outcome.unit) else value)
