"""Is there a break at all? A test that pays for having searched for it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from linkage.drivers.sandwich import group_sums
from linkage.thresholds.families import Family, fit_glm
from linkage.thresholds.profile import candidate_places, hinge
from linkage.thresholds.setting import Setting

PLACES = 60
MOST_SIGNS = 2000
"""Clusters; of more the sum of signed scores is as good as normal, and drawing it costs no more with more of them."""


class Evidence(NamedTuple):
    """p_value : by bootstrap, corrected for the search. p_davies : Davies's upper bound of it.
    largest : the largest absolute t over all places. places (m,), statistic (m,) : t at each.
    critical : what `largest` exceeds in 1 - confidence of straight lines. error (m,) : of a change of slope."""

    p_value: float
    p_davies: float
    largest: float
    critical: float
    places: np.ndarray
    statistic: np.ndarray
    error: np.ndarray


def weigh_break(setting: Setting, family: Family, *, draws: int, seed: int, confidence: float) -> Evidence:
    """Test a straight line against a change of slope anywhere.

    The score of a hinge is taken at each place under the straight line, with the spread of its cluster sums;
    the largest is compared with what random signs of whole clusters make of the same scores (Hansen 1996,
    Econometrica 64, 413-430; signs as in the wild bootstrap of Kline and Santos 2012).
    """
    places = candidate_places(setting.driver, PLACES)
    scores, information = hinge_scores(setting, family, places)
    count = len(scores)
    spread = np.sqrt((scores**2).sum(axis=0))
    statistic = scores.sum(axis=0) / spread * np.sqrt((count - 1) / count)
    largest = float(np.abs(statistic).max())
    chance = largest_by_chance(scores / spread, draws, seed) * np.sqrt((count - 1) / count)
    return Evidence(
        p_value=float((1 + (chance >= largest).sum()) / (draws + 1)),
        p_davies=davies_p_value(statistic),
        largest=largest,
        critical=float(np.quantile(chance, confidence)),
        places=places,
        statistic=statistic,
        error=spread / information * np.sqrt(count / (count - 1)),
    )


def hinge_scores(setting: Setting, family: Family, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a hinge at each place under the straight line, summed within clusters (G, m), and the
    information (m,) they hold, the line's own terms taken out."""
    line = setting.line
    fit = fit_glm(line, setting.outcome, family)
    weighted = line * fit.weights[:, None]
    inverse = np.linalg.inv(line.T @ weighted)
    rest, columns, information = fit.weights * fit.residuals, [], []
    for place in places:
        beyond = hinge(setting.driver, place)
        beyond = beyond - line @ (inverse @ (weighted.T @ beyond))
        information.append((fit.weights * beyond**2).sum())
        score = (beyond * rest)[:, None]
        columns.append((score if setting.groups is None else group_sums(score, setting.groups))[:, 0])
    return np.column_stack(columns), np.array(information)


def largest_by_chance(scores: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """The largest absolute statistic over the places when each cluster's scores (G, m) get a random sign: (draws,).

    With many clusters the sum of signed scores is normal with their covariance, which is then drawn at once.
    """
    rng = np.random.default_rng(seed)
    if len(scores) <= MOST_SIGNS:
        signs = rng.integers(0, 2, (draws, len(scores))) * 2.0 - 1
        return np.abs(signs @ scores).max(axis=1)
    values, vectors = np.linalg.eigh(scores.T @ scores)
    root = vectors * np.sqrt(np.maximum(values, 0))
    return np.abs(rng.standard_normal((draws, len(values))) @ root.T).max(axis=1)


def davies_p_value(statistic: np.ndarray) -> float:
    """Upper bound of the p-value of the largest of normal statistics (m,) along a line (Davies 1987, p. 36)."""
    from scipy.stats import norm

    largest = np.abs(statistic).max()
    travel = np.abs(np.diff(statistic)).sum()
    bound = norm.sf(largest) + travel * np.exp(-(largest**2) / 2) / np.sqrt(8 * np.pi)
    return float(min(1.0, 2 * bound))
