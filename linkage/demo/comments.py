"""What customers write: sentences in four languages that go with what happened to them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.demo.phrases import ABOUT, CAUSE, NEUTRAL, PERSONAL

TOUCH_POINTS = {
    "rating_network": "network",
    "rating_service": "service",
    "rating_billing": "billing",
    "rating_shop": "shop",
}
COMMENT_SHARE = 0.25
SCRIPT = "<script>alert(1)</script>"


def contact_themes(answers: pd.DataFrame) -> pd.DataFrame:
    """Topic, mood and reason of each answered contact: the mood from csat, the reason from what happened."""
    csat = answers["csat"].to_numpy()
    poor, good = csat <= 3, csat >= 4
    reason = np.select(
        [
            poor & (answers["days_late"].fillna(0) > 1).to_numpy(),
            poor & (answers["transfer_count"] > 0).to_numpy(),
            poor & (answers["is_resolved"] == 0).to_numpy(),
            poor & (answers["handle_minutes"] > 15).to_numpy(),
            good & (answers["effort"] <= 2).to_numpy(),
            good & (answers["days_early"].fillna(0) > 1).to_numpy(),
        ],
        ["late", "transferred", "unresolved", "long", "easy", "early"],
        default="",
    )
    # A middling score with a grievance is a complaint; without one it is neither praise nor blame.
    complains = (csat <= 2) | (poor & (reason != ""))
    mood = np.select([complains, good], ["negative", "positive"], default="neutral")
    return pd.DataFrame({"topic": answers["topic"].to_numpy(), "mood": mood, "reason": reason})


def relationship_themes(answers: pd.DataFrame) -> pd.DataFrame:
    """Topic and mood of each relationship answer: the worst touch point if negative, else the best."""
    ratings = answers[list(TOUCH_POINTS)].to_numpy()
    nps, names = answers["nps"].to_numpy(), np.array(list(TOUCH_POINTS.values()))
    mood = np.select([nps <= 6, nps >= 8], ["negative", "positive"], default="neutral")
    named = np.where(mood == "negative", ratings.argmin(axis=1), ratings.argmax(axis=1))
    return pd.DataFrame({"topic": names[named], "mood": mood, "reason": ""})


def write_comment(language: str, topic: str, mood: str, reason: str, variant: int) -> str:
    """One comment: a sentence about the topic, and the reason where there is one."""
    if mood == "neutral":
        choices = NEUTRAL[language]
        return choices[variant % len(choices)]
    choices = ABOUT[language][topic][mood]
    sentence = choices[variant % len(choices)]
    return f"{sentence} {CAUSE[language][reason]}" if reason and variant % 4 else sentence


def add_comments(rng: np.random.Generator, feedback: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """Comments for a quarter of the answers, beside the themes they were made from.

    themes : topic, mood and reason of each row of `feedback`. Comes back with `comment`, missing where none.
    """
    themes = themes.assign(comment=None)
    rows = np.flatnonzero(rng.random(len(feedback)) < COMMENT_SHARE)
    variants = rng.integers(0, 1000, len(rows))
    parts = zip(
        feedback["language"].to_numpy()[rows],
        *(themes[column].to_numpy()[rows] for column in ("topic", "mood", "reason")),
        variants,
        strict=True,
    )
    texts = np.full(len(feedback), None, dtype=object)
    texts[rows] = [write_comment(*part) for part in parts]
    for place, extra in zip(rows[5::97], PERSONAL, strict=False):
        texts[place] = f"{texts[place]} {extra}"
    if len(rows):
        texts[rows[-1]] = SCRIPT
    return themes.assign(comment=texts, response_id=feedback["response_id"].to_numpy())
