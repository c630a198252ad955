"""Lifetime value and money at stake, side by side: whom each counts, and what each says that loyalty is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.memory import kept
from linkage.results import Result
from linkage.sentences import in_sentence, in_words, listed, number, signed
from linkage.worth.beside_bands import Spread, band_row, spread_of
from linkage.worth.beside_counts import count_customers, counts_sentence
from linkage.worth.ledger import keep_and_lose
from linkage.worth.lifetime import lifetime_value
from linkage.worth.people import loyalty_metric
from linkage.worth.points import value_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linkage.opening import OpenStudy
    from linkage.worth.points import PointValues

COLUMNS = (
    *("what", "asks", "held", "estimate", "low", "high", "horizon", "level", "n"),
    *("a_year", "a_year_low", "a_year_high", "meets"),
)
BAND = "bands"


@dataclass(frozen=True, eq=False, repr=False)
class LifetimeBesideMoney(Result):
    """What the page on lifetime value and the page on money say of the same, and why the two differ.

    estimates : one row for the bands as they are ("bands") and one for each link from the loyalty answer to money:
        what, asks (the question it answers), held (what is held fixed), estimate, low, high (as published, over
        horizon), level, n; a_year with its a_year_low and a_year_high (margin for one point more, a customer and
        year), meets (whether its interval and that of the bands have a value in common; None for the bands).
    people : one row a count of customers: who, n, page (where it stands).
    spread : what brings the bands to a point and year, and is taken as known. missing : why there is no comparison.
    """

    estimates: pd.DataFrame
    people: pd.DataFrame
    spread: Spread | None
    counted: str
    currency: str
    confidence: float
    missing: str

    def summary(self) -> str:
        said = [counts_sentence(self.people)] if len(self.people) else []
        said.append(self._compared())
        return "\n".join(f"- {sentence}" for sentence in said)

    def _compared(self) -> str:
        if self.missing:
            return f"Bands and points are not set side by side. {self.missing}"
        bands, points = self.estimates.loc[BAND], self.estimates.drop(index=BAND)
        each = "; ".join(self._point(row) for row in points.to_dict("records"))
        return (
            f"{bands['asks']} {signed(bands['estimate'])} {self.currency} over {bands['horizon']} "
            f"({signed(bands['low'])} to {signed(bands['high'])}; {bands['level']}, estimated; n = {bands['n']:,}), "
            f"which is {self._year(bands)}, as the bands are {number(self.spread.points)} points apart and a "
            f"customer is worth {number(self.spread.years)} years of {self.counted}. What goes with a point where "
            f"the link holds other things fixed? {each}. {_meeting(points['meets'].astype(bool))}"
        )

    def _point(self, row: dict[str, object]) -> str:
        return f"{self._year(row)}, {row['held']} held fixed ({row['level']}, estimated; n = {row['n']:,})"

    def _year(self, row: Mapping[str, object]) -> str:
        return (
            f"{signed(row['a_year'])} {self.currency} of {self.counted} a point, customer and year "
            f"({signed(row['a_year_low'])} to {signed(row['a_year_high'])})"
        )

    def table(self, decimals: int = 1) -> pd.DataFrame:
        """Both answers for reading, in a point, customer and year."""
        columns = ["asks", "held", "level", "n", "a_year", "a_year_low", "a_year_high"]
        return self.estimates.set_index("what")[columns].round(decimals)

    def counts(self) -> pd.DataFrame:
        """Whom each page counts."""
        return self.people.set_index("who")


def _meeting(meets: pd.Series) -> str:
    """What a reader may make of intervals that have, or have not, a value in common. meets : one a link."""
    if meets.all():
        return "The intervals have values in common: the two are not shown to differ."
    which = "The" if not meets.any() else f"{(~meets).sum()} of the {len(meets)} links'"
    return (
        f"{which} intervals have no value in common with that of the bands: who is in a band differs in more than "
        "loyalty, and the answer that made it may be a year old. So the value of a band is not what a point brings, "
        "nor is a point's value what a band is worth."
    )


@kept
def lifetime_beside_money(study: OpenStudy, *, period: object) -> LifetimeBesideMoney:
    """Whom do the pages on lifetime value and on money count, and do their figures on loyalty contradict each other?

    The difference of the top and the bottom band's lifetime value is brought to a point and year: divided by how far
    apart the bands' mean answers are, and by how many years of margin a customer is worth (both taken as known, so
    that its interval is a little too narrow). It is an association of bands as they are; a point by a link holds the
    link's controls fixed. Never raises for what the data lack: `missing` says it.
    """
    values, ledger = lifetime_value(study, period=period), keep_and_lose(study, period=period)
    people = count_customers(study, str(period), values, ledger)
    spread, missing = None, "" if values.bands is not None else values.missing["value"]
    if not missing:
        spread, missing = spread_of(study, str(period), values.bands)
    if not missing:
        linked = _links_of(study, value_points(study, period=period))
        missing = "" if len(linked) else "No link from the loyalty answer to money is shown."
    rows = {} if missing else _rows(study, linked, band_row(values.bands, spread))
    return LifetimeBesideMoney(
        estimates=pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).rename_axis("row"),
        people=people,
        spread=spread,
        counted=values.counted,
        currency=values.currency,
        confidence=values.bands.confidence if values.bands is not None else 0.95,
        missing=missing,
    )


def _links_of(study: OpenStudy, points: PointValues) -> pd.DataFrame:
    """The points of the loyalty answer itself whose link is shown and whose money is measured."""
    metric = loyalty_metric(study)
    rows = points.estimates.reset_index()
    return rows[
        (rows["driver"] == metric.name) & (rows["verdict"] == "linked") & (rows["basis"] == "estimated")
    ]


def _rows(study: OpenStudy, linked: pd.DataFrame, bands: dict[str, object]) -> dict[str, dict[str, object]]:
    points = {str(row["link"]): _point_row(study, row, bands) for row in linked.to_dict("records")}
    return {BAND: bands, **points}


def _point_row(study: OpenStudy, row: dict[str, object], bands: dict[str, object]) -> dict[str, object]:
    spec = study.study.links[str(row["link"])]
    columns = study.study.columns[spec.grain]
    held = [in_sentence(columns[c].label) if c in columns else in_words(c) for c in spec.controls]
    return {
        "what": row["step"],
        "asks": spec.question,
        "held": listed(held) if held else "nothing",
        **{end: row[end] for end in ("estimate", "low", "high")},
        "horizon": "a year",
        "level": row["level"],
        "n": int(row["n"]),
        "a_year": row["estimate"],
        "a_year_low": row["low"],
        "a_year_high": row["high"],
        "meets": bool(row["low"] <= bands["a_year_high"] and bands["a_year_low"] <= row["high"]),
    }
