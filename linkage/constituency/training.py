"""Before and after a training: those who were trained beside those who were not trained yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.checks import PASS, Check
from linkage.constituency.people import employee_links, is_training, training_outcome
from linkage.errors import LinkageError
from linkage.rungs import Trends, before_and_after, judge_trends
from linkage.rungs.arrays import arrays_of
from linkage.sentences import capital
from linkage.suppressing import few_of

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

EMPLOYEE = "employee_id"


@dataclass(frozen=True, eq=False)
class Training:
    """What a training did to the answers of the customers served.

    estimates : rows "before and after" (the difference of differences) and "trained against untrained" (their plain
    difference, which whoever was sent to the training is in too): estimate, std_error, low, high, n, clusters.
    trends : the event study. check : whether both sides moved alike before.
    is_declared : a link says that it is an intervention. level : L4 where both are so, L3 undeclared, else L2.
    """

    outcome: str
    trends: Trends
    estimates: pd.DataFrame
    check: Check
    events: pd.DataFrame
    is_declared: bool

    def __len__(self) -> int:
        return len(self.events)

    @property
    def level(self) -> str:
        if self.check.verdict != PASS:
            return "L2"
        return "L4" if self.is_declared else "L3"


def training_of(study: OpenStudy, through: str, *, seed: int, confidence: float) -> Training | str:
    """The event study of the study's trainings, as the ladder of a declared link would have it; or why there is none.

    Difference in differences: each period's newly trained beside employees not trained until long after, each compared
    with themselves (Cengiz and others 2019, p. 1429); employees are clusters.
    """
    if study.study.source_of("trainings") is None or "link_employee_period" not in study.tables:
        return (
            "There are no trainings: add a source of role trainings, with training_id, employee_id and completed_on, "
            "and employees whose customers answer."
        )
    outcome = training_outcome(study)
    if outcome is None:
        return "No answer of customers names who served them: give feedback (or interactions) an employee_id."
    declared = next((s for s in employee_links(study) if is_training(s) and s.outcome == outcome), None)
    controls = [c for c in (declared.controls if declared else ()) if c != f"{outcome}_now"]
    rows = study.table("link_employee_period", through=through)
    rows = rows.assign(is_trained=rows["is_trained"].astype(float))
    rows = rows[[EMPLOYEE, "period", outcome, "is_trained", *controls]].dropna()
    fewest = study.study.declared.minimum_group
    trained = rows.loc[rows["is_trained"] == 1, EMPLOYEE].nunique()
    if trained < fewest:
        few = capital(few_of(fewest, "employees"))
        return f"{few} were trained: nothing of so few is shown." if trained else "No employee was trained."
    found = _studied(rows, outcome, controls, fewest, seed, confidence)
    if isinstance(found, str):
        return found
    return replace(found, is_declared=declared is not None and declared.design == "intervention")


def _studied(
    rows: pd.DataFrame, outcome: str, controls: list[str], fewest: int, seed: int, confidence: float
) -> Training | str:
    try:
        arrays = arrays_of(
            rows, outcome=outcome, drivers=["is_trained"], controls=controls, unit=EMPLOYEE, cluster=EMPLOYEE
        )
        found = before_and_after(arrays, confidence=confidence, seed=seed)
    except LinkageError as error:
        return str(error)
    if isinstance(found, str):
        return found
    if min(found.units, found.comparison) < fewest:
        return (
            f"{found.units:,} employees are seen before and after their training, beside {found.comparison:,} others: "
            f"either side needs {fewest}."
        )
    estimates = pd.DataFrame(
        {
            "before and after": _row(found.slope),
            "trained against untrained": _plain(rows, outcome, confidence),
        }
    ).T
    events = found.events.copy()
    small = events["n"] < fewest
    events.loc[small, ["estimate", "std_error", "low", "high"]] = np.nan
    return Training(outcome, found, estimates.astype(float), judge_trends(found), events, False)


def _row(slope: object) -> dict[str, float]:
    return {k: float(getattr(slope, k)) for k in ("estimate", "std_error", "low", "high", "n", "clusters")}


def _plain(rows: pd.DataFrame, outcome: str, confidence: float) -> dict[str, float]:
    """The trained against the untrained as they are, periods held fixed."""
    from linkage.regression.linear import fit_linear

    fit = fit_linear(rows, f"{outcome} ~ is_trained + period", cluster=EMPLOYEE, confidence=confidence)
    line = fit.estimates.loc["is_trained"]
    kept = {k: float(line[k]) for k in ("estimate", "std_error", "low", "high")}
    return {**kept, "n": float(len(rows)), "clusters": float(rows[EMPLOYEE].nunique())}
