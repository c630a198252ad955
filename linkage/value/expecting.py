"""What a fitted BG/NBD expects: who is still there, and how much each will buy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.errors import LinkError
from linkage.rows import complete_rows
from linkage.value.bgnbd import BuyingFit, read_histories

NODES = 12
NEAR_POLE = 1e-5
WHOLE = 1e-10


def probability_alive(fit: BuyingFit, customers: pd.DataFrame) -> pd.Series:
    """The chance, 0 to 1, that each customer has not left; 1 for who never bought again (nothing to leave after).

    customers : repeat_count, recency, age, complete. Fader, Hardie and Lee 2008, note 021.
    """
    return _per_customer(customers, "p_alive", lambda x, tx, age: alive(fit.params, x, tx, age))


def expected_purchases(fit: BuyingFit, customers: pd.DataFrame, *, horizon: float) -> pd.Series:
    """How many purchases each customer will make in the next `horizon` time units, given the history.

    Fader, Hardie and Lee 2005, p. 279, equation (10).
    """
    check_horizon(horizon)
    return _per_customer(
        customers, "expected_count", lambda x, tx, age: conditional(fit.params, x, tx, age, horizon)
    )


def expected_new(fit: BuyingFit, times: np.ndarray | list[float] | float) -> np.ndarray:
    """How many repeat purchases a new customer will have made by each time (K,).

    Fader, Hardie and Lee 2005, p. 279, equation (9).
    """
    span = np.atleast_1d(np.asarray(times, dtype="float64"))
    if not (np.isfinite(span).all() and (span >= 0).all()):
        raise LinkError(f"times are finite and not negative; found {span.min():g} to {span.max():g}.")
    zero = np.zeros_like(span)
    return _while_alive(fit.params, zero, zero, span)


def alive(params: np.ndarray, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
    """P(alive) of histories (n,)."""
    from scipy.special import expit

    r, alpha, a, b = params
    before = np.where(x > 0, x - 1, 0.0)
    log_odds_left = np.log(a) - np.log(b + before) + (r + x) * np.log((alpha + age) / (alpha + recency))
    return np.where(x > 0, expit(-log_odds_left), 1.0)


def conditional(
    params: np.ndarray, x: np.ndarray, recency: np.ndarray, age: np.ndarray, horizon: float
) -> np.ndarray:
    """Expected purchases within `horizon` of histories (n,)."""
    return _while_alive(params, x, age, horizon) * alive(params, x, recency, age)


def discounted(
    params: np.ndarray,
    x: np.ndarray,
    recency: np.ndarray,
    age: np.ndarray,
    horizon: float,
    force: float,
    nodes: int = NODES,
) -> np.ndarray:
    """Expected purchases within `horizon`, each worth exp(-force t) at time t (n,).

    By parts: exp(-force H) E(H) + force x integral of exp(-force t) E(t), the integral by Gauss-Legendre with
    `nodes` points (12 give six digits over a year, four over ten years of newcomers).
    """
    whole = np.exp(-force * horizon) * _while_alive(params, x, age, horizon)
    if force:
        points, weights = np.polynomial.legendre.leggauss(nodes)
        for time, weight in zip(horizon * (points + 1) / 2, weights * horizon / 2, strict=True):
            whole = whole + force * weight * np.exp(-force * time) * _while_alive(params, x, age, time)
    return whole * alive(params, x, recency, age)


def check_horizon(horizon: float) -> None:
    if not (np.isfinite(horizon) and horizon > 0):
        raise LinkError(
            f"horizon={horizon!r} is a finite number of time units above 0: without end BG/NBD has no bound."
        )


def _per_customer(customers: pd.DataFrame, name: str, of_arrays) -> pd.Series:
    """A figure per customer, in the table's order; missing where the history is incomplete."""
    columns = ["repeat_count", "recency", "age"]
    whole = complete_rows(customers.assign(position=np.arange(len(customers))), [*columns, "position"])
    rows = read_histories(whole, at_least=1)
    values = np.full(len(customers), np.nan)
    values[whole["position"].to_numpy(dtype="int64")] = of_arrays(*(rows[c].to_numpy() for c in columns))
    return pd.Series(values, customers.index, name=name)


def _while_alive(
    params: np.ndarray, x: np.ndarray, age: np.ndarray, horizon: np.ndarray | float
) -> np.ndarray:
    """Expected purchases within `horizon` of customers still there at `age` after `x` repeats (n,).

    (a+b+x-1)/(a-1) x [1 - w^(r+x) F(r+x, b+x; a+b+x-1; 1-w)], w = (alpha+T)/(alpha+T+t). The poles at a = 1
    and a+b+x = 1 cancel; there the mean of both sides serves.
    """
    r, alpha, a, b = params
    if abs(a - 1) < NEAR_POLE or abs(a + b - 1) < NEAR_POLE:
        sides = [_while_alive(np.array([r, alpha, a + d, b]), x, age, horizon) for d in (-1e-4, 1e-4)]
        return (sides[0] + sides[1]) / 2
    if (
        abs(r - a - round(r - a)) < WHOLE
    ):  # scipy's hyp2f1 fails where the difference is whole: inf, nan or wrong
        r += 1e-8
    share = (alpha + age) / (alpha + age + horizon)
    return (a + b + x - 1) / (a - 1) * (1 - _gauss(r, a, b, x, share))


def _gauss(r: float, a: float, b: float, x: np.ndarray, share: np.ndarray) -> np.ndarray:
    """w^(r+x) F(r+x, b+x; a+b+x-1; 1-w), by Euler's transformation where the series would run away.

    (1-z)^(c-a'-b') F(c-a', c-b'; c; z) (Abramowitz and Stegun 15.3.3): stable for many purchases.
    """
    from scipy.special import hyp2f1

    slow = a - 1 - r - x < 0
    top = a + b + x - 1
    first = np.where(slow, a + b - 1 - r, r + x)
    second = np.where(slow, a - 1, b + x)
    return share ** np.where(slow, a - 1, r + x) * hyp2f1(first, second, top, 1 - share)
