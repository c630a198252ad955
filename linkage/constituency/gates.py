"""May the answers of a unit's employees, and of its customers, be averaged? Asked before any mean of a unit is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.aggregation import AggregationGate, gate_aggregation
from linkage.constituency.people import employee_metrics, engagement_metric, training_outcome
from linkage.errors import LinkageError
from linkage.fetching import fetch_rows

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

NAMES = {
    "icc1": "ICC(1)",
    "icc2": "ICC(2)",
    "rwg": "rwg",
    "reliable_units_share": "units with a reliable mean",
}


def gates_of(
    study: OpenStudy, through: str, confidence: float
) -> tuple[dict[str, AggregationGate], dict[str, str]]:
    """The gate of each side of the chain, by its words; and why one is missing.

    Employees by unit: their last answer, so that nobody counts twice. Customers by unit, and by the employee who served
    them: every answer of the last year.
    """
    made, missing = {}, {}
    engaged, outcome = engagement_metric(study), training_outcome(study)
    asked = [("employees by unit", engaged, "unit_id", _employees)]
    asked += [
        ("customers by unit", outcome, "unit_id", _customers),
        ("customers by employee", outcome, "employee_id", _customers),
    ]
    for words, score, group, fetch in asked:
        if score is None:
            missing[words] = _lacking(words)
            continue
        try:
            rows = fetch(study, score, group, through)
            if rows[group].isna().all():
                missing[words] = _lacking(words)
                continue
            made[words] = gate_aggregation(
                rows, group=group, score=score, scale=study.study.metrics[score].scale, method_n0="adjusted",
                confidence=confidence, minimum_group=study.study.declared.minimum_group,
            )  # fmt: skip
        except LinkageError as error:
            missing[words] = str(error)
    return made, missing


def _lacking(words: str) -> str:
    if words.startswith("employees"):
        return "There is no answer of employees: add a source of role employee_feedback, and employees with unit_id."
    if words.endswith("unit"):
        return "No single answer of customers names its unit: give feedback (or interactions) a unit_id."
    return "No answer of customers names who served them: give feedback (or interactions) an employee_id."


def _employees(study: OpenStudy, score: str, group: str, through: str) -> pd.DataFrame:
    last = study.study.period(through).position
    return fetch_rows(
        study.connection.sql(
            f"select employee_id, {group}, {score} from link_employee_period as rows "
            f"inner join periods using (period) where position <= {last} and {score} is not null "
            "qualify row_number() over (partition by employee_id order by position desc) = 1 order by employee_id"
        )
    )


def _customers(study: OpenStudy, score: str, group: str, through: str) -> pd.DataFrame:
    last, year = study.study.period(through).position, periods_a_year(study)
    return fetch_rows(
        study.connection.sql(
            f"select {group}, {score} from link_survey inner join periods using (period) where {score} is not null "
            f"and position <= {last} and position > {last - year} order by response_id"
        )
    )


def periods_a_year(study: OpenStudy) -> int:
    return {"month": 12, "quarter": 4, "half": 2, "year": 1}[study.study.declared.period]


def gate_table(gates: dict[str, AggregationGate]) -> pd.DataFrame:
    """One row a side and figure: estimate, low, high, limit, verdict, and the advice where it does not pass."""
    rows = []
    for words, gate in gates.items():
        advice = {c.name: c.advice for c in gate.checks}
        for name, said in NAMES.items():
            line = gate.estimates.loc[name]
            kept = {k: line[k] for k in ("estimate", "low", "high", "limit", "verdict")}
            base = {"means of": gate.score, "side": words, "figure": said, **kept, "units": len(gate.units)}
            rows.append({**base, "n": gate.n_used, "advice": advice.get(name, "")})
    columns = [
        "means of",
        "side",
        "figure",
        "estimate",
        "low",
        "high",
        "limit",
        "verdict",
        "units",
        "n",
        "advice",
    ]
    return pd.DataFrame(rows, columns=columns)


def factors_of(study: OpenStudy) -> list[str]:
    """What else employees are asked, beside the answer that stands for all of it."""
    return [m.name for m in employee_metrics(study) if m.name != engagement_metric(study)]
