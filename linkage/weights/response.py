"""Who answered, and how much each answer should count given who was asked and did not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.drivers.controls import group_codes, is_number
from linkage.errors import FitError, TableError, TooFewRowsError
from linkage.results import Result
from linkage.rows import as_names, complete_rows, holds_text, is_category, require_columns
from linkage.weights.trimming import aligned, check_trim, effective_n, trimmed

ROWS_PER_TERM = 10
LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class ResponseWeights(Result):
    """Weights that undo who answers more often, as far as the predictors tell.

    estimates : one row a term of the response model: estimate (log-odds), std_error, low, high, p_value, n.
    weights : aligned with the table's index; mean 1 over the responders, missing for everybody else.
    probabilities : of answering, aligned likewise, for everybody whose predictors are known.
    response_share : of the invited. n_eff : independent answers that the weighted ones are worth.
    trim, n_trimmed : cap as a multiple of the mean weight (None for none), and how many were cut to it.
    n_used, n_dropped : invited in the model; invited with an unknown predictor or response.
    """

    estimates: pd.DataFrame
    weights: pd.Series
    probabilities: pd.Series
    response_share: float
    n_responded: int
    n_eff: float
    trim: float | None
    n_trimmed: int
    n_used: int
    n_dropped: int
    confidence: float

    def summary(self) -> str:
        known = self.weights.dropna()
        cut = f", {self.n_trimmed:,} cut to {self.trim:g} times the mean" if self.trim else ", none trimmed"
        dropped = f" {self.n_dropped:,} with an unknown predictor have no weight." if self.n_dropped else ""
        return (
            f"{self.n_responded:,} of {self.n_used:,} invited answered ({self.response_share:.1%}). Their weights "
            f"run from {known.min():.2f} to {known.max():.2f} (mean 1{cut}); weighted, they are worth "
            f"{self.n_eff:,.0f} equal answers.{dropped} Differences that no predictor shows are not undone."
        )


def response_weights(
    invited: pd.DataFrame,
    *,
    responded: str,
    predictors: Sequence[str],
    cluster: str | None = None,
    trim: float | None = None,
    confidence: float = 0.95,
) -> ResponseWeights:
    """How much should each answer count, given who was asked and did not answer?

    invited : one row an invitation, answered or not. responded : true or 1 where it was.
    predictors : known of everybody before the answer; numbers as they are, text as categories.
    cluster : invitations of one customer are not independent. trim : cap on a weight, times the mean.

    Inverse of the response probability of a logit (Little 1986, International Statistical Review 54, p. 139).
    Right where answering depends on nothing else that goes with the answer; that cannot be checked here.
    Raises TableError for a response that is not 0 or 1, FitError where predictors foretell it perfectly.
    """
    check_trim(trim)
    rows, design = response_design(invited, responded, list(as_names(predictors)), cluster)
    answered = rows[responded].to_numpy()
    fit = fit_response(answered, design, group_codes(rows, cluster))
    chance = np.asarray(fit.predict(design), dtype=float)
    raw = np.where(answered == 1, 1 / chance, np.nan)
    weights, cut = trimmed(raw / np.nanmean(raw), trim)
    return ResponseWeights(
        estimates=response_terms(fit, confidence, len(rows)),
        weights=aligned(rows["_row"], weights, invited.index, "weight"),
        probabilities=aligned(rows["_row"], chance, invited.index, "response_probability"),
        response_share=float(answered.mean()),
        n_responded=int(answered.sum()),
        n_eff=effective_n(weights),
        trim=trim,
        n_trimmed=cut,
        n_used=len(rows),
        n_dropped=len(invited) - len(rows),
        confidence=confidence,
    )


def response_design(
    invited: pd.DataFrame, responded: str, predictors: list[str], cluster: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The complete invitations (with `_row`, their place) and the regressors, a constant first."""
    if not predictors or responded in predictors:
        raise TableError(
            "predictors are one or more columns known of everybody, the response not among them."
        )
    require_columns(invited, [responded, *predictors, *([cluster] if cluster else [])])
    labels = [name for name in predictors if not enters_as_number(invited[name])]
    numeric = [name for name in predictors if name not in labels]
    placed = invited.assign(_row=range(len(invited)))
    rows = complete_rows(
        placed, [responded, *numeric], [*labels, *([cluster] if cluster else [])], along=["_row"]
    )
    odd = rows.loc[~rows[responded].isin([0.0, 1.0]), responded]
    if len(odd):
        raise TableError(
            f"Column {responded!r} says whether somebody answered, 0 or 1: {len(odd):,} values are neither, for "
            f"example {odd.iloc[0]:g}."
        )
    # As plain labels, so that a level nobody is of has no column of its own.
    used = rows[predictors].astype(dict.fromkeys(labels, object))
    dummies = pd.get_dummies(used, columns=labels, drop_first=True)
    design = dummies.astype(float)
    design.insert(0, "constant", 1.0)
    check_response(rows[responded], design)
    return rows, design


