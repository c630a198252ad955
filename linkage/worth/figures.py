"""A figure in money: never without currency, horizon, level, interval, and the word estimated or assumed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from linkage.errors import TableError
from linkage.publishing import Published
from linkage.sentences import in_words

MONEY_MIME = "application/vnd.linkage.money+json"
ESTIMATED, ASSUMED = "estimated", "assumed"


@dataclass(frozen=True)
class MoneyFigure:
    """One figure in money for the report.

    figure : its short name. estimate, low, high : amounts in `currency`. horizon : in words. level : L0 to L5, L0
        where any part is assumed. basis : "estimated" or "assumed". n : rows or customers it rests on. what : in
        words what it is. link_level : the level of the links it runs through, "" without any. group : scenario,
        segment or band. chance : of a net value, the probability that it breaks even, 0 to 1.
    """

    figure: str
    estimate: float
    low: float
    high: float
    currency: str
    horizon: str
    level: str
    basis: str
    n: int | None
    what: str
    link_level: str = ""
    group: str = ""
    chance: float | None = None

    def __post_init__(self) -> None:
        if self.basis not in (ESTIMATED, ASSUMED):
            raise TableError(f"{self.figure}: basis {self.basis!r} is neither estimated nor assumed.")
        if (self.basis == ASSUMED) != (self.level == "L0"):
            raise TableError(
                f"{self.figure}: {self.basis} at level {self.level}; assumed is L0, and L0 assumed."
            )
        if not self.currency or not self.horizon:
            raise TableError(f"{self.figure}: a figure in money needs its currency and its horizon.")

    def to_row(self) -> dict[str, object]:
        """As it is published; the chance only where there is one."""
        row = asdict(self)
        return row if self.chance is not None else {k: v for k, v in row.items() if k != "chance"}


def money_frame(figures: Iterable[MoneyFigure], digits: int = 0) -> pd.DataFrame:
    """The figures as a table for reading: amounts rounded to whole units of the currency (or `digits`), groups (of
    the data the names that were declared) in words."""
    given = [f.to_row() for f in figures]
    columns = [c for c in MoneyFigure.__dataclass_fields__ if c != "chance" or any(c in row for row in given)]
    rows = pd.DataFrame(given, columns=columns)
    if "chance" in rows:
        rows["chance"] = rows["chance"].astype(float).round(2)
    rows["group"] = [in_words(group) for group in rows["group"]]
    for column in ("estimate", "low", "high"):
        rows[column] = rows[column].astype(float).round(digits) + 0.0
    return rows


def publish_money(figures: Iterable[MoneyFigure], digits: int = 0) -> Published:
    """The figures for the report: a table in the notebook, carried along as data."""
    figures = tuple(figures)
    return Published(
        MONEY_MIME, tuple(f.to_row() for f in figures), money_frame(figures, digits), "money figures"
    )
