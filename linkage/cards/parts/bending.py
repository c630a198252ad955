"""Where a line would bend, and whether it bends at all: exact sums over rows sorted by the driver."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from linkage.cards.parts.held import Fitted, Held
from linkage.thresholds.evidence import largest_by_chance
from linkage.thresholds.profile import (
    Profile,
    Search,
    candidate_places,
    hinge,
    hinge_profile,
    places_within,
    search_places,
)

PLACES_TESTED = 30
PLACES_SEARCHED = 100
DRAWS = 999


class Bend(NamedTuple):
    """A broken line. place, low, high : standard deviations of the driver from its mean. fit : columns driver,
    hinge and place. reaches_end : the place's interval reaches the end of what was searched."""

    fit: Fitted
    place: float
    low: float
    high: float
    reaches_end: bool


def fit_bend(held: Held, z: np.ndarray, line: Fitted) -> Bend:
    """The broken line of least deviance, and the interval of its place.

    z (n,) : the driver in standard deviations. The interval inverts the likelihood ratio, scaled by how much
    clusters inflate the variance of the place (Chandler and Bate 2007, Biometrika 94, 167-183); the errors of the
    slopes allow for the place being an estimate (Muggeo 2003, Statistics in Medicine 22, 3055-3071).
    """
    from scipy.special import stdtrit

    search = search_place(held, z, line)
    fit = held.fit(_broken(z, search.best), free=2)
    dispersion = fit.deviance / (len(z) - held.parameters - 3)
    inflation = max(fit.covariance[3, 3] / fit.bread[2, 2], dispersion)
    low, high = places_within(search, float(stdtrit(fit.df, (1 + held.confidence) / 2)) ** 2 * inflation)
    return Bend(fit, search.best, low, high, bool(low <= search.low or high >= search.high))


def _broken(z: np.ndarray, place: float) -> np.ndarray:
    return np.column_stack([z, hinge(z, place), -(z > place).astype(float)])


def search_place(held: Held, z: np.ndarray, line: Fitted) -> Search:
    """The deviance with a hinge at a grid of places, then ever finer about the least."""
    return search_places(_profile(held, z, line), z, PLACES_SEARCHED)


def _taken(held: Held, line: Fitted) -> np.ndarray:
    """Orthonormal columns of all that a straight line holds: the rest, and the driver."""
    return np.column_stack([held.basis, line.part / np.linalg.norm(line.part, axis=0)])


def _profile(held: Held, z: np.ndarray, line: Fitted) -> Profile:
    order = np.argsort(z, kind="stable")
    x, root = z[order], held.root[order]
    columns = np.column_stack([line.residuals[order], _taken(held, line)[order], root, root * x])
    return hinge_profile(x, columns * root[:, None], line.deviance)


def weigh_bend(held: Held, z: np.ndarray, line: Fitted, *, seed: int) -> float:
    """The chance of so clear a bend anywhere if the line were straight, corrected for the search.

    The score of a hinge at each place, summed within clusters, its largest t set against what random signs of
    whole clusters make of it (Hansen 1996, Econometrica 64, 413-430; Kline and Santos 2012).
    """
    places = candidate_places(z, PLACES_TESTED)
    scores = _hinge_scores(held, z, line, places)
    spread = np.sqrt((scores**2).sum(axis=0))
    known = spread > 0
    if not known.any():
        return float("nan")
    scaled = scores[:, known] / spread[known]
    chance = largest_by_chance(scaled, DRAWS, seed)
    return float((1 + (chance >= np.abs(scaled.sum(axis=0)).max()).sum()) / (DRAWS + 1))


def _hinge_scores(held: Held, z: np.ndarray, line: Fitted, places: np.ndarray) -> np.ndarray:
    """Scores of a hinge at each place under the straight line, summed within clusters: (G, m)."""
    groups = held.groups[0] if held.groups else np.arange(len(z))
    count, m = int(groups.max()) + 1, len(places)
    taken = _taken(held, line)
    bins = np.searchsorted(places, z, side="left")  # beyond so many of the places
    cells = groups * (m + 1) + bins
    pull = line.residuals * held.root
    own = _beyond(pull, cells, (count, m + 1))
    times_z = _beyond(pull * z, cells, (count, m + 1))
    lost = np.empty((m, taken.shape[1]))
    for j, column in enumerate(taken.T):
        weight = column * held.root
        total, first = (_beyond(w, bins, (1, m + 1))[0] for w in (weight, weight * z))
        lost[:, j] = first - places * total
    sums = np.column_stack([np.bincount(groups, column * line.residuals, count) for column in taken.T])
    return times_z - places * own - sums @ lost.T


def _beyond(weights: np.ndarray, cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Sums of the rows beyond each place: (groups, places)."""
    sums = np.bincount(cells, weights, shape[0] * shape[1]).reshape(shape)
    return sums[:, ::-1].cumsum(axis=1)[:, -2::-1]
