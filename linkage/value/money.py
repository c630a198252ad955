"""What every money result carries: currency, horizon, evidence level, interval, estimated or assumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.results import Result
from linkage.sentences import number, plural
from linkage.value.quantity import ASSUMED


@dataclass(frozen=True, eq=False, repr=False)
class MoneyResult(Result):
    """A result in money. Its table repeats currency, horizon, level and basis on each row.

    horizon : how far ahead it counts, in `time_unit`s; infinite for no end. level : L0 where basis is
    "assumed". confidence : coverage of low to high (of an assumed range: what its bounds were taken for).
    """

    estimates: pd.DataFrame
    currency: str
    horizon: float
    time_unit: str
    level: str
    basis: str
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """A copy of the main table, each row with what a figure in money must carry."""
        return super().to_frame().assign(**self.carried())

    def carried(self) -> dict[str, str]:
        return {
            "currency": self.currency,
            "horizon": horizon_words(self.horizon, self.time_unit),
            "level": self.level,
            "basis": self.basis,
        }

    def standing(self) -> str:
        """The closing words on what a figure rests on."""
        meaning = "assumed, not estimated" if self.basis == ASSUMED else "estimated"
        return f"{horizon_words(self.horizon, self.time_unit)}; {self.level}, {meaning}"


def horizon_words(horizon: float, time_unit: str) -> str:
    """ "5 years", "1 week", "no end"."""
    return f"{horizon:g} {plural(time_unit, horizon)}" if np.isfinite(horizon) else "no end"


def money_words(row: pd.Series, currency: str, confidence: float) -> str:
    """ "367 EUR (95% interval 310 to 420)"; says so where nothing is known of the error."""
    if pd.isna(row["low"]):
        return f"{number(row['estimate'])} {currency} (no range was given)"
    return (
        f"{number(row['estimate'])} {currency} ({100 * confidence:g}% interval {number(row['low'])} to "
        f"{number(row['high'])})"
    )


def estimates_of_draws(
    names: list[str], values: np.ndarray, drawn: np.ndarray | None, confidence: float
) -> pd.DataFrame:
    """Values (K,) with the standard deviation and percentile interval of their draws (D, K).

    Without draws nothing is known of the error: std_error, low and high are missing.
    """
    missing = np.full(len(names), np.nan)
    error, low, high = missing, missing, missing
    if drawn is not None:
        tail = (1 - confidence) / 2
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        error = drawn.std(axis=0, ddof=1)
    columns = {"estimate": values, "std_error": error, "low": low, "high": high}
    return pd.DataFrame(columns, index=pd.Index(names, name="figure"))
