"""Simulated studies for regressions: clusters, unequal variances, chances, panels and events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulated.case import covers


def clustered_rows(rng: np.random.Generator, clusters: int, slope: float, sizes=(5, 25)) -> pd.DataFrame:
    """Customers within sites: the driver is the site's, the sites differ (intraclass correlation .2)."""
    group = np.repeat(np.arange(clusters), rng.integers(*sizes, clusters))
    driver, site = rng.normal(size=clusters), rng.normal(0, np.sqrt(0.2), clusters)
    y = slope * driver[group] + site[group] + rng.normal(0, np.sqrt(0.8), len(group))
    return pd.DataFrame({"y": y, "x": driver[group], "group": group})


def ask_clustered(rng, seed, *, clusters: int, errors: str = "auto", is_null: bool = False) -> bool:
    from linkage.regression import fit_linear

    slope = 0.0 if is_null else 0.3
    rows = clustered_rows(rng, clusters, slope)
    row = fit_linear(rows, "y ~ x", cluster="group", errors=errors, seed=seed).term("x")
    return bool(row["p_value"] < 0.05) if is_null else covers(row, slope)


def ask_unequal_variances(rng, seed, *, long_tailed: bool = False) -> bool:
    """Errors that grow along the driver; a long-tailed driver leaves the slope to a few noisy rows."""
    from linkage.regression import fit_linear

    x = rng.exponential(size=50) if long_tailed else rng.uniform(0, 3, 50)
    rows = pd.DataFrame({"x": x, "y": 0.5 * x + rng.normal(size=50) * (0.5 + x)})
    return covers(fit_linear(rows, "y ~ x", errors="HC3").term("x"), 0.5)


def ask_chance(rng, seed) -> bool:
    """The average effect of a logit, whose truth is the average over the population of x."""
    from linkage.regression import fit_logit

    x = rng.normal(size=400)
    chance = 1 / (1 + np.exp(1 - 0.6 * x))
    rows = pd.DataFrame({"x": x, "y": (rng.random(400) < chance).astype(float)})
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    every = 1 / (1 + np.exp(1 - 0.6 * nodes))
    truth = 0.6 * (weights / weights.sum()) @ (every * (1 - every))
    return covers(fit_logit(rows, "y ~ x").effects.loc["x"], truth)


def panel_rows(rng: np.random.Generator, units: int, periods: int = 8) -> pd.DataFrame:
    """Units over periods: lasting differences, common shocks, and errors that last (.5) within a unit."""
    shocks = rng.normal(size=(units, periods))
    for t in range(1, periods):
        shocks[:, t] += 0.5 * shocks[:, t - 1]
    y = shocks + rng.normal(size=(units, 1)) + rng.normal(size=periods)
    unit, period = np.indices(y.shape)
    return pd.DataFrame({"unit": unit.ravel(), "period": period.ravel(), "y": y.ravel()})


def ask_within(rng, seed, *, units: int) -> bool:
    from linkage.panel import fit_within

    rows = panel_rows(rng, units)
    level = rng.normal(size=units)[rows["unit"]]
    rows["x"] = level + rng.normal(size=len(rows))
    rows["y"] += 0.3 * rows["x"]
    return covers(fit_within(rows, "y ~ x", unit="unit", period="period", seed=seed).estimates.loc["x"], 0.3)


def ask_between(rng, seed, *, units: int) -> bool:
    """The slope between units, beside the one within them."""
    from linkage.panel import split_within_between

    unit = np.repeat(np.arange(units), 10)
    x = rng.normal(size=units)[unit] + rng.normal(size=len(unit))
    y = 0.3 * x + 0.5 * rng.normal(size=units)[unit] + rng.normal(size=len(unit))
    rows = pd.DataFrame({"x": x, "y": y, "unit": unit})
    return covers(split_within_between(rows, "y ~ x", unit="unit").estimates.loc[("x", "between")], 0.3)


def ask_event(rng, seed, *, units: int, is_null: bool = False) -> bool:
    """The step after an event; or (null) a test of leads where nothing moves before it."""
    from linkage.panel import event_study

    rows = panel_rows(rng, units)
    at = rng.permutation(np.repeat([np.nan, 4, 5], [units // 2, units // 4, units - units // 2 - units // 4]))
    rows["at"] = at[rows["unit"]]
    rows["y"] += 0.5 * (rows["period"] >= rows["at"])
    found = event_study(rows, outcome="y", unit="unit", period="period", treated_at="at", leads=4, lags=2)
    return bool(found.pretrend["p_value"] < 0.05) if is_null else covers(found.average, 0.5)
