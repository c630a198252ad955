"""Where a line may break: the deviance left for every place, and the places it cannot be told from the best."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from linkage.errors import FitError
from linkage.limits.forms import TRIM
from linkage.thresholds.families import Family, fit_glm
from linkage.thresholds.setting import Setting

Profile = Callable[[np.ndarray], np.ndarray]
"""The deviance left with a break at any places (m,)."""


class Search(NamedTuple):
    """places (m,) sorted and deviance (m,) there; best : the place of least deviance; low, high : what was
    searched; profile : deviance at any places."""

    places: np.ndarray
    deviance: np.ndarray
    best: float
    low: float
    high: float
    profile: Profile


def hinge(driver: np.ndarray, place: float) -> np.ndarray:
    """How far the driver lies beyond a place, 0 before it."""
    return np.maximum(driver - place, 0)


def candidate_places(driver: np.ndarray, count: int) -> np.ndarray:
    """Places to try: evenly spaced and at quantiles, with 10% of rows and two distinct values on either side."""
    values = np.unique(driver)
    low = max(np.quantile(driver, TRIM), values[1])
    high = min(np.quantile(driver, 1 - TRIM), values[-3])
    if not low < high:
        low, high = values[1], values[-3]
    shares = np.linspace(0, 1, count // 2)
    inner = driver[(driver >= low) & (driver <= high)]
    return np.unique(np.concatenate([low + shares * (high - low), np.quantile(inner, shares)]))


def search_break(setting: Setting, family: Family, *, free: bool, count: int) -> Search:
    """Profile likelihood over the place of one break: a grid of about `count` places, then ever finer.

    free : whether the slope before the break is free, or zero.
    """
    fixed = setting.line if free else setting.base
    profile = (
        gaussian_profile(setting, fixed) if family.name == "gaussian" else glm_profile(setting, fixed, family)
    )
    return search_places(profile, setting.driver, count)


def search_places(profile: Profile, driver: np.ndarray, count: int) -> Search:
    """A grid of about `count` places along the driver (n,), then ever finer about the one of least deviance."""
    places = candidate_places(driver, count)
    deviance = profile(places)
    for _ in range(5):
        k = int(deviance.argmin())
        around = np.linspace(places[max(k - 1, 0)], places[min(k + 1, len(places) - 1)], 11)
        fresh = np.setdiff1d(around, places)
        places, deviance = np.append(places, fresh), np.append(deviance, profile(fresh))
        order = places.argsort()
        places, deviance = places[order], deviance[order]
    return Search(places, deviance, float(places[deviance.argmin()]), places[0], places[-1], profile)


def gaussian_profile(setting: Setting, fixed: np.ndarray) -> Profile:
    """The residual sum of squares with a hinge at any places (m,), from sums over the rows beyond each.

    fixed (n, q) is taken out once (Frisch and Waugh 1933); each place then costs q additions, not a fit.
    """
    order = np.argsort(setting.driver, kind="stable")
    x, q = setting.driver[order], np.linalg.qr(fixed[order])[0]
    rest = setting.outcome[order] - q @ (q.T @ setting.outcome[order])
    return hinge_profile(x, np.column_stack([rest, q, np.ones(len(x)), x]), rest @ rest)


def hinge_profile(x: np.ndarray, columns: np.ndarray, deviance: float) -> Profile:
    """The deviance with a hinge at any places (m,), beside that of no hinge.

    x (n,) : the driver, sorted. columns (n, q + 3) : in the same order, each times the root of the weights: what is
    left of the outcome, the q orthonormal columns taken out of it, ones, and x. A hinge that they hold gains nothing.
    """
    plain, times_x = _sums_beyond(columns), _sums_beyond(columns * x[:, None])

    def profile(places: np.ndarray) -> np.ndarray:
        first = np.searchsorted(x, places, side="right")
        sums = times_x[first] - np.asarray(places)[:, None] * plain[first]
        square = sums[:, -1] - places * sums[:, -2]
        left = square - (sums[:, 1:-2] ** 2).sum(axis=1)
        gain = np.where(left > 1e-12 * square, sums[:, 0] ** 2 / np.maximum(left, 1e-300), 0.0)
        return deviance - gain

    return profile


def _sums_beyond(columns: np.ndarray) -> np.ndarray:
    """Sums of each column (n, k) from every row to the last: (n + 1, k), the last 0."""
    sums = np.zeros((len(columns) + 1, columns.shape[1]))
    np.cumsum(columns[::-1], axis=0, out=sums[-2::-1])
    return sums


def glm_profile(setting: Setting, fixed: np.ndarray, family: Family) -> Profile:
    """The deviance of a generalised linear model with a hinge at any places (m,)."""
    start = np.append(fit_glm(fixed, setting.outcome, family).coefficients, 0.0)

    def profile(places: np.ndarray) -> np.ndarray:
        deviance, last = [], start
        for place in places:
            design = np.column_stack([fixed, hinge(setting.driver, place)])
            try:
                fit = fit_glm(design, setting.outcome, family, last)
                last, left = fit.coefficients, fit.deviance
            except FitError:  # hardly a row beyond this place tells the slope: no candidate
                left = np.inf
            deviance.append(left)
        return np.array(deviance)

    return profile


def places_within(search: Search, limit: float) -> tuple[float, float]:
    """The lowest and highest place whose deviance is no more than `limit` above the least.

    The ends of what was searched stand for an interval that goes on beyond them.
    """
    top = search.deviance.min() + limit
    inside = np.flatnonzero(search.deviance <= top)
    return _crossing(search, inside[0], -1, top), _crossing(search, inside[-1], +1, top)


def _crossing(search: Search, inside: int, step: int, top: float) -> float:
    """Halve the gap between the last place inside and the first one outside."""
    outside = inside + step
    if not 0 <= outside < len(search.places):
        return float(search.places[inside])
    near, far = search.places[inside], search.places[outside]
    for _ in range(12):
        middle = (near + far) / 2
        if search.profile(np.array([middle]))[0] <= top:
            near = middle
        else:
            far = middle
    return float(near)
