"""Simulated answers to surveys: scores, reliability, units, non-response."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulated.case import covers
from simulated.regressions import clustered_rows

SCORE_CHANCES = np.array([1, 1, 1, 1, 2, 5, 7, 14, 20, 22, 26]) / 100  # answers 0 to 10


def ask_promoters(rng, seed, *, rows: int) -> bool:
    from linkage.metrics import net_promoter

    answers = pd.DataFrame({"score": rng.choice(11, rows, p=SCORE_CHANCES)})
    truth = 100 * (SCORE_CHANCES[9:].sum() - SCORE_CHANCES[:7].sum())
    return covers(net_promoter(answers, score="score", scale=(0, 10)).estimates.loc["all"], truth)


def ask_clustered_promoters(rng, seed, *, clusters: int) -> bool:
    """Answers of one account resemble each other; the score is of all answers."""
    from scipy.stats import norm

    from linkage.metrics import net_promoter

    group = np.repeat(np.arange(clusters), 5)
    latent = 0.6 * rng.normal(size=clusters)[group] + 0.8 * rng.normal(size=len(group))
    scores = np.searchsorted(norm.ppf(SCORE_CHANCES.cumsum()[:-1]), latent)
    answers = pd.DataFrame({"score": scores, "group": group})
    truth = 100 * (SCORE_CHANCES[9:].sum() - SCORE_CHANCES[:7].sum())
    found = net_promoter(answers, score="score", scale=(0, 10), cluster="group")
    return covers(found.estimates.loc["all"], truth)


def ask_top_box(rng, seed, *, rows: int) -> bool:
    from linkage.metrics import top_box

    answers = pd.DataFrame({"score": rng.choice(11, rows, p=SCORE_CHANCES)})
    return covers(top_box(answers, score="score", scale=(0, 10)).estimates.loc["all"], SCORE_CHANCES[10])


def ask_alpha(rng, seed) -> bool:
    """Four items of equal loading .7: alpha = 4 x .49 / (1 + 3 x .49)."""
    from linkage.metrics import scale_reliability

    items = 0.7 * rng.normal(size=(100, 1)) + np.sqrt(0.51) * rng.normal(size=(100, 4))
    found = scale_reliability(pd.DataFrame(items, columns=list("abcd")), items=list("abcd"))
    return covers(found.estimates.loc["alpha"], 4 * 0.49 / (1 + 3 * 0.49))


def ask_icc(rng, seed) -> bool:
    from linkage.aggregation import gate_aggregation

    rows = clustered_rows(rng, 30, 0.0, sizes=(12, 13))
    return covers(gate_aggregation(rows, group="group", score="y").estimates.loc["icc1"], 0.2)


def ask_weighted_mean(rng, seed) -> bool:
    """What everybody asked would say, where who answers depends on something known of all."""
    from linkage.metrics import mean_score
    from linkage.weights import response_weights

    known = rng.uniform(-1, 1, 600)
    answer = 3.5 + 0.5 * known + rng.normal(0, 0.8, 600)
    invited = pd.DataFrame({"known": known, "score": answer})
    invited["answered"] = (rng.random(600) < 1 / (1 + np.exp(0.4 - 1.2 * known))).astype(float)
    found = response_weights(invited, responded="answered", predictors=["known"])
    answers = invited.assign(weight=found.weights)[invited["answered"] == 1]
    return covers(mean_score(answers, score="score", weights="weight").estimates.loc["all"], 3.5)
