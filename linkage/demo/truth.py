"""The planted truth as a table a test can read: data/demo/truth.yml."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.demo import planted
from linkage.demo.company import Company

RULE = "An estimate agrees with the truth if it lies within three of its own standard errors."


def planted_truth(company: Company) -> dict:
    """Everything planted, with its value, unit, estimand and the link of study.yml that should find it."""
    return {
        "about": "What is planted in this fictional company. No part of the suite reads this file; tests do.",
        "seed": company.seed,
        "tolerance": RULE,
        "effects": [
            dict(zip(("name", "what", "value", "unit", "estimand", "link", "driver"), row, strict=True))
            for row in [*service_effects(company), *money_effects(), *people_effects(), *traps()]
        ],
        "non_response": non_response(company),
        "measurement": measurement(),
        "dirt": planted.DIRT,
    }


def linear_handle_slope(company: Company) -> float:
    """Slope of the straight line through the planted bend, over the answered contacts, channel and topic held."""
    told = company.interactions.merge(
        company.feedback[["interaction_id", "csat"]].dropna(), on="interaction_id"
    )
    bend = planted.HANDLE_SLOPE * np.maximum(told["handle_minutes"] - planted.HANDLE_BREAK, 0)
    groups = [told["channel"], told["topic"]]
    cells = pd.get_dummies(pd.DataFrame(groups).T, drop_first=True, dtype=float).to_numpy()
    design = np.column_stack([told["handle_minutes"], np.ones(len(told)), cells])
    return round(float(np.linalg.lstsq(design, bend.to_numpy(), rcond=None)[0][0]), 4)


def service_effects(company: Company) -> list[tuple]:
    """What a contact does to the csat that answers it."""
    total = planted.TRANSFER_ON_CSAT + planted.EFFORT_ON_CSAT * planted.TRANSFER_ON_EFFORT
    handle, effort = "handle_time_and_satisfaction", "effort_and_satisfaction"
    csat = "csat point"
    return [
        ("handle_time_break", "Longer calls cost nothing up to here", planted.HANDLE_BREAK, "minute",
         "break point of csat on handle_minutes", handle, "handle_minutes"),
        ("handle_time_slope_before", "Slope below the break", 0.0, f"{csat} per minute",
         "slope of csat on handle_minutes below the break", handle, "handle_minutes"),
        ("handle_time_slope_after", "Slope beyond the break", planted.HANDLE_SLOPE, f"{csat} per minute",
         "slope of csat on handle_minutes above the break", handle, "handle_minutes"),
        ("handle_time_linear_slope", "One straight line through the bend", linear_handle_slope(company),
         f"{csat} per minute", "least squares slope of csat on handle_minutes, channel and topic held fixed; "
         "computed from the planted bend over the answered contacts of this seed", handle, "handle_minutes"),
        ("effort_on_satisfaction", "Effort lowers satisfaction", planted.EFFORT_ON_CSAT, f"{csat} per effort point",
         "slope of csat on effort, transfer_count held fixed", effort, "effort"),
        ("transfers_on_satisfaction_total", "Transfers lower satisfaction, also through effort", round(total, 4),
         f"{csat} per transfer", "slope of csat on transfer_count, effort left out: direct -0.15, "
         "through effort 0.8 x -0.15 = -0.12", "transfers_and_satisfaction", "transfer_count"),
        ("transfers_on_satisfaction_direct", "Transfers, effort held fixed", planted.TRANSFER_ON_CSAT,
         f"{csat} per transfer", "slope of csat on transfer_count, effort held fixed", effort, "transfer_count"),
        ("transfers_on_effort", "Transfers raise effort", planted.TRANSFER_ON_EFFORT, "effort point per transfer",
         "slope of effort on transfer_count", None, "transfer_count"),
        ("broken_promise", "A day later than promised costs", planted.LATE_ON_CSAT, f"{csat} per day",
         "slope of csat on days_late, days_early held fixed", "broken_promises_and_satisfaction", "days_late"),
        ("exceeded_promise", "A day earlier than promised adds little", planted.EARLY_ON_CSAT, f"{csat} per day",
         "slope of csat on days_early, days_late held fixed", "exceeded_promises_and_satisfaction", "days_early"),
        ("first_response", "Waiting for the first answer costs", planted.RESPONSE_ON_CSAT, f"{csat} per hour",
         "slope of csat on first_response_hours, channel held fixed", "first_response_and_satisfaction",
         "first_response_hours"),
        ("hold_music", "A true null: music B instead of A, by lot", planted.HOLD_MUSIC_ON_CSAT, csat,
         "difference of mean csat, B minus A, phone contacts", "hold_music_and_satisfaction", "hold_music_b"),
    ]  # fmt: skip


def money_effects() -> list[tuple]:
    """What loyalty and satisfaction do to spending and staying."""
    effects = [
        (f"{rating}_on_loyalty", "Touch point and likelihood to recommend", weight, "nps point per rating point",
         f"slope of nps on {rating}, the other touch points and segment held fixed", "touch_points_and_loyalty",
         rating)
        for rating, weight in planted.NPS_WEIGHTS.items()
    ]  # fmt: skip
    quarter = round(planted.NPS_ON_SPEND * 365.25 / 4 / 90, 3)
    return [
        *effects,
        ("loyalty_on_spend", "A point more of nps is followed by more spend", planted.NPS_ON_SPEND,
         "EUR in the 90 days after the answer per nps point", "slope of spend_after on nps, spend_before and segment "
         "held fixed", "loyalty_and_spend", "nps"),
        ("loyalty_on_next_quarter_spend", "The same, a whole quarter later", quarter, "EUR per quarter per nps point",
         "slope of next quarter's spend on nps at customer_period grain, lag 1, segment held fixed (without the "
         "present quarter's spend, which already holds a part of the effect)", "loyalty_and_next_quarter_spend", "nps"),
        ("satisfaction_on_growth", "Satisfied units grow two quarters later", planted.CSAT_ON_GROWTH,
         "share of growth per csat point", "slope of spend_growth (share, against the quarter before) on the unit's "
         "mean csat as measured, lag 2, period held fixed", "satisfaction_and_growth", "csat"),
        ("effort_on_churn", "Effort drives customers away", planted.EFFORT_ON_CHURN,
         "chance to leave in the next quarter per effort point", "slope of is_lost on the quarter's mean effort, "
         "lag 1, csat held fixed (linear probability)", "effort_and_churn", "effort"),
        ("satisfaction_on_churn", "Satisfaction keeps them", planted.CSAT_ON_CHURN,
         "chance to leave in the next quarter per csat point", "slope of is_lost on the quarter's mean csat, lag 1, "
         "effort held fixed (linear probability)", "effort_and_churn", "csat"),
        ("retention_intention_on_churn", "Who intends to stay, stays", planted.RETENTION_ON_CHURN,
         "chance to leave in the next quarter per point of the mean of rli_1 to rli_3", "slope of is_lost on that "
         "mean, lag 1 (linear probability); nps, ali and pli add nothing to it", None, None),
    ]  # fmt: skip


def people_effects() -> list[tuple]:
    """What employees and partners do to customers."""
    weights = [
        (f"{item}_on_engagement", "What engagement is made of", weight, "engagement point per item point",
         f"slope of engagement on {item}, the other items held fixed, compared within units", None, item)
        for item, weight in planted.ENGAGEMENT_WEIGHTS.items()
    ]  # fmt: skip
    return [
        ("engagement_on_satisfaction", "Engaged employees leave customers more satisfied", planted.ENGAGEMENT_ON_CSAT,
         "csat point per engagement point", "slope of the csat of the contacts an employee served on the engagement "
         "answered in January of that year", "engagement_and_satisfaction", "engagement"),
        ("training_on_satisfaction", "Training lifts satisfaction for good", planted.TRAINING_ON_CSAT, "csat point",
         "step in the csat of the contacts a trained employee serves, from completed_on; by employee and quarter the "
         "step is up to 5 % smaller, as a few answers of the quarter belong to contacts before the training",
         "training_and_satisfaction", "is_trained"),
        ("training_selection", "Who is sent to the training serves worse before it", planted.TRAINED_QUALITY_GAP,
         "csat point", "difference in csat before any training between the later trained and the never trained; "
         "a comparison of levels mixes it with the step", None, None),
        ("partner_satisfaction_on_loyalty", "A null: partner satisfaction and the nps of their customers", 0.0,
         "nps point per partner satisfaction point", "slope of nps on partner_satisfaction over partner quarters",
         "partner_satisfaction_and_loyalty", "partner_satisfaction"),
        *weights,
    ]  # fmt: skip


def traps() -> list[tuple]:
    """Where a naive reading goes wrong."""
    return [
        ("account_calls_on_spend", "A confounder: segment turns the sign", planted.ACCOUNT_CALLS_ON_SPEND,
         "EUR in 90 days per account call a year", "slope of spend on account_calls, segment held fixed; with segment "
         "left out it is positive, since business customers are called more and spend more",
         "account_calls_and_spend", "account_calls"),
        ("exit_score_leak", "A leak: the score was written after the customer had left", "refused", None,
         "none: care_scored_on is later than the outcome, so the link must be refused", "exit_score_and_churn",
         "exit_score"),
    ]  # fmt: skip


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
        f"({planted.RESPONSE_BUSINESS} for business). Disposition runs from -1 to 1, half of it is seniority as a "
        f"customer; it raises csat by {planted.TRAIT_ON_CSAT} and every touch-point rating by about 0.7 a unit."
    )
    return truth


def measurement() -> dict:
    """The loyalty items: three factors that share what nps measures."""
    return {
        "items": dict(planted.ITEMS),
        "item_loading": planted.ITEM_LOADING,
        "factor_correlation": round(planted.FACTOR_LOADING**2, 4),
        "note": "standardised, before rounding to whole points, and taking nps to have standard deviation 1.5",
    }
