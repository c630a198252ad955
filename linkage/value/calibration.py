"""Did the model foretell what customers bought after it had been fitted? The numbers behind the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import LinkError, PeriodError
from linkage.regression.result import check_confidence
from linkage.results import Result
from linkage.sentences import number, plural
from linkage.suppressing import shown_groups
from linkage.value.bgnbd import BuyingFit
from linkage.value.expecting import expected_new, expected_purchases
from linkage.value.purchases import DAYS_IN, PurchaseHistories

ALL = "all"


@dataclass(frozen=True, eq=False, repr=False)
class HoldoutCalibration(Result):
    """Purchases in the hold-out: foretold and actual.

    estimates : by repeats in the calibration (the last class and more), and "all": n, predicted and actual
        (mean purchases a customer), estimate (actual - predicted), std_error, low, high (t over customers),
        suppressed (fewer than `minimum_group` customers, or all less the others would tell such a class).
    by_period : per time unit since the first day: predicted and actual repeat purchases, the same summed up
        (predicted_total, actual_total), is_holdout, error_share (predicted over actual total, less 1).
    predicted_total, actual_total : purchases in the hold-out. correlation : of predicted and actual over
        customers.
    """

    estimates: pd.DataFrame
    by_period: pd.DataFrame
    predicted_total: float
    actual_total: int
    correlation: float
    holdout: float
    time_unit: str
    n_used: int
    minimum_group: int
    confidence: float

    @property
    def error_share(self) -> float:
        """Predicted purchases in the hold-out over actual, less 1."""
        return self.predicted_total / self.actual_total - 1 if self.actual_total else np.nan

    def summary(self) -> str:
        row, last = self.estimates.loc[ALL], self.by_period.iloc[-1]
        return (
            f"In the {self.holdout:.4g} {plural(self.time_unit, self.holdout)} after the calibration customers "
            f"bought {self.actual_total:,} times; {number(self.predicted_total, 4)} were foretold "
            f"({self.error_share:+.1%}). A customer bought {row.estimate:+.3f} more than foretold "
            f"({self.confidence:.0%} interval {row.low:+.3f} to {row.high:+.3f}; n = {self.n_used:,}). All repeat "
            f"purchases up to {self.time_unit} {self.by_period.index[-1]}: {last.error_share:+.1%}. Foretold and "
            f"actual correlate by {self.correlation:.2f}."
        )


def check_calibration(
    histories: PurchaseHistories,
    buying: BuyingFit,
    *,
    highest: int = 7,
    minimum_group: int = 10,
    confidence: float = 0.95,
) -> HoldoutCalibration:
    """Did the model foretell what customers bought after the calibration, by how often they had bought?

    histories : with a hold-out. buying : fitted on its customers. highest : the class "this often or more".

    Conditional expectations and tracking as in Fader, Hardie and Lee 2005, Marketing Science 24, figures 2 to
    4. The interval holds the customers' differences, not the fit's own error. PeriodError without a hold-out.
    """
    check_confidence(confidence)
    if not histories.holdout > 0:
        raise PeriodError("There is no hold-out: give `calibration_until` to summarise_purchases.")
    if buying.time_unit != histories.time_unit:
        raise LinkError(f"The model counts in {buying.time_unit}s, the histories in {histories.time_unit}s.")
    customers = histories.customers
    predicted = expected_purchases(buying, customers, horizon=histories.holdout).to_numpy()
    actual = customers["holdout_count"].to_numpy()
    repeats = np.minimum(customers["repeat_count"].to_numpy(), highest)
    tied = predicted.std() == 0 or actual.std() == 0
    return HoldoutCalibration(
        estimates=_by_class(repeats, predicted, actual, highest, minimum_group, confidence),
        by_period=_tracking(histories, buying),
        predicted_total=float(predicted.sum()),
        actual_total=int(actual.sum()),
        correlation=np.nan if tied else float(np.corrcoef(predicted, actual)[0, 1]),
        holdout=histories.holdout,
        time_unit=histories.time_unit,
        n_used=len(customers),
        minimum_group=minimum_group,
        confidence=confidence,
    )


def _by_class(
    repeats: np.ndarray,
    predicted: np.ndarray,
    actual: np.ndarray,
    highest: int,
    minimum_group: int,
    confidence: float,
) -> pd.DataFrame:
    from scipy.special import stdtrit

    rows = pd.DataFrame({"predicted": predicted, "actual": actual, "estimate": actual - predicted})
    labels = [f"{k} or more" if k == highest else str(k) for k in repeats]
    order = [str(k) for k in range(highest)] + [f"{highest} or more", ALL]
    doubled = pd.concat([rows.assign(repeats=labels), rows.assign(repeats=ALL)])
    grouped = doubled.groupby("repeats")
    table = grouped.mean().reindex([name for name in order if name in grouped.groups])
    n = grouped.size().reindex(table.index)
    table.insert(0, "n", n)
    table["std_error"] = grouped["estimate"].std() / np.sqrt(n)
    half = stdtrit(np.maximum(n - 1, 1), 0.5 + confidence / 2) * table["std_error"]
    table["low"], table["high"] = table["estimate"] - half, table["estimate"] + half
    is_class = table.index != ALL
    table["suppressed"] = n < minimum_group
    table.loc[is_class, "suppressed"] = ~shown_groups(n[is_class].to_numpy(), None, minimum_group)
    hidden = ["predicted", "actual", "estimate", "std_error", "low", "high"]
    table.loc[table["suppressed"], hidden] = np.nan
    return table


def _tracking(histories: PurchaseHistories, buying: BuyingFit) -> pd.DataFrame:
    """Repeat purchases period by period, by the model for a new customer from each first purchase on."""
    unit = DAYS_IN[histories.time_unit]
    born = (histories.customers["first_on"] - pd.Timestamp(histories.first_day)).dt.days.to_numpy()
    days, customers = np.unique(born, return_counts=True)
    ends = unit * histories.by_period.index.to_numpy() - 1  # offset of a period's last day
    spans = np.clip(ends[:, None] - days[None, :], 0, None) / unit
    foretold = expected_new(buying, spans.ravel()).reshape(spans.shape) @ customers
    actual = histories.by_period["repeat_count"].to_numpy()
    total = actual.cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(total > 0, foretold / total - 1, np.nan)
    columns = {
        "predicted": np.diff(foretold, prepend=0.0),
        "actual": actual,
        "predicted_total": foretold,
        "actual_total": total,
        "error_share": error,
        "is_holdout": histories.by_period["is_holdout"].to_numpy(),
    }
    return pd.DataFrame(columns, index=histories.by_period.index)
