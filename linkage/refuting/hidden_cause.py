"""How strong would a cause nobody measured have to be to explain a link away?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.refuting.sample import LinkSample


@dataclass(frozen=True, eq=False)
class HiddenCause:
    """What an unmeasured cause would have to do.

    partial_r2 : share of the outcome's left-over variance that the driver explains. value : robustness value,
    the share that a hidden cause must explain of both driver and outcome to bring the estimate to zero.
    value_alpha : the same to bring its interval to zero.
    bounds : one row a control: strength, adjusted : the estimate if a hidden cause were that many times as strong.
    """

    partial_r2: float
    value: float
    value_alpha: float
    estimate: float
    error: float
    bounds: pd.DataFrame


def robustness_value(t: float, df: float, *, q: float = 1.0, alpha: float | None = None) -> float:
    """Cinelli and Hazlett 2020 (J. R. Stat. Soc. B 82, p. 53): from a t statistic and its degrees of freedom.

    q : the share of the estimate to be explained away. alpha : explain it away to within this error, not to zero.
    """
    from scipy.special import stdtrit

    f = q * abs(t) / math.sqrt(df)
    if alpha is not None:
        f -= abs(float(stdtrit(df - 1, alpha / 2))) / math.sqrt(df - 1)
        if f <= 0:
            return 0.0
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)


def hidden_cause(sample: LinkSample) -> HiddenCause | None:
    """The robustness value of the main estimate, and what a cause as strong as each control would do.

    The t statistic is that of the reported (clustered) error, its degrees of freedom those of the effective rows
    it is worth, so that clustering is not forgotten. None where nothing was estimated with an error.
    """
    if not (sample.std_error > 0 and math.isfinite(sample.std_error)):
        return None
    left_y, left_x = sample.partialled()
    rows, k = sample.x.shape
    plain = math.sqrt(max(left_y @ left_y - sample.estimate * (left_x @ left_y), 0.0) / max(rows - k, 1))
    plain_error = plain / math.sqrt(left_x @ left_x)
    t = sample.estimate / plain_error if plain_error > 0 else math.inf
    if not math.isfinite(t):
        return None
    worth = max(3.0, (rows - k) * min(1.0, (plain_error / sample.std_error) ** 2))
    reported_t = sample.estimate / sample.std_error
    return HiddenCause(
        partial_r2=t**2 / (t**2 + rows - k),
        value=robustness_value(t, rows - k),
        value_alpha=robustness_value(reported_t, worth, alpha=1 - sample.confidence),
        estimate=sample.estimate,
        error=sample.std_error,
        bounds=_bounds(sample, t, rows - k, plain_error),
    )


def _bounds(sample: LinkSample, t: float, df: int, error: float) -> pd.DataFrame:
    """For each control, the estimate were there a hidden cause as strong as it (section 4.4 of the paper)."""
    records = []
    own_past = (f"{sample.outcome}_now", sample.outcome.replace("_after", "_before"))
    for control in sample.controls:
        if control in own_past:  # nothing hidden can be expected to be as strong as the outcome's own past
            continue
        terms = [n for n in sample.names if n == control or n.startswith(f"{control}[")]
        strengths = [_strength(sample, terms)] if terms else []
        for with_driver, with_outcome in strengths:
            bias = error * math.sqrt(df) * math.sqrt(with_outcome * with_driver / max(1e-12, 1 - with_driver))
            left = sample.estimate - math.copysign(bias, sample.estimate)
            records.append(
                {
                    "control": control,
                    "with_driver": with_driver,
                    "with_outcome": with_outcome,
                    "adjusted": left,
                    "kept_share": left / sample.estimate if sample.estimate else math.nan,
                }
            )
    columns = ["control", "with_driver", "with_outcome", "adjusted", "kept_share"]
    return pd.DataFrame(records, columns=columns)


def _strength(sample: LinkSample, terms: list[str]) -> tuple[float, float]:
    """Partial R2 of a control with the driver, and with the outcome, all else held fixed, carried over to a cause
    that is as strong but unrelated to the control."""
    places = [sample.names.index(t) for t in terms]
    others = [i for i in range(len(sample.names)) if i not in places and i != sample.place]
    driver, outcome = sample.x[:, sample.place], sample.y
    with_driver = _gained(driver, sample.x[:, others], sample.x[:, [*others, *places]])
    base = np.column_stack([sample.x[:, others], driver])
    with_outcome = _gained(outcome, base, sample.x)
    # The bound for a cause as strong as the control (k = 1), as in the paper's section 4.4.
    odds = with_driver / max(1e-12, 1 - with_driver)
    r_driver, with_control = min(odds, 1 - 1e-9), min(odds**2, 1 - 1e-9)
    eta = (1 + math.sqrt(with_control)) / math.sqrt(1 - with_control)
    return r_driver, min(eta**2 * with_outcome / max(1e-12, 1 - with_outcome), 1.0)


def _gained(y, small, large) -> float:
    """The share of what the small model leaves that the large one explains."""

    def left(x) -> float:
        coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
        residuals = y - x @ coefficients
        return float(residuals @ residuals)

    before = left(small)
    return max(0.0, 1 - left(large) / before) if before > 0 else 0.0


def judge_hidden_cause(found: HiddenCause | None, controls: int) -> Check:
    """PASS where a cause as strong as the strongest control would leave the estimate twice its error from zero."""
    name = "hidden cause"
    if found is None or not controls or found.bounds.empty:
        return Check(
            name, NOT_ASSESSED, None if found is None else found.value, "strongest control",
            "Without a control there is nothing to measure a hidden cause by.",
        )  # fmt: skip
    worst = found.bounds.loc[found.bounds["kept_share"].idxmin()]
    said = (
        f"A hidden cause would have to explain {found.value:.1%} of both driver and outcome to explain the link away "
        f"({found.value_alpha:.1%} to make it uncertain)"
    )
    if worst["kept_share"] * abs(found.estimate) < 2 * found.error:
        return Check(
            name, REVIEW, found.value, "strongest control",
            f"{said}; one as strong as {worst['control']} would make it uncertain. What else differs in that way?",
        )  # fmt: skip
    return Check(
        name, PASS, found.value, "strongest control",
        f"{said}; one as strong as {worst['control']}, the strongest control, would leave {worst['kept_share']:.0%}.",
    )  # fmt: skip
