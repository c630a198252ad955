"""The chain among the means of units, in one table: what employees say, then their customers, then money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.chain import Chain, fit_chain
from linkage.errors import LinkageError
from linkage.panel.grid import add_lags, lag_name
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

BEFORE = 1
"""Employees' answers stand one period before their customers', so that one can follow the other."""


def chain_of_units(
    study: OpenStudy, cause: str, second: LinkSpec, through: str, *, seed: int, confidence: float
) -> Chain | str:
    """What the unit's employees said a period before, what its customers say, what it takes in `lag` periods later;
    or why there is no such chain. Units are drawn whole.
    """
    if cause not in study.study.columns["unit_period"]:
        return f"{cause} is known of employees only, not of units"
    outcome, between = second.outcome, second.drivers[0]
    table = study.table("link_unit_period", through=through)
    try:
        rows = add_lags(table, unit="unit_id", period="period", columns=[cause], lags=[BEFORE]).rows
        if second.lag:
            rows = add_lags(rows, unit="unit_id", period="period", columns=[outcome], lags=[-second.lag]).rows
        end = lag_name(outcome, -second.lag) if second.lag else outcome
        return fit_chain(
            rows, cause=lag_name(cause, BEFORE), between=between, outcome=end,
            controls=[c for c in second.controls if c in rows], cluster="unit_id", seed=seed, confidence=confidence,
        )  # fmt: skip
    except LinkageError as error:
        return str(error)
