"""One metric decided: which goal it has, or which of the full answers stands in for one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from linkage.cards.card import label_of
from linkage.cards.parts.forms import BREAK as BEND
from linkage.cards.parts.forms import CURVE, STEPS, Form
from linkage.goals.course import Course
from linkage.goals.fitting import Fitted
from linkage.goals.questions import Question
from linkage.goals.reach import REACH, reach_of
from linkage.goals.ways import (
    BREAK,
    CONTRARY,
    NO_GOAL,
    OPTIMUM,
    TARGET,
    Way,
    by_break,
    by_optimum,
    by_target,
    slopes_beside,
)
from linkage.ladder import LINKED, UNSAFE

FORMS = {BEND: "bent", CURVE: "curved", STEPS: "steps"}
UNKNOWN, FLAT, STRAIGHT = "not assessed", "flat", "straight"
NO_TURN, NO_LINK, NOT_ITS_OWN, YES_OR_NO, REFUSED = (
    *("no turn", "no link", "not its own", "yes or no", "not to be used"),
)


@dataclass(frozen=True, eq=False)
class Settled:
    """A metric with its course, the ways tried, and the goal among them.

    form : straight, bent, curved, steps, flat or not assessed. found : no link, not its own, contrary, yes or no,
    no turn, or what the break found. p_link, p_turn : corrected over all metrics. goal : None where there is none.
    """

    question: Question
    fitted: Fitted | None
    rows: pd.DataFrame
    reason: str
    p_link: float
    p_turn: float
    level: str
    currency: str
    period: str
    confidence: float
    form: str
    found: str
    course: Course | None
    ways: tuple[Way, ...]

    @property
    def name(self) -> str:
        return self.question.name

    @property
    def goal(self) -> Way | None:
        """The first way that gives one: the turn, which rests on no statement, then the target, then the cost."""
        return next((way for way in self.ways if way.is_goal), None)

    @property
    def direction(self) -> str:
        if self.goal is None:
            return ""
        return "at most" if self.course.turn > 0 else "at least"

    @cached_property
    def reach(self) -> dict[str, float]:
        if self.goal is None or self.rows.empty:
            return dict.fromkeys(REACH, float("nan"))
        return reach_of(self.course, self.rows, self.goal)

    @cached_property
    def sides(self) -> pd.DataFrame | None:
        """Slopes before and after a shown bend."""
        if self.course is None or self.course.form.bend is None:
            return None
        return slopes_beside(self.course.held, self.course.form)

    def bands(self) -> pd.DataFrame:
        return self.fitted.bands(self.course.form) if self.course is not None else pd.DataFrame()

    def curve(self) -> pd.DataFrame:
        places = np.sort(self.course.places)
        return pd.DataFrame({"driver": places, **self.course.level(places)[["estimate", "low", "high"]]})

    def row(self) -> dict[str, object]:
        """This metric's row of the estimates."""
        from linkage.goals.words import metric_sentence

        question, goal = self.question, self.goal
        return {
            "metric": self.name,
            "label": question.metric.label,
            "unit": question.metric.unit,
            "outcome": question.outcome.name,
            "outcome_label": label_of(question.outcome, False),
            "outcome_unit": question.outcome.unit,
            "grain": question.spec.grain,
            "declared": question.declared,
            "form": self.form,
            "found": self.found,
            "kind": goal.way if goal else NO_GOAL,
            "direction": self.direction,
            **{k: getattr(goal, v, np.nan) for k, v in _GOAL.items()},
            **self._slopes(),
            **{k: v for k, v in self.reach.items() if k not in ("n", "customers")},
            "n": len(self.fitted.z) if self.fitted else 0,
            "clusters": self.fitted.held.clusters if self.fitted else None,
            "n_last": len(self.rows),
            **self._now(),
            "level": self.level if self.fitted else "",
            "sentence": metric_sentence(self),
        }

    def row_now(self) -> dict[str, object]:
        """The goal beside where the last period stands."""
        return {"direction": self.direction, "estimate": self.goal.goal, **self._now()}

    def _now(self) -> dict[str, float]:
        """Where the last period stands: its mean and median, and how many of its rows lie beyond the goal."""
        if self.rows.empty:
            return {}
        values, share = self.rows["value"].astype("float64"), self.reach["share"]
        beyond = round(share * len(values)) if np.isfinite(share) else np.nan
        return {"now": float(values.mean()), "now_median": float(values.median()), "beyond": beyond}

    def _slopes(self) -> dict[str, float]:
        if self.fitted is None:
            return {}
        slope, fitted = self.fitted.slope, self.fitted
        found = {"slope": slope["estimate"], "slope_low": slope["low"], "slope_high": slope["high"]}
        found |= {"detectable": slope["detectable"], "p_link": fitted.p_link, "p_link_adjusted": self.p_link}
        found |= {"p_value": fitted.p_turn, "p_adjusted": self.p_turn}
        for side in ("before", "after") if self.sides is not None else ():
            part = self.sides.loc[side]
            found |= {f"slope_{side}": part["estimate"]}
            found |= {f"slope_{side}_{end}": part[end] for end in ("low", "high")}
        return found

    def way_rows(self) -> list[dict[str, object]]:
        """This metric's rows of the three ways: the turn, and what was stated."""
        from linkage.goals.words import stated_words, way_sentence

        return [
            {
                "metric": self.name,
                "label": self.question.metric.label,
                "way": way.way,
                "goal": way.goal,
                "low": way.low,
                "high": way.high,
                "unit": self.question.metric.unit,
                "stated": stated_words(self, way),
                "found": way.found,
                "basis": {BREAK: "estimated", TARGET: "stated target", OPTIMUM: "assumed"}[way.way],
                "level": "L0" if way.way == OPTIMUM else self.level,
                "sentence": way_sentence(self, way),
            }
            for way in self.ways
        ]


