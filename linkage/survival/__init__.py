"""How long until it happens: waits, repeat purchases, leaving. Unfinished spells count as unfinished.

curve           how long it takes, for whom it has not happened yet (Kaplan-Meier, log-rank)
person_periods  one row per customer and period at risk, made in SQL
churn           what goes with leaving, period by period (discrete-time hazard)
"""

from linkage.survival.churn import ChurnFit, fit_churn
from linkage.survival.curve import SurvivalCurve, median_time, survival_curve
from linkage.survival.person_periods import person_periods, person_periods_sql

__all__ = [
    "ChurnFit",
    "SurvivalCurve",
    "fit_churn",
    "median_time",
    "person_periods",
    "person_periods_sql",
    "survival_curve",
]
