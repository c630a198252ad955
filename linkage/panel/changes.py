"""Change on change, and one series on its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.errors import PeriodError, TooFewRowsError
from linkage.panel.design import PanelDesign, fit_columns, panel_design, promote, strip_prefix
from linkage.panel.grid import period_positions, placed
from linkage.regression import Errors, LinearFit, fit_linear
from linkage.regression.design import build_design


@dataclass(frozen=True, eq=False, repr=False)
class ChangeFit(LinearFit):
    """A regression of changes on changes. Beside what every LinearFit has:

    unit, apart : whose changes, over how many periods. n_unpaired : complete rows without such a row before
        them.
    """

    unit: str
    apart: int
    n_unpaired: int

    def _fit_sentence(self) -> str:
        return (
            f"These are changes over {self.apart} period(s) within {self.unit}; {self.n_unpaired:,} rows "
            f"have no "
            f"row to change from. Together they explain {self.r_squared:.1%} of the change's variance."
        )


def first_differences(
    table: pd.DataFrame,
    formula: str,
    *,
    unit: str,
    period: str,
    apart: int = 1,
    cluster: str | None = None,
    errors: str | Errors = "auto",
    confidence: float = 0.95,
    seed: int = 0,
) -> ChangeFit:
    """When a driver changes from one period to a later one, does the outcome change with it?

    apart : periods between the two measurements (4 quarters: year on year).
    cluster : the unit unless said otherwise; errors : as in `fit_linear` ("iid" leaves the clusters out).

    Both rows are found by period: a gap loses the pair and is counted, it never pairs strangers. The
    constant is the change common to all units. Whatever about a unit stays the same drops out, and two
    random walks that merely share a direction no longer look linked. Categories are differenced as their 0/1
    columns.
    """
    cluster = cluster or unit
    design = panel_design(table, formula, [unit, period, cluster])
    later, earlier = _pairs(design, unit, period, apart)
    y, x = design.y[later] - design.y[earlier], design.x[later] - design.x[earlier]
    columns = {f"change of {name}": column for name, column in zip(design.names, x.T, strict=True)}
    used = None if errors == "iid" else cluster
    fit = fit_columns(design, columns, y, design.labels.iloc[later], used, errors, confidence, seed)
    unpaired = len(design.y) - len(later)
    return promote(ChangeFit, strip_prefix(fit, "change of "), unit=unit, apart=apart, n_unpaired=unpaired)


def _pairs(design: PanelDesign, unit: str, period: str, apart: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of rows and of the same unit's rows `apart` periods before them."""
    if apart < 1:
        raise PeriodError(f"apart is the number of periods between two measurements, 1 or more, not {apart}.")
    place = placed(design.labels, unit, period)
    now = pd.DataFrame({"unit": design.codes(unit), "place": place, "now": np.arange(len(place))})
    then = now.assign(place=now["place"] + apart).rename(columns={"now": "then"})
    pairs = now.merge(then, on=["unit", "place"], how="inner", validate="one_to_one")
    if pairs.empty:
        raise TooFewRowsError(f"No {unit} has two complete rows {apart} period(s) apart.")
    return pairs["now"].to_numpy(), pairs["then"].to_numpy()


def newey_west(
    table: pd.DataFrame, formula: str, *, period: str, lags: int | None = None, confidence: float = 0.95
) -> LinearFit:
    """One series over time: least squares whose errors allow neighbouring periods to be alike.

    table : one row per period. lags : how many periods apart errors may still go together; floor(4
        (T/100)^(2/9)) unless said otherwise.

    Rows are put in the order of their periods; a gap, also one left by an incomplete row, raises
    PeriodError, as neighbours in the table would not be neighbours in time. Newey & West (1987, p. 704),
    factor T/(T-k).
    """
    complete = table.iloc[build_design(table, formula, cluster=period).kept]
    place = period_positions(complete[period]).to_numpy()
    order = np.argsort(place, kind="stable")
    step = np.diff(place[order])
    if (step != 1).any():
        before = complete[period].iloc[order[int(np.flatnonzero(step != 1)[0])]]
        raise PeriodError(
            f"{period!r} does not run on without gap or double after {before}, once incomplete rows are "
            f"left out: "
            "errors of neighbouring periods need one complete row for each period."
        )
    fit = fit_linear(complete.iloc[order], formula, errors=Errors("HAC", lags), confidence=confidence)
    return replace(fit, n_dropped=len(table) - len(complete), rows_kept=None)
