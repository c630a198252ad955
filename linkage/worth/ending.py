"""Where a chain ends in money, and the customers the money is counted over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.catalogue import OPERATIONS
from linkage.errors import LinkError
from linkage.worth.flows import FLOW, GROWTH, LOST
from linkage.worth.people import (
    Money,
    customer_periods,
    last_year,
    matching,
    money_of,
    periods_a_year,
    present_now,
)

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import LinkSpec

DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Ending:
    """How the last outcome of a chain is money.

    kind : flow, lost or growth. metric : of transactions, where the outcome is made of one. a_period : outcome windows
        a period.
    """

    kind: str
    metric: str | None
    a_period: float


@dataclass(frozen=True, eq=False)
class Ground:
    """The customers a scenario is for.

    sums : (n, 5) a row a customer and period of the last year: 1, had a contact, left, margin, revenue. labels : what
        each row is drawn with. people : customers there now. segment : `where` in words. metric : the money it ends in.
    """

    sums: np.ndarray
    labels: pd.Series
    people: int
    money: Money
    segment: str
    metric: str


def ending_of(study: OpenStudy, spec: LinkSpec) -> Ending:
    """Raises LinkError, saying what would be money, where the link ends in something else."""
    source = study.study.source_of("transactions")
    metrics = study.study.metrics_of(source.name) if source else []
    names = {m.name for m in metrics if m.type == "number" and m.aggregate == "sum"}
    base, _, end = spec.outcome.rpartition("_")
    days = study.study.declared.windows.after
    if spec.grain == "customer_period" and spec.outcome == "is_lost":
        return Ending(LOST, None, 1.0)
    if spec.grain == "survey" and end == "after" and base in names:
        return Ending(FLOW, base, DAYS_A_YEAR / periods_a_year(study) / days)
    if spec.grain == "customer_period" and spec.outcome in names:
        return Ending(FLOW, spec.outcome, 1.0)
    if spec.grain == "unit_period" and end == "growth" and base in names:
        return Ending(GROWTH, base, 1.0)
    raise LinkError(
        f"{spec.name} ends in {spec.outcome}, which is no money of customers. A chain ends in what they spend "
        "(<metric>_after, or a metric of transactions), in is_lost, or in the growth of a unit's sales."
    )


def ends_in_money(study: OpenStudy, spec: LinkSpec) -> bool:
    """Whether a link ends in money of customers."""
    try:
        return bool(ending_of(study, spec))
    except LinkError:
        return False


def ground_of(
    study: OpenStudy, where: dict[str, object], period: str, *, column: str | None, metric: str | None
) -> Ground:
    """The customers of a scenario, with what a draw needs of them.

    column : what is drawn whole (None: customers). metric : of transactions, in which the chain ends.
    """
    money = money_of(study)
    if money.column is None:
        raise LinkError("This study has no source of transactions with a sum of money: nothing to count in.")
    rows = matching(last_year(customer_periods(study, period), study, period), where)
    metric = metric or money.revenue or money.column
    column = column if column in ("customer_id", "unit_id") else "customer_id"
    named = rows[column].astype(object)
    alone = "customer_id: " + rows["customer_id"].astype(str)
    sums = np.column_stack(
        [
            np.ones(len(rows)),
            (rows["contact_count"] > 0).to_numpy(dtype=float),
            rows["is_lost"].to_numpy(dtype=float),
            money.margin_of(rows).to_numpy(dtype=float),
            rows[metric].to_numpy(dtype=float),
        ]
    )
    people = len(present_now(rows, study, period))
    if not people:
        raise LinkError(f"No customer is there in {period}: nobody for the scenario to reach.")
    segment = " and ".join(f"{c} is {v}" for c, v in where.items())
    return Ground(
        sums, (f"{column}: " + named.astype(str)).where(named.notna(), alone), people, money, segment, metric
    )


def speaks_of_contacts(study: OpenStudy, spec: LinkSpec, driver: str) -> bool:
    """Whether a driver is about contacts, so that customers without one are not moved."""
    column = study.study.columns[spec.grain].get(driver)
    return spec.grain in ("interaction", "employee_period") or bool(column and column.origin == OPERATIONS)
