"""Counts: what goes with more contacts, visits or complaints."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError
from linkage.regression.covariance import Errors, settle
from linkage.regression.design import Design, build_design
from linkage.regression.glm import (
    POISSON,
    Family,
    GlmFit,
    NoMaximumError,
    Peak,
    check_design,
    glm_result,
    maximise,
)
from linkage.regression.guards import standardise
from linkage.regression.result import check_confidence
from linkage.regression.separation import EXTREME, check_separation


def fit_counts(
    table: pd.DataFrame,
    formula: str,
    *,
    kind: str = "poisson",
    cluster: str | Sequence[str] | None = None,
    errors: str | Errors = "auto",
    weights: str | None = None,
    confidence: float = 0.95,
    reference: Mapping[str, object] | None = None,
) -> GlmFit:
    """Fit a count (0, 1, 2, ...) on drivers and controls.

    kind : "poisson", which with its robust errors asks only that the mean is right, or "negative binomial"
        (NB2: variance = mean + alpha mean^2; its alpha is `dispersion`), for whole numbers without weights.
    `estimates` are logs of the mean; `effects` are average changes of the count. The other arguments are those
    of fit_linear; errors may be "auto", "iid", "HC0", "HC1" or "CR1".

    Maximum likelihood (statsmodels). Raises TableError for negative counts, FitError where there is no
    maximum. Source: Gourieroux, Monfort and Trognon 1984 (robust Poisson); Cameron and Trivedi 1986 (NB2).
    """
    check_confidence(confidence)
    if kind not in ("poisson", "negative binomial"):
        raise LinkError(f"kind={kind!r} is unknown. Choose 'poisson' or 'negative binomial'.")
    design = build_design(table, formula, cluster=cluster, weights=weights, reference=reference)
    _check_counts(design, kind)
    asked = settle(errors, design.cluster, weighted=weights is not None)
    peak = _poisson_peak(design)
    if kind == "poisson":
        return glm_result(design, peak, POISSON, asked, confidence)
    peak = _negative_binomial_peak(design)
    return glm_result(design, peak, _negative_binomial(peak.dispersion), asked, confidence)


def _check_counts(design: Design, kind: str) -> None:
    y, outcome = design.y, design.recipe.outcome
    wrong = y[y < 0] if kind == "poisson" else y[(y < 0) | (y != np.round(y))]
    if len(wrong):
        wanted = "0 or more" if kind == "poisson" else "whole numbers, 0 or more"
        raise TableError(
            f"{outcome!r} must be {wanted}; {len(wrong):,} values are not, for example {wrong[0]:g}."
        )
    if kind != "poisson" and design.weights:
        raise LinkError(
            "The negative binomial takes no survey weights. Use kind='poisson': its errors are robust."
        )


def _poisson_peak(design: Design) -> Peak:
    check_design(design)
    try:
        peak = maximise(design, POISSON)
    except NoMaximumError:
        _check_empty_cells(design)  # says more, if that is why
        raise
    if (design.x @ peak.values).min() < np.log(design.y.mean()) - EXTREME:
        _check_empty_cells(design)
    return peak


def _check_empty_cells(design: Design) -> None:
    """Where a category holds only zeros, its log mean is minus infinity."""
    z = standardise(design)[0] * np.sqrt(len(design.y))
    empty = design.y == 0
    check_separation(
        -z[empty], design.recipe.names, design.recipe.outcome, fixed=z[~empty], n_used=len(design.y)
    )


def _negative_binomial(alpha: float) -> Family:
    return replace(
        POISSON,
        method="Negative binomial (log link)",
        statsmodels="NegativeBinomial",
        score=lambda y, m: (y - m) / (1 + alpha * m),
        curvature=lambda y, m: m * (1 + alpha * y) / (1 + alpha * m) ** 2,
    )


def _negative_binomial_peak(design: Design) -> Peak:
    """NB2 by Newton's method from the Poisson fit; the default of statsmodels stops after three digits."""
    from statsmodels.discrete.discrete_model import NegativeBinomial

    z, change = standardise(design)
    model = NegativeBinomial(design.y, z, loglike_method="nb2")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # convergence is checked below
        try:
            result = model.fit(method="newton", maxiter=200, tol=1e-12, disp=False)
            settled = result.mle_retvals["converged"] and np.isfinite(result.bse).all()
        except np.linalg.LinAlgError:
            settled = False
    alpha = float(result.params[-1]) if settled else 0.0
    if not settled or alpha <= 1e-8:
        raise FitError(
            f"The negative binomial of {design.recipe.outcome!r} found no maximum: its counts scatter no more than "
            "Poisson counts do (alpha is 0). Use kind='poisson'."
        )
    full = np.block([[change, np.zeros((len(change), 1))], [np.zeros((1, len(change))), np.ones((1, 1))]])
    bread = np.linalg.inv(-model.hessian(result.params))
    return Peak(
        values=full @ result.params,
        back=full,
        bread=bread,
        model_bread=bread,
        scores=model.score_obs(result.params),
        log_likelihood=float(result.llf),
        pseudo_r_squared=_deviance_explained(design.y, result.predict(), alpha),
        dispersion=alpha,
    )


def _deviance_explained(y: np.ndarray, mean: np.ndarray, alpha: float) -> float:
    from statsmodels.genmod import families

    family = families.NegativeBinomial(alpha=alpha)
    return float(1 - family.deviance(y, mean) / family.deviance(y, np.full(len(y), y.mean())))
