"""What is planted in the fictional company: every number the suite should find again, in one place.

All effects are on the observed scale. Ratings are drawn by stochastic rounding (a latent 3.3 becomes 3 or 4
with mean 3.3), so a slope of the latent score is the slope of the answers while it stays inside the scale.
"""

from __future__ import annotations

SEED = 20261231
CUSTOMERS, EMPLOYEES, UNITS = 6000, 300, 40
PARTNER_SHARE = 0.2
FIRST_DAY = "2024-01-01"
QUARTERS = 12

# Satisfaction with a contact (csat, 1 to 5), per unit of what happened.
HANDLE_BREAK = 12.0  # minutes: flat up to here
HANDLE_SLOPE = -0.06  # per minute beyond
EFFORT_ON_CSAT = -0.15  # per point of answered effort, all else equal
TRANSFER_ON_CSAT = -0.15  # per transfer, effort held fixed
TRANSFER_ON_EFFORT = 0.8
UNRESOLVED_ON_EFFORT = 0.9
LATE_ON_CSAT = -0.10  # per day later than promised
EARLY_ON_CSAT = 0.01  # per day earlier than promised
RESPONSE_ON_CSAT = -0.005  # per hour until the first answer
HOLD_MUSIC_ON_CSAT = 0.0
ENGAGEMENT_ON_CSAT = 0.22  # per point of the employee's answer of the same year
TRAINING_ON_CSAT = 0.30  # step once the employee is trained
TRAINED_QUALITY_GAP = -0.12  # who is sent to the training serves this much worse before it
TRAIT_ON_CSAT = 0.40  # per unit of the customer's disposition, which is also why they answer at all
CSAT_TOPIC = {"billing": -0.05, "network": -0.20, "contract": 0.0, "device": 0.05, "delivery": -0.10}
CSAT_CHANNEL = {"phone": 0.0, "chat": 0.05, "email": -0.05, "shop": 0.15}
CSAT_SEGMENT = {"consumer": 0.0, "business": -0.10, "public": 0.05}
CSAT_QUARTER = (0.0, 0.0, 0.02, -0.04, 0.0, -0.02, -0.06, -0.16, -0.14, -0.08, 0.02, 0.02)
CSAT_BASE = 3.70
CSAT_CENTRE = 3.50  # roughly the mean answer: where the growth and churn effects are zero

# Likelihood to recommend (nps, 0 to 10), per point of each touch-point rating (1 to 5).
NPS_WEIGHTS = {"rating_network": 0.8, "rating_service": 0.6, "rating_billing": 0.3, "rating_shop": 0.0}
NPS_QUARTER = (0.05, 0.0, 0.05, 0.05, 0.05, -0.05, -0.15, -0.20, -0.25, -0.05, 0.05, 0.15)
NPS_SEGMENT = {"consumer": 0.0, "business": -0.6, "public": 0.0}
NPS_CENTRE = 7.0  # where an answer neither adds to spend nor takes from it
NPS_BASE = 6.8

# Money, in EUR per 90 days unless it says otherwise.
SPEND_BASE = {"consumer": 120.0, "business": 330.0, "public": 240.0}
NPS_ON_SPEND = 9.0  # per nps point, from the day after the answer to the end of the next quarter
# What an nps point is followed by in a whole quarter: 9.0 x 91.3 days / 90 = 9.13, less 1.7 % for those who leave
# in the middle of it, plus 0.3 because a higher nps goes with the intention to stay, which keeps customers.
NPS_ON_NEXT_QUARTER = 9.3
ACCOUNT_CALLS_ON_SPEND = -5.0  # per account call a year, within a segment
ACCOUNT_CALLS = {"consumer": 0.5, "business": 5.0, "public": 3.0}  # mean calls a year: the confounder
CSAT_ON_GROWTH = 0.10  # share of spend per csat point of the unit's mean answer, two quarters later
# What a regression finds: 0.10 through demand and 0.005 because satisfied customers stay (mean over 100 seeds).
CSAT_ON_GROWTH_IN_ALL = 0.105
SPEND_SEASON = (0.97, 0.99, 1.0, 1.04)

# Leaving: the chance to leave in the next quarter is a straight line.
CHURN_BASE = 0.034
EFFORT_ON_CHURN = 0.010  # per point of the quarter's mean answered effort
CSAT_ON_CHURN = -0.008  # per point of the quarter's mean answered csat
RETENTION_ON_CHURN = -0.005  # per point of the mean of rli_1 to rli_3
EFFORT_CENTRE, RETENTION_CENTRE = 3.0, 6.8

# Who answers.
RESPONSE_BASE, RESPONSE_TRAIT, RESPONSE_BUSINESS = 0.42, 0.38, -0.08

# Loyalty items (0 to 10): three parts that belong together.
ITEM_LOADING, FACTOR_LOADING, ITEM_SD = 0.85, 0.75, 1.7
ITEMS = {"rli": 3, "ali": 4, "pli": 4}

# What an employee's engagement is made of, per point of each item.
ENGAGEMENT_WEIGHTS = {"manager_support": 0.35, "recognition": 0.20, "tools": 0.10, "workload": 0.0}

# Dirt: how many values are spoilt on purpose.
DIRT = {
    "transaction_amount_unreadable": 6,
    "transaction_amount_missing_word": 5,
    "feedback_nps_out_of_scale": 3,
    "feedback_rating_missing_word": 40,
    "feedback_customer_id_with_spaces": 12,
    "interactions_of_unknown_customers": 6,
    "comments_with_script": 1,
    "comments_with_personal_data": 12,
}
