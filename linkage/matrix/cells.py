"""Which pairs a study can ask about: every feedback metric beside every operational, financial and employee figure.

Each pair is taken at the grain where both belong to the same contact, answer, customer or unit, and the later of the
two is the outcome: service before the answer to it, answers before the money that follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.catalogue import FEEDBACK, MONEY, OPERATIONS, PEOPLE, LinkageColumn
from linkage.grains import CLUSTERS

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

LAG = 1
"""Periods from drivers to outcome at the grains that have periods, where the outcome is money."""


@dataclass(frozen=True)
class Cell:
    """One pair to be asked: the driver, the outcome, the grain, the periods between, and whether it comes after."""

    driver: LinkageColumn
    outcome: LinkageColumn
    grain: str
    lag: int
    after: bool

    @property
    def cluster(self) -> str:
        return CLUSTERS[self.grain]


def cells_of(study: OpenStudy) -> list[Cell]:
    """Every pair a study can ask, in the order of grains and of declared metrics.

    A pair stands at each grain that could hold it, the finest first: the first with rows enough answers for it.
    """
    found = []
    for grain in ("interaction", "survey", "customer_period", "employee_period", "unit_period"):
        if f"link_{grain}" not in study.tables:
            continue
        there = study.connection.table(f"link_{grain}").columns
        columns = [c for c in study.study.columns[grain].values() if c.name in there and _is_asked(c)]
        for driver in columns:
            for outcome in columns:
                cell = _cell(driver, outcome, grain)
                found += [cell] if cell else []
    return found


def _is_asked(column: LinkageColumn) -> bool:
    """Figures only; how many answered tells of the survey, not of the customer."""
    return column.kind in ("number", "flag") and column.name != "answer_count"


def _cell(driver: LinkageColumn, outcome: LinkageColumn, grain: str) -> Cell | None:
    """The cell of a pair at a grain; None where the grain is not the one to ask it at."""
    if driver.name == outcome.name or driver.origin == outcome.origin:
        return None
    pair = (driver.origin, outcome.origin)
    if grain in ("interaction", "survey"):
        ordered = pair == (OPERATIONS, FEEDBACK) or (pair == (FEEDBACK, MONEY) and outcome.moment == "after")
        return Cell(driver, outcome, grain, 0, outcome.moment == "after") if ordered else None
    if pair[1] == MONEY and pair[0] in (FEEDBACK, OPERATIONS, PEOPLE):
        total = outcome.metric and not outcome.name.endswith("_growth")
        if grain == "unit_period" and total and _is_sum(outcome):
            return None  # a unit's sum grows with its size: its growth is the outcome
        return Cell(driver, outcome, grain, LAG, True)
    if pair == (PEOPLE, FEEDBACK) or (pair == (OPERATIONS, FEEDBACK) and grain == "unit_period"):
        return Cell(driver, outcome, grain, 0, False)
    return None


def _is_sum(column: LinkageColumn) -> bool:
    return column.origin == MONEY
