"""What a reader of a column is most likely to get wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.catalogue import LinkageColumn

if TYPE_CHECKING:
    from linkage.study import Study
    from linkage.study_file.declaration import Metric, SourceSpec

NET = "A net score swings with a few answers: read its interval. Waves compare only on one scale and way of asking."
FELT = "From those who answered. A change of scale, wording or way of asking looks like a change of mind."
LONG = "A few very long ones pull the mean up: read the median, and think of logs in a model."
STANDING = ("customers", "employees", "units")
BY_NAME = {
    "first_response_hours": "No value may mean not answered yet: an unfinished wait, neither zero nor missing.",
    "resolution_hours": "A reopened contact continues the clock; one still open is an unfinished wait.",
    "handle_minutes": f"Talk, hold and the work after it. {LONG}",
    "is_resolved": "Set by those who are judged by it: compare it with contacts that were not repeated.",
    "is_reopened": "Late contacts have had less time to be reopened.",
    "contact_count": "Rises with the number of customers: divide by them before comparing.",
    "answer_count": "Few answers make a noisy mean.",
    "order_count": "Late joiners have had less time to buy.",
    "is_silent": "Silence is not leaving.",
    "is_lost": "Known only where left_on is; without a contract leaving is a definition.",
    "tenure_months": "Those with a long tenure are those who stayed.",
    "employee_count": "Only those who served or answered; a small staff makes a noisy mean.",
    "is_trained": "Who was trained first was chosen by somebody.",
    "training_count": "Counts courses, not what was learnt.",
    "weight": "A weight, not a quantity: it makes answers stand for those who did not answer.",
    "comment": "May name people: never published as it stands.",
}


def trap_of(study: Study, column: LinkageColumn, source: SourceSpec | None) -> str:
    """One or two sentences; empty where there is nothing to beware of."""
    metric = study.metrics[column.metric] if column.metric else None
    if metric and metric.was:
        last = max(was.until for was in metric.was)
        return f"The scale changed after {last}: a step there may be the scale's, not the customers'."
    if metric is None or column.name in BY_NAME:
        return BY_NAME.get(column.name, "") or _of_attribute(column, source)
    if metric.recorded:
        return f"Written down on {metric.recorded}: where that is after the outcome, it knows the answer."
    return _of_metric(study, metric, column)


def _of_metric(study: Study, metric: Metric, column: LinkageColumn) -> str:
    role = study.sources[metric.of].role
    if column.name == f"{metric.name}_after":
        return "Comes after the answer: an outcome, never a driver of it. The newest answers have none yet."
    if column.name == f"{metric.name}_before":
        return "Hold it fixed when the money after is explained: who spent much before does so after."
    if column.name == f"{metric.name}_growth":
        return "Small units swing. Growth that came before the satisfaction cannot follow from it."
    if role == "transactions":
        return "Revenue is not margin; refunds count below zero. Most customers buy nothing in most short periods."
    if role == "feedback" or study.sources[metric.of].about == "feedback":
        return NET if metric.score == "nps" else FELT
    if role == "employee_feedback":
        return "Few people: look at whether they agree before reading a unit's mean, and never at one person."
    if metric.unit in ("minute", "hour", "day", "second"):
        return LONG
    if role == "unit_periods":
        return "A figure of a unit: what goes together across units need not within one."
    return "A share once it is averaged." if metric.type == "flag" else ""


def _of_attribute(column: LinkageColumn, source: SourceSpec | None) -> str:
    """Attributes of people and units are read once; those of an event or a period belong to it."""
    if column.kind in ("category", "number", "flag") and source and source.role in STANDING:
        return "As it is in the files today, which may not be as it was then."
    return ""
