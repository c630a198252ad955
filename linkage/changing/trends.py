"""How have the published figures and estimates gone, report by report?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from linkage.ladder import LINKED, NO_LINK
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
        unit, period, estimate, low, high (in unit), n, level, verdict; in the order of the newest report, then by
        period. Of a figure the period is that it speaks of, of a link that of the report.
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


class Told(NamedTuple):
    """How a series is told: what it is called, its unit, and the factor from what was published to that unit."""

    label: str
    unit: str
    times: float = 1.0


def gather_trends(
    findings: Mapping[str, Sequence[Row]],
    metrics: Mapping[str, Sequence[Row]],
    *,
    told: Mapping[tuple[str, str], Told] | None = None,
) -> Trends:
    """Every figure and estimate as it was published, tidy.

    findings, metrics : the rows of each report by its period, oldest first; the last is the report itself.
    told : how to tell a series, by (name, driver), the driver of a figure being ""; else in its own words and unit.

    Only what the last report still publishes is told, and of the earlier ones only what was said in the same units.
    Exploratory findings are left out, as no other report asks them again, and so is what must not be used.
    """
    periods = tuple(findings)
    series = [(FIGURE, row, period) for period in periods for row in metrics.get(period, ())]
    series += [(LINK, row, period) for period in periods for row in findings[period] if _is_shown(row)]
    newest = {_key(what, row): _units(row) for what, row, period in series if period == periods[-1]}
    rows = [
        _point(what, row, period, (told or {}).get(_key(what, row)[1:]))
        for what, row, period in series
        if row.get("estimate") is not None and newest.get(_key(what, row)) == _units(row)
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(("estimate", "low", "high"), float))
    frame = frame.drop_duplicates(["what", "name", "driver", "period"], keep="last")
    order = {key: place for place, key in enumerate(newest)}
    place = [order[key] for key in zip(frame["what"], frame["name"], frame["driver"], strict=True)]
    frame = frame.assign(place=place).sort_values(["place", "period"], kind="stable")
    return Trends(frame.drop(columns="place").reset_index(drop=True), periods)


def _is_shown(row: Row) -> bool:
    return not row.get("exploratory") and row.get("verdict") in (LINKED, NO_LINK)


def _key(what: str, row: Row) -> tuple[str, str, str]:
    name, driver = (row["metric"], "") if what == FIGURE else (row["link"], row["driver"])
    return what, str(name), str(driver)


def _units(row: Row) -> tuple[object, ...]:
    return tuple(row.get(name) for name in ("kind", "unit", "outcome_unit", "driver_unit"))


def _point(what: str, row: Row, period: str, told: Told | None) -> Row:
    _, name, driver = _key(what, row)
    own = Told(str(row.get("label") or f"{driver or name} {name if driver else ''}".strip().replace("_", " ")),
               str(row.get("unit") or row.get("outcome_unit") or ""))  # fmt: skip
    label, unit, times = told or own
    figures = {n: None if row.get(n) is None else times * float(row[n]) for n in ("estimate", "low", "high")}
    facts = {"what": what, "name": name, "driver": driver, "label": label, "unit": unit, "n": row.get("n")}
    facts |= {"level": row.get("level") or "", "verdict": row.get("verdict") or ""}
    return facts | figures | {"period": str(row["period"]) if what == FIGURE else period}
