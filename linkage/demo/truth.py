"""The planted truth as a file tests can read: data/demo/truth.yml."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.demo import effects, planted
from linkage.demo.company import Company

RULE = "An estimate agrees with the truth if it lies within three of its own standard errors."


def planted_truth(company: Company) -> dict:
    """Everything planted, with its value, unit, estimand and the link of study.yml that should find it."""
    return {
        "about": "What is planted in this fictional company. No analysis reads it; tests and the page on methods do.",
        "seed": company.seed,
        "tolerance": RULE,
        "effects": [
            *effects.handle_time_effects(linear_handle_slope(company)),
            *effects.contact_effects(),
            *effects.loyalty_effects(),
            *effects.leaving_effects(),
            *effects.people_effects(),
            *effects.traps(),
        ],
        "non_response": non_response(company),
        "measurement": measurement(),
        "dirt": dict(planted.DIRT),
    }


def linear_handle_slope(company: Company) -> float:
    """Slope of the straight line through the planted bend, over the answered contacts of the company."""
    answered = company.feedback["interaction_id"].dropna()
    rows = company.interactions[company.interactions["interaction_id"].isin(answered)]
    bend = planted.HANDLE_SLOPE * np.maximum(rows["handle_minutes"] - planted.HANDLE_BREAK, 0)
    groups = pd.get_dummies(rows[["channel", "topic"]], drop_first=True, dtype=float).to_numpy()
    design = np.column_stack([rows["handle_minutes"], np.ones(len(rows)), groups])
    return round(float(np.linalg.lstsq(design, bend.to_numpy(), rcond=None)[0][0]), 4)


def non_response(company: Company) -> dict:
    """Means over everybody invited and over those who answered, as simulated with this seed."""
    asked, truth = company.population, {}
    for name, survey in (("csat", "contact"), ("nps", "relationship")):
        rows = asked[asked["survey"] == survey]
        answers = rows[rows["responds"]]
        truth[name] = {
            "survey": survey,
            "invited": len(rows),
            "answered": len(answers),
            "mean_of_all_invited": round(float(rows[name].mean()), 4),
            "mean_of_answers": round(float(answers[name].mean()), 4),
        }
    truth["why"] = (
        f"The chance to answer is {planted.RESPONSE_BASE} + {planted.RESPONSE_TRAIT} x disposition "
        f"({planted.RESPONSE_BUSINESS} for business). Disposition runs from -1 to 1 and is half a matter of how "
        f"long somebody has been a customer; it raises csat by {planted.TRAIT_ON_CSAT} and each touch-point "
        "rating by 0.7 a unit."
    )
    return truth


def measurement() -> dict:
    """The loyalty items: three factors that share what nps measures."""
    return {
        "items": dict(planted.ITEMS),
        "item_loading": planted.ITEM_LOADING,
        "factor_correlation": round(planted.FACTOR_LOADING**2, 4),
        "note": "standardised, before rounding to whole points, taking nps to have a standard deviation of 1.5",
    }
