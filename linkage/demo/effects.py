"""The planted effects, one by one: what, how much, in which unit, and which link of study.yml should find it."""

from __future__ import annotations

from linkage.demo import planted

# fmt: off

def effect(name: str, what: str, value: float | str, unit: str | None, estimand: str, link: str | None = None,
           driver: str | None = None) -> dict:
    """One row of the truth. `estimand`: the number meant, in words. `link` None: no declared link asks for it."""
    return {"name": name, "what": what, "value": value, "unit": unit, "estimand": estimand, "link": link,
            "driver": driver}


def handle_time_effects(linear_slope: float) -> list[dict]:
    """The bend in handle time, and the straight line through it."""
    link, driver, unit = "handle_time_and_satisfaction", "handle_minutes", "csat point per minute"
    return [
        effect("handle_time_break", "Longer contacts cost nothing up to here", planted.HANDLE_BREAK, "minute",
               "break point of csat on handle_minutes", link, driver),
        effect("handle_time_slope_before", "Slope below the break", 0.0, unit,
               "slope of csat on handle_minutes below the break", link, driver),
        effect("handle_time_slope_after", "Slope beyond the break", planted.HANDLE_SLOPE, unit,
               "slope of csat on handle_minutes above the break", link, driver),
        effect("handle_time_linear_slope", "One straight line through the bend", linear_slope, unit,
               "least squares slope of csat on handle_minutes, channel and topic held fixed; computed from the "
               "planted bend over the answered contacts of this seed", link, driver),
    ]


def contact_effects() -> list[dict]:
    """What else in a contact raises or lowers the csat that answers it."""
    csat, through = "csat point", planted.EFFORT_ON_CSAT * planted.TRANSFER_ON_EFFORT
    return [
        effect("effort_on_satisfaction", "Effort lowers satisfaction", planted.EFFORT_ON_CSAT,
               f"{csat} per effort point", "slope of csat on effort, transfer_count held fixed",
               "effort_and_satisfaction", "effort"),
        effect("transfers_on_satisfaction_total", "Transfers lower satisfaction, also through effort",
               round(planted.TRANSFER_ON_CSAT + through, 4), f"{csat} per transfer",
               f"slope of csat on transfer_count, effort left out: direct {planted.TRANSFER_ON_CSAT}, through "
               f"effort {planted.TRANSFER_ON_EFFORT} x {planted.EFFORT_ON_CSAT} = {through:.2f}",
               "transfers_and_satisfaction", "transfer_count"),
        effect("transfers_on_satisfaction_direct", "Transfers, effort held fixed", planted.TRANSFER_ON_CSAT,
               f"{csat} per transfer", "slope of csat on transfer_count, effort held fixed"),
        effect("transfers_on_effort", "Transfers raise effort", planted.TRANSFER_ON_EFFORT,
               "effort point per transfer", "slope of effort on transfer_count"),
        effect("broken_promise", "A day later than promised costs", planted.LATE_ON_CSAT, f"{csat} per day",
               "slope of csat on days_late, days_early held fixed",
               "broken_promises_and_satisfaction", "days_late"),
        effect("exceeded_promise", "A day earlier than promised adds little", planted.EARLY_ON_CSAT,
               f"{csat} per day", "slope of csat on days_early, days_late held fixed",
               "exceeded_promises_and_satisfaction", "days_early"),
        effect("first_response", "Waiting for the first answer costs", planted.RESPONSE_ON_CSAT,
               f"{csat} per hour", "slope of csat on first_response_hours, channel held fixed",
               "first_response_and_satisfaction", "first_response_hours"),
        effect("hold_music", "A true null: hold music B instead of A, drawn by lot", planted.HOLD_MUSIC_ON_CSAT,
               csat, "difference of mean csat, B minus A, phone contacts",
               "hold_music_and_satisfaction", "hold_music_b"),
    ]


