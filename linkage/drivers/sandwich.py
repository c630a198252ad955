"""Least squares whose errors allow for clusters: the small linear algebra under rankings and shapes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class RobustFit(NamedTuple):
    """coefficients (k,), covariance (k, k) robust, plain (k, k) for independent even errors, df of the t."""

    coefficients: np.ndarray
    covariance: np.ndarray
    plain: np.ndarray
    residuals: np.ndarray
    df: int


def least_squares(
    design: np.ndarray,
    outcome: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    absorbed: int = 0,
) -> RobustFit:
    """Coefficients of outcome (n,) on design (n, k) with a sandwich covariance.

    groups : cluster codes 0..G-1; None stands for independent rows.
    absorbed : columns already partialled out of both sides; they count among the parameters.
    """
    weights = np.ones(len(outcome)) if weights is None else weights
    root = np.sqrt(weights)
    scale = np.sqrt(((design * root[:, None]) ** 2).sum(axis=0))
    scale[scale == 0] = 1.0
    q, r = np.linalg.qr(design * root[:, None] / scale)
    coefficients = np.linalg.solve(r, q.T @ (outcome * root)) / scale
    residuals = outcome - design @ coefficients
    inverse = np.linalg.inv(r)
    bread = inverse @ inverse.T / np.outer(scale, scale)
    parameters = design.shape[1] + absorbed
    scores = design * (weights * residuals)[:, None]
    variance = (weights * residuals**2).sum() / (len(outcome) - parameters)
    covariance, df = sandwich(bread, scores, groups, parameters)
    return RobustFit(coefficients, covariance, variance * bread, residuals, df)


def sandwich(
    bread: np.ndarray, scores: np.ndarray, groups: np.ndarray | None, parameters: int
) -> tuple[np.ndarray, int]:
    """Robust covariance from bread (k, k) and row scores (n, k), and the degrees of freedom of its t.

    Clusters: CR1, the factor G/(G-1) (n-1)/(n-k) and G-1 degrees of freedom (Liang and Zeger 1986;
    Cameron and Miller 2015). Independent rows: HC1, n/(n-k) and n-k (MacKinnon and White 1985).
    """
    n = len(scores)
    if groups is None:
        return n / (n - parameters) * bread @ (scores.T @ scores) @ bread, n - parameters
    sums = group_sums(scores, groups)
    count = len(sums)
    factor = count / (count - 1) * (n - 1) / (n - parameters)
    return factor * bread @ (sums.T @ sums) @ bread, count - 1


def group_sums(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Sums of columns (n, k) within each group, (G, k)."""
    count = int(groups.max()) + 1
    sums = [np.bincount(groups, weights=column, minlength=count) for column in values.T]
    return np.column_stack(sums) if sums else np.zeros((count, 0))


def error_name(cluster: str | None) -> str:
    """How the errors were made, in words for a method line."""
    return (
        f"errors clustered by {cluster} (CR1, t with G-1)"
        if cluster
        else "errors robust to uneven spread (HC1)"
    )