def enters_as_number(values: pd.Series) -> bool:
    """Whether a predictor is an amount (numbers, decimals, true or false) and no category; refuses dates."""
    return is_number(values) or not (is_category(values) or holds_text(values))


def check_response(answered: pd.Series, design: pd.DataFrame) -> None:
    """Refuse too few rows for the terms, a response that never varies, and collinear predictors."""
    fewer = min((answered == 1).sum(), (answered == 0).sum())
    if fewer == 0:
        raise FitError(
            f"All {len(answered):,} invited {'answered' if answered.iloc[0] else 'stayed silent'}: there is no "
            "response to model. Hand over everybody who was invited."
        )
    if fewer < ROWS_PER_TERM:
        raise TooFewRowsError(
            f"{fewer:,} invited {'answered' if (answered == 1).sum() == fewer else 'stayed silent'}; at least "
            f"{ROWS_PER_TERM} are needed to model who answers."
        )
    spread = (design - design.mean()) / design.std().replace(0, np.nan)
    constant = [name for name in design.columns[1:] if spread[name].isna().all()]
    if constant:
        raise FitError(
            f"Predictor {constant[0]!r} is the same for everybody: it tells nothing. Leave it out."
        )
    if np.linalg.matrix_rank(spread.iloc[:, 1:].to_numpy(), tol=1e-8 * len(design)) < design.shape[1] - 1:
        raise FitError("The predictors are collinear: one follows from the others. Leave it out.")


def fit_response(answered: np.ndarray, design: pd.DataFrame, groups: np.ndarray | None):
    """The logit of answering; refuses a perfect separation, under which weights have no bound."""
    import warnings

    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    options = {"cov_type": "HC1"}
    if groups is not None:
        options = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separation and convergence are judged below
        try:
            fit = GLM(answered, design, family=families.Binomial()).fit(maxiter=100, **options)
        except (np.linalg.LinAlgError, ValueError) as error:
            raise FitError(f"The response model has no solution: {error}") from None
    chance = np.asarray(fit.fittedvalues)
    certain = (np.minimum(chance, 1 - chance) < LEAST_PROBABILITY).sum()
    if certain or not fit.converged:
        raise FitError(
            f"The predictors foretell perfectly whether {certain:,} of {len(chance):,} invited answer: there is "
            "nobody to stand for those who never do. Merge rare categories or leave the predictor out."
        )
    return fit


def response_terms(fit, confidence: float, n: int) -> pd.DataFrame:
    """The terms of the response model with their intervals."""
    bounds = np.asarray(fit.conf_int(1 - confidence))
    return pd.DataFrame(
        {
            "estimate": fit.params,
            "std_error": fit.bse,
            "low": bounds[:, 0],
            "high": bounds[:, 1],
            "p_value": fit.pvalues,
            "n": n,
        }
    )
