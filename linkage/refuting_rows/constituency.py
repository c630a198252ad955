"""Employees' or partners' answers and what their units achieve: one row a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.catalogue import FEEDBACK, MONEY, LinkageColumn
from linkage.fetching import fetch_rows
from linkage.linking.link_rows import link_rows_sql
from linkage.study_file.declaration import LinkSpec
from linkage.tables.steady_sums import steady_mean

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy

WORDS = {
    "turnover": ("turnover", "attrition", "resign"),
    "accidents": ("accident", "injur", "incident"),
    "profit": ("profit", "margin", "income", "earnings"),
}


def constituency_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """Means of the first driver and the outcome by unit: unit_id, driver, outcome, n; `attrs["kind"]` of outcome.

    None where the driver is no answer of employees or partners, the link is one of changes, or the outcome is none of
    those the field has figures for.
    """
    if spec.change is not None or spec.grain not in ("employee_period", "unit_period"):
        return None
    kind = outcome_kind(study.study.columns[spec.grain].get(spec.outcome))
    if kind is None or not is_of_constituents(study, spec):
        return None
    driver, outcome = f"linked.{spec.drivers[0]}", f"linked.{spec.outcome}"
    unit, joined = "linked.unit_id", ""
    if spec.grain == "employee_period":
        unit = "places.unit_id"
        joined = (
            "inner join link_employee_period as places\n"
            "    on places.employee_id = linked.employee_id and places.period = linked.period\n"
        )
    frame = fetch_rows(
        study.connection.sql(
            f"with linked as ({link_rows_sql(study, spec, through)}\n)\n\n"
            f"select {unit} as unit_id, {steady_mean(driver)} as driver, {steady_mean(outcome)} as outcome, "
            "count(*) as n\n"
            f"from linked\n{joined}where {driver} is not null and {outcome} is not null and {unit} is not null\n"
            f"group by {unit}\norder by {unit}"
        )
    )
    frame.attrs["kind"] = kind
    return frame


def is_of_constituents(study: OpenStudy, spec: LinkSpec) -> bool:
    """Whether the first driver is what employees or partners said."""
    known = study.study.columns[spec.grain].get(spec.drivers[0])
    metric = study.study.metrics.get(known.metric) if known and known.metric else None
    if metric is None:
        return False
    source = study.study.sources[metric.of]
    asked = source.role == "employee_feedback"
    return asked or (source.role == "unit_periods" and (source.about == "people" or "partner" in metric.name))


def outcome_kind(column: LinkageColumn | None) -> str | None:
    """Which of the field's outcomes a column is: customer loyalty, productivity, profit, turnover or accidents."""
    if column is None:
        return None
    text = f"{column.name} {column.label}".lower()
    for kind, words in WORDS.items():
        if any(word in text for word in words):
            return kind
    return {FEEDBACK: "customer loyalty", MONEY: "productivity"}.get(column.origin)
