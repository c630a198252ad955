"""The relationship survey: touch points, likelihood to recommend, and the eleven loyalty items."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.demo import planted
from linkage.demo.people import STARTS, stochastic_round

CYCLE = 3  # quarters between two invitations: the effect of one answer is over before the next look back


def ask_customers(
    rng: np.random.Generator,
    people: pd.DataFrame,
    left: np.ndarray,
    experience: np.ndarray,
    quarter: int,
) -> pd.DataFrame:
    """The customers whose turn it is, what they would answer, and whether they do.

    experience : points of csat their contacts of the quarter before gave or took, 0 without a contact.
    """
    turn = (np.arange(len(people)) + quarter) % CYCLE == 0
    invited = STARTS[quarter] + 4 + (np.arange(len(people)) * 7) % 70 + 0.35
    there = (people["joined"].to_numpy() < STARTS[quarter]) & ~(left < invited + 13)
    asked = pd.DataFrame({"customer": np.flatnonzero(turn & there), "quarter": quarter})
    asked["invited"] = invited[asked["customer"]]
    asked["answered"] = asked["invited"] + np.floor(rng.uniform(0.01, 12, len(asked)) * 1440) / 1440
    asked = add_ratings(rng, asked, people, experience)
    asked = add_items(rng, asked)
    asked["responds"] = rng.random(len(asked)) < people["respond"].to_numpy()[asked["customer"]]
    return asked


def add_ratings(
    rng: np.random.Generator, asked: pd.DataFrame, people: pd.DataFrame, experience: np.ndarray
) -> pd.DataFrame:
    """Four touch-point ratings that share the customer's disposition, and the nps they add up to."""
    who = asked["customer"].to_numpy()
    nps = planted.NPS_BASE + np.array(planted.NPS_QUARTER)[asked["quarter"]]
    nps = (
        nps + people["segment"].map(planted.NPS_SEGMENT).to_numpy()[who] + rng.uniform(-1.2, 1.2, len(asked))
    )
    for rating, weight in planted.NPS_WEIGHTS.items():
        latent = 3.5 + 0.7 * people["trait"].to_numpy()[who] + rng.uniform(-1.8, 1.8, len(asked))
        if rating == "rating_service":
            latent = latent + 0.5 * np.clip(experience[who], -1.5, 0.5)
        asked[rating] = stochastic_round(latent, rng, 1, 5)
        nps = nps + weight * (asked[rating].to_numpy() - 3.5)
    asked["nps_latent"] = nps
    asked["nps"] = stochastic_round(nps, rng, 0, 10)
    return asked


def add_items(rng: np.random.Generator, asked: pd.DataFrame) -> pd.DataFrame:
    """Items of retention, advocacy and purchasing: three factors that share what nps measures."""
    common = (asked["nps"].to_numpy() - planted.NPS_CENTRE) / 1.5
    for part, count in planted.ITEMS.items():
        own = rng.normal(0, 1, len(asked))
        factor = planted.FACTOR_LOADING * common + np.sqrt(1 - planted.FACTOR_LOADING**2) * own
        for item in range(1, count + 1):
            noise = np.sqrt(1 - planted.ITEM_LOADING**2) * rng.normal(0, 1, len(asked))
            score = planted.RETENTION_CENTRE + planted.ITEM_SD * (planted.ITEM_LOADING * factor + noise)
            asked[f"{part}_{item}"] = np.clip(np.round(score), 0, 10)
    return asked
