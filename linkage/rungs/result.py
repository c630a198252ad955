"""What a ladder holds: one link on every rung, and the words for its rungs."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from linkage.linking.clock import AFTER, SAME
from linkage.results import Result
from linkage.rungs.balance import Balance
from linkage.rungs.slope import Slope
from linkage.rungs.trends import Trends

RAW, ADJUSTED, WITHIN, CHANGE, LATER = "raw", "adjusted", "within", "change", "later"
EVENT, LOT = "before and after", "drawn by lot"
SHOWN, NOT_POSSIBLE = "shown", "not possible"

_COLUMNS = ("estimate", "std_error", "low", "high", "p_value", "df", "n", "clusters")


@dataclass(frozen=True)
class Orders:
    """Whether the outcome comes after the drivers, for a link's levels, its changes, and one period later."""

    levels: str = SAME
    changes: str = SAME
    later: str = AFTER


@dataclass(frozen=True, eq=False, repr=False)
class Ladder(Result):
    """One link on every rung: the same driver, the same units, compared in other ways.

    rungs : one row a rung: rung, level, what, estimate, std_error, low, high, p_value, df, n, clusters, order
        ("after" or "same time"), is_declared (the card's own estimate), status ("shown" or "not possible"), note (why
        not, or how many it rests on). All in outcome units per unit of the driver.
    trends : what an intervention's event study found, balance : what a draw's arms have in common; else the reason.
    """

    main_table = "rungs"

    outcome: str
    driver: str
    rungs: pd.DataFrame
    trends: Trends | str
    balance: Balance | str
    confidence: float

    def rung(self, name: str) -> pd.Series | None:
        """A rung by its name, where it has an estimate."""
        is_it = (self.rungs["rung"].to_numpy() == name) & (self.rungs["status"].to_numpy() == SHOWN)
        return self.rungs.iloc[int(is_it.argmax())] if is_it.any() else None

    def summary(self) -> str:
        shown = self.rungs[self.rungs["status"] == SHOWN]
        said = "; ".join(
            f"{row.what} {row.estimate:+.4g} ({row.low:+.4g} to {row.high:+.4g}, n = {row.n:,.0f})"
            for row in shown.itertuples()
        )
        return f"{self.outcome} for one more of {self.driver} ({self.confidence:.0%} intervals): {said or 'nothing'}."


def record(
    rung: str,
    level: str,
    what: str,
    found: Slope | str,
    *,
    order: str,
    is_declared: bool = False,
    note: str = "",
) -> dict:
    """A rung as a row of the table: its estimate, or why there is none."""
    if isinstance(found, str):
        empty = dict.fromkeys(_COLUMNS, np.nan)
        numbers, status, note = empty, NOT_POSSIBLE, found
    else:
        numbers, status = asdict(found), SHOWN
    ends = {"order": order, "is_declared": is_declared and status == SHOWN, "status": status, "note": note}
    return {"rung": rung, "level": level, "what": what, **numbers, **ends}
