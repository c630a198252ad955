"""The answer to a link, as a card: what it says, its table, its checks, its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.catalogue import LinkageColumn
from linkage.checks import Check
from linkage.ladder import Evidence, counted_as, gravest, rung_level, rung_words
from linkage.linking.clock import Clock
from linkage.plain_tables import PlainTable
from linkage.results import Result
from linkage.sentences import in_sentence, p_words
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.cards.all_parts import Parts
    from linkage.plots import Picture

NUMBERS = (
    "estimate",
    "std_error",
    "low",
    "high",
    "p_value",
    "df",
    "raw_estimate",
    "raw_low",
    "raw_high",
    "detectable",
    "quartile_low",
    "quartile_high",
)

EXPLORATORY = "Exploratory: asked after the data were seen."
"""Said with every card outside the declared family."""


@dataclass(frozen=True, eq=False, repr=False)
class LinkCard(Result):
    """The answer to a link.

    estimates : one row a driver (or category of it): estimate, std_error, low, high (outcome units per
        driver unit), p_value, q_value (over the declared family), raw_estimate, raw_low, raw_high (the driver
        alone), detectable (the effect seen with 80 % power), quartile_low, quartile_high (the 25th and 75th
        percentile of a driver that is a number), verdict, sentence.
    n_used, n_dropped, clusters : rows in the fit, rows lacking a value, groups of `cluster`.
    evidence : level L1 to L5, why, and what would lift it. clock : the order of time.
    battery : the checks, about the link; those of one driver carry its name.
    missing : rows lacking a value, by column. unnamed : rows that name no customer, each a cluster of its own.
    each_once : of a table of periods, whether each customer, employee or unit has one row.
    exploratory : asked after the data were seen, outside the declared family.
    rows_sql : the query that made its rows; empty for a table given in memory.
    parts : ladder, shape, segments, nesting and attacks of its first driver; None without a fit in memory.
    """

    spec: LinkSpec
    estimates: pd.DataFrame
    n_used: int
    n_dropped: int
    clusters: int | None
    method: str
    errors: str
    r_squared: float
    confidence: float
    evidence: Evidence
    clock: Clock
    battery: tuple[Check, ...]
    missing: dict[str, int]
    span: str
    columns: dict[str, LinkageColumn]
    reason: str = ""
    exploratory: bool = False
    rows_sql: str = ""
    parts: Parts | None = None
    unnamed: int = 0
    each_once: bool = False

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def level(self) -> str:
        return self.evidence.level

    @property
    def verdict(self) -> str:
        """The card's one word: that of its drivers if they agree, else linked if any is."""
        return gravest(self.estimates["verdict"])

    @property
    def counted(self) -> str:
        """The word under which the card is counted: "no link" only where one would have been seen."""
        return gravest(self.counted_rows())

    def counted_rows(self) -> list[str]:
        """The same of each row of the estimates."""
        return [counted_as(row, self.battery) for row in self.estimates.to_dict("records")]

    def summary(self) -> str:
        said = " ".join(self.estimates["sentence"])
        return f"{said} {EXPLORATORY}" if self.exploratory else said

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.drop(columns=["sentence"]).copy()

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """The estimates for reading: rounded, p-values in words, verdicts as they are counted."""
        shown = [
            "driver",
            "estimate",
            "low",
            "high",
            "p_value",
            "q_value",
            "raw_estimate",
            "detectable",
            "verdict",
        ]
        named = [
            driver_name(*pair)
            for pair in zip(self.estimates["driver"], self.estimates["category"], strict=True)
        ]
        frame = self.estimates[shown].assign(driver=named, verdict=self.counted_rows()).set_index("driver")
        for column in ("p_value", "q_value"):
            frame[column] = [p_words(v) for v in frame[column]]
        numbers = frame.select_dtypes("number").columns
        frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
        return frame.assign(exploratory=True) if self.exploratory else frame

    def checks(self) -> pd.DataFrame:
        """The verdicts of the battery, one row a check; print() shows it whole."""
        frame = pd.DataFrame(
            [c.to_row() for c in self.battery], columns=["name", "verdict", "value", "limit", "advice"]
        )
        return PlainTable(frame.set_index("name"))

    def sql(self) -> str:
        """The query that made its rows: one row of its grain with outcome, drivers, controls and cluster."""
        if self.rows_sql:
            return self.rows_sql
        named = ", ".join(dict.fromkeys([self.spec.outcome, *self.spec.drivers, *self.spec.controls]))
        return (
            f"-- Asked of a table in memory: no query of the suite made its rows.\n-- Columns used: {named}"
        )

    def to_yaml(self) -> str:
        """The declaration that puts this link into study.yml, under `links`."""
        from linkage.study_file.lines import declaration_of

        return declaration_of(self.spec)

    def plot(self, kind: str = "estimates") -> Picture:
        """A part of the card, drawn.

        kind : estimates, ladder, shape, segments, specifications, lags or leave one out.
        """
        from linkage.cards.pictures import draw_card

        return draw_card(self, kind)

    def ladder(self, decimals: int = 4) -> pd.DataFrame:
        """The link on every rung its data allow, side by side; empty without a fit.

        what : who is compared, or what is held fixed. level : the most that such a comparison can show; order : in
        words, what came first and the verb that allows. print() shows it whole.
        """
        columns = ["rung", "what", "level", "order", "estimate", "low", "high", "n", "status", "note"]
        found = self.parts.ladder if self.parts else None
        frame = found.rungs[columns].copy() if found else pd.DataFrame(columns=columns)
        pairs = list(zip(frame["level"], frame["order"], strict=True))
        frame["level"], frame["order"] = [rung_level(*p) for p in pairs], [rung_words(*p) for p in pairs]
        numbers = ["estimate", "low", "high"]
        frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
        counted = frame.assign(n=frame["n"].astype("Float64").round().astype("Int64"))
        return PlainTable(counted.set_index("rung"))

    def findings(self) -> list[dict[str, object]]:
        """One row a driver for the report's findings."""
        from linkage.linking.finding import finding_row

        return [finding_row(self, row) for row in self.estimates.to_dict("records")]

    def _repr_html_(self) -> str:
        from linkage.cards.html import card_html

        return card_html(self)


def driver_name(driver: str, category: object) -> str:
    return driver if category is None or pd.isna(category) else f"{driver}: {category}"


def label_of(column: LinkageColumn, change: bool) -> str:
    label = in_sentence(column.label)
    return f"change of {label}" if change else label


def column_of(card: LinkCard, name: str) -> LinkageColumn:
    return card.columns.get(name) or LinkageColumn(name, name.replace("_", " "))
