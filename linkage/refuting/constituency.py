"""Is a link of employees or partners of the size the field finds?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.foreseen import CONSTITUENCY_BANDS, FEWEST_UNITS, SUSPICIOUS_TIMES


@dataclass(frozen=True, eq=False)
class Band:
    """A correlation of units beside the field's.

    estimates : one row, units: estimate (correlation), std_error, low, high, n.
    band : the field's correlations, nearest to zero first. kind : of outcome. place : "below", "typical", "high",
        "suspiciously high" or "opposite". units : the means, for the picture.
    """

    estimates: pd.DataFrame
    band: tuple[float, float]
    kind: str
    place: str
    units: pd.DataFrame


def compare_with_band(
    units: pd.DataFrame | None, *, kind: str | None = None, confidence: float = 0.95
) -> Band | None:
    """The correlation of unit means with Fisher's interval, beside the meta-analysis of its kind of outcome.

    units : one row a unit: driver, outcome. kind : of CONSTITUENCY_BANDS; the frame's own by default. None below ten
    units, or where either side does not vary.

    Harter, Schmidt and Hayes 2002: their figures are corrected for unreliability, so observed ones lie below.
    """
    from scipy.special import ndtri

    kind = kind or (units.attrs.get("kind") if units is not None else None)
    if units is None or kind not in CONSTITUENCY_BANDS:
        return None
    rows = units.dropna(subset=["driver", "outcome"])
    if len(rows) < FEWEST_UNITS or rows["driver"].std() == 0 or rows["outcome"].std() == 0:
        return None
    r = float(np.corrcoef(rows["driver"], rows["outcome"])[0, 1])
    error = 1 / math.sqrt(len(rows) - 3)
    middle = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, r)))
    reach = float(ndtri((1 + confidence) / 2)) * error
    low, high = math.tanh(middle - reach), math.tanh(middle + reach)
    band = tuple(sorted(CONSTITUENCY_BANDS[kind], key=abs))
    line = {"estimate": r, "std_error": error * (1 - r**2), "low": low, "high": high, "n": len(rows)}
    return Band(pd.DataFrame(line, index=["units"]), band, kind, _place(r, low, high, band), rows)


def _place(r: float, low: float, high: float, band: tuple[float, float]) -> str:
    """Where a correlation lies; only an interval wholly beyond the band makes it suspicious or opposite."""
    sign = math.copysign(1.0, band[0])
    size, least, most = sign * r, min(sign * low, sign * high), max(sign * low, sign * high)
    if most < 0:
        return "opposite"
    if size > SUSPICIOUS_TIMES * abs(band[1]) and least > abs(band[1]):
        return "suspiciously high"
    if size > abs(band[1]):
        return "high"
    return "typical" if most >= abs(band[0]) else "below"


def judge_band(found: Band | None) -> Check:
    """REVIEW where units go together far more than in the field, or the other way round."""
    name = "constituency band"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, None,
            f"The driver is no answer of employees or partners, or fewer than {FEWEST_UNITS} units have both sides.",
        )  # fmt: skip
    row = found.estimates.iloc[0]
    limit = f"{found.band[0]:+.2f} to {found.band[1]:+.2f}"
    said = (
        f"Over {row['n']:,.0f} units the correlation is {row['estimate']:+.2f} ({row['low']:+.2f} to "
        f"{row['high']:+.2f}); 7,939 units of 36 companies had {limit} for {found.kind}: {found.place}"
    )
    if found.place == "suspiciously high":
        return Check(
            name, REVIEW, float(row["estimate"]), limit,
            f"{said}. Look for a shared source, for units that differ in something else, or for a leak.",
        )  # fmt: skip
    if found.place == "opposite":
        return Check(name, REVIEW, float(row["estimate"]), limit, f"{said} to the field's sign. Ask why.")
    return Check(name, PASS, float(row["estimate"]), limit, f"{said}.")
