"""What units that do better than predicted do differently: each practice against the other units, conditions fixed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from linkage.cards.parts.correcting import holm

LEAST_BETTER = 2
KNOWN_SHARE = 0.8
"""A practice known of fewer of the units is not compared."""
COLUMNS = (
    *("practice", "better", "others", "estimate", "std_error", "df", "low", "high", "p_value", "p_adjusted"),
    *("differs", "n_better", "n_others"),
)


def compare_practices(
    units: pd.DataFrame,
    practices: Sequence[str],
    *,
    is_better: np.ndarray,
    design: np.ndarray | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """In which practices do the better units differ from the others, under the same conditions?

    units : one row a unit with its practices. is_better : (U,). design : (U, p) conditions, with a constant.

    Least squares of each practice on its conditions and on being better, t intervals of the unit residuals; p-values
    corrected for the number of practices (Holm 1979), `differs` where they stay at .05 or below. Practices that hardly
    any unit tells, or that do not vary, are left out. Empty where fewer than two units are better.
    """
    chosen = np.asarray(is_better, dtype=bool)
    design = np.ones((len(units), 1)) if design is None else design
    lines = []
    if chosen.sum() >= LEAST_BETTER:
        lines = [line for p in practices if (line := _compared(units[p], p, chosen, design, confidence))]
    table = pd.DataFrame(lines, columns=[c for c in COLUMNS if c not in ("p_adjusted", "differs")])
    adjusted = holm(table["p_value"].to_numpy(dtype=float))
    return table.assign(p_adjusted=adjusted, differs=adjusted <= 0.05)[list(COLUMNS)]


def _compared(
    column: pd.Series, name: str, chosen: np.ndarray, design: np.ndarray, confidence: float
) -> dict | None:
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    known = np.isfinite(values)
    if known.mean() < KNOWN_SHARE or chosen[known].sum() < LEAST_BETTER or np.ptp(values[known]) == 0:
        return None
    x = np.column_stack([chosen[known].astype(float), design[known]])
    rank = np.linalg.matrix_rank(x)
    df = int(known.sum()) - rank
    alone = np.linalg.lstsq(x[:, 1:], x[:, 0], rcond=1e-9)[0]
    left = x[:, 0] - x[:, 1:] @ alone  # being better, conditions taken out (Frisch and Waugh 1933)
    if df < 1 or left @ left < 1e-9:
        return None
    fitted = np.linalg.lstsq(x, values[known], rcond=1e-9)[0]
    residual = values[known] - x @ fitted
    estimate = float(left @ values[known] / (left @ left))
    error = float(np.sqrt(residual @ residual / df / (left @ left)))
    reach = stats.t.ppf((1 + confidence) / 2, df) * error
    p_value = 2 * stats.t.sf(abs(estimate) / error, df) if error > 0 else np.nan
    return {
        "practice": name, "better": float(values[known & chosen].mean()),
        "others": float(values[known & ~chosen].mean()),
        "estimate": estimate, "std_error": error, "df": df, "low": estimate - reach, "high": estimate + reach,
        "p_value": float(p_value), "n_better": int((known & chosen).sum()), "n_others": int((known & ~chosen).sum()),
    }  # fmt: skip
