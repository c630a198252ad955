"""The rows of a grain with periods, each beside what the same customer, employee or unit has at other periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.grains import KEYS
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy


def rows_by_calendar(
    study: OpenStudy, spec: LinkSpec, through: str, *, columns: Sequence[str], joins: str
) -> pd.DataFrame:
    """Keys, period and the columns, of each row up to a period that has the driver; in a fixed order.

    columns : expressions with their names. joins : what they are read from, joined on `now` and `calendar`, the
    row itself and its place among the periods.
    """
    named = ", ".join(f"now.{key}" for key in KEYS[spec.grain])
    return fetch_rows(
        study.connection.sql(
            f"select {named}, now.period, {', '.join(columns)}\nfrom link_{spec.grain} as now\n"
            f"inner join periods as calendar on calendar.period = now.period{joins}\n"
            f"where calendar.position <= {study.study.period(through).position} and now.{spec.drivers[0]} is not null\n"
            f"order by {named}, now.period"
        )
    )
