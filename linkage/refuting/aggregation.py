"""May means of answers stand in this link? Their reliability, agreement and number, and what they do to the slope."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.errors import LinkageError
from linkage.limits.answering import AGREED, FEW_ANSWERS, LEAST_RELIABILITY, RELIABLE_MEANS
from linkage.refuting.cells import on_rows
from linkage.refuting.sample import LinkSample
from linkage.study_file.declaration import LinkSpec


@dataclass(frozen=True, eq=False)
class MeansOfAnswers:
    """What is known of the means in a link.

    sides : one row a side whose answers are known: metric, icc1, icc2, icc2_low, icc2_high, rwg (median, NaN without a
        scale), answers (median a mean), few_share (of means with fewer than ten), means.
    reliability : of the driver's means once the controls are held fixed; corrected, corrected_low, corrected_high : the
        slope had the driver no noise of its own (NaN where the driver is no mean, or too noisy).
    unknown : means whose answers are not in the data.
    """

    sides: pd.DataFrame
    estimate: float
    reliability: float
    corrected: float
    corrected_low: float
    corrected_high: float
    unknown: tuple[str, ...] = field(default=())


def gate_means(sample: LinkSample, cells: pd.DataFrame | None, spec: LinkSpec) -> MeansOfAnswers | None:
    """Reliability and agreement of the means behind a link, from the single answers; None where it holds no means.

    cells : counts, sums and squares a mean (refuting_rows.aggregation).

    ICC(1), ICC(2) and rwg over all means of a metric (aggregation.gate_from_sums; Bliese 2000). The slope is divided
    by 1 - error variance of the means / variance of the driver, both given the controls (Fuller 1987, Measurement
    error models, ch. 1); a change has the error of both its ends. That the reliability is estimated too is not in
    the interval.
    """
    if cells is None:
        return None
    sides, within = {}, {}
    for side, rows in cells.groupby("side", sort=True):
        line = _gated(rows)
        if line is not None:
            sides[side], within[side] = line
    reliability = _reliability(sample, cells, spec, within.get("driver"))
    usable = math.isfinite(reliability) and reliability >= LEAST_RELIABILITY
    factor = 1 / reliability if usable else math.nan
    from scipy.special import stdtrit

    reach = float(stdtrit(sample.df, (1 + sample.confidence) / 2)) * sample.std_error
    return MeansOfAnswers(
        sides=pd.DataFrame(sides).T,
        estimate=sample.estimate,
        reliability=reliability,
        corrected=sample.estimate * factor,
        corrected_low=(sample.estimate - reach) * factor,
        corrected_high=(sample.estimate + reach) * factor,
        unknown=tuple(cells.attrs.get("unknown", ())),
    )


def _gated(rows: pd.DataFrame) -> tuple[dict[str, object], float] | None:
    """One side's figures, and the variance of answers within a mean; None where they cannot be split."""
    from linkage.aggregation import gate_from_sums

    key = next(k for k in ("unit_id", "employee_id") if k in rows)
    sums = rows.set_index(rows[key].astype(str) + " " + rows["period"])[["n", "total", "squares"]]
    low, high = rows["lowest"].iloc[0], rows["highest"].iloc[0]
    try:
        gate = gate_from_sums(sums, score=rows["metric"].iloc[0], scale=None if pd.isna(low) else (low, high))
    except LinkageError:
        return None
    value, n = gate.estimates["estimate"], sums["n"]
    squares = (sums["squares"] - sums["total"] ** 2 / n).sum()
    line = {
        "metric": rows["metric"].iloc[0],
        "icc1": value["icc1"],
        "icc2": value["icc2"],
        "icc2_low": gate.estimates.loc["icc2", "low"],
        "icc2_high": gate.estimates.loc["icc2", "high"],
        "rwg": value["rwg"],
        "answers": float(n.median()),
        "few_share": float((n < FEW_ANSWERS).mean()),
        "means": len(n),
    }
    return line, float(squares / max(n.sum() - len(n), 1))


