"""What a point of loyalty goes with in the bands as they are: their gap in lifetime value, a point and year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.value.money import horizon_words
from linkage.worth.people import (
    band_names,
    customer_periods,
    last_year,
    loyalty_metric,
    money_of,
    periods_a_year,
)

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.value.bands import ValueByBand


@dataclass(frozen=True)
class Spread:
    """What brings a gap between bands to a point and year.

    top, bottom : the bands. points : how far apart their mean answers are. years : of the last year's margin, how many
        times that a customer is worth over the horizon, discounting and leaving included.
    """

    top: str
    bottom: str
    points: float
    years: float


def spread_of(study: OpenStudy, period: str, bands: ValueByBand) -> tuple[Spread | None, str]:
    """The distance of the top from the bottom band, or None and the reason."""
    metric, overall = loyalty_metric(study), bands.overall["estimate"]
    if metric is None:
        return None, "No loyalty answer makes bands here."
    top, bottom = band_names(metric)[-1], band_names(metric)[0]
    if _gap(bands, top, bottom) is None or pd.isna(overall):
        return None, f"The bands {bottom} and {top} are not both shown."
    rows = customer_periods(study, period)
    means = rows.groupby(rows["band"].astype(str))["band_score"].mean()
    now = last_year(rows, study, period)
    yearly = money_of(study).margin_of(now).mean() * periods_a_year(study)
    if top not in means or bottom not in means or not yearly > 0:
        return None, "There is no answer, or no margin, of the last year to bring both to a point and year."
    return Spread(top, bottom, float(means[top] - means[bottom]), float(overall / yearly)), ""


def band_row(bands: ValueByBand, spread: Spread) -> dict[str, object]:
    """The row of the bands: their gap as published, and what it is a point and year."""
    gap = _gap(bands, spread.top, spread.bottom)
    ends = dict(zip(("estimate", "low", "high"), gap, strict=True))
    a_year = {name: value / spread.points / spread.years for name, value in ends.items()}
    return {
        "what": f"{spread.top} rather than {spread.bottom}",
        "asks": f"What are customers of the band {spread.top} worth more than those of {spread.bottom}, as they are?",
        "held": "nothing",
        **ends,
        "horizon": horizon_words(bands.horizon, bands.time_unit),
        "level": bands.level,
        "n": int(bands.estimates.loc[[spread.top, spread.bottom], "n"].sum()),
        "a_year": a_year["estimate"],
        "a_year_low": a_year["low"],
        "a_year_high": a_year["high"],
        "meets": None,
    }


def _gap(bands: ValueByBand, top: str, bottom: str) -> tuple[float, float, float] | None:
    """How much more the top band is worth, with its interval, whichever way round it is kept; None where not shown."""
    for row in bands.gaps.to_dict("records"):
        if (row["band"], row["other"]) == (top, bottom):
            return row["estimate"], row["low"], row["high"]
        if (row["band"], row["other"]) == (bottom, top):
            return -row["estimate"], -row["high"], -row["low"]
    return None
