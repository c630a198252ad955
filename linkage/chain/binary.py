"""Chains with yes-or-no stages: logits, and effects as differences of probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.chain.result import Chain, bootstrap_table, chain_names, refuse_failed
from linkage.errors import FitError, TableError, TooFewRowsError

NODES = 20  # of Gauss and Hermite's rule: exact far beyond the digits shown for a logit of a normal stage
RUNAWAY = 12.0  # a log odds ratio per standard deviation this large is on its way to infinity
STEPS = 50


@dataclass(frozen=True, eq=False)
class Line:
    """The rows of a chain with one stage: controls (n, c), cause, stage, outcome (n,), which are 0 or 1."""

    controls: np.ndarray
    cause: np.ndarray
    stage: np.ndarray
    outcome: np.ndarray
    stage_is_binary: bool
    outcome_is_binary: bool


@dataclass(frozen=True, eq=False)
class Equations:
    """Both equations fitted: coefficients on [1, controls, cause] and on [1, controls, cause, stage]."""

    stage: np.ndarray
    outcome: np.ndarray
    stage_sd: float


def fit_probability_chain(
    line: Line, codes: np.ndarray, contrast: tuple[float, float] | None, shared: dict
) -> Chain:
    """The chain of cause, one stage and outcome by averaging what the fitted equations expect.

    E[Y(t, M(t'))] is the outcome expected were the cause t and the stage as under t', averaged over the
    rows. The indirect part changes t' only, the direct part t only; each is averaged over both values of the
    other, so that they add up to the total (Imai, Keele & Tingley 2010, p. 312; Pearl 2001). Nothing is
    simulated: a binary stage is summed over, a continuous one integrated over its normal error. Cause and
    stage do not interact.
    """
    contrast = contrast or _default_contrast(line.cause)
    weights = np.ones(len(codes))
    whole = _fit(line, weights, None)
    if whole is None:
        raise FitError(
            f"{' or '.join(shared['binary'])}: yes and no are told apart without fail, so no finite "
            f"estimate exists."
        )
    values = _parts(line, whole, weights, contrast)
    drawn = _draws(line, whole, codes, contrast, shared)
    failed = shared["draws"] - len(drawn)
    refuse_failed(failed, shared["draws"])
    names = [name for name in chain_names(shared) if name != "other routes"]
    estimates = bootstrap_table(values, drawn, names, shared["confidence"])
    steps = ["log odds" if b else "per unit" for b in (line.stage_is_binary, line.outcome_is_binary)]
    effect = "probability" if line.outcome_is_binary else "outcome units"
    return Chain(
        **{name: value for name, value in shared.items() if name != "binary"},
        estimates=estimates.assign(scale=[*steps, effect, effect, effect]),
        delta=None,
        sensitivity=None,
        rho_zero=float("nan"),
        contrast=contrast,
        failed_draws=failed,
    )


def check_flag(values: np.ndarray, name: str) -> None:
    """Refuse a yes-or-no column that is not 0 and 1, or that has too few of either."""
    odd = ~np.isin(values, (0.0, 1.0))
    if odd.any():
        raise TableError(f"{name} is named in binary and holds {values[odd][0]:g}: recode it as 0 and 1.")
    rare = int(min(values.sum(), len(values) - values.sum()))
    if rare < 5:
        raise TooFewRowsError(
            f"{name} is yes (or no) on {rare:,} of {len(values):,} rows only; 5 of each at least."
        )


def _default_contrast(cause: np.ndarray) -> tuple[float, float]:
    if np.isin(cause, (0.0, 1.0)).all():
        return 0.0, 1.0
    middle = float(cause.mean())
    return middle, middle + 1.0


def _draws(line: Line, whole: Equations, codes: np.ndarray, contrast, shared: dict) -> np.ndarray:
    """(B, 5) the parts of each draw of whole clusters, draws without a solution left out."""
    rng = np.random.default_rng(shared["seed"])
    count, out = shared["clusters"], []
    for _ in range(shared["draws"]):
        weights = np.bincount(rng.integers(0, count, count), minlength=count)[codes].astype("float64")
        fitted = _fit(line, weights, whole)
        if fitted is not None:
            out.append(_parts(line, fitted, weights, contrast))
    return np.array(out).reshape(-1, 5)


def _parts(line: Line, fitted: Equations, weights: np.ndarray, contrast: tuple[float, float]) -> np.ndarray:
    """The two steps, then indirect, direct and total."""
    expected = {
        (t, s): np.average(_expected(line, fitted, t, s), weights=weights) for t in contrast for s in contrast
    }
    low, high = contrast
    indirect = (expected[low, high] - expected[low, low] + expected[high, high] - expected[high, low]) / 2
    total = expected[high, high] - expected[low, low]
    return np.array([fitted.stage[-1], fitted.outcome[-1], indirect, total - indirect, total])


def _expected(line: Line, fitted: Equations, cause: float, stage_cause: float) -> np.ndarray:
    """(n,) the expected outcome were the cause `cause`, and the stage as if it were `stage_cause`."""
    ahead = fitted.stage[0] + line.controls @ fitted.stage[1:-1] + fitted.stage[-1] * stage_cause
    base = fitted.outcome[0] + line.controls @ fitted.outcome[1:-2] + fitted.outcome[-2] * cause
    step = fitted.outcome[-1]
    if line.stage_is_binary:
        share = _logistic(ahead)
        if not line.outcome_is_binary:
            return base + step * share
        return share * _logistic(base + step) + (1 - share) * _logistic(base)
    if not line.outcome_is_binary:
        return base + step * ahead
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    stage = ahead[:, None] + fitted.stage_sd * nodes
    return _logistic(base[:, None] + step * stage) @ (weights / weights.sum())


def _fit(line: Line, weights: np.ndarray, start: Equations | None) -> Equations | None:
    """Both equations by weighted maximum likelihood; None where one has no finite solution."""
    first = np.column_stack([np.ones(len(weights)), line.controls, line.cause])
    second = np.column_stack([first, line.stage])
    stage = _fit_one(first, line.stage, weights, line.stage_is_binary, None if start is None else start.stage)
    outcome = _fit_one(
        second, line.outcome, weights, line.outcome_is_binary, None if start is None else start.outcome
    )
    if stage is None or outcome is None:
        return None
    left = line.stage - first @ stage
    sd = 0.0 if line.stage_is_binary else float(np.sqrt(np.average(left**2, weights=weights)))
    return Equations(stage, outcome, sd)


def _fit_one(x: np.ndarray, y: np.ndarray, weights: np.ndarray, is_binary: bool, start) -> np.ndarray | None:
    """Weighted least squares or logit of y (n,) on x (n, k); None where it has no finite solution."""
    spread = np.sqrt(np.average((x - np.average(x, axis=0, weights=weights)) ** 2, axis=0, weights=weights))
    if (spread[1:] <= 1e-10 * np.abs(x[:, 1:]).max(axis=0)).any():
        return None
    if not is_binary:
        return _solve(x, y, weights)
    b = np.zeros(x.shape[1]) if start is None else start
    for _ in range(STEPS):
        share = _logistic(x @ b)
        curve = np.maximum(share * (1 - share), 1e-12)
        step = _solve(x, (y - share) / curve, weights * curve)
        if step is None or (np.abs(b + step)[1:] * spread[1:] > RUNAWAY).any():
            return None
        b = b + step
        if np.abs(step * np.maximum(spread, 1e-300)).max() < 1e-9 and abs(step[0]) < 1e-7 * (1 + abs(b[0])):
            return b
    return None


def _solve(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    scale = np.sqrt(np.average(x**2, axis=0, weights=weights))
    moments = (x / scale).T @ ((x / scale) * weights[:, None])
    try:
        return np.linalg.solve(moments, (x / scale).T @ (weights * y)) / scale
    except np.linalg.LinAlgError:
        return None


def _logistic(line: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(line)