def _reliability(sample: LinkSample, cells: pd.DataFrame, spec: LinkSpec, within: float | None) -> float:
    """The part of the driver's variance, given the controls, that is not chance of who answered."""
    if within is None:
        return math.nan
    rows = cells[cells["side"] == "driver"]
    key = "unit_id" if "unit_id" in rows else "employee_id"
    if key not in sample.table:
        return math.nan
    noise = (within / rows.set_index([key, "period"])["n"].astype(float)).rename("noise")
    error = on_rows(sample.table, noise, spec, "driver", added=True)
    _, left = sample.partialled(sample.main)
    spread = left @ left / (len(left) - sample.x.shape[1] + 1)
    has = np.isfinite(error)
    return float(1 - error[has].mean() / spread) if has.any() and spread > 0 else math.nan


def judge_means(found: MeansOfAnswers | None, *, shown: bool = True) -> Check:
    """PASS where the means are reliable and agreed, REVIEW where they are not.

    shown : the link's interval excludes zero. Noise in the outcome's means widens the interval but does not bend the
    slope, so it speaks against "no link" only; noise in the driver's weakens the slope.
    """
    name = "aggregation"
    if found is None:
        return Check(
            name,
            NOT_ASSESSED,
            None,
            RELIABLE_MEANS,
            "Neither driver nor outcome is a mean of answers at this grain.",
        )
    if found.sides.empty:
        return Check(
            name, NOT_ASSESSED, None, RELIABLE_MEANS,
            f"{_unreliable(found)}: how reliable they are cannot be told. Add the answers, or their number.",
        )  # fmt: skip
    doubts = [d for side, row in found.sides.iterrows() for d in _doubts(side, row)]
    counted = [d for d in doubts if d[0] == "driver" or not shown]
    worst = found.sides["icc2"].astype(float).min()
    said = (
        f"{_numbers(found)}{_correction(found)}. A slope of means speaks of units, not of single customers."
    )
    if found.unknown:
        said += f" The answers behind {', '.join(found.unknown)} are not in the data."
    if counted:
        reasons = "; ".join(text for _, text in counted)
        return Check(name, REVIEW, float(worst), RELIABLE_MEANS, f"{said} In doubt: {reasons}.")
    note = " The outcome's noise widens the interval; it does not bend the slope." if doubts else ""
    return Check(name, PASS, float(worst), RELIABLE_MEANS, said + note)


def _unreliable(found: MeansOfAnswers) -> str:
    """Why the reliability of no mean is known."""
    if found.unknown:
        return f"The answers behind {', '.join(found.unknown)} are not in the data (only their means are)"
    return "The answers behind the means are one a unit"


def _doubts(side: str, row: pd.Series) -> list[tuple[str, str]]:
    made = []
    if not row["icc2"] >= RELIABLE_MEANS:
        made.append((side, f"means of {row['metric']} are unreliable, below {RELIABLE_MEANS:.2f}"))
    if row["rwg"] < AGREED:
        made.append(
            (side, f"those who answer for one mean do not agree on {row['metric']} (rwg below {AGREED:.2f})")
        )
    if row["answers"] < FEW_ANSWERS:
        made.append((side, f"most means of {row['metric']} rest on fewer than {FEW_ANSWERS} answers"))
    return made


def _numbers(found: MeansOfAnswers) -> str:
    return "; ".join(
        f"{row['metric']}: ICC(1) {row['icc1']:.2f}, ICC(2) {row['icc2']:.2f}, rwg {row['rwg']:.2f}, "
        f"{row['answers']:.0f} answers a mean"
        for _, row in found.sides.iterrows()
    )


def _correction(found: MeansOfAnswers) -> str:
    if math.isfinite(found.corrected):
        return (
            f". Corrected for that ({found.reliability:.2f} of the driver's variance is no chance) the slope is "
            f"{found.corrected:.3g} ({found.corrected_low:.3g} to {found.corrected_high:.3g}) instead of "
            f"{found.estimate:.3g}"
        )
    return ""
