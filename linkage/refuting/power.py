"""Could a link of the usual size have been seen at all?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.foreseen import LARGE_EFFECT, POWER, TYPICAL_EFFECT
from linkage.linking.power import chance_to_detect, detectable_effect
from linkage.refuting.sample import LinkSample


@dataclass(frozen=True, eq=False)
class Power:
    """What these rows could have shown.

    estimates : rows typical and large: correlation, estimate (the same in outcome units per unit of the driver),
        chance (to see it). detectable : the effect seen with 80 % chance, detectable_r the same as a correlation.
    std_error, low, high : of the link's own estimate.
    n_effective : independent rows that the clustered ones are worth, n / design_effect.
    """

    estimates: pd.DataFrame
    estimate: float
    std_error: float
    low: float
    high: float
    detectable: float
    detectable_r: float
    design_effect: float
    n_effective: float
    n: int
    clusters: int


def power_of(sample: LinkSample, *, low: float, high: float) -> Power | None:
    """The effect these rows would have shown, beside what the field usually finds.

    low, high : the reported interval; where a bootstrap made it wider than the error says, its width counts.

    A correlation r is r sd(outcome)/sd(driver) of slope, both less what the controls say of them: a partial
    correlation. Typical is .101, large .349 (Otto, Szymanski and Varadarajan 2020). Chances by the noncentral t; the
    design effect is the squared clustered error over that of independent rows (Kish 1965). None without an
    error, or for a driver that does not vary.
    """
    from scipy.special import stdtrit

    left_y, left_x = sample.partialled()
    rows, k = sample.x.shape
    spread_x, spread_y = math.sqrt(left_x @ left_x / rows), math.sqrt(left_y @ left_y / rows)
    error = max(sample.std_error, (high - low) / 2 / float(stdtrit(sample.df, (1 + sample.confidence) / 2)))
    if not (spread_x > 0 and spread_y > 0 and sample.std_error > 0 and math.isfinite(error) and rows > k):
        return None
    plain = math.sqrt(max(left_y @ left_y - sample.estimate * (left_x @ left_y), 0.0) / (rows - k))
    design = (error * spread_x * math.sqrt(rows) / plain) ** 2 if plain > 0 else math.nan
    unit = spread_y / spread_x
    sizes = np.array([TYPICAL_EFFECT, LARGE_EFFECT])
    detectable = detectable_effect(error, sample.df, power=POWER, confidence=sample.confidence)
    chances = [chance_to_detect(r * unit, error, sample.df, confidence=sample.confidence) for r in sizes]
    return Power(
        estimates=pd.DataFrame(
            {"correlation": sizes, "estimate": sizes * unit, "chance": chances}, index=["typical", "large"]
        ),
        estimate=sample.estimate,
        std_error=error,
        low=low,
        high=high,
        detectable=detectable,
        detectable_r=detectable / unit,
        design_effect=design,
        n_effective=rows / design if design > 0 else math.nan,
        n=rows,
        clusters=int(sample.groups.max()) + 1,
    )


def judge_power(found: Power | None, *, shown: bool = True) -> Check:
    """For "no link": PASS where a link of the usual size would have been seen, REVIEW where it could not."""
    name = "power"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, TYPICAL_EFFECT,
            "Without an error that has an end there is no effect that could have been seen; more clusters are needed.",
        )  # fmt: skip
    typical = found.estimates.loc["typical"]
    said = (
        f"An effect of {found.detectable:.3g} (a correlation of {found.detectable_r:.2f}) would have been seen with "
        f"{POWER:.0%} chance, the field's usual {typical['estimate']:.3g} ({TYPICAL_EFFECT}) with "
        f"{typical['chance']:.0%}"
    )
    if shown or found.detectable_r <= TYPICAL_EFFECT:
        return Check(name, PASS, found.detectable_r, TYPICAL_EFFECT, f"{said}.")
    return Check(
        name, REVIEW, found.detectable_r, TYPICAL_EFFECT,
        f"{said}: a usual link could not have been seen. Say that instead of 'no link'; gather more clusters.",
    )  # fmt: skip


def judge_other_drivers(sample: LinkSample, estimates: pd.DataFrame) -> list[Check]:
    """The same for each driver, or category of one, after the first: "power (rating_shop)".

    estimates : of the card, one row a term: driver, category, low, high. How many rows a driver is worth depends on its
    own spread, so that what the first could have shown says nothing of the others.
    """
    made = []
    for term, row in zip(sample.terms[1:], estimates.iloc[1:].to_dict("records"), strict=True):
        of_term = replace(sample, terms=(term,))
        found = power_of(of_term, low=row["low"], high=row["high"])
        category = "" if pd.isna(row["category"]) else f": {row['category']}"
        check = judge_power(found, shown=row["low"] > 0 or row["high"] < 0)
        made.append(replace(check, name=f"{check.name} ({row['driver']}{category})"))
    return made
