"""An ordinal outcome at every cut: does the driver move answers at the bottom, at the top, or all along?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.cards.parts.held import Held, interval
from linkage.drivers.sandwich import group_sums
from linkage.limits.forms import CUT_SHARE, CUTS_P, MOST_CUTS

MOST_STEPS = 12


@dataclass(frozen=True, eq=False)
class Cuts:
    """The driver's slope at every cut of the outcome's scale.

    estimates : one row a cut: share (of answers there or above), estimate, std_error, low, high, p_value, df (share
        of answers moved to the cut or above, per driver unit), latent, latent_std_error (the same in standard
        deviations of the opinion that the scale cuts).
    p_value : of one latent slope for all cuts. words : where on the scale the link lies.
    """

    estimates: pd.DataFrame
    p_value: float
    words: str


def cuts_of(held: Held, *, fewest: int) -> Cuts | None:
    """The chance of an answer at a cut or above, for every cut: least squares on 0 and 1, errors clustered.

    Those slopes differ along a scale by how many stand near each cut. So one probit a cut gives the latent slope,
    the same at every cut if the driver shifts answers all along; a Wald test with clustered scores asks that, as
    Brant (1990, Biometrics 46, 1171-1178) does for logits. In the probits the other regressors enter by what they
    say of the outcome, driver apart. None where the outcome is no scale of 3 to 11 whole values.
    """
    y = held.outcome
    kinds = np.unique(y)
    if not 3 <= len(kinds) <= MOST_CUTS + 1 or (kinds != np.round(kinds)).any():
        return None
    above = (y[:, None] >= kinds[1:]).astype(float)
    share = np.average(above, axis=0, weights=held.root**2)
    rows = np.minimum(above.sum(axis=0), len(y) - above.sum(axis=0))
    known = (np.minimum(share, 1 - share) >= CUT_SHARE) & (rows >= fewest)
    if known.sum() < 2:
        return None
    above, places, share = above[:, known], kinds[1:][known], share[known]
    latent, pulls = _latent(held, above, share)
    estimate, own_pulls = _slopes(held, above)
    df = _df(held)
    rows = interval(estimate, np.sqrt((own_pulls**2).sum(axis=0)), df, held.confidence)
    table = pd.DataFrame({"share": share, **rows, "latent": latent})
    table["latent_std_error"] = np.sqrt((pulls**2).sum(axis=0))
    table.index = pd.Index([f"{place:g} or more" for place in places], name="cut")
    p_value = _agree(latent, pulls, df)
    return Cuts(table, p_value, _words(latent, table, p_value))


def _df(held: Held) -> float:
    return len(held.driver) - held.parameters - 1 if held.clusters is None else held.clusters - 1


def _by_cluster(held: Held, scores: np.ndarray) -> np.ndarray:
    """Sums of scores (n, q) by cluster with the factor of CR1 (HC1 without clusters): (G, q)."""
    n, count = len(scores), held.parameters + 1
    if not held.groups:
        return scores * np.sqrt(n / (n - count))
    sums = group_sums(scores, held.groups[0])
    return sums * np.sqrt(len(sums) / (len(sums) - 1) * (n - 1) / (n - count))


def _slopes(held: Held, above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of the shares (q,), and what each cluster pulls at them (G, q)."""
    x = held.left(held.driver)
    square = x @ x
    y = held.left(above)
    slopes = x @ y / square
    return slopes, _by_cluster(held, x[:, None] * (y - np.outer(x, slopes)) / square)


def _latent(held: Held, above: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probit slopes of the driver at each cut (q,), and what each cluster pulls at them (G, q)."""
    x = held.left(held.driver) / held.root
    others = held.outcome - held.rest / held.root
    others = others - np.average(others, weights=held.root**2)
    spread = np.std(others)
    columns = [np.ones(len(x)), x / held.unit]
    if spread > 1e-9 * np.std(held.outcome):
        columns.append(others / spread)
    stacked = np.vstack(columns)
    fits = [_probit(stacked, above[:, j], held.root**2, share[j]) for j in range(above.shape[1])]
    latent = np.array([values[1] for values, _ in fits]) / held.unit
    return latent, _by_cluster(held, np.column_stack([pull for _, pull in fits]) / held.unit)


def _probit(columns: np.ndarray, y: np.ndarray, w: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (k,) of a probit on columns (k, n), the first the constant, and each row's pull at the second
    (n,), by Fisher scoring; missing where it does not settle."""
    from scipy.special import ndtr, ndtri

    values = np.zeros(len(columns))
    values[0] = ndtri(share)
    for _ in range(MOST_STEPS):
        eta = np.clip(values @ columns, -7, 7)
        chance = ndtr(eta)
        density = np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
        weight = w * density / (chance * (1 - chance))
        score = weight * (y - chance)
        try:
            inverse = np.linalg.inv((columns * (weight * density)) @ columns.T)
        except np.linalg.LinAlgError:
            break
        step = inverse @ (columns @ score)
        values = values + step
        if np.abs(step).max() < 1e-6:
            return values, score * (inverse[1] @ columns)
    return np.full(len(values), np.nan), np.full(len(y), np.nan)


def _agree(latent: np.ndarray, pulls: np.ndarray, df: float) -> float:
    """F of all latent slopes being the same; missing with hardly more clusters than cuts."""
    from scipy.special import fdtrc

    gaps, spread = np.diff(latent), np.diff(pulls, axis=1)
    if df < 2 * len(gaps) or not np.isfinite(gaps).all():
        return float("nan")
    try:
        statistic = float(gaps @ np.linalg.solve(spread.T @ spread, gaps)) / len(gaps)
    except np.linalg.LinAlgError:
        return float("nan")
    return float(fdtrc(len(gaps), df, max(statistic, 0.0)))


def _words(latent: np.ndarray, table: pd.DataFrame, p_value: float) -> str:
    """Where the link lies, once the cuts differ beyond chance and by half of their largest."""
    if not np.isfinite(p_value):
        return "not told apart"
    size = np.abs(latent)
    one_sign = not ((table["low"] > 0).any() and (table["high"] < 0).any())
    if p_value >= CUTS_P or (one_sign and size.min() > size.max() / 2):
        return "all along the scale"
    if not one_sign:
        return "with opposite signs at different cuts"
    lower = size.argmax() < (len(size) - 1) / 2
    return f"mostly at the {'bottom' if lower else 'top'} of the scale"
