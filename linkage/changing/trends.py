"""How have the published figures and estimates gone, report by report?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.results import Result
from linkage.sentences import number

if TYPE_CHECKING:
    from linkage.plots import Picture

Row = dict[str, object]
FIGURE, LINK = "figure", "link"
COLUMNS = (
    *("what", "name", "driver", "label", "unit", "period"),
    *("estimate", "low", "high", "n", "level", "verdict"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Trends(Result):
    """Every figure and estimate of all reports up to one.

    estimates : one row a figure or estimate and period: what (figure or link), name (metric or link), driver, label,
        unit, period, estimate, low, high, n, level, verdict; in the order of the newest report, then by period. Of a
        figure the period is that it speaks of, of a link that of the report.
    periods : of the reports, oldest first.
    """

    estimates: pd.DataFrame
    periods: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether anything has been published of two periods."""
        return bool((self.estimates.groupby(["name", "driver"]).size() > 1).any())

    def of(self, what: str) -> pd.DataFrame:
        """The rows of figures or of links that have at least two periods."""
        rows = self.estimates[self.estimates["what"] == what]
        counts = rows.groupby(["name", "driver"])["period"].transform("size")
        return rows[counts > 1].reset_index(drop=True)

    def summary(self) -> str:
        if not self.is_known:
            said = self.periods[-1] if self.periods else "none yet"
            return f"Only one report is there ({said}): a trend needs two."
        lines = [
            f"- {rows['label'].iloc[0]}: {number(rows['estimate'].iloc[0])} in {rows['period'].iloc[0]}, "
            f"{number(rows['estimate'].iloc[-1])} in {rows['period'].iloc[-1]}"
            for what in (FIGURE, LINK)
            for _, rows in self.of(what).groupby(["name", "driver"], sort=False)
        ]
        return "\n".join([f"{len(self.periods)} reports, {self.periods[0]} to {self.periods[-1]}.", *lines])

    def plot(self, what: str = LINK) -> Picture:
        """Each series in a panel of its own. what : figure or link."""
        from linkage.changing.drawing import draw_trends

        return draw_trends(self.of(what))


def gather_trends(
    findings: Mapping[str, Sequence[Row]],
    metrics: Mapping[str, Sequence[Row]],
    *,
    labels: Mapping[tuple, str] = {},
) -> Trends:
    """Every figure and estimate as it was published, tidy.

    findings, metrics : the rows of each report by its period, oldest first; the last is the report itself, and only
    what it still publishes is told. labels : what to call a series, by (name, driver); else its own words.
    Exploratory findings are left out: no other report asks them again.
    """
    periods = tuple(findings)
    figures = [_figure(row) for period in periods for row in metrics.get(period, ())]
    links = [
        _estimate(row, period, labels)
        for period in periods
        for row in findings[period]
        if not row.get("exploratory") and row.get("estimate") is not None
    ]
    frame = pd.DataFrame([*figures, *links], columns=COLUMNS)
    frame = frame.drop_duplicates(["what", "name", "driver", "period"], keep="last")
    return Trends(_in_order(frame, findings, metrics), periods)


def _figure(row: Row) -> Row:
    shown = {name: row.get(name) for name in ("unit", "period", "estimate", "low", "high", "n")}
    label = row.get("label") or row["metric"]
    return {
        **shown,
        "what": FIGURE,
        "name": row["metric"],
        "driver": "",
        "label": label,
        "level": "",
        "verdict": "",
    }


def _estimate(row: Row, period: str, labels: Mapping[tuple, str]) -> Row:
    shown = {name: row.get(name) for name in ("estimate", "low", "high", "n", "level", "verdict")}
    name, driver = str(row["link"]), str(row["driver"])
    label = labels.get((name, driver), f"{driver} and {row.get('outcome', name)}".replace("_", " "))
    unit = str(row.get("outcome_unit") or "")
    return {
        **shown,
        "what": LINK,
        "name": name,
        "driver": driver,
        "label": label,
        "unit": unit,
        "period": period,
    }


def _in_order(frame: pd.DataFrame, findings: Mapping, metrics: Mapping) -> pd.DataFrame:
    """The series of the newest report, in its order, each by period; what it no longer publishes is left out."""
    last = next(reversed(findings), None)
    names = [(FIGURE, r["metric"], "") for r in metrics.get(last, ())]
    names += [(LINK, r["link"], r["driver"]) for r in findings.get(last, ()) if not r.get("exploratory")]
    order = {key: place for place, key in enumerate(dict.fromkeys(names))}
    places = [order.get(key) for key in zip(frame["what"], frame["name"], frame["driver"], strict=True)]
    kept = frame.assign(place=pd.array(places, dtype="Int64"))
    kept = kept[kept["place"].notna() & frame["estimate"].notna()]
    numbers = {name: kept[name].astype(float) for name in ("estimate", "low", "high")}
    kept = kept.assign(**numbers).sort_values(["place", "period"], kind="stable")
    return kept.drop(columns="place").reset_index(drop=True)
