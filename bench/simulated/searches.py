"""Simulated studies for break points, shares of drivers and chains."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd

from simulated.case import covers

SHARE_CORRELATIONS = np.array([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]])
SHARE_SLOPES = np.array([0.5, 0.3, 0.2])


def ask_break(rng, seed, *, rows: int, clusters: int | None = None, is_null: bool = False) -> bool:
    """The place of a bend; or (null) the search for one along a straight line."""
    from linkage.thresholds import find_break

    x = rng.uniform(0, 10, rows)
    y = 0.2 * x + rng.normal(size=rows) - (0 if is_null else 0.5) * np.maximum(x - 6, 0)
    table = pd.DataFrame({"x": x, "y": y})
    if clusters:
        table["group"] = np.arange(rows) % clusters
        table["y"] += rng.normal(0, 0.5, clusters)[table["group"]]
    asked = {"outcome": "y", "driver": "x", "cluster": "group" if clusters else None}
    found = find_break(table, **asked, draws=499, seed=seed)
    return found.is_shown if is_null else covers(found.estimates.loc["break_point"], 6.0)


def true_shares() -> np.ndarray:
    """Shares of the explained variance in the population, from every order of entry one by one."""
    with_outcome = SHARE_CORRELATIONS @ SHARE_SLOPES

    def explained(chosen: tuple[int, ...]) -> float:
        held = list(chosen)
        return with_outcome[held] @ np.linalg.solve(
            SHARE_CORRELATIONS[np.ix_(held, held)], with_outcome[held]
        )

    gains = np.zeros(3)
    for order in permutations(range(3)):
        for place, driver in enumerate(order):
            gains[driver] += explained(order[: place + 1]) - (explained(order[:place]) if place else 0.0)
    return gains / gains.sum()


def driver_rows(rng: np.random.Generator, slopes: np.ndarray, rows: int) -> pd.DataFrame:
    x = rng.normal(size=(rows, 3)) @ np.linalg.cholesky(SHARE_CORRELATIONS).T
    table = pd.DataFrame(x, columns=["a", "b", "c"])
    return table.assign(y=x @ slopes + rng.normal(size=rows))


def ask_share(rng, seed, *, rows: int) -> bool:
    from linkage.drivers import rank_drivers

    table = driver_rows(rng, SHARE_SLOPES, rows)
    found = rank_drivers(table, outcome="y", drivers=["a", "b", "c"], draws=500, seed=seed).estimates.loc["b"]
    return bool(found["share_low"] <= true_shares()[1] <= found["share_high"])


def ask_noise(rng, seed, *, rows: int) -> bool:
    """Whether a driver without any link, beside two that have one, is said to beat random noise."""
    from linkage.drivers import rank_drivers

    table = driver_rows(rng, SHARE_SLOPES, rows).assign(nothing=rng.normal(size=rows))
    found = rank_drivers(table, outcome="y", drivers=["a", "b", "nothing"], draws=500, seed=seed)
    return bool(found.estimates.loc["nothing", "is_above_noise"])


def ask_chain(rng, seed, *, rows: int, clusters: int | None = None, is_null: bool = False) -> bool:
    """What runs through a stage (.5 x .4); or (null) a stage that leads nowhere."""
    from linkage.chain import fit_chain

    group = np.arange(rows) % (clusters or rows)
    shared = rng.normal(0, 0.5 if clusters else 0.0, (2, group.max() + 1))[:, group]
    x = rng.normal(size=rows)
    m = 0.5 * x + shared[0] + rng.normal(size=rows)
    y = (0.0 if is_null else 0.4) * m + 0.2 * x + shared[1] + rng.normal(size=rows)
    table = pd.DataFrame({"x": x, "m": m, "y": y, "group": group})
    cluster = "group" if clusters else None
    found = fit_chain(table, cause="x", between="m", outcome="y", cluster=cluster, draws=999, seed=seed)
    row = found.estimates.loc["indirect"]
    return not covers(row, 0.0) if is_null else covers(row, 0.2)
