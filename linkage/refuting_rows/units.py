"""The unit of each row of a link, one level above its customers or employees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.grains import KEYS
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy

HAS_PERIODS = ("customer_period", "employee_period")


def unit_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """Keys and unit_id of each row of the link's grain; None where there is no level above or no unit is known."""
    table = f"link_{spec.grain}"
    if spec.grain == "unit_period" or "unit_id" not in study.connection.table(table).columns:
        return None
    periods = ["period"] if spec.grain in HAS_PERIODS else []
    named = ", ".join([*(f"now.{k}" for k in KEYS[spec.grain]), *(f"now.{p}" for p in periods)])
    rows = fetch_rows(
        study.connection.sql(
            f"select {named}, now.unit_id from {table} as now\n"
            "inner join periods as calendar on calendar.period = now.period\n"
            f"where now.unit_id is not null and calendar.position <= {study.study.period(through).position}\n"
            f"order by {named}"
        )
    )
    return rows if len(rows) else None
