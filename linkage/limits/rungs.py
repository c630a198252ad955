"""The limits of the ladder's checks, each with its source."""

from __future__ import annotations

LEADS = LAGS = 4
"""Periods before and after an event that are looked at: a year of quarters, as event studies usually show."""
TREND_P = 0.05
"""Below this chance, treated and untreated did not move alike before. A pass proves little (Roth 2022, p. 306)."""
TREND_FAIL_P = 0.01
"""Below this chance, and with a drift that would make up half of the effect, it began before the event."""
DRIFT_SHARE = 0.5
"""The part of an effect that the drift of before, carried on, may make up (after Rambachan and Roth 2023)."""
FEW_TREATED = 10
"""Fewer treated or compared clusters: the wild bootstrap takes over (MacKinnon and Webb 2017)."""
LEAST_TREATED = 5
"""Fewer still, and no error is to be trusted (Conley and Taber 2011; MacKinnon and Webb 2017)."""
BALANCE_P = 0.01
"""Below this chance of all columns measured before together, the arms were not drawn by lot as told."""
BALANCE_SHOWN = 0.10
"""A standardised difference worth naming (Austin 2009)."""
RATIO_P = 0.001
"""Sample ratios far from the plan are nearly always a fault of the trial (Kohavi, Tang and Xu 2020, ch. 21)."""
CROSSING_SHARE = 0.5
"""Fewer clusters in both arms than half of what drawing each row gives: whole clusters were drawn, and some crossed."""
TELLING_CLUSTERS = 20
"""Clusters needed beyond the columns tested: with fewer the joint test rejects what is balanced."""
LEAST_LEVEL = 30
"""Rows a category needs to be compared between arms: below it chance alone makes large differences."""
WITHIN_SHARE = 0.5
"""Each compared with itself must leave room for half of what the levels show: noise in the driver alone can take about
as much from a comparison within (Griliches and Hausman 1986, Journal of Econometrics 31, p. 93), not more."""
