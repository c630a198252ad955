"""What the columns of the linkage tables mean: label, unit, origin, and when each was measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from linkage.horizons import with_horizons
from linkage.nouns import named_by_study
from linkage.study_file.declaration import ROLES, Metric, SourceSpec
from linkage.study_file.raw_notes import raw_note

if TYPE_CHECKING:
    from linkage.study import Study

FEEDBACK, OPERATIONS, MONEY, PEOPLE, ATTRIBUTE = "feedback", "operations", "money", "people", "attribute"

ORIGIN = {
    "feedback": FEEDBACK,
    "interactions": OPERATIONS,
    "transactions": MONEY,
    "employee_feedback": PEOPLE,
    "trainings": PEOPLE,
    "employees": PEOPLE,
}


@dataclass(frozen=True)
class LinkageColumn:
    """One column of a linkage table.

    kind : number, flag, category, key or time.
    moment : fixed (known beforehand), before, at or after the row's own time (the answer, or the period).
    origin : feedback, operations, money, people or attribute.
    metric : the declared metric it comes from, if any.
    note : what staging did to its raw values beyond reading them, such as a conversion.
    nouns : of a key, what one and several of those it names are called, where the study says so.
    horizon : of an amount in the study's currency, the time or thing it is counted over: "a quarter", "90 days".
    """

    name: str
    label: str
    unit: str = ""
    kind: str = "number"
    moment: str = "at"
    origin: str = ATTRIBUTE
    metric: str | None = None
    better: str = "higher"
    note: str = ""
    horizon: str = ""
    nouns: tuple[str, str] | None = None


Columns = dict[str, LinkageColumn]


def linkage_columns(study: Study) -> dict[str, Columns]:
    """The columns of every linkage table, by grain, that the declared sources can fill."""
    made = {grain: {column.name: column for column in columns(study)} for grain, columns in _GRAINS.items()}
    return {
        grain: named_by_study(
            study, with_horizons(study, grain, {**columns, **_interventions(study, columns)})
        )
        for grain, columns in made.items()
    }


def doubled_column(study: Study) -> tuple[str, str] | None:
    """The first linkage table that would hold two columns of one name, and that name; None where none would."""
    for grain, made in _GRAINS.items():
        columns = made(study)
        names = [column.name for column in columns] + list(_UNLINKED.get(grain, ()))
        names += _interventions(study, {column.name: column for column in columns})
        twice = [name for place, name in enumerate(names) if name in names[:place]]
        if twice:
            return grain, twice[0]
    return None


def can_group(column: LinkageColumn | None) -> bool:
    """Whether a column can say who is of the group that an intervention is for: it is no outcome of it."""
    if column is None or column.kind == "time" or column.name == "period":
        return False
    return column.kind != "number" or column.moment == "fixed"


def _interventions(study: Study, columns: Columns) -> Columns:
    """The declared interventions whose group these columns can tell, as flags settled before the row's period."""
    return {
        name: LinkageColumn(name, made.label, "share", "flag", "before", OPERATIONS)
        for name, made in study.declared.interventions.items()
        if all(can_group(columns.get(column)) for column in made.where)
    }


def missing_roles(study: Study, grain: str) -> list[str]:
    """The kinds of source a linkage table needs and the study has not; empty when it can be built."""
    needs = {
        "interaction": [("interactions",), ("feedback",)],
        "survey": [("feedback",)],
        "customer_period": [("customers", "feedback", "interactions", "transactions")],
        "employee_period": [("employees", "employee_feedback")],
        "unit_period": [("units", "unit_periods")],
    }[grain]
    return [" or ".join(choice) for choice in needs if not any(study.source_of(role) for role in choice)]


def _metrics(study: Study, role: str, moment: str = "at") -> list[LinkageColumn]:
    source = study.source_of(role)
    if source is None:
        return []
    made = [_of_metric(study, m, ORIGIN.get(role, ATTRIBUTE), moment) for m in study.metrics_of(source.name)]
    # Of several purchases a flag gives a share or a count: nobody is a yes or a no any more.
    return [replace(c, kind="number") for c in made] if role == "transactions" else made


def _of_metric(study: Study, metric: Metric, origin: str, moment: str) -> LinkageColumn:
    kind = "flag" if metric.type == "flag" else "number"
    unit = "share" if metric.type in ("flag", "percent") and metric.unit == "point" else metric.unit
    note = raw_note(study, metric)
    return LinkageColumn(
        metric.name, metric.label, unit, kind, moment, origin, metric.name, metric.better, note
    )


def _attributes(study: Study, role: str) -> list[LinkageColumn]:
    source = study.source_of(role)
    if source is None:
        return []
    known = [
        c
        for c, kind in ROLES[role].columns.items()
        if kind == "text" and c not in ("comment", "wave", "period")
    ]
    columns = [
        LinkageColumn(c, c.replace("_", " ").capitalize(), kind="category", moment="fixed") for c in known
    ]
    return columns + _declared_attributes(source, study.attributes_of(source.name))


def _declared_attributes(source: SourceSpec, names: list[str], moment: str = "fixed") -> list[LinkageColumn]:
    """Columns that are neither known to the role nor metrics: of the kind that `types` says, else categories."""
    kinds = {"number": "number", "whole": "number", "percent": "number", "flag": "flag"}
    kinds |= {"date": "time", "time": "time"}
    return [
        LinkageColumn(
            name,
            name.replace("_", " ").capitalize(),
            kind=kinds.get(source.types.get(name, "text"), "category"),
            moment=moment,
        )
        for name in names
    ]


