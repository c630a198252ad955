"""Positive amounts: what goes with more spend, or longer handling, in per cent and in the amount's own unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from linkage.errors import TableError
from linkage.regression.covariance import Errors, settle
from linkage.regression.design import build_design
from linkage.regression.glm import GAMMA, GlmFit, check_design, glm_result, maximise
from linkage.regression.result import check_confidence


def fit_positive(
    table: pd.DataFrame,
    formula: str,
    *,
    cluster: str | Sequence[str] | None = None,
    errors: str | Errors = "auto",
    weights: str | None = None,
    confidence: float = 0.95,
    reference: Mapping[str, object] | None = None,
) -> GlmFit:
    """Fit an amount that is always above 0 on drivers and controls.

    `estimates` are changes of the log of the mean (0.05: about 5% more); `effects` are average changes of the
    amount itself, in its unit: no back-transformation of a mean of logs is needed. The arguments are those of
    fit_linear; errors may be "auto", "iid", "HC0", "HC1" or "CR1".

    Gamma likelihood with a log link (statsmodels GLM), which with sandwich errors asks only that the mean is
    right (Manning and Mullahy 2001). Raises TableError where an amount is 0 or less: use fit_two_part then.
    """
    check_confidence(confidence)
    design = build_design(table, formula, cluster=cluster, weights=weights, reference=reference)
    check_positive(design.y, design.recipe.outcome)
    check_design(design)
    asked = settle(errors, design.cluster, weighted=weights is not None)
    return glm_result(design, maximise(design, GAMMA), GAMMA, asked, confidence)


def check_positive(y: np.ndarray, outcome: str) -> None:
    """Refuse amounts of 0 or less."""
    wrong = y[y <= 0]
    if len(wrong):
        raise TableError(
            f"{outcome!r} must be above 0; {len(wrong):,} of {len(y):,} values are not, for example {wrong[0]:g}. "
            "Where 0 means that nothing was bought, use fit_two_part."
        )
