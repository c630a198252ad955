"""Which operational metric is asked with which feedback, at which grain, and what is held fixed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from linkage.catalogue import ATTRIBUTE, FEEDBACK, OPERATIONS, LinkageColumn
from linkage.errors import StudyError
from linkage.goals.declared import GoalRules, MetricGoal
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

GRAINS = ("interaction", "survey", "unit_period")
"""The finest first: a contact and its answer, an answer and the service before it, a unit's period."""

CONTACTS_SO_FAR = LinkageColumn(
    "contacts_to_resolve",
    "Contacts it took so far",
    "contact",
    "number",
    "before",
    OPERATIONS,
    better="lower",
)
"""Counted here from the contacts themselves: see rows.contacts_so_far."""


@dataclass(frozen=True)
class Question:
    """One metric to set a goal for.

    spec : the link it is asked as. declared : the name of the link of study.yml that asks the pair, or "".
    beside : other operational metrics that declared links tie to the same outcome; none where a link is declared.
    turn : +1 where less of the metric is better, -1 where more is, 0 where the study does not say.
    sign : +1 where a higher outcome is better, else -1.
    """

    metric: LinkageColumn
    outcome: LinkageColumn
    spec: LinkSpec
    declared: str
    beside: tuple[str, ...]
    turn: int
    sign: int
    stated: MetricGoal

    @property
    def name(self) -> str:
        return self.metric.name

    @property
    def is_stated(self) -> bool:
        """Whether a target, or a cost and a value, is stated for it."""
        stated = self.stated
        return stated.target is not None or (stated.cost is not None and stated.value is not None)


def rules_of(study: OpenStudy) -> GoalRules:
    """What study.yml states about goals. StudyError where a name in it leads nowhere."""
    rules = study.study.declared.goals
    metrics = study.study.metrics
    outcomes = [m.outcome for m in rules.metrics.values() if m.outcome] + [rules.outcome or ""]
    for name in (*rules.metrics, *filter(None, outcomes)):
        if name not in metrics and name != CONTACTS_SO_FAR.name:
            near = get_close_matches(name, list(metrics), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise StudyError(f"{study.study.path}, goals: no metric {name!r} is declared.{hint}")
    return rules


def questions_of(study: OpenStudy, rules: GoalRules) -> dict[str, list[Question]]:
    """Each operational metric with the ways it could be asked, the finest grain first."""
    found: dict[str, list[Question]] = {}
    for grain in GRAINS:
        if f"link_{grain}" not in study.tables:
            continue
        there = study.connection.table(f"link_{grain}").columns
        columns = {n: c for n, c in study.study.columns[grain].items() if n in there}
        metrics = [c for c in columns.values() if c.origin == OPERATIONS and c.metric and c.kind != "key"]
        if grain == "interaction" and CONTACTS_SO_FAR.name not in columns:
            metrics.append(CONTACTS_SO_FAR)
        for metric in metrics:
            asked = _question(study, grain, metric, columns, rules)
            if asked is not None:
                found.setdefault(metric.name, []).append(asked)
    return found


def _question(study: OpenStudy, grain: str, metric, columns, rules: GoalRules) -> Question | None:
    stated = rules.of(metric.name)
    link = _declared_link(study, grain, metric.name, rules.metrics.get(metric.name), columns)
    wanted = link.outcome if link else (stated.outcome or usual_outcome(study, grain, columns))
    outcome = columns.get(wanted or "")
    if outcome is None or outcome.origin != FEEDBACK:
        return None
    if link is None:
        spec = undeclared_link(study, grain, metric.name, outcome.name, columns)
    else:
        controls = (*(d for d in link.drivers if d != metric.name), *link.controls)
        spec = link.model_copy(update={"drivers": (metric.name,), "controls": controls})
    return Question(
        metric=metric,
        outcome=outcome,
        spec=spec,
        declared=link.name if link else "",
        beside=() if link else _beside(study, grain, metric.name, outcome.name, columns),
        turn=_turn(study, metric),
        sign=-1 if outcome.better == "lower" else 1,
        stated=stated,
    )


def _turn(study: OpenStudy, metric: LinkageColumn) -> int:
    """Which way is better, where study.yml says so: its default says nothing."""
    declared = study.study.metrics.get(metric.metric or "")
    if declared is not None and "better" not in declared.model_fields_set:
        return 0
    return 1 if metric.better == "lower" else -1


def _declared_link(study, grain: str, metric: str, own: MetricGoal | None, columns) -> LinkSpec | None:
    """The declared link that asks a metric with feedback at a grain; the one about it alone where there are several.

    own : what `goals` states of this very metric: an outcome named there must be the link's.
    """
    wanted = own.outcome if own else None
    links = [
        link
        for link in study.study.links.values()
        if link.grain == grain
        and metric in link.drivers
        and link.change is None
        and (wanted is None or link.outcome == wanted)
        and columns.get(link.outcome, CONTACTS_SO_FAR).origin == FEEDBACK
        and all(c in columns or c == f"{link.outcome}_now" for c in (*link.drivers, *link.controls))
    ]
    return min(links, key=lambda link: (link.drivers[0] != metric, len(link.drivers)), default=None)


def usual_outcome(study: OpenStudy, grain: str, columns: dict[str, LinkageColumn]) -> str | None:
    """The feedback that declared links ask about most at this grain; else about at all; else the first."""
    feedback = [n for n, c in columns.items() if c.origin == FEEDBACK and c.metric]
    links = study.study.links.values()
    here = Counter(link.outcome for link in links if link.grain == grain)
    anywhere = Counter(name for link in links for name in (link.outcome, *link.drivers))
    return max(feedback, key=lambda n: (here[n], anywhere[n], -feedback.index(n)), default=None)


def undeclared_link(study: OpenStudy, grain: str, metric: str, outcome: str, columns) -> LinkSpec:
    """The pair as a link, with the period and what kind of contact (or unit) it was held fixed."""
    return LinkSpec(
        name=f"goal_for_{metric}",
        question=f"How much of {metric} can {outcome} bear?",
        grain=grain,
        outcome=outcome,
        drivers=[metric],
        controls=[*_kinds(study, grain, columns), "period"],
    )


def _kinds(study: OpenStudy, grain: str, columns: dict[str, LinkageColumn]) -> list[str]:
    """Columns that say what kind a row is: of contacts channel, topic and categories of their source; of units what
    the study's own links of units hold fixed, else their categories."""
    links = [link for link in study.study.links.values() if link.grain == grain]
    held = dict.fromkeys(c for link in links for c in link.controls if c != "period")
    fixed = [n for n in held if n in columns and _is_fixed(columns[n])]
    if grain == "unit_period" and fixed:
        return fixed
    role = study.study.source_of("units" if grain == "unit_period" else "interactions")
    own = set(study.study.attributes_of(role.name)) if role else set()
    known = ("kind", "region") if grain == "unit_period" else ("channel", "topic")
    return [n for n, c in columns.items() if c.kind == "category" and (n in known or n in own)]


def _is_fixed(column: LinkageColumn) -> bool:
    return (
        column.origin == ATTRIBUTE
        and column.moment == "fixed"
        and column.kind in ("category", "number", "flag")
    )


def _beside(study: OpenStudy, grain: str, metric: str, outcome: str, columns) -> tuple[str, ...]:
    """The operational drivers that declared links tie to the same outcome: a metric may only move with them."""
    drivers = [
        d
        for link in study.study.links.values()
        if link.grain == grain and link.outcome == outcome and not link.where
        for d in link.drivers
        if d != metric and d in columns and columns[d].origin == OPERATIONS
    ]
    return tuple(dict.fromkeys(drivers))
