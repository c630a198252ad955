"""Chances: what goes with a yes rather than a no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from linkage.errors import TableError
from linkage.regression.covariance import Errors, settle
from linkage.regression.design import Design, build_design
from linkage.regression.glm import LOGIT, GlmFit, NoMaximumError, Peak, check_design, glm_result, maximise
from linkage.regression.guards import standardise
from linkage.regression.result import check_confidence
from linkage.regression.separation import EXTREME, check_separation


def fit_logit(
    table: pd.DataFrame,
    formula: str,
    *,
    cluster: str | Sequence[str] | None = None,
    errors: str | Errors = "auto",
    weights: str | None = None,
    confidence: float = 0.95,
    reference: Mapping[str, object] | None = None,
) -> GlmFit:
    """Fit the chance of a yes (1, true) on drivers and controls.

    `estimates` are log odds; `effects` are average changes of the chance (0 to 1), by the delta method. The
    arguments are those of fit_linear; errors may be "auto", "iid", "HC0", "HC1" or "CR1".

    Maximum likelihood (statsmodels GLM), sandwich errors. Raises TableError where the outcome is not 0 and 1,
    FitError where a term separates it (completely or in some rows), naming the term.
    """
    check_confidence(confidence)
    design = build_design(table, formula, cluster=cluster, weights=weights, reference=reference)
    check_binary(design.y, design.recipe.outcome)
    asked = settle(errors, design.cluster, weighted=weights is not None)
    return glm_result(design, logit_peak(design), LOGIT, asked, confidence)


def logit_peak(design: Design) -> Peak:
    """The maximum of a logit, refused where there is none."""
    check_design(design)
    try:
        peak = maximise(design, LOGIT)
    except NoMaximumError:
        _check_separation(design)  # says more, if that is why
        raise
    farthest = np.abs(design.x @ peak.values).max()
    if farthest > EXTREME:
        _check_separation(design)
    return peak


def check_binary(y: np.ndarray, outcome: str) -> None:
    """Refuse an outcome that is not 0 and 1."""
    other = y[(y != 0) & (y != 1)]
    if len(other):
        raise TableError(
            f"{outcome!r} must be 0 and 1 (or false and true); {len(other):,} of {len(y):,} values are not, for "
            f"example {other[0]:g}. Make a flag first, such as is_top_box, or use another model."
        )


def _check_separation(design: Design) -> None:
    z = standardise(design)[0] * np.sqrt(len(design.y))
    check_separation(z * np.where(design.y > 0, 1, -1)[:, None], design.recipe.names, design.recipe.outcome)