def _keys(*names: str) -> list[LinkageColumn]:
    return [LinkageColumn(n, n.replace("_", " ").capitalize(), kind="key", moment="fixed") for n in names]


def _times(*names: str) -> list[LinkageColumn]:
    return [LinkageColumn(n, n.replace("_", " ").capitalize(), kind="time") for n in names]


def _category(name: str, label: str) -> LinkageColumn:
    return LinkageColumn(name, label, kind="category", moment="fixed")


def _count(name: str, label: str, origin: str, moment: str = "at") -> LinkageColumn:
    return LinkageColumn(name, label, label.lower().removesuffix("s"), "number", moment, origin)


def _tenure() -> LinkageColumn:
    return LinkageColumn("tenure_months", "Tenure", "month", "number", "fixed")


def _weight() -> LinkageColumn:
    return LinkageColumn("weight", "Survey weight", "", "number", "fixed")


def _about_customers(study: Study) -> list[LinkageColumn]:
    return [*_attributes(study, "customers"), *_metrics(study, "customers", "fixed")]


def _interaction(study: Study) -> list[LinkageColumn]:
    return [
        *_keys("interaction_id", "customer_id", "employee_id", "unit_id", "response_id"),
        *_times("started_at", "ended_at", "answered_at"),
        _category("period", "Period"),
        *_attributes(study, "interactions"),
        _category("survey", "Survey"),
        _category("language", "Language"),
        _weight(),
        *_metrics(study, "interactions", "before"),
        *_metrics(study, "feedback", "at"),
        *_about_customers(study),
    ]


def _survey(study: Study) -> list[LinkageColumn]:
    money = _metrics(study, "transactions")
    contacts = (
        [_count("contact_count", "Contacts", OPERATIONS, "before")] if study.source_of("interactions") else []
    )
    return [
        *_keys("response_id", "customer_id", "interaction_id", "employee_id", "unit_id"),
        *_times("answered_at"),
        _category("period", "Period"),
        *_attributes(study, "feedback"),
        _weight(),
        *_metrics(study, "feedback", "at"),
        *contacts,
        *_metrics(study, "interactions", "before"),
        *(_beside(c, "before", f"in the {study.declared.windows.before} days before") for c in money),
        *(_beside(c, "after", f"in the {study.declared.windows.after} days after") for c in money),
        _tenure(),
        *_about_customers(study),
    ]


def _beside(column: LinkageColumn, moment: str, words: str) -> LinkageColumn:
    return replace(column, name=f"{column.name}_{moment}", label=f"{column.label} {words}", moment=moment)


def _customer_period(study: Study) -> list[LinkageColumn]:
    counts = []
    for role, name, label, origin in (
        ("feedback", "answer_count", "Answers", FEEDBACK),
        ("interactions", "contact_count", "Contacts", OPERATIONS),
        ("transactions", "order_count", "Orders", MONEY),
    ):
        counts += [_count(name, label, origin)] if study.source_of(role) else []
    return [
        *_keys("customer_id", "unit_id"),
        _category("period", "Period"),
        *counts,
        *_metrics(study, "feedback"),
        *_metrics(study, "interactions"),
        *_metrics(study, "transactions"),
        LinkageColumn("is_silent", "Silent", "share", "flag", "at", MONEY),
        LinkageColumn("is_lost", "Lost", "share", "flag", "at", MONEY, better="lower"),
        _tenure(),
        *_about_customers(study),
    ]


def _employee_period(study: Study) -> list[LinkageColumn]:
    return [
        *_keys("employee_id", "unit_id"),
        _category("period", "Period"),
        *(c for c in _attributes(study, "employees") if c.name != "job"),
        _category("job", "Job"),
        _tenure(),
        LinkageColumn("is_trained", "Trained", "share", "flag", "before", PEOPLE),
        _count("training_count", "Trainings", PEOPLE, "before"),
        _count("contact_count", "Contacts", OPERATIONS),
        _count("answer_count", "Answers", FEEDBACK),
        *_metrics(study, "employee_feedback"),
        *_metrics(study, "interactions"),
        *_metrics(study, "feedback"),
        *_metrics(study, "employees", "fixed"),
    ]


def _unit_period(study: Study) -> list[LinkageColumn]:
    money = _metrics(study, "transactions")
    growth = [replace(c, name=f"{c.name}_growth", label=f"{c.label} growth", unit="share") for c in money]
    columns = [
        *_keys("unit_id"),
        _category("period", "Period"),
        *_attributes(study, "units"),
        _count("answer_count", "Answers", FEEDBACK),
        _count("contact_count", "Contacts", OPERATIONS),
        _count("order_count", "Orders", MONEY),
        _count("employee_count", "Employees", PEOPLE),
        *_metrics(study, "units", "fixed"),
        *_metrics(study, "feedback"),
        *_metrics(study, "interactions"),
        *_metrics(study, "employee_feedback"),
        *money,
        *growth,
    ]
    for source in study.sources.values():
        if source.role == "unit_periods":
            about = source.about or OPERATIONS
            columns += [_of_metric(study, m, about, "at") for m in study.metrics_of(source.name)]
            columns += _declared_attributes(source, study.attributes_of(source.name), "at")
    return columns


_GRAINS = {
    "interaction": _interaction,
    "survey": _survey,
    "customer_period": _customer_period,
    "employee_period": _employee_period,
    "unit_period": _unit_period,
}

_UNLINKED = {"survey": ("wave", "comment"), "employee_period": ("surveyed_at",)}
"""Columns of the tables that are no part of any link."""
