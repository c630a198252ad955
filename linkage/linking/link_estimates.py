"""What a link's fits say of each driver: estimate, raw association, and the effect that would have been seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.regression import LinearFit


def estimates_of(
    fit: LinearFit,
    raw: dict[str, LinearFit],
    spec: LinkSpec,
    confidence: float,
    quartiles: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    """One row a driver, or a category of it: the estimate, the raw association and what would have been seen.

    fit : drivers and controls together. raw : each driver alone, on the same rows. quartiles : of each driver that
    is a number, its 25th and 75th percentile.
    """
    records = []
    for driver in spec.drivers:
        for term in fit.recipe.terms_of(driver):
            row, alone = fit.estimates.loc[term], raw[driver].estimates.loc[term]
            records.append(
                {
                    "driver": driver,
                    "category": _category(fit, driver, term),
                    **{c: float(row[c]) for c in ("estimate", "std_error", "low", "high", "p_value", "df")},
                    "raw_estimate": float(alone["estimate"]),
                    "raw_low": float(alone["low"]),
                    "raw_high": float(alone["high"]),
                    "detectable": _detectable(row, confidence),
                    "quartile_low": quartiles.get(term, _NONE)[0],
                    "quartile_high": quartiles.get(term, _NONE)[1],
                }
            )
    return pd.DataFrame(records)


_NONE = (math.nan, math.nan)


def quartiles_of(rows: pd.DataFrame, drivers: Sequence[str]) -> dict[str, tuple[float, float]]:
    """The 25th and 75th percentile of every driver that is a number."""
    numbers = [d for d in drivers if is_numeric_dtype(rows[d]) and not is_bool_dtype(rows[d])]
    return {d: tuple(rows[d].astype("float64").quantile([0.25, 0.75])) for d in numbers}


def _category(fit: LinearFit, driver: str, term: str) -> str | None:
    """The level a term stands for, and the one it is compared with; nothing for a number."""
    if term == driver:
        return None
    level = term.removeprefix(f"{driver}[T.").removesuffix("]")
    return f"{level} against {fit.recipe.references[driver]}"


def _detectable(row: pd.Series, confidence: float) -> float:
    """The effect that would have been seen with 80 % chance, from the spread that the interval itself shows."""
    from linkage.linking.power import detectable_effect
    from linkage.regression.result import t_quantile

    # With few clusters the bootstrap's interval is wider than its standard error says, or has no end.
    half = (row["high"] - row["low"]) / 2
    std_error = max(row["std_error"], half / float(t_quantile((1 + confidence) / 2, np.asarray(row["df"]))))
    if not std_error > 0:
        return math.nan
    return (
        math.inf if math.isinf(std_error) else detectable_effect(std_error, row["df"], confidence=confidence)
    )
