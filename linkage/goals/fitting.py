"""One metric fitted: does it count at all, does it turn somewhere, and which way is better?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.cards.parts.forms import (
    BREAK,
    CURVE,
    LINE,
    STEPS,
    Form,
    compare_forms,
    joint_p,
    other_forms,
    straight_form,
)
from linkage.cards.parts.held import Held, as_sample, basis_of, held_of, interval
from linkage.cards.parts.levels import adjusted_bins, bins_of
from linkage.errors import FitError, TableError, TooFewRowsError
from linkage.goals.course import Course
from linkage.goals.questions import Question
from linkage.goals.rows import flexible_columns
from linkage.limits.foreseen import POWER_QUANTILE
from linkage.limits.forms import FEWEST_ROWS
from linkage.regression.few_carriers import carriers
from linkage.study_file.declaration import LinkSpec

FEWEST_CLUSTERS = 10
STRONG = 6.0
"""A difference in BIC that speaks strongly for one of two models (Kass and Raftery 1995, JASA 90, 773-795)."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A metric's straight line and the shapes tried beside it.

    p_any : of no link in any shape (the smallest over the shapes, times how many). p_own : of nothing beyond the
    other metrics, their curves held fixed; missing where the pair is declared. p_turn : of no turn, corrected for the
    search. compared : see `compare_forms`.
    """

    held: Held
    z: np.ndarray
    line: Form
    others: dict[str, Form]
    compared: pd.DataFrame
    p_any: float
    p_own: float
    p_turn: float
    fewest: int

    @property
    def p_link(self) -> float:
        """Of no link, or none of its own: both must be ruled out (Berger 1982, Technometrics 24, 295-300)."""
        return float(np.fmax(self.p_any, self.p_own))

    @property
    def turning(self) -> Form | None:
        """The form with a place to stop at: a bend, or steps where the values are few."""
        return self.others.get(BREAK) or self.others.get(STEPS)

    @property
    def slope(self) -> dict[str, float]:
        """The straight line's slope, outcome units per unit of the metric, and what would have been seen."""
        error = float(np.sqrt(self.line.fit.covariance[1, 1])) / self.held.unit
        made = interval(self.line.values[0] / self.held.unit, error, self.line.fit.df, self.held.confidence)
        reach = (made["high"] - made["low"]) / 2 + POWER_QUANTILE * error
        return {**{k: float(v) for k, v in made.items()}, "detectable": float(reach)}

    def turns(self, p_adjusted: float, alpha: float) -> bool:
        """Whether the turn is shown: clear, better than a line, and no smooth curve by far the better."""
        form = self.turning
        if form is None or not p_adjusted < alpha or not self.compared.loc[form.name, "is_better"]:
            return False
        behind = self.compared.loc[form.name, "bic"] - self.compared["bic"].min()
        return bool(behind < STRONG)

    @property
    def is_gradual(self) -> bool:
        """Whether a smooth curve describes it better than the turn."""
        return self.compared.index[0] == CURVE

    def shown(self, turns: bool) -> Form:
        """The form to read the outcome from: the turn, a curve where one is better, or the line."""
        if turns:
            return self.turning
        curved = CURVE in self.others and self.compared.loc[CURVE, "is_better"]
        return self.others[CURVE] if curved else self.line

    def course(self, form: Form, turn: int, sign: int) -> Course:
        return Course(self.held, form, turn, sign)

    def bands(self, form: Form) -> pd.DataFrame:
        """The outcome in bands of the metric, the rest held at its average; none too small to show."""
        codes = bins_of(self.held, self.fewest)
        if codes is None:
            return pd.DataFrame()
        own = form.columns(self.z)
        at = self.held.mean + (own - self.held.centre(own)) @ form.values
        return adjusted_bins(self.held, at, form.fit.residuals, codes, self.held.confidence)


def fit_metric(
    rows: pd.DataFrame, spec: LinkSpec, question: Question, *, fewest: int, seed: int, confidence: float
) -> Fitted:
    """Fit one metric's line, and what else it could be, with the controls of its link held fixed.

    fewest : no band or level with fewer rows or clusters. Raises TooFewRowsError, FitError or TableError with the
    reason where the metric cannot be fitted.
    """
    sample = as_sample(rows, spec, confidence)
    if sample.main != sample.drivers[0]:
        raise TableError(f"{sample.drivers[0]} is a category: a goal is a value of a number.")
    held = held_of(sample)
    _refuse(held)
    z = (held.driver - held.middle) / held.unit
    line = straight_form(held, z)
    made = other_forms(held, z, line, fewest=fewest, seed=seed) if len(np.unique(z)) > 2 else []
    others = {form.name: form for form in made}
    compared = compare_forms(held, z, line, made)
    turning = others.get(BREAK) or others.get(STEPS)
    own = _own_part(held, sample.table, question.beside, others.get(CURVE) or others.get(STEPS) or line)
    p_any = _smallest([joint_p(line.fit, slice(None)), *(form.p_value for form in made)])
    return Fitted(
        held=held,
        z=z,
        line=line,
        others=others,
        compared=compared,
        p_any=p_any,
        p_own=own,
        p_turn=turning.p_value if turning is not None else float("nan"),
        fewest=fewest,
    )


def _refuse(held: Held) -> None:
    count = len(held.driver)
    if count < FEWEST_ROWS:
        raise TooFewRowsError(f"{count} rows hold metric and outcome; a goal needs {FEWEST_ROWS}.")
    if held.clusters is not None and held.clusters < FEWEST_CLUSTERS:
        raise TooFewRowsError(
            f"The rows are of {held.clusters} customers or units; a goal needs {FEWEST_CLUSTERS}."
        )
    codes = held.groups[0] if held.groups else np.arange(count)
    carried = carriers(held.left(held.driver), codes)
    if carried < FEWEST_CLUSTERS:
        raise TooFewRowsError(
            f"About {max(carried, 1):.0f} of the customers, units or rows carry the metric, the others hardly "
            f"differ in it; a goal needs {FEWEST_CLUSTERS}."
        )
    if not held.rest @ held.rest > 1e-18 * (held.outcome @ held.outcome):
        raise FitError("The controls explain the outcome without remainder.")


def _smallest(p_values: list[float]) -> float:
    """The smallest of several p-values, corrected for how many they are (Bonferroni)."""
    known = [p for p in p_values if np.isfinite(p)]
    return min(1.0, min(known) * len(known)) if known else float("nan")


def _own_part(held: Held, rows: pd.DataFrame, beside: tuple[str, ...], form: Form) -> float:
    """The chance of so clear a link if the metric said nothing beyond the metrics beside it; missing without any."""
    extra = flexible_columns(rows, beside)
    if not extra.shape[1]:
        return float("nan")
    left = held.left(extra)
    more = basis_of(left, np.linalg.norm(extra * held.root[:, None], axis=0))
    z = (held.driver - held.middle) / held.unit
    try:
        fit = replace(held, basis=np.column_stack([held.basis, more])).fit(form.columns(z))
    except FitError:  # it follows from the others
        return 1.0
    return joint_p(fit, slice(None))


__all__ = ["BREAK", "CURVE", "LINE", "STEPS", "Fitted", "fit_metric"]