_GOAL = {"estimate": "goal", "std_error": "std_error", "low": "low", "high": "high"}


def settle(
    question: Question,
    fitted: Fitted | None,
    rows: pd.DataFrame,
    reason: str,
    *,
    p_link: float,
    p_turn: float,
    judged: tuple[str, str, str],
    currency: str,
    period: str,
    seed: int,
    confidence: float,
) -> Settled:
    """Decide one metric. p_link, p_turn : corrected over all metrics. judged : the level, and the verdict of its
    declared link with its words: where that is linked, it counts; where it may not be used, neither may a goal."""
    level, verdict, words = judged
    common = {"question": question, "rows": rows, "p_link": p_link, "p_turn": p_turn, "level": level,
              "currency": currency, "period": period, "confidence": confidence}  # fmt: skip
    unsafe = verdict == UNSAFE
    if fitted is None or unsafe:
        found, reason = (REFUSED, words) if unsafe else (UNKNOWN, reason)
        return Settled(**common, fitted=None, reason=reason, form=UNKNOWN, found=found, course=None, ways=())
    alpha = 1 - confidence
    matters = p_link < alpha or verdict == LINKED
    own = matters or fitted.p_any < alpha
    turns = own and fitted.turns(p_turn, alpha)
    shown = fitted.shown(turns) if own else fitted.line
    course = fitted.course(shown, question.turn or _turn_of(fitted, shown, question.sign), question.sign)
    form = FORMS.get(shown.name, STRAIGHT) if own else FLAT
    found, ways = _found(fitted, course, matters=matters, turns=turns, alpha=alpha)
    if ways is None:
        ways = (found, *_stated(question, course, rows, seed))
    return Settled(
        **common,
        fitted=fitted,
        reason="",
        form=form,
        found=ways[0].found if ways else found,
        course=course,
        ways=ways,
    )


def _found(fitted: Fitted, course: Course, *, matters: bool, turns: bool, alpha: float):
    """Why there can be no goal at all, with no ways; else what the turn gives, the other ways still open."""
    if not matters:
        own = fitted.p_any < alpha and fitted.p_own >= alpha
        return NOT_ITS_OWN if own else NO_LINK, ()
    if len(course.kinds) == 2:
        return YES_OR_NO, ()
    way = by_break(course) if turns else Way(BREAK, NO_TURN)
    loss = -course.sign * course.turn * fitted.slope["estimate"]
    if way.found == CONTRARY or (not turns and loss < 0):
        return CONTRARY, ()
    return way, None


def _turn_of(fitted: Fitted, shown: Form, sign: int) -> int:
    """Which way is better, as the data have it: by the clearest of the slopes."""
    slopes = [fitted.slope]
    if shown.bend is not None:
        slopes += slopes_beside(fitted.held, shown).to_dict("records")
    clearest = max(slopes, key=lambda s: abs(s["estimate"]) / s["std_error"] if s["std_error"] else 0.0)
    return 1 if -sign * clearest["estimate"] > 0 else -1


def _stated(question: Question, course: Course, rows: pd.DataFrame, seed: int) -> tuple[Way, ...]:
    """The ways that rest on what study.yml states."""
    stated, ways = question.stated, []
    if stated.target is not None:
        ways.append(by_target(course, stated.target))
    if stated.cost is not None and stated.value is not None and len(rows):
        values = rows["value"].to_numpy("float64")
        ways.append(by_optimum(course, values, value=stated.value, cost=stated.cost, seed=seed))
    return tuple(ways)
