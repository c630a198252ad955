"""Which headline figures does a season move, and what was such a figure a year ago?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkage.sentences import is_share, number

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

SEASON = "a season moves it"
"""What is said of a KPI whose periods are not alike within a year, where no figure of a year ago is known."""
KPI = "kpi_"
"""What a published figure's name begins with where it is a KPI."""


def has_season(row: Row) -> bool:
    """Whether a published figure is a KPI that is defined as seasonal."""
    from linkage.kpis.definitions import KPIS

    return any(f"{KPI}{kpi.name}" == row.get("metric") and kpi.is_seasonal for kpi in KPIS)


def season_words(row: Row, edition: Edition) -> str:
    """What a reader must know of a change within a year: the figure a year ago where it is known, else that a season
    moves it; nothing where no season does, or where a period is a year or more."""
    from linkage.worth.people import PERIODS_A_YEAR

    a_year = PERIODS_A_YEAR[edition.study.study.declared.period] if has_season(row) else 1
    if a_year == 1:
        return ""
    ago = str(edition.study.study.period(row["period"]).shift(-a_year))
    times = 100.0 if is_share(str(row.get("unit") or "")) else 1.0
    figures = [number(times * value) for value in _figures_of(str(row["metric"]), ago, edition)]
    if not figures:
        return SEASON
    return f"a year ago: {figures[0]} ({figures[1]} to {figures[2]})"


def _figures_of(metric: str, period: str, edition: Edition) -> list[float]:
    """Estimate, low and high of an earlier period; empty where the data do not reach back, or hold too few then."""
    from linkage import business_kpis
    from linkage.kpis.definitions import ALL

    found = business_kpis(edition.study, period=edition.period).estimates
    rows = found[(found["kpi"] == metric.removeprefix(KPI)) & (found["group"] == ALL)]
    then = rows.loc[rows["period"] == period, ["estimate", "low", "high"]].to_numpy(dtype=float)
    return list(then[0]) if len(then) and np.isfinite(then[0]).all() else []
