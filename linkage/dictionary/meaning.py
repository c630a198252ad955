"""What a column of a linkage table means in words: how it was made of the sources, over which rows and days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.catalogue import LinkageColumn
from linkage.study_file.declaration import ROLES

if TYPE_CHECKING:
    from linkage.study import Study
    from linkage.study_file.declaration import Metric, SourceSpec

ROLES_OF = {
    "interaction": ("interactions", "feedback", "customers"),
    "survey": ("feedback", "interactions", "transactions", "customers"),
    "customer_period": ("feedback", "interactions", "transactions", "customers"),
    "employee_period": ("employees", "employee_feedback", "trainings", "interactions", "feedback"),
    "unit_period": ("units", "feedback", "interactions", "transactions", "employee_feedback"),
}
"""By grain, the sources whose columns it carries, the first that knows a column being where it came from."""

NOUN = {
    "customers": "customer",
    "feedback": "answer",
    "interactions": "contact",
    "transactions": "purchase",
    "employees": "employee",
    "employee_feedback": "employee's answer",
    "trainings": "training",
    "units": "unit",
}

MADE: dict[str, dict[str, str]] = {
    "interaction": {"period": "The period in which the contact ended."},
    "survey": {
        "period": "The period in which the answer was given.",
        "contact_count": "Contacts of the customer in the {before} days before the answer.",
        "tenure_months": "Months from joined_on to the answer.",
    },
    "customer_period": {
        "period": "Each period from the customer's first activity to leaving, or to the last activity where leaving is "
        "not known; none in between is left out.",
        "answer_count": "Answers of the customer in the period.",
        "contact_count": "Contacts of the customer in the period.",
        "order_count": "Purchases of the customer in the period.",
        "is_silent": "Yes where the period holds no answer, no contact and no purchase.",
        "is_lost": "Yes in the period of left_on.",
        "tenure_months": "Months from joined_on to the period's first day.",
    },
    "employee_period": {
        "period": "Each period from the employee's first contact or answer to the last.",
        "tenure_months": "Months from hired_on to the period's first day.",
        "surveyed_at": "When the employee's last own answer by the end of the period was given.",
        "is_trained": "Yes from the period after the first training was completed.",
        "training_count": "Trainings completed before the period's first day.",
        "contact_count": "Contacts the employee served in the period.",
        "answer_count": "Answers in the period about contacts the employee served.",
    },
    "unit_period": {
        "period": "A period for which any source speaks of the unit.",
        "answer_count": "Answers about the unit in the period.",
        "contact_count": "Contacts of the unit in the period.",
        "order_count": "Purchases of the unit in the period.",
        "employee_count": "Employees of the unit who served or answered in the period.",
    },
}

MEANS: dict[tuple[str, str], str] = {
    ("interaction", "interactions"): "As recorded for the contact.",
    ("survey", "feedback"): "As answered.",
    ("customer_period", "feedback"): "Mean of the customer's answers in the period; missing without one.",
    (
        "customer_period",
        "interactions",
    ): "Mean over the customer's contacts in the period; missing without one.",
    (
        "customer_period",
        "transactions",
    ): "Sum of the customer's purchases in the period; zero where there are none.",
    ("employee_period", "employee_feedback"): "Of the employee's last own answer by the end of the period.",
    ("employee_period", "interactions"): "Mean over the contacts the employee served in the period.",
    ("employee_period", "feedback"): "Mean of the answers in the period about contacts the employee served.",
    ("unit_period", "feedback"): "Mean of the answers about the unit in the period.",
    ("unit_period", "interactions"): "Mean over the unit's contacts in the period.",
    ("unit_period", "employee_feedback"): "Mean over the unit's employees of their last own answer.",
    (
        "unit_period",
        "transactions",
    ): "Sum of the unit's purchases in the period; missing where there are none.",
}


KEYS = {
    "interaction_id": "Which contact.",
    "response_id": "Which answer.",
    "employee_id": "Which employee served the customer.",
    "customer_id": "Which customer: the one number, where an identities source knows several.",
    "unit_id": "Which unit: the row's own where it names one, else that of the contact, employee or customer.",
}


def source_of(
    study: Study, grain: str, column: LinkageColumn, filled: dict[str, set[str]]
) -> SourceSpec | None:
    """The source that a column was taken from, or None where it was made.

    filled : by source, its staged columns that hold a value: of several sources that know a column, the first
    that fills it.
    """
    if column.metric:
        return study.sources[study.metrics[column.metric].of]
    if column.name in MADE[grain]:
        return None
    sources = [study.source_of(role) for role in ROLES_OF[grain]]
    if grain == "unit_period":
        sources += [s for s in study.sources.values() if s.role == "unit_periods"]
    known = [
        s for s in sources if s and column.name in (*ROLES[s.role].columns, *study.attributes_of(s.name))
    ]
    known.sort(key=lambda source: column.name not in filled.get(source.name, ()))
    return known[0] if known else _source_of_recorded(study, column)


def _source_of_recorded(study: Study, column: LinkageColumn) -> SourceSpec | None:
    metric = recorded_metric(study, column)
    return study.sources[metric.of] if metric else None


def recorded_metric(study: Study, column: LinkageColumn) -> Metric | None:
    """The metric whose time of writing down a column holds."""
    metric = study.metrics.get(column.name.removesuffix("_recorded_at"))
    return metric if metric and metric.recorded and column.name != metric.name else None


def meaning_of(study: Study, grain: str, column: LinkageColumn, source: SourceSpec | None) -> str:
    """A sentence or two: over which rows and days, what was done, and when it is missing."""
    made = MADE[grain].get(column.name)
    if made:
        return made.format(before=study.declared.windows.before)
    if column.metric:
        return _of_metric(study, grain, column)
    if column.name in KEYS:
        return KEYS[column.name]
    recorded = recorded_metric(study, column)
    if recorded:
        return f"When {recorded.label} was written down."
    noun = NOUN.get(source.role, "unit and period") if source else "row"
    if column.kind == "time":
        return f"A time of the {noun}, in {study.timezone}."
    return f"An attribute of the {noun}, carried along."


def _of_metric(study: Study, grain: str, column: LinkageColumn) -> str:
    metric = study.metrics[column.metric]
    role, windows = study.sources[metric.of].role, study.declared.windows
    if column.name == f"{metric.name}_before":
        return (
            f"Sum of the customer's purchases in the {windows.before} days before the answer; zero without any, "
            "missing where the data begin later."
        )
    if column.name == f"{metric.name}_after":
        return (
            f"Sum of the customer's purchases in the {windows.after} days after the answer; zero without any, missing "
            "until the data hold all those days."
        )
    if column.name == f"{metric.name}_growth":
        return (
            "Change of the unit's sum since the period before, as a share of it; missing where that period is "
            "missing or was not above zero."
        )
    if role == "unit_periods":
        covers = f" It speaks of {metric.covers.from_} to {metric.covers.to}." if metric.covers else ""
        return f"As delivered for the unit and period.{covers}"
    return MEANS.get((grain, role)) or _by_rule(study, grain, role)


def _by_rule(study: Study, grain: str, role: str) -> str:
    """Where the study chooses among several answers or contacts, and what is carried along."""
    rules, before = study.declared.rules, study.declared.windows.before
    if (grain, role) == ("interaction", "feedback"):
        which = rules.answers_to_one_contact
        several = "the mean of several" if which == "mean" else f"the {which} of several"
        return f"Of the answer to the contact, {several}; missing where nobody answered."
    if (grain, role) == ("survey", "interactions"):
        last = rules.contacts_before_answer == "last"
        over = "Of the customer's last contact" if last else "Mean over the customer's contacts"
        return f"{over} in the {before} days before the answer; missing without one."
    return f"Of the {NOUN[role]}, as delivered."
