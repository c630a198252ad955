"""What engagement is made of: employees' other answers ranked by how much each counts for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.constituency.gates import factors_of
from linkage.constituency.people import engagement_metric
from linkage.drivers import DriverRanking, rank_drivers
from linkage.errors import FitError, TableError, TooFewRowsError
from linkage.fetching import fetch_rows

if TYPE_CHECKING:
    from linkage.opening import OpenStudy


def rank_factors(study: OpenStudy, through: str, *, seed: int, confidence: float) -> DriverRanking | str:
    """The ranking, employees of one unit compared with one another; or why there is none."""
    engaged, factors = engagement_metric(study), factors_of(study)
    if engaged is None:
        return "There is no answer of employees: add a source of role employee_feedback."
    if len(factors) < 2:
        return (
            "Employees are asked one thing only: ask what it is made of (support, tools, workload) as well."
        )
    last = study.study.period(through).position
    rows = fetch_rows(
        study.connection.sql(
            f"select any_value(unit_id) as unit_id, {', '.join(f'any_value({f}) as {f}' for f in factors)}, "
            f"any_value({engaged}) as {engaged} from link_employee_period inner join periods using (period) "
            f"where position <= {last} and surveyed_at is not null group by employee_id, surveyed_at "
            "order by employee_id, surveyed_at"
        )
    )
    if rows["unit_id"].nunique() > 1:
        asked = {"controls": ["unit_id"], "cluster": "unit_id"}
    else:
        asked = {"controls": [], "cluster": None}
    try:
        return rank_drivers(rows, outcome=engaged, drivers=factors, seed=seed, confidence=confidence, **asked)
    except (FitError, TooFewRowsError, TableError) as error:
        return str(error)
