"""The likelihoods of buying (BG/NBD) and of spending (Gamma-Gamma), with their slopes, as plain arrays.

Parameters are logarithms, so that every real vector is allowed. Times and amounts come in units of their mean:
then the same starting point serves weeks and days, cents and euros.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class BuyingRows(NamedTuple):
    """Customers with the same history once: repeats, recency, age (K,), and `inverse` (n,) to the customers."""

    repeats: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    inverse: np.ndarray


class SpendingRows(NamedTuple):
    """Customers with repeats: repeats, mean amount (K,), and `inverse` (n,) to the customers."""

    repeats: np.ndarray
    amount: np.ndarray
    inverse: np.ndarray


def buying_rows(repeats: np.ndarray, recency: np.ndarray, age: np.ndarray) -> BuyingRows:
    same, inverse = np.unique(np.column_stack([repeats, recency, age]), axis=0, return_inverse=True)
    return BuyingRows(*same.T, inverse.ravel())


def spending_rows(repeats: np.ndarray, amount: np.ndarray) -> SpendingRows:
    same, inverse = np.unique(np.column_stack([repeats, amount]), axis=0, return_inverse=True)
    return SpendingRows(*same.T, inverse.ravel())


def buying_score(log_params: np.ndarray, rows: BuyingRows, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Weighted log-likelihood and its slope in log r, log alpha, log a, log b (4,).

    Fader, Hardie and Lee 2005, Marketing Science 24, p. 279, equation (6): a customer is still there (first
    term) or left after the last purchase (second term), added on the log scale.
    """
    from scipy.special import betaln, expit, gammaln, psi

    r, alpha, a, b = params = np.exp(log_params)
    x, recency, age = rows.repeats, rows.recency, rows.age
    again = x > 0
    before = np.where(again, x - 1, 0.0)  # purchases after which the customer was seen to stay
    log_age, log_recency = np.log(alpha + age), np.log(alpha + recency)
    there = betaln(a, b + x) - (r + x) * log_age
    left = np.where(again, betaln(a + 1, b + before) - (r + x) * log_recency, -np.inf)
    either = np.logaddexp(there, left) - betaln(a, b)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + either

    gone = np.where(again, expit(left - there), 0.0)  # chance of having left, given the history
    here = 1 - gone
    both = psi(a + b) - psi(a + b + x)
    slopes = np.array(
        [
            psi(r + x) - psi(r) + np.log(alpha) - here * log_age - gone * log_recency,
            r / alpha - (r + x) * (here / (alpha + age) + gone / (alpha + recency)),
            both + gone / a,
            both + here * psi(b + x) + gone * psi(b + before) - psi(b),
        ]
    )
    return float(weights @ value), (slopes @ weights) * params


def spending_score(
    log_params: np.ndarray, rows: SpendingRows, weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """Weighted log-likelihood and its slope in log p, log q, log gamma (3,).

    Fader, Hardie and Lee 2005, Journal of Marketing Research 42, p. 415; Fader and Hardie 2013, note 025.
    """
    from scipy.special import gammaln, psi

    p, q, gamma = params = np.exp(log_params)
    x, mean = rows.repeats, rows.amount
    shape, total = p * x, x * mean
    value = (
        gammaln(shape + q)
        - gammaln(shape)
        - gammaln(q)
        + q * np.log(gamma)
        + (shape - 1) * np.log(mean)
        + shape * np.log(x)
        - (shape + q) * np.log(gamma + total)
    )
    slopes = np.array(
        [
            x * (psi(shape + q) - psi(shape) + np.log(total) - np.log(gamma + total)),
            psi(shape + q) - psi(q) + np.log(gamma) - np.log(gamma + total),
            q / gamma - (shape + q) / (gamma + total),
        ]
    )
    return float(weights @ value), (slopes @ weights) * params
