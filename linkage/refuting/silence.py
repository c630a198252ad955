"""Who answers and who stays silent, by what both did: differences, and weights that undo them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from linkage.errors import LinkageError
from linkage.group_codes import count_groups
from linkage.limits.answering import FEWEST_SILENT, KNOWN_SHARE, MOST_LEVELS, WEIGHT_TRIM
from linkage.refuting.pulls import line_of
from linkage.rows import as_numbers

ANSWERED = "answered"
KEYS = ("interaction_id", "response_id", "customer_id", "employee_id", "unit_id", "answer_period", "value")


@dataclass(frozen=True, eq=False)
class Silence:
    """Who was asked and who answered: the same for every link on one question, so it is looked at once.

    asked : one row a chance to answer.
    differences : one row a behaviour, or a category of one: answered and silent (means or shares), estimate (the
        difference), std_error, low, high, standardised, weighted_standardised (NaN without weights).
    weights : of each answer, NaN for the silent; None where there is no response model, and `reason` says why.
    """

    asked: pd.DataFrame
    differences: pd.DataFrame
    weights: np.ndarray | None
    reason: str


def look_at_silence(asked: pd.DataFrame | None, *, confidence: float = 0.95) -> Silence | None:
    """Who answers, by what everybody did, and how much each answer should count for the silent.

    asked : one row an invitation (or contact, or customer and period): `answered` 0 or 1, `customer_id`, keys of the
        answer, and behaviours known of everybody. None, or fewer than thirty answers or silences: None.

    Standardised difference: of means, over the root of the mean variance (Austin 2009, Statistics in Medicine 28,
    p. 3083). Weights: inverse chance to answer by a logit on all behaviours (weights.response), capped at five times
    the mean.
    """
    if asked is None:
        return None
    answered = as_numbers(asked[ANSWERED]).to_numpy() == 1
    behaviours = _behaviours(asked)
    both = [behaviours[side].notna().sum() >= FEWEST_SILENT for side in (answered, ~answered)]
    behaviours = behaviours.loc[:, both[0] & both[1]]
    if min(answered.sum(), (~answered).sum()) < FEWEST_SILENT or behaviours.empty:
        return None
    customers = pd.factorize(asked["customer_id"])[0] if "customer_id" in asked else np.arange(len(asked))
    weights, reason = _weights(behaviours, answered)
    return Silence(asked, _differences(behaviours, answered, customers, weights, confidence), weights, reason)


def _behaviours(asked: pd.DataFrame) -> pd.DataFrame:
    """Behaviours as numbers, each category as a flag; those that never vary left out."""
    made = {}
    for column in asked.columns.difference([ANSWERED, *KEYS], sort=False):
        values = asked[column]
        if is_numeric_dtype(values) or is_bool_dtype(values):
            made[column] = as_numbers(values)
        elif values.nunique() <= MOST_LEVELS:
            counts = values.value_counts()
            shown = sorted(counts.index[counts >= FEWEST_SILENT])  # a handful of people is nobody's to read
            made |= {f"{column}: {v}": (values == v).astype(float) for v in shown}
    frame = pd.DataFrame(made, index=asked.index)
    return frame.loc[:, (frame.std() > 0) & (frame.notna().mean() > 0.5)]


def _weights(behaviours: pd.DataFrame, answered: np.ndarray) -> tuple[np.ndarray | None, str]:
    """Weight of each answer, NaN for the silent; or None and why."""
    from linkage.weights import response_weights

    chosen = _independent(behaviours.loc[:, behaviours.notna().mean() >= KNOWN_SHARE])
    # Names of categories hold any sign a person may have typed: the model gets plain ones.
    table = behaviours[chosen].set_axis([f"b{i}" for i in range(len(chosen))], axis=1)
    # Standardised: money and shares in one logit would leave it ill-conditioned.
    table = (table - table.mean()) / table.std()
    try:
        found = response_weights(
            table.assign(**{ANSWERED: answered.astype(float)}),
            responded=ANSWERED,
            predictors=list(table.columns),
            trim=WEIGHT_TRIM,
        )
    except LinkageError as error:
        return None, str(error)
    return found.weights.to_numpy(), ""


def _independent(behaviours: pd.DataFrame) -> list[str]:
    """The behaviours that do not follow from those before them (spend and margin, all but one category)."""
    rows = behaviours.dropna()
    rows = rows.loc[:, rows.std() > 0]
    centred = ((rows - rows.mean()) / rows.std()).to_numpy()
    kept: list[str] = []
    basis = np.zeros((len(rows), 0))
    for name, column in zip(rows.columns, centred.T, strict=True):
        left = column - basis @ (basis.T @ column)
        if (left**2).mean() > 0.02:
            kept.append(name)
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
    return kept


def _differences(behaviours, answered, customers, weights, confidence: float) -> pd.DataFrame:
    lines = {name: _difference(values.to_numpy(), answered, customers, weights, confidence)
             for name, values in behaviours.items()}  # fmt: skip
    return pd.DataFrame(lines).T


def _difference(values, answered, customers, weights, confidence: float) -> dict[str, float]:
    """Answered less silent: the difference of two means, with customers that may come back."""
    known = np.isfinite(values)
    one, none = known & answered, known & ~answered
    mean_one, mean_none = values[one].mean(), values[none].mean()
    pull = np.where(
        one, (values - mean_one) / one.sum(), np.where(none, (mean_none - values) / none.sum(), 0.0)
    )
    sums = np.bincount(customers, pull)
    count = count_groups(customers[known])
    error = float(np.sqrt(count / max(count - 1, 1) * (sums @ sums)))
    unit = np.sqrt((values[one].var() + values[none].var()) / 2)
    line = line_of(float(mean_one - mean_none), error, count - 1, confidence)
    line.pop("p_value"), line.pop("df")
    weighted = np.nan
    if weights is not None and unit > 0:
        use = one & np.isfinite(weights)
        # Weighted answers stand for everybody asked, so that is whom they must resemble.
        weighted = (np.average(values[use], weights=weights[use]) - values[known].mean()) / unit
    return {
        "answered": mean_one,
        "silent": mean_none,
        **line,
        "standardised": line["estimate"] / unit if unit > 0 else math.copysign(math.inf, line["estimate"]),
        "weighted_standardised": weighted,
        "n_answered": int(one.sum()),
        "n_silent": int(none.sum()),
    }
