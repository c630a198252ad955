"""A broken line at a given place: its slopes, and errors that allow for the place being an estimate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.drivers.sandwich import sandwich
from linkage.thresholds.families import Family, fit_glm
from linkage.thresholds.profile import hinge
from linkage.thresholds.setting import Setting


class ModelFit(NamedTuple):
    """A fitted model, its last `extra` columns the driver's, the first ones constant and controls.

    coefficients (k,); covariance (k, k) robust; bread (k, k); design (n, k); scores (n,), of the linear
    predictor; deviance; dispersion; df of the t.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    bread: np.ndarray
    design: np.ndarray
    scores: np.ndarray
    deviance: float
    dispersion: float
    df: int
    extra: int


def fit_model(setting: Setting, family: Family, shape: np.ndarray, place: float | None = None) -> ModelFit:
    """Fit the outcome on constant, controls and shape (n, s): the driver as the model sees it.

    place : of a hinge in shape's last column; a column for its error then follows, minus one beyond the
        place, whose coefficient is the change of slope times the place's error (Muggeo 2003).
    """
    design = np.column_stack([setting.base, shape])
    fit = fit_glm(design, setting.outcome, family)
    coefficients = fit.coefficients
    if place is not None:
        design = np.column_stack([design, -(setting.driver > place).astype(float)])
        coefficients = np.append(coefficients, 0.0)
    bread = np.linalg.inv(design.T @ (design * fit.weights[:, None]))
    scores = fit.weights * fit.residuals
    covariance, df = sandwich(bread, design * scores[:, None], setting.groups, design.shape[1])
    known = family.name in ("binomial", "poisson")
    pearson = float((scores * fit.residuals).sum()) / (len(design) - design.shape[1])
    return ModelFit(
        coefficients=coefficients,
        covariance=covariance,
        bread=bread,
        design=design,
        scores=scores,
        deviance=fit.deviance,
        dispersion=1.0 if known else pearson,
        df=df,
        extra=design.shape[1] - setting.base.shape[1],
    )


def broken_line(setting: Setting, family: Family, place: float, *, free: bool) -> ModelFit:
    """The broken line at a place; its driver columns are [driver,] hinge, place."""
    beyond = hinge(setting.driver, place)[:, None]
    shape = np.hstack([setting.driver[:, None], beyond]) if free else beyond
    return fit_model(setting, family, shape, place)


def place_error(fit: ModelFit) -> float:
    """Standard error of the break's place, in the driver's standard deviations."""
    change = fit.coefficients[-2]
    return float(np.sqrt(fit.covariance[-1, -1]) / abs(change)) if change else np.inf


def place_limit(fit: ModelFit, confidence: float) -> float:
    """How much more deviance than the least a place in the interval may leave.

    The likelihood ratio is scaled by how much clusters inflate the variance of the place (Chandler and
    Bate 2007, Biometrika 94, 167-183), never below what independent rows give, and set against t squared.
    """
    from scipy.stats import t

    inflation = max(fit.covariance[-1, -1] / fit.bread[-1, -1], fit.dispersion)
    return float(t.ppf((1 + confidence) / 2, fit.df) ** 2 * inflation)


def compare_models(
    setting: Setting, family: Family, line: ModelFit, others: dict[str, ModelFit]
) -> pd.DataFrame:
    """Models of one outcome by BIC, best first; the place of a break is charged as a parameter.

    charged : parameters, those of the driver counted as often as clusters inflate their variance, but at
    least once (Gao and Song 2010, JASA 105, 1531-1540); the straight line's residuals tell that.
    """
    models, rows, base = {"straight line": line, **others}, len(setting.outcome), setting.base.shape[1]
    table = pd.DataFrame(
        {
            "parameters": {name: base + fit.extra for name, fit in models.items()},
            "charged": {name: base + charge(fit, line, setting.groups) for name, fit in models.items()},
            "deviance": {name: fit.deviance for name, fit in models.items()},
        }
    )
    if family.name == "gaussian":
        left = rows * np.log(table["deviance"] / rows)
    else:
        left = table["deviance"] / min(fit.dispersion for fit in models.values())
    table["bic"] = left + np.log(rows) * table["charged"]
    table["bic_difference"] = table["bic"] - table["bic"].min()
    table.index.name = "model"
    return table.sort_values("bic", kind="stable")


def charge(fit: ModelFit, line: ModelFit, groups: np.ndarray | None) -> float:
    """Parameters of the driver as clusters inflate them: trace of the robust over the plain variance.

    The residuals are the straight line's: a break fitted to the last two clusters leaves them nothing.
    """
    part = slice(-fit.extra, None)
    robust, _ = sandwich(fit.bread, fit.design * line.scores[:, None], groups, fit.design.shape[1])
    plain = line.dispersion * fit.bread[part, part]
    return max(float(fit.extra), float(np.trace(np.linalg.solve(plain, robust[part, part]))))