def loyalty_effects() -> list[dict]:
    """What makes loyalty, and what loyalty is worth."""
    return [
        *(effect(f"{rating}_on_loyalty", "Touch point and likelihood to recommend", weight,
                 "nps point per rating point",
                 f"slope of nps on {rating}, the other touch points and segment held fixed",
                 "touch_points_and_loyalty", rating)
          for rating, weight in planted.NPS_WEIGHTS.items()),
        effect("loyalty_on_spend", "A point more of nps is followed by more spend", planted.NPS_ON_SPEND,
               "EUR in the 90 days after the answer per nps point",
               "slope of spend_after on nps, spend_before and segment held fixed", "loyalty_and_spend", "nps"),
        effect("loyalty_on_next_quarter_spend", "The same in the quarter after the answer's",
               planted.NPS_ON_NEXT_QUARTER, "EUR per quarter per nps point",
               "slope of next quarter's spend on nps at customer_period grain, lag 1, segment held fixed (and not "
               "the present quarter's spend, which already holds a part of the effect): 9.13 directly, less 1.7 % "
               "for those who leave meanwhile, plus 0.3 by keeping customers",
               "loyalty_and_next_quarter_spend", "nps"),
        effect("satisfaction_on_growth", "Satisfied units grow two quarters later",
               planted.CSAT_ON_GROWTH_IN_ALL, "share of growth per csat point",
               "slope of spend_growth (share, against the quarter before) on the unit's mean csat as measured, "
               "lag 2, period held fixed: 0.10 through demand and 0.005 through customers who stay",
               "satisfaction_and_growth", "csat"),
    ]


def leaving_effects() -> list[dict]:
    """Who leaves: straight lines, so a linear probability model is right."""
    unit = "chance to leave in the next quarter"
    return [
        effect("effort_on_churn", "Effort drives customers away", planted.EFFORT_ON_CHURN,
               f"{unit} per effort point", "slope of is_lost on the quarter's mean effort, lag 1, csat held fixed",
               "effort_and_churn", "effort"),
        effect("satisfaction_on_churn", "Satisfaction keeps them", planted.CSAT_ON_CHURN, f"{unit} per csat point",
               "slope of is_lost on the quarter's mean csat, lag 1, effort held fixed"),
        effect("retention_intention_on_churn", "Who intends to stay, stays", planted.RETENTION_ON_CHURN,
               f"{unit} per point of the mean of rli_1 to rli_3",
               "slope of is_lost on that mean, lag 1; nps, ali and pli add nothing to it"),
    ]


def people_effects() -> list[dict]:
    """What employees and partners do to customers, and what engagement is made of."""
    return [
        effect("engagement_on_satisfaction", "Engaged employees leave customers more satisfied",
               planted.ENGAGEMENT_ON_CSAT, "csat point per engagement point",
               "slope of the csat of the contacts an employee served on the engagement last answered (each "
               "January); cluster by unit, whose climate its employees share",
               "engagement_and_satisfaction", "engagement"),
        effect("training_on_satisfaction", "Training lifts satisfaction for good", planted.TRAINING_ON_CSAT,
               "csat point", "step in the csat of the contacts a trained employee serves, from the day after "
               "completed_on; by quarter of the answer up to 4 % smaller, as its first answers belong to "
               "contacts before the training", "training_and_satisfaction", "is_trained"),
        effect("training_selection", "Who is sent to the training served worse before it",
               planted.TRAINED_QUALITY_GAP, "csat point",
               "difference in csat, before any training, between the later trained and the never trained; a "
               "comparison of levels mixes it with the step"),
        effect("partner_satisfaction_on_loyalty", "A null: partner satisfaction and their customers' nps", 0.0,
               "nps point per partner satisfaction point",
               "slope of nps on partner_satisfaction over partners and quarters (8 partners: few clusters)",
               "partner_satisfaction_and_loyalty", "partner_satisfaction"),
        *(effect(f"{item}_on_engagement", "What engagement is made of", weight,
                 "engagement point per item point",
                 f"slope of engagement on {item}, the other items held fixed, compared within units")
          for item, weight in planted.ENGAGEMENT_WEIGHTS.items()),
    ]


def traps() -> list[dict]:
    """Where a naive reading goes wrong."""
    return [
        effect("account_calls_on_spend", "A confounder: segment turns the sign", planted.ACCOUNT_CALLS_ON_SPEND,
               "EUR per quarter per account call a year",
               "slope of spend on account_calls, segment held fixed; with segment left out it is positive, since "
               "business customers are called more and spend more", "account_calls_and_spend", "account_calls"),
        effect("exit_score_leak", "A leak: the score was written down after the customer had left", "refused", None,
               "none: care_scored_on is later than the outcome, so the link must be refused",
               "exit_score_and_churn", "exit_score"),
    ]
